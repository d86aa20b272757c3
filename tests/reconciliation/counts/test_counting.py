"""Counts while orders flow: blind, each scan once, lot by lot, again by somebody else, approved, booked as of then."""

from datetime import date
from decimal import Decimal

import msgspec
import pytest

from tests.factories import Shop, accept, ago
from tests.reconciliation.counts.conftest import Counting
from truestock.catalog.items import ItemDraft, put_items
from truestock.catalog.locations import BinDraft, put_bins
from truestock.core.problems import Conflict, Invalid, NotFound
from truestock.ledger.values import Adjust, PutAway, Receive
from truestock.orders.actions import RejectPick, Ship
from truestock.reconciliation.counts.decide import list_results
from truestock.reconciliation.counts.due import ask_for_rejected
from truestock.reconciliation.counts.plans import list_limits, put_limit, remove_limit
from truestock.reconciliation.counts.tasks import ask, list_tasks, read_task, sheet
from truestock.reconciliation.counts.values import Limit, NewTask, Scan
from truestock.reconciliation.discrepancies.accuracy import read_accuracy


def test_a_count_that_agrees_is_booked_at_once_and_its_task_is_done(shop: Shop, counting: Counting) -> None:
    sku = shop.item(dc=7)
    task = counting.task(sku)
    assert counting.counted("ann", task, sku, 7).state == "deciding"
    found = counting.result(task, sku)
    assert (found.state, found.difference, found.decisions[0].decision) == ("booked", 0, "right")
    assert read_task(shop.hub.db, task).state == "done"
    assert shop.shelf(sku) == {"dc": (7, 0)}


def test_the_sheet_says_nothing_of_what_is_expected(shop: Shop, counting: Counting) -> None:
    sku = shop.item(dc=7341)
    task = counting.task(sku)
    counting.scan("ann", task, sku, 3)
    said = msgspec.json.encode(sheet(shop.hub.db, task, "ann")).decode()
    assert "7341" not in said
    (line,) = sheet(shop.hub.db, task, "ann").lines
    assert (line.counted, line.yours) == (3, True)
    (other,) = sheet(shop.hub.db, task, "bob").lines
    assert (other.counted, other.yours) == (0, False)
    assert list_results(shop.hub.db, task=task).rows == ()


def test_a_difference_past_tolerance_is_counted_again_by_somebody_else(shop: Shop, counting: Counting) -> None:
    sku = shop.item(dc=20)
    task = counting.task(sku)
    assert counting.counted("ann", task, sku, 15).state == "recount"
    assert shop.shelf(sku) == {"dc": (20, 0)}
    assert list_results(shop.hub.db, task=task).rows == ()
    refused = counting.scan("ann", task, sku, 15)
    assert (refused.outcome, refused.detail) == (
        "refused",
        f"{sku} is to be counted again by somebody else: ann has counted it before",
    )
    assert counting.counted("bob", task, sku, 20).state == "deciding"
    assert (counting.result(task, sku).state, shop.shelf(sku)) == ("booked", {"dc": (20, 0)})


def test_what_is_past_tolerance_twice_waits_for_approval(shop: Shop, counting: Counting) -> None:
    sku = shop.item(dc=20)
    task = counting.task(sku)
    counting.counted("ann", task, sku, 15)
    assert counting.counted("bob", task, sku, 16).state == "review"
    found = counting.result(task, sku)
    assert [(r.counter, r.difference) for r in found.rounds] == [("ann", -5), ("bob", -4)]
    assert shop.shelf(sku) == {"dc": (20, 0)}
    assert counting.say("lead", task, sku, "approve") == "booked"
    assert shop.shelf(sku) == {"dc": (16, 0)}
    (movement,) = shop.read("SELECT actor, source, ref, reason FROM movement WHERE source = 'count'")
    assert movement == ("lead", "count", f"task {task}", "looked again")
    assert [d.decision for d in counting.result(task, sku).decisions] == ["recount", "review", "approved"]
    assert counting.say("lead", task, sku, "approve") == "conflict"


def test_what_waits_at_a_location_is_found_behind_what_waits_elsewhere(shop: Shop, counting: Counting) -> None:
    first, second = shop.item(dc=20), shop.item(store=20)
    for sku, location in ((first, "dc"), (second, "store")):
        task = counting.task(sku, location=location)
        for who in ("ann", "bob"):
            counting.counted(who, task, sku, 3)
    found = list_results(shop.hub.db, "review", limit=1, location="store")
    assert [row.sku for row in found.rows] == [second]
    assert found.next is None


def test_a_third_person_may_count_and_a_count_may_be_dismissed(shop: Shop, counting: Counting) -> None:
    one, two = shop.item(dc=20), shop.item(dc=20)
    task = counting.task(one, two)
    for sku in (one, two):
        counting.counted("ann", task, sku, 5)
        counting.counted("bob", task, sku, 9)
    assert counting.say("lead", task, one, "recount") == "recount"
    assert counting.scan("bob", task, one).outcome == "refused"
    assert counting.counted("cem", task, one, 20).state == "deciding"
    assert counting.say("lead", task, two, "dismiss") == "dismissed"
    assert (shop.shelf(one), shop.shelf(two)) == ({"dc": (20, 0)}, {"dc": (20, 0)})
    assert read_task(shop.hub.db, task).state == "done"


def test_small_differences_are_booked_within_tolerance(shop: Shop, counting: Counting) -> None:
    sku = shop.item(dc=100)
    task = counting.task(sku, units=1, percent=2)
    counting.counted("ann", task, sku, 98)
    assert counting.result(task, sku).decisions[0].decision == "within_tolerance"
    assert shop.shelf(sku) == {"dc": (98, 0)}


def test_orders_flow_on_and_the_count_is_of_when_it_was_scanned(shop: Shop, counting: Counting) -> None:
    sku = shop.item(dc=10)
    order = shop.buy("web", {sku: 4})
    task = counting.task(sku)
    counting.scan("ann", task, sku, 10, scanned_at=ago(minutes=5))
    shop.do(Ship("web", order.ref))
    shop.stock(sku, dc=3)
    assert counting.done("ann", task, sku).state == "deciding"
    assert counting.result(task, sku).difference == 0
    assert shop.shelf(sku) == {"dc": (9, 0)}


def test_what_leaves_between_two_scans_of_an_item_is_no_difference(shop: Shop, counting: Counting) -> None:
    sku = shop.item(dc=10)
    order = shop.buy("web", {sku: 4})
    for left_before_it_was_counted in (True, False):
        task = counting.task(sku, units=0, percent=0)
        there = shop.shelf(sku)["dc"][0]
        counting.scan("ann", task, sku, 2)
        if left_before_it_was_counted:
            shop.do(Ship("web", order.ref))
            there -= 4
        else:
            shop.book(Adjust(sku=sku, location="dc", qty=-1, reason="lost"))
        counting.scan("ann", task, sku, there - 2)
        assert counting.done("ann", task, sku).state == "deciding"
    assert shop.shelf(sku) == {"dc": (5, 0)}


def test_a_device_with_a_wrong_clock_is_dated_by_ours(shop: Shop, counting: Counting) -> None:
    sku = shop.item(dc=10)
    task = counting.task(sku)
    scan = Scan(counting.key(), task, sku=sku, qty=10, scanned_at=ago(days=400, minutes=5))
    counting.upload("ann", scan, Scan(counting.key(), task, "done", sku=sku), sent_at=ago(days=400))
    ((at,),) = shop.read("SELECT now() - scanned_at FROM count_scan WHERE NOT void")
    assert 290 < at.total_seconds() < 330


def test_a_scan_sent_twice_counts_once(shop: Shop, counting: Counting) -> None:
    sku = shop.item(dc=6)
    case = counting.barcode(sku, "19501101530000", 3)
    task = counting.task(sku)
    scans = [Scan(counting.key(), task, code=case) for _ in range(2)]
    assert [answer.outcome for answer in counting.upload("ann", *scans)] == ["taken", "taken"]
    assert [answer.outcome for answer in counting.upload("ann", *scans)] == ["replay", "replay"]
    other = msgspec.structs.replace(scans[0], qty=5)
    assert counting.upload("ann", other)[0].field == "key"
    assert counting.done("ann", task, sku).counted == 6
    assert counting.result(task, sku).difference == 0


def test_two_scans_with_one_key_in_one_upload_count_once(shop: Shop, counting: Counting) -> None:
    sku = shop.item(dc=1)
    task = counting.task(sku)
    scan = Scan(counting.key(), task, sku=sku)
    assert [a.outcome for a in counting.upload("ann", scan, scan)] == ["taken", "replay"]


def test_a_counter_takes_an_item_back_and_counts_it_anew(shop: Shop, counting: Counting) -> None:
    sku = shop.item(dc=2)
    task = counting.task(sku)
    wrong = Scan(counting.key(), task, sku=sku, qty=9)
    anew = Scan(counting.key(), task, "again", sku=sku)
    right = Scan(counting.key(), task, sku=sku, qty=2)
    assert [a.counted for a in counting.upload("ann", wrong, anew, right)] == [9, 0, 2]
    assert {a.outcome for a in counting.upload("ann", wrong, anew)} == {"replay"}
    counting.scan("ann", task, sku, 5)
    counting.upload(
        "ann", Scan(counting.key(), task, "again", sku=sku), msgspec.structs.replace(right, key="device-x1")
    )
    counting.done("ann", task, sku)
    assert counting.result(task, sku).difference == 0


def test_lots_are_counted_one_by_one_and_what_nobody_saw_is_not_there(shop: Shop, counting: Counting) -> None:
    sku = shop.item(lots=True)
    shop.book(*(Receive(sku=sku, location="dc", qty=4, lot=code) for code in "AB"))
    gtin = counting.barcode(sku, "09501101530003")
    task = counting.task(sku, units=100)
    assert counting.scan("ann", task, sku, 4).field == "lot"
    counting.scan("ann", task, sku, 3, lot="A")
    counting.upload("ann", Scan(counting.key(), task, code=f"(01){gtin}(17)270131(10)NEW"))
    counting.done("ann", task, sku)
    assert [(lot.lot, lot.counted, lot.expected) for lot in counting.result(task, sku).rounds[0].lots] == [
        ("A", 3, 4),
        ("B", 0, 4),
        ("NEW", 1, 0),
    ]
    cells = {lot: on_hand for (_, lot, _, _), (on_hand, _) in shop.cells(sku).items()}
    assert cells == {"A": 3, "NEW": 1}
    ((expires,),) = shop.read("SELECT expires_at FROM lot WHERE code = 'NEW'")
    assert expires.date() == date(2027, 1, 31)


def test_an_empty_shelf_is_a_statement(shop: Shop, counting: Counting) -> None:
    sku = shop.item(dc=1)
    task = counting.task(sku)
    assert counting.done("ann", task, sku).detail == f"nothing of {sku} is scanned yet; say that there is none"
    assert counting.counted("ann", task, sku, 0).state == "deciding"
    assert shop.shelf(sku) == {}


def test_an_empty_bin_says_it_of_what_lies_there_alone(shop: Shop, counting: Counting) -> None:
    accept(put_bins(shop.hub.db, [BinDraft("dc", "A-1", "pick"), BinDraft("dc", "A-2", "pick")]))
    here, both = shop.item(), shop.item()
    for sku, bins in ((here, ["A-1"]), (both, ["A-1", "A-2"])):
        for code in bins:
            shop.book(
                Receive(sku=sku, location="dc", qty=1, status="receiving"),
                PutAway(sku=sku, location="dc", qty=1, bin=code),
            )
    task = counting.task(here, both)
    assert [line.bins for line in sheet(shop.hub.db, task, "ann").lines] == [["A-1"], ["A-1", "A-2"]]
    (answer,) = counting.upload("ann", Scan(counting.key(), task, "nothing", code="A-1"))
    assert answer.outcome == "taken"
    assert shop.shelf(here) == {}
    assert shop.shelf(both) == {"dc": (2, 0)}


def test_what_is_in_doubt_comes_back_when_a_count_finds_it(shop: Shop, counting: Counting) -> None:
    sku = shop.item(dc=5)
    order = shop.buy("web", {sku: 2})
    shop.do(RejectPick("web", order.ref))
    assert shop.owed(sku) == {order.ref: 2}
    (task,) = ask_for_rejected(shop.hub.db)
    assert ask_for_rejected(shop.hub.db) == []
    assert read_task(shop.hub.db, task).why == "pick"
    counting.counted("ann", task, sku, 5)
    assert shop.cells(sku) == {("dc", "", "sellable", ""): (5, 2)}
    assert shop.owed(sku) == {}
    assert counting.result(task, sku).decisions[0].decision == "right"


def test_what_is_in_doubt_and_not_found_is_written_off_after_approval(shop: Shop, counting: Counting) -> None:
    sku = shop.item(dc=5)
    shop.do(RejectPick("web", shop.buy("web", {sku: 2}).ref))
    shop.stock(sku, dc=1)
    (task,) = ask_for_rejected(shop.hub.db)
    counting.counted("ann", task, sku, 3)
    counting.counted("bob", task, sku, 3)
    assert counting.result(task, sku).difference == -3
    counting.say("lead", task, sku, "approve")
    assert shop.cells(sku) == {("dc", "", "sellable", ""): (3, 2)}


def test_units_that_wait_for_quality_are_not_in_doubt(shop: Shop, counting: Counting) -> None:
    sku = shop.item(dc=5)
    shop.book(Receive(sku=sku, location="dc", qty=4, status="quarantine"))
    task = counting.task(sku)
    counting.counted("ann", task, sku, 5)
    assert counting.result(task, sku).difference == 0
    assert shop.cells(sku)["dc", "", "quarantine", ""] == (4, 0)


@pytest.mark.parametrize(
    ("units", "value", "may"), [(4, None, True), (3, None, False), (None, 20, True), (None, 19, False)]
)
def test_who_approves_needs_a_limit_that_covers_it(
    shop: Shop, counting: Counting, units: int | None, value: int | None, may: bool
) -> None:
    sku = shop.item(dc=20)
    accept(put_items(shop.hub.db, [ItemDraft(sku, cost=Decimal(5))]))
    put_limit(shop.hub.db, Limit("lead", ["lena"], units, None if value is None else Decimal(value)))
    put_limit(shop.hub.db, Limit("manager", ["max"]))
    task = counting.task(sku)
    counting.counted("ann", task, sku, 16)
    counting.counted("bob", task, sku, 16)
    assert counting.say("zoe", task, sku, "approve") == "beyond-limit"
    assert counting.say("lena", task, sku, "approve") == ("booked" if may else "beyond-limit")
    assert may or counting.say("max", task, sku, "approve") == "booked"
    for limit in list_limits(shop.hub.db):
        remove_limit(shop.hub.db, limit.role)


def test_who_has_counted_does_not_approve_unless_a_role_says_so(shop: Shop, counting: Counting) -> None:
    sku = shop.item(dc=20)
    task = counting.task(sku)
    counting.counted("ann", task, sku, 16)
    counting.counted("bob", task, sku, 16)
    assert [counting.say(who, task, sku, "approve") for who in ("ann", "bob")] == ["own-count", "own-count"]
    put_limit(shop.hub.db, Limit("lead", ["bob"], 100))
    assert counting.say("bob", task, sku, "approve") == "own-count"
    put_limit(shop.hub.db, Limit("small", ["bob"], 3, own_counts=True))
    assert counting.say("bob", task, sku, "approve") == "own-count"
    put_limit(shop.hub.db, Limit("small", ["bob"], 4, own_counts=True))
    assert counting.say("bob", task, sku, "approve") == "booked"


def test_nobody_counts_what_another_has_begun(shop: Shop, counting: Counting) -> None:
    sku = shop.item(dc=4)
    task = counting.task(sku)
    counting.scan("ann", task, sku, 2)
    assert counting.scan("bob", task, sku, 2).detail == f"ann is counting {sku}; take another item"


def test_all_that_is_begun_can_be_ended_at_once(shop: Shop, counting: Counting) -> None:
    one, two, rest = shop.item(dc=1), shop.item(dc=2), shop.item(dc=3)
    task = counting.task(one, two, rest)
    counting.scan("ann", task, one, 1)
    counting.scan("ann", task, two, 2)
    (answer,) = counting.upload("ann", Scan(counting.key(), task, "done"))
    assert answer.outcome == "taken"
    assert {line.sku: line.state for line in sheet(shop.hub.db, task, "ann").lines} == {
        one: "booked",
        two: "booked",
        rest: "open",
    }


def test_what_is_not_on_the_sheet_or_not_meant_is_refused_and_the_rest_is_taken(shop: Shop, counting: Counting) -> None:
    sku, other = shop.item(dc=1), shop.item(dc=1)
    task = counting.task(sku)
    answers = counting.upload(
        "ann",
        Scan(counting.key(), task, sku=other),
        Scan(counting.key(), task, code="9501101530004"),
        Scan(counting.key(), task, code="dc"),
        Scan(counting.key(), task + 1, sku=sku),
        Scan(counting.key(), task, sku=sku),
    )
    assert [answer.field for answer in answers] == ["sku", "code", "code", "task", None]
    assert answers[-1].counted == 1
    with pytest.raises(Invalid, match="say who counts"):
        counting.upload("", Scan(counting.key(), task, sku=sku))


def test_an_item_is_in_one_open_task_of_a_location(shop: Shop, counting: Counting) -> None:
    sku, new = shop.item(dc=1, store=1), shop.item(dc=1)
    task = counting.task(sku)
    with pytest.raises(Conflict, match="in an open task there already"):
        counting.task(sku)
    second = counting.task(sku, new)
    assert [line.sku for line in sheet(shop.hub.db, second, "ann").lines] == [new]
    assert counting.task(sku, location="store") != task
    with pytest.raises(NotFound, match="no item 'NONE'"):
        ask(shop.hub.db, NewTask("dc", [new, "NONE"]), "lead")
    counting.cancel(task)
    with pytest.raises(Conflict, match="ended already"):
        counting.cancel(task)
    assert counting.scan("ann", task, sku).detail == "the task is cancelled; take another"
    assert {row.id for row in list_tasks(shop.hub.db, location="dc").rows} == {second}
    assert counting.task(sku) > second


def test_what_counts_find_is_known_as_discrepancies_and_as_accuracy(shop: Shop, counting: Counting) -> None:
    right, wrong = shop.item(dc=100), shop.item(dc=100)
    task = counting.task(right, wrong)
    counting.counted("ann", task, right, 100)
    counting.counted("ann", task, wrong, 99)
    found = shop.read("SELECT source, stated, expected, state FROM discrepancy")
    assert found == [("count", 99, 100, "adjusted")]
    (day,) = read_accuracy(shop.hub.db, source="count").days
    assert (day.location, day.cells, day.right, day.units) == ("dc", 2, 1, 1)
