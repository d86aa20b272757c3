"""Files of expected supply out of order: what is told as of later stands, whichever comes first."""

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.factories import ago
from tests.feeds.stock.engine.conftest import NUMBERS, Feeds, document
from truestock.feeds.receiving.receive import receive
from truestock.feeds.receiving.values import Receipt, ReceiptLine, Receive
from truestock.feeds.stock.engine.mending import Mending
from truestock.feeds.stock.engine.runs import Run
from truestock.ledger.documents import (
    Document,
    DocumentLine,
    close_document,
    move_document,
    put_document,
    read_document,
)
from truestock.ledger.expected import Expect, cancel_expected, expect

DAYS = [datetime(2091, 5, day, tzinfo=UTC) for day in range(1, 4)]


def announce(
    feeds: Feeds, code: str, ref: str, told: Sequence[tuple[str, object]], as_of: datetime, *, preview: bool = False
) -> Run:
    """A file of one document, due on the first day: items and units; its name tells it from others that say the
    same."""
    lines = [f"{ref} {sku} {qty} {DAYS[0].isoformat()} {next(NUMBERS)}" for sku, qty in told]
    return feeds.send(code, " | ".join(["ref sku qty due_at serial", *lines]), as_of, preview=preview)


def expected(feeds: Feeds, ref: str) -> list[tuple[str, int]]:
    lines = read_document(feeds.shop.hub.db, ref).lines
    return sorted((line.sku, line.qty) for line in lines if line.state == "open")


def counted(run: Run) -> tuple[int, int]:
    return run.report.booked, run.report.older


def test_an_older_file_changes_nothing_that_a_newer_one_told_and_brings_what_that_did_not(feeds: Feeds) -> None:
    erp, other, ref = feeds.add("expected", location="dc"), feeds.add("expected", location="dc"), document()
    one, two = feeds.shop.item(), feeds.shop.item()
    announce(feeds, erp, ref, [(one, 20)], ago(hours=1))
    late, rows = ago(hours=2), [(one, 5), (one, 6), (two, 7)]
    seen = announce(feeds, other, ref, rows, late, preview=True)
    assert expected(feeds, ref) == [(one, 20)]
    run = announce(feeds, other, ref, rows, late)
    assert counted(seen) == counted(run) == (1, 2)
    assert (run.report.taken, run.report.quarantined) == (3, 0)
    assert expected(feeds, ref) == sorted([(one, 20), (two, 7)])
    assert counted(announce(feeds, erp, ref, [(two, 8)], ago(hours=3))) == (0, 1)
    assert counted(announce(feeds, erp, ref, [(one, 9), (two, 8)], ago(minutes=1))) == (2, 0)
    assert expected(feeds, ref) == sorted([(one, 9), (two, 8)])


def test_of_two_files_as_of_one_instant_the_later_stands(feeds: Feeds) -> None:
    erp, ref, sku, instant = feeds.add("expected", location="dc"), document(), feeds.shop.item(), ago(hours=1)
    announce(feeds, erp, ref, [(sku, 20)], instant)
    assert counted(announce(feeds, erp, ref, [(sku, 30)], instant)) == (1, 0)
    assert expected(feeds, ref) == [(sku, 30)]


@pytest.mark.parametrize("way", ["told", "told whole", "closed", "moved", "announced", "cancelled"])
def test_what_somebody_did_by_hand_is_as_of_then(feeds: Feeds, way: str) -> None:
    hub, erp, ref, sku = feeds.shop.hub, feeds.add("expected", location="dc"), document(), feeds.shop.item()
    other, before = feeds.shop.item(), ago(minutes=1)
    announce(feeds, erp, ref, [(sku, 20)], ago(hours=1))
    if way.startswith("told"):
        lines = [DocumentLine(other, 9, "dc", DAYS[1])]
        lines += [] if way == "told whole" else [DocumentLine(sku, 8, "dc", DAYS[1])]
        put_document(hub.db, hub.rules, Document(ref, lines, whole=way == "told whole"), "maria")
    elif way == "closed":
        close_document(hub.db, ref, "the supplier has none", "maria")
    elif way == "moved":
        move_document(hub.db, ref, DAYS[2])
    elif way == "announced":
        expect(hub.db, hub.rules, [Expect(sku, "dc", 8, DAYS[1], ref)])
    else:
        cancel_expected(hub.db, hub.rules, sku, ref)
    stands = read_document(hub.db, ref)
    assert counted(announce(feeds, erp, ref, [(sku, 30)], before)) == (0, 1)
    assert read_document(hub.db, ref) == stands
    assert counted(announce(feeds, erp, ref, [(sku, 40)], ago(seconds=0))) == (1, 0)
    assert (sku, 40) in expected(feeds, ref)


def test_of_a_document_that_was_told_whole_by_hand_an_older_file_brings_nothing_more(feeds: Feeds) -> None:
    hub, erp, ref = feeds.shop.hub, feeds.add("expected", location="dc"), document()
    one, two, before = feeds.shop.item(), feeds.shop.item(), ago(minutes=1)
    put_document(hub.db, hub.rules, Document(ref, [DocumentLine(one, 9, "dc", DAYS[0])]), "maria")
    assert counted(announce(feeds, erp, ref, [(two, 5)], before)) == (0, 1)
    assert expected(feeds, ref) == [(one, 9)]


def test_an_undone_file_gives_its_time_back_and_what_was_passed_over_is_sent_again(
    feeds: Feeds, mending: Mending
) -> None:
    erp, ref, sku = feeds.add("expected", location="dc"), document(), feeds.shop.item()
    announce(feeds, erp, ref, [(sku, 10)], ago(hours=9))
    newer = announce(feeds, erp, ref, [(sku, 30)], ago(hours=1))
    text, late = f"ref sku qty due_at | {ref} {sku} 20 {DAYS[0].isoformat()}", ago(hours=5)
    passed_over = feeds.send(erp, text, late)
    assert counted(passed_over) == (0, 1)
    mending.undo(newer.id, "maria", "", preview=False)
    assert expected(feeds, ref) == [(sku, 10)]
    assert feeds.send(erp, text, late).known
    mending.undo(passed_over.id, "maria", "", preview=False)
    assert counted(feeds.send(erp, text, late)) == (1, 0)
    assert expected(feeds, ref) == [(sku, 20)]
    assert counted(announce(feeds, erp, ref, [(sku, 40)], ago(hours=7))) == (0, 1)


def test_a_mended_row_stands_by_the_time_of_its_file(feeds: Feeds, mending: Mending) -> None:
    erp, ref, due = feeds.add("expected", location="dc"), document(), DAYS[0].isoformat()
    one, two = feeds.shop.item(), feeds.shop.item()
    announce(feeds, erp, ref, [(one, 20)], ago(hours=1))
    late = feeds.send(erp, f"ref sku qty due_at | {ref} {one} 5 no-date | {ref} {two} 6 no-date", ago(hours=2))
    announce(feeds, erp, ref, [(two, 7)], ago(hours=3))
    retried = mending.retry(late.id, [2, 3], {2: {"due_at": due}, 3: {"due_at": due}}, "maria")
    (fault,) = retried.faults
    assert (fault.line, fault.reason, fault.repair) == (
        2,
        f"something newer was said of this item of {ref}, which stands",
        "drop the line",
    )
    assert expected(feeds, ref) == sorted([(one, 20), (two, 6)])


@pytest.mark.parametrize("way", ["document", "item", "receipt"])
def test_a_mended_row_opens_nothing_that_was_closed_meanwhile(feeds: Feeds, mending: Mending, way: str) -> None:
    """A document that is closed as a whole is so for items that had no line yet, too."""
    shop, erp, ref, due = feeds.shop, feeds.add("expected", location="dc"), document(), DAYS[0].isoformat()
    one, new = shop.item(), shop.item()
    rows = [f"{ref} {one} 20 {due}", f"{ref} {one} 5 no-date", f"{ref} {new} 6 no-date"]
    run = feeds.send(erp, f"ref sku qty due_at | {' | '.join(rows)}", ago(seconds=1))
    if way == "receipt":
        receipt = Receipt(shop.new_ref(), "dc", [ReceiptLine(15, one)], ref, complete=True)
        shop.run(receive, [Receive(receipt, "clerk")])
    else:
        close_document(shop.hub.db, ref, "the supplier has none", "maria", one if way == "item" else None)
    retried = mending.retry(run.id, None, {3: {"due_at": due}, 4: {"due_at": due}}, "maria")
    refused = [(fault.line, fault.reason) for fault in retried.faults]
    if way == "document":
        by_hand = f"somebody has told this item of {ref} by hand since, which stands"
        assert refused == [(3, by_hand), (4, by_hand)]
    else:
        assert refused == [(3, f"something newer was said of this item of {ref}, which stands")]
    assert expected(feeds, ref) == ([] if way == "document" else [(new, 6)])


HOURS = st.lists(st.integers(1, 4), min_size=1, max_size=5)


@settings(max_examples=25, deadline=None)
@given(hours=HOURS, data=st.data())
def test_files_in_any_order_some_undone_leave_what_the_newest_that_was_taken_says(
    feeds: Feeds, hours: list[int], data: st.DataObject
) -> None:
    """The model: a file is taken unless one that stands is newer; of those taken and not undone the newest stands."""
    mending, base = Mending(feeds.shop.hub.db, feeds.shop.hub.rules), ago(hours=9)
    erp, ref, sku = feeds.add("expected", location="dc"), document(), feeds.shop.item()
    taken: list[tuple[Run, int, int]] = []
    for qty, hour in enumerate(hours, 1):
        # Some say what the one before said, which is kept otherwise.
        units = 1 + qty // 2
        stands = taken[-1][1] if taken else 0
        run = announce(feeds, erp, ref, [(sku, units)], base.replace(year=base.year - 5 + hour))
        assert counted(run) == ((0, 1) if hour < stands else (1, 0))
        if hour >= stands:
            taken.append((run, hour, units))
        if data.draw(st.booleans(), "undo") and taken:
            gone, _, _ = taken.pop(data.draw(st.integers(0, len(taken) - 1), "which"))
            mending.undo(gone.id, "maria", "", preview=False)
        assert expected(feeds, ref) == [(sku, units) for _, _, units in taken[-1:]]


def test_what_a_file_says_again_after_another_is_news_and_the_same_file_twice_is_not(feeds: Feeds) -> None:
    erp, ref, sku = feeds.add("expected", location="dc"), document(), feeds.shop.item()
    files = [f"ref sku qty due_at | {ref} {sku} {qty} {DAYS[0].isoformat()}" for qty in (20, 30)]
    then = [ago(hours=hours) for hours in (9, 8, 7, 6)]
    told = [feeds.send(erp, files[n], then[at]) for n, at in ((0, 0), (1, 1), (0, 2), (0, 3), (1, 1))]
    assert [run.known for run in told] == [False, False, False, True, True]
    assert expected(feeds, ref) == [(sku, 20)]
