"""What counting makes of odd moments: two at once, a pick that fails meanwhile, nothing of a lot, files sent anew."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal

import msgspec
import pytest

from tests.clocks import until
from tests.factories import Shop, accept
from tests.reconciliation.counts.conftest import Counting
from truestock.catalog.items import ItemDraft, put_items
from truestock.catalog.locations import BinDraft, put_bins
from truestock.catalog.lots import LotDraft, put_lots
from truestock.core.problems import Conflict, Invalid
from truestock.ledger.values import Answer, ChangeStatus, NotBooked, Post, PutAway, Receive
from truestock.orders.actions import RejectPick
from truestock.reconciliation.counts.book import book_decided
from truestock.reconciliation.counts.due import ask_for_rejected, count_plans_kind
from truestock.reconciliation.counts.lines import lock
from truestock.reconciliation.counts.taking.sheet_file import take_sheet
from truestock.reconciliation.counts.tasks import clock, list_tasks, read_task
from truestock.reconciliation.counts.values import Limit, Scan
from truestock.reconciliation.discrepancies.accuracy import read_accuracy
from truestock.store.errors import Busy
from truestock.store.jobs.kinds import Work


def busy(posts: Sequence[Post]) -> list[Answer]:
    """A ledger that takes nothing now."""
    raise Busy(f"{len(posts)} bookings: not now")


def test_an_item_that_is_booked_while_the_last_other_is_dismissed_ends_the_task(shop: Shop, counting: Counting) -> None:
    db, (one, two) = shop.hub.db, (shop.item(dc=1), shop.item(dc=1))
    task = counting.task(one, two)
    book, counting.book = counting.book, busy  # type: ignore[method-assign]
    with pytest.raises(Busy):
        counting.counted("ann", task, one, 1)
    with ThreadPoolExecutor(1) as pool:
        with db.transaction() as conn:
            desk = lock(conn, [task], clock(conn))
            (line,) = [line for line in desk.of_task(task) if line.sku == two]
            line.begin("bob")
            line.move("dismissed")
            desk.write()
            booking = pool.submit(book_decided, db, book, [task])
            until(shop.somebody_waits)
        assert len(booking.result().booked) == 1
    assert read_task(db, task).state == "done"


def test_a_lot_tracked_item_that_never_lay_there_is_counted_as_nothing(shop: Shop, counting: Counting) -> None:
    sku = shop.item(lots=True)
    task = counting.task(sku)
    counting.counted("ann", task, sku, 0)
    assert (read_task(shop.hub.db, task).state, counting.result(task, sku).difference) == ("done", 0)


def test_what_the_job_books_is_known_as_accuracy(shop: Shop, counting: Counting) -> None:
    sku = shop.item(dc=4)
    task = counting.task(sku)
    book, counting.book = counting.book, busy  # type: ignore[method-assign]
    with pytest.raises(Busy):
        counting.counted("ann", task, sku, 4)
    assert counting.result(task, sku).state == "deciding"
    count_plans_kind(shop.hub.db, book).run(Work(1, None, lambda: False))
    assert read_task(shop.hub.db, task).state == "done"
    assert [day.cells for day in read_accuracy(shop.hub.db, source="count").days] == [1]


def test_what_the_ledger_refuses_waits_in_review_and_is_booked_once_that_is_mended(
    shop: Shop, counting: Counting
) -> None:
    sku = shop.item(lots=True)
    task = counting.task(sku, units=9)
    book, counting.book = counting.book, busy  # type: ignore[method-assign]
    counting.scan("ann", task, sku, 4, lot="L1")
    with pytest.raises(Busy):
        counting.done("ann", task, sku)
    accept(put_items(shop.hub.db, [ItemDraft(sku, lot_tracked=False)]))
    counting.book = book  # type: ignore[method-assign]
    told = count_plans_kind(shop.hub.db, counting.book).run(Work(1, None, lambda: False))
    assert told.endswith("counts booked that waited: 0; refused by the ledger: 1")
    found = counting.result(task, sku)
    why = f"The ledger does not take it: {sku} is not lot-tracked; leave the lot out."
    assert (found.state, found.decisions[-1].decision, found.decisions[-1].actor) == ("review", "refused", "ledger")
    assert found.decisions[-1].reason.startswith(why)
    assert counting.say("lead", task, sku, "approve") == "conflict"
    assert counting.result(task, sku).state == "review"
    accept(put_items(shop.hub.db, [ItemDraft(sku, lot_tracked=True)]))
    shop.item(dc=1)  # a booking, at which rules are read anew
    assert counting.say("lead", task, sku, "approve") == "booked"
    assert shop.cells(sku) == {("dc", "L1", "sellable", ""): (4, 0)}


def test_of_what_is_refused_in_part_no_lot_is_booked_twice(shop: Shop, counting: Counting) -> None:
    sku = shop.item(lots=True)
    put_lots(shop.hub.db, [LotDraft(sku, "L1"), LotDraft(sku, "L2")])
    shop.book(Receive(sku=sku, location="dc", qty=5, lot="L1"), Receive(sku=sku, location="dc", qty=5, lot="L2"))
    task = counting.task(sku, units=9)
    book = counting.book

    def in_part(posts: Sequence[Post]) -> list[Answer]:
        return [*book(posts[:1]), *(NotBooked("invalid", "lot", "not this one") for _ in posts[1:])]

    counting.book = in_part  # type: ignore[method-assign]
    counting.scan("ann", task, sku, 4, lot="L1")
    counting.scan("ann", task, sku, 3, lot="L2")
    counting.done("ann", task, sku)
    assert shop.cells(sku) == {("dc", "L1", "sellable", ""): (4, 0), ("dc", "L2", "sellable", ""): (5, 0)}
    counting.book = book  # type: ignore[method-assign]
    assert counting.say("lead", task, sku, "approve") == "booked"
    assert shop.cells(sku) == {("dc", "L1", "sellable", ""): (4, 0), ("dc", "L2", "sellable", ""): (3, 0)}


def test_a_pick_that_fails_after_the_last_scan_is_counted_for_itself(shop: Shop, counting: Counting) -> None:
    sku = shop.item(dc=5)
    order = shop.buy("web", {sku: 2})
    task = counting.task(sku)
    counting.scan("ann", task, sku, 5)
    shop.do(RejectPick("web", order.ref))
    assert ask_for_rejected(shop.hub.db) == []
    counting.done("ann", task, sku)
    assert shop.cells(sku) == {("dc", "", "quarantine", ""): (5, 0)}
    (again,) = ask_for_rejected(shop.hub.db)
    counting.counted("bob", again, sku, 5)
    assert shop.cells(sku) == {("dc", "", "sellable", ""): (5, 2)}
    assert ask_for_rejected(shop.hub.db) == []


def test_a_pick_that_fails_in_review_is_asked_for_when_the_count_is_dismissed(shop: Shop, counting: Counting) -> None:
    sku = shop.item(dc=5)
    order = shop.buy("web", {sku: 2})
    task = counting.task(sku)
    counting.counted("ann", task, sku, 1)
    counting.counted("bob", task, sku, 1)
    shop.do(RejectPick("web", order.ref))
    assert ask_for_rejected(shop.hub.db) == []
    assert counting.say("lead", task, sku, "dismiss") == "dismissed"
    assert len(ask_for_rejected(shop.hub.db)) == 1


def test_cancelling_asks_what_becomes_of_what_is_in_doubt(shop: Shop, counting: Counting) -> None:
    sku = shop.item(dc=5)
    order = shop.buy("web", {sku: 2})
    shop.do(RejectPick("web", order.ref))
    (task,) = ask_for_rejected(shop.hub.db)
    with pytest.raises(Conflict, match=f"did not find them: 5 of {sku}. Say what becomes") as asked:
        counting.cancel(task)
    assert (asked.value.field, read_task(shop.hub.db, task).state) == ("in_doubt", "open")
    counting.cancel(task, "sellable")
    assert shop.cells(sku) == {("dc", "", "sellable", ""): (5, 2)}
    assert (read_task(shop.hub.db, task).state, shop.owed(sku)) == ("cancelled", {})
    assert ask_for_rejected(shop.hub.db) == []
    ((why, who),) = shop.read("SELECT reason, actor FROM movement WHERE source = 'count'")
    assert (why, who) == ("not needed", "lead")


def test_what_stays_in_doubt_is_asked_for_by_another_task(shop: Shop, counting: Counting) -> None:
    sku = shop.item(dc=5)
    shop.do(RejectPick("web", shop.buy("web", {sku: 2}).ref))
    (task,) = ask_for_rejected(shop.hub.db)
    counting.cancel(task, "recount")
    (again,) = list_tasks(shop.hub.db).rows
    assert (again.id != task, again.why, again.lines) == (True, "pick", 1)
    assert shop.cells(sku) == {("dc", "", "quarantine", ""): (5, 0)}
    counting.counted("ann", again.id, sku, 5)
    assert shop.cells(sku) == {("dc", "", "sellable", ""): (5, 2)}


def test_of_a_cancelling_that_is_broken_off_what_is_in_doubt_is_asked_for_again(shop: Shop, counting: Counting) -> None:
    sku = shop.item(dc=5)
    shop.do(RejectPick("web", shop.buy("web", {sku: 2}).ref))
    (task,) = ask_for_rejected(shop.hub.db)
    counting.book = busy  # type: ignore[method-assign]
    with pytest.raises(Busy):
        counting.cancel(task, "sellable")
    assert len(ask_for_rejected(shop.hub.db)) == 1


def test_a_dismissed_count_leaves_nothing_in_doubt_for_ever(shop: Shop, counting: Counting) -> None:
    sku = shop.item(dc=5)
    shop.do(RejectPick("web", shop.buy("web", {sku: 2}).ref))
    (task,) = ask_for_rejected(shop.hub.db)
    counting.counted("ann", task, sku, 1)
    counting.counted("bob", task, sku, 1)
    assert counting.say("lead", task, sku, "dismiss") == "dismissed"
    assert len(ask_for_rejected(shop.hub.db)) == 1


def test_what_was_in_doubt_and_is_moved_by_hand_is_not_found_once_more(shop: Shop, counting: Counting) -> None:
    sku = shop.item(dc=5)
    shop.do(RejectPick("web", shop.buy("web", {sku: 2}).ref))
    (task,) = ask_for_rejected(shop.hub.db)
    counting.counted("ann", task, sku, 3)
    counting.counted("bob", task, sku, 3)
    shop.book(ChangeStatus(sku=sku, location="dc", qty=5, from_status="quarantine", to_status="sellable"))
    assert counting.say("lead", task, sku, "approve") == "conflict"
    assert counting.say("lead", task, sku, "recount") == "recount"
    counting.counted("cem", task, sku, 3)
    assert counting.say("lead", task, sku, "approve") == "booked"
    assert shop.cells(sku) == {("dc", "", "sellable", ""): (3, 2)}


def test_a_pick_whose_units_are_counted_already_is_asked_for_no_more(shop: Shop, counting: Counting) -> None:
    sku = shop.item(dc=5)
    order = shop.buy("web", {sku: 2})
    task = counting.task(sku)
    shop.do(RejectPick("web", order.ref))
    counting.counted("ann", task, sku, 5)
    assert ask_for_rejected(shop.hub.db) == []


def test_the_keys_of_an_empty_bin_are_no_devices(shop: Shop, counting: Counting) -> None:
    accept(put_bins(shop.hub.db, [BinDraft("dc", "A-1", "pick")]))
    other, *held = shop.item(dc=3), shop.item(), shop.item()
    for sku in held:
        shop.book(
            Receive(sku=sku, location="dc", qty=1, status="receiving"),
            PutAway(sku=sku, location="dc", qty=1, bin="A-1"),
        )
    task = counting.task(other, *held)
    answers = counting.upload("ann", Scan("aaaaaaaa/1", task, sku=other), Scan("aaaaaaaa", task, "nothing", bin="A-1"))
    assert [answer.outcome for answer in answers] == ["taken", "taken"]


def test_nothing_of_what_is_counted_already_is_refused(shop: Shop, counting: Counting) -> None:
    sku = shop.item(dc=3)
    task = counting.task(sku)
    counting.scan("ann", task, sku, 3)
    answer = counting.upload("ann", Scan(counting.key(), task, "nothing", sku=sku))[0]
    assert (answer.outcome, answer.field) == ("refused", "sku")
    assert answer.detail == f"3 of {sku} are counted already; say that it is done, or count it anew"
    assert counting.done("ann", task, sku).state == "deciding"


def test_a_file_that_is_mended_and_sent_again_counts_nothing_twice(shop: Shop, counting: Counting) -> None:
    sku = shop.item(lots=True)
    put_lots(shop.hub.db, [LotDraft(sku, "L1")])
    task = counting.task(sku, units=0, percent=0)

    def take(data: str) -> list[str]:
        return [row.answer.outcome for row in take_sheet(shop.hub.db, counting.book, task, data.encode(), "ann")]

    assert take(f"sku,lot,qty\n{sku},L1,3\n{sku},,2\n") == ["taken", "refused"]
    assert take(f"sku,lot,qty\n{sku},L1,3\n{sku},L2,2\n") == ["taken", "taken"]
    counted = shop.read("SELECT lot, counted FROM count_result ORDER BY lot")
    assert [row for row in counted if row[0]] == [("L1", 3), ("L2", 2)]


def test_more_than_anybody_can_count_is_refused(shop: Shop, counting: Counting) -> None:
    sku = shop.item(dc=3)
    counting.barcode(sku, "04006381333931", 1_000_000_000)
    task = counting.task(sku)
    answer = counting.upload("ann", Scan(counting.key(), task, code="(02)04006381333931(37)99999999", qty=1_000_000))[0]
    assert (answer.outcome, answer.field) == ("refused", "qty")
    assert counting.scan("ann", task, sku, 3).counted == 3


def test_a_code_with_nul_is_refused(shop: Shop, counting: Counting) -> None:
    sku = shop.item(dc=3)
    task = counting.task(sku)
    answer = counting.upload("ann", Scan(counting.key(), task, code="AB\0CD"))[0]
    assert (answer.outcome, answer.field) == ("refused", "code")


def test_a_limit_that_is_no_number_is_refused() -> None:
    with pytest.raises(msgspec.ValidationError, match="value"):
        msgspec.convert({"role": "lead", "members": [], "value": Decimal("NaN")}, Limit)


@pytest.mark.parametrize(
    ("data", "field"),
    [("sku,qty,counted_at\n{sku},3,2999-01-01\n", "line 2, counted_at"), ('sku,qty\n"{sku},3\nX,4\n', "file")],
)
def test_a_file_that_cannot_be_meant_is_refused(shop: Shop, counting: Counting, data: str, field: str) -> None:
    sku = shop.item(dc=3)
    with pytest.raises(Invalid) as refused:
        take_sheet(shop.hub.db, counting.book, counting.task(sku), data.format(sku=sku).encode(), "ann")
    assert refused.value.field == field


def test_clocks_that_no_device_has_are_refused(shop: Shop, counting: Counting) -> None:
    sku = shop.item(dc=3)
    first, last = datetime(1, 1, 1, tzinfo=UTC), datetime(9999, 12, 31, tzinfo=UTC)
    with pytest.raises(Invalid, match="set the device's clock"):
        counting.upload("ann", Scan(counting.key(), counting.task(sku), sku=sku, scanned_at=first), sent_at=last)
