"""What an unknown SKU may mean: the surest first, whatever the order of the items, and never more than is asked for."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from truestock.feeds.inbox.forms import folded, gtins, one_line, packs, zeroless
from truestock.feeds.inbox.suggest import ALIKE_AT_MOST, Candidate, Candidates, Match, Unknown

ITEMS = (
    Candidate("TEA-00123", "Green tea, loose, 250 g"),
    Candidate("TEA", "Black tea 500 g"),
    Candidate("Shirt.Blue.M", "Cotton shirt blue medium"),
    Candidate("SHIRT-RED-M", "Cotton shirt red medium"),
    Candidate("LAMP", "Desk lamp"),
    Candidate("lamp", "Ceiling lamp"),
)
CANDIDATES = Candidates(ITEMS, {"04006381333931": ("TEA", 12)})
TABLE = [
    (Unknown("SHIRT-RED-M"), "SHIRT-RED-M", 1, "the same SKU"),
    (Unknown("shirt_red_m"), "SHIRT-RED-M", 1, "but for case and dashes"),
    (Unknown("SHIRTBLUEM"), "Shirt.Blue.M", 1, "but for case and dashes"),
    (Unknown("TEA-123"), "TEA-00123", 1, "but for leading zeros"),
    (Unknown("TEA00123"), "TEA-00123", 1, "but for case and dashes"),
    (Unknown("ANY", barcode="4006381333931"), "TEA", 12, "the barcode 4006381333931"),
    (Unknown("04006381333931"), "TEA", 12, "the barcode 4006381333931"),
    (Unknown("TEA-6PK"), "TEA", 6, "read as a pack of 6"),
    (Unknown("tea 6 pack"), "TEA", 6, "read as a pack of 6"),
    (Unknown("TEAx24"), "TEA", 24, "read as a pack of 24"),
    (Unknown("TEA-6er"), "TEA", 6, "read as a pack of 6"),
    (Unknown("6x-TEA"), "TEA", 6, "read as a pack of 6"),
    (Unknown("TEA-SET-OF-2"), "TEA", 1, ""),
    (Unknown("TEA-123-6PK"), "TEA-00123", 6, "but for leading zeros"),
    (Unknown("9911", "Shirt cotton, red - Medium"), "SHIRT-RED-M", 1, "title alike to 100 %"),
    (Unknown("SHIRT-RED-N"), "SHIRT-RED-M", 1, "SKU alike"),
]


@pytest.mark.parametrize(("unknown", "item", "units", "reason"), [row for row in TABLE if row[3]])
def test_the_best_match_says_why(unknown: Unknown, item: str, units: int, reason: str) -> None:
    best = CANDIDATES.suggest(unknown)[0]
    assert (best.item, best.units) == (item, units)
    assert reason in best.reason


@pytest.mark.parametrize("sku", ["", "-", "QQ", "X1", "完全に別", "9" * 200])
def test_what_resembles_nothing_has_no_match(sku: str) -> None:
    assert CANDIDATES.suggest(Unknown(sku)) == []


def test_several_items_of_one_form_are_all_told_and_less_sure() -> None:
    found = CANDIDATES.suggest(Unknown("LA-MP"))
    assert [match.item for match in found] == ["LAMP", "lamp"]
    assert all("as 2 items are" in match.reason and ALIKE_AT_MOST < match.score < 95 for match in found)
    exact = CANDIDATES.suggest(Unknown("lamp"))
    assert [(match.item, match.score) for match in exact[:1]] == [("lamp", 100)]


def test_what_only_resembles_is_never_sure() -> None:
    for unknown, item, _, reason in TABLE:
        for match in CANDIDATES.suggest(unknown):
            if "alike" in match.reason:
                assert match.score <= ALIKE_AT_MOST, (item, reason)


skus = st.text(st.sampled_from("ABtx06-_. é"), min_size=1, max_size=12)
shelves = st.lists(st.builds(Candidate, skus, st.text(st.sampled_from("ab c"), max_size=12)), max_size=8)


@settings(deadline=None)
@given(shelves, skus, st.text(max_size=20), st.integers(1, 6), st.randoms(use_true_random=False))
def test_matches_are_few_ranked_once_each_and_of_what_is_there(
    shelf: list[Candidate], sku: str, title: str, limit: int, chance: Random
) -> None:
    found = Candidates(shelf).suggest(Unknown(sku, title), limit)
    assert len(found) <= limit
    assert found == sorted(found, key=lambda m: (-m.score, m.item, m.units))
    assert len({(m.item, m.units) for m in found}) == len(found)
    assert {m.item for m in found} <= {c.sku for c in shelf}
    assert all(1 <= m.score <= 100 and m.units >= 1 and m.reason for m in found)
    mixed = list(shelf)
    chance.shuffle(mixed)
    assert Candidates(mixed).suggest(Unknown(sku, title), limit) == found


@settings(deadline=None)
@given(st.from_regex(r"[A-Za-z][A-Za-z0-9]{2,8}", fullmatch=True), st.integers(2, 999))
def test_a_pack_of_an_item_is_found_whatever_its_sku(sku: str, units: int) -> None:
    shelf = Candidates([Candidate(sku)])
    for written in (f"{sku}-{units}PK", f"{sku}-x{units}", f"{sku} {units}er", f"{sku.lower()}_pack{units}"):
        assert (sku, units) in [(m.item, m.units) for m in shelf.suggest(Unknown(written))], written


@settings(deadline=None)
@given(st.text(max_size=30))
def test_forms_are_stable_and_need_no_care(text: str) -> None:
    assert folded(folded(text)) == folded(text)
    assert zeroless(zeroless(text)) == zeroless(text)
    assert all(2 <= units <= 1_000 and folded(stem) for stem, units in packs(text))
    assert one_line(one_line(text)) == one_line(text)
    assert all(len(gtin) == 14 for gtin in gtins(text))


def test_a_match_is_told_as_data() -> None:
    assert CANDIDATES.suggest(Unknown("TEA-6PK"))[0] == Match("TEA", 6, 97, "read as a pack of 6: the same SKU")
