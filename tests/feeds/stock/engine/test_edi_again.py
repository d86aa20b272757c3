"""An EDI interchange that was taken in only in part, and comes again in another file: the rest of it is taken in."""

from collections.abc import Sequence
from datetime import UTC, datetime
from io import BytesIO
from itertools import count
from typing import Any

import pytest

from tests.factories import ago
from tests.feeds.stock.engine.conftest import Feeds
from truestock.feeds.stock.engine.mending import Mending
from truestock.feeds.stock.engine.runs import Run, lines_of
from truestock.feeds.stock.engine.taking import FeedFile
from truestock.feeds.stock.files import Format
from truestock.feeds.stock.files.edi.writing import Outgoing, Partners, x12
from truestock.store.jobs.kinds import Interrupted

NOW = datetime(2026, 11, 21, 9, 14, tzinfo=UTC)


def interchange(feed: str, control: int, *sets: Sequence[tuple[str, int]]) -> bytes:
    """Each set tells of items how many units more there are."""
    told = [
        Outgoing("947", [("W15", "20261121"), *(("W19", "07", str(qty), "EA", "", "SK", sku) for sku, qty in one)])
        for one in sets
    ]
    return x12(Partners(f"ZZ:{feed.upper()}", "ZZ:HUB"), control, NOW, "AW", "004010", told)


def send(feeds: Feeds, code: str, file: bytes, **how: Any) -> Run:
    return feeds.engine.take(code, FeedFile("file.edi", BytesIO(file), ago(seconds=0)), "test", **how)


def test_one_whose_run_was_cut_off_is_gone_on_with(feeds: Feeds) -> None:
    shop, wms, looks = feeds.shop, feeds.add("delta", location="dc", format=Format("x12")), count()
    skus = [shop.item(dc=10) for _ in range(300)]
    first = interchange(wms, 1, [(sku, 3) for sku in skus[:250]], [(sku, 3) for sku in skus[250:]])
    with pytest.raises(Interrupted):
        send(feeds, wms, first, stopping=lambda: next(looks) > 0)
    assert [shop.shelf(sku)["dc"][0] for sku in skus] == [13] * 250 + [10] * 50
    assert send(feeds, wms, first + interchange(wms, 2, [(skus[0], 4)])).report.taken == 1
    assert [shop.shelf(sku)["dc"][0] for sku in skus] == [17] + [13] * 299


@pytest.mark.parametrize("before", [b"W19", b"ST*", b"GE*", b"IEA*"])
def test_one_that_breaks_off_is_taken_in_for_the_rest_where_it_comes_again(
    feeds: Feeds, mending: Mending, before: bytes
) -> None:
    shop, wms = feeds.shop, feeds.add("delta", location="dc", format=Format("x12"))
    one, two = shop.item(dc=10), shop.item(dc=10)
    whole = interchange(wms, 1, [(one, 3)], [(two, 4)])
    first = send(feeds, wms, whole[: whole.rindex(before)])
    taken = 1 if before in (b"W19", b"ST*") else 2
    assert first.report.taken == taken
    assert lines_of(shop.hub.db, first.id).rows
    again = send(feeds, wms, whole)
    assert (again.report.taken, again.report.quarantined) == (2 - taken, 0)
    assert "taken in before are passed over" in again.report.notes[0]
    assert (shop.shelf(one), shop.shelf(two)) == ({"dc": (13, 0)}, {"dc": (14, 0)})
    assert send(feeds, wms, whole + b"\n").report.taken == 0
    mending.undo(first.id, "maria", "", preview=False)
    assert send(feeds, wms, whole + b"\n\n").report.taken == taken
    assert (shop.shelf(one), shop.shelf(two)) == ({"dc": (13, 0)}, {"dc": (14, 0)})


def test_a_message_of_edifact_that_was_left_out_is_taken_in_where_it_comes_again(feeds: Feeds) -> None:
    shop, wms = feeds.shop, feeds.add("on_hand", location="dc", format=Format("edifact", quantity="145"))
    skus = [shop.item(dc=10) for _ in range(2)]
    messages = [
        f"UNH+{n}+INVRPT:D:96A:UN'BGM+35+{n}'LIN+1++{sku}:SA'QTY+145:7'UNT+5+{n}'" for n, sku in enumerate(skus, 1)
    ]
    opening, closing = f"UNB+UNOC:3+{wms}:14+HUB:14+261121:0914+77'", "UNZ+2+77'"
    good = f"{opening}{''.join(messages)}{closing}".encode()
    bad = good.replace(b"UNT+5+2", b"UNT+9+2")
    assert [send(feeds, wms, file).report.taken for file in (bad, good)] == [1, 1]
    assert [shop.shelf(sku) for sku in skus] == [{"dc": (7, 0)}] * 2
