"""The rule book: one epoch, shared memory, and no answer from rules that have changed."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from truestock.catalog.items import ItemDraft, put_items
from truestock.catalog.policies import PolicyDraft, put_policies
from truestock.catalog.rules import RuleBook, RulesChanged, Snapshot, snapshot
from truestock.store.database import Database


def test_what_was_loaded_is_read_again_without_the_database(shop: Database) -> None:
    rules = RuleBook(shop).snapshot()
    assert rules.item(1) is None
    assert rules.listing(2, "A") is None
    item = rules.items([1, 999])[1]
    listing = rules.listings([(2, "A"), (2, "ghost")])[2, "A"]
    shop.close()
    assert rules.item(1) is item
    assert rules.listing(2, "A") is listing
    assert rules.items([1]) == {1: item}
    assert rules.item(999) is None


def test_codes_lead_to_channels_and_locations(shop: Database) -> None:
    rules = RuleBook(shop).snapshot()
    channel, location = rules.channel("web"), rules.location("vendor")
    assert channel is not None
    assert location is not None
    assert (channel.id, location.virtual) == (2, True)
    assert rules.channel("ghost") is None
    assert rules.location("ghost") is None


def test_a_load_after_a_change_of_rules_says_so_instead_of_mixing_epochs(shop: Database) -> None:
    book = RuleBook(shop)
    old = book.snapshot()
    old.items([1])
    put_policies(shop, [PolicyDraft("buffer", 3)])
    assert old.items([1])[1].policies == ()
    for load in (lambda: old.items([2]), lambda: old.listings([(2, "A")])):
        with pytest.raises(RulesChanged):
            load()
    assert book.snapshot() is old
    new = book.refresh()
    assert new.epoch == old.epoch + 1
    assert new.item(1) is None
    assert [policy.value for policy in new.items([1])[1].policies] == [3]
    assert book.refresh() is new


def test_a_read_is_done_anew_when_the_rules_change_under_it(shop: Database) -> None:
    book = RuleBook(shop)
    seen: list[int] = []

    def work(rules: Snapshot) -> int:
        seen.append(rules.epoch)
        if len(seen) == 1:
            put_policies(shop, [PolicyDraft("buffer", 3)])
        return rules.items([1])[1].policies[0].value

    assert book.read(work) == 3
    assert seen == [seen[0], seen[0] + 1]


def test_items_of_a_category_share_one_tuple_of_general_rules(shop: Database) -> None:
    put_policies(
        shop,
        [
            PolicyDraft("buffer", 1),
            PolicyDraft("buffer", 2, category="toys"),
            PolicyDraft("buffer", 3, category="food"),
            PolicyDraft("buffer", 4, item="A"),
        ],
    )
    rules = RuleBook(shop).snapshot()
    ids = rules.item_ids(["A", "B", "C", "L", "ghost"])
    assert set(ids) == {"A", "B", "C", "L"}
    items = rules.items(ids.values())
    assert items[ids["B"]].policies is items[ids["C"]].policies
    values = {sku: sorted(p.value for p in items[item].policies) for sku, item in ids.items()}
    assert values == {"A": [1, 2, 4], "B": [1, 2], "C": [1, 2], "L": [1]}


def test_the_memory_is_bounded_and_what_a_call_asked_for_is_whole(
    shop: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(snapshot, "KEPT_AT_MOST", 3)
    rules = RuleBook(shop).snapshot()
    put_items(shop, [ItemDraft(f"S{n}") for n in range(6)])
    assert len(rules.items([1, 2])) == 2
    assert len(rules.items([2, 3, 4])) == 3
    assert rules.item(1) is None
    assert rules.item(3) is not None
    assert len(rules.items(range(1, 11))) == 10


def test_many_threads_share_one_snapshot(shop: Database) -> None:
    put_items(shop, [ItemDraft(f"S{n}") for n in range(50)])
    book = RuleBook(shop)

    def work(n: int) -> int:
        return len(book.read(lambda rules: rules.items(range(1, 20 + n))))

    with ThreadPoolExecutor(6) as pool:
        assert list(pool.map(work, range(30))) == [19 + n for n in range(30)]
