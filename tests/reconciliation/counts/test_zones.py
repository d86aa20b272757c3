"""Tasks of a zone: its bins are counted, the difference is booked, and what lies in other zones stays as it is."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.factories import Shop, accept, ago
from tests.reconciliation.counts.conftest import Counting
from truestock.catalog.locations import BinDraft, put_bins
from truestock.core.problems import Conflict, Invalid
from truestock.ledger.values import Rebin, Receive, Sale
from truestock.orders.actions import RejectPick, Ship
from truestock.reconciliation.counts.due import ask_for_rejected, make_due
from truestock.reconciliation.counts.plans import put_limit, put_plan, remove_limit
from truestock.reconciliation.counts.taking.sheet_file import take_sheet, write_sheet
from truestock.reconciliation.counts.tasks import list_tasks, read_task, sheet
from truestock.reconciliation.counts.values import Limit, NewPlan, Scan

BINS = {"A-1": "pick", "A-2": "pick", "B-1": "bulk"}


@pytest.fixture(autouse=True)
def bins(shop: Shop) -> None:
    accept(put_bins(shop.hub.db, [BinDraft("dc", code, zone) for code, zone in BINS.items()]))


def laid(shop: Shop, **bins: int) -> str:
    """An item that lies in bins of the dc (named without their hyphen), and nowhere else."""
    sku = shop.item()
    for code, qty in bins.items():
        shop.book(Receive(sku=sku, location="dc", qty=qty, bin=f"{code[0]}-{code[1]}", effective_at=ago(hours=3)))
    return sku


def test_a_task_of_a_zone_leaves_what_lies_in_other_zones(shop: Shop, counting: Counting) -> None:
    sku = laid(shop, A1=5, B1=100)
    task = counting.task(sku, zone="pick")
    told = sheet(shop.hub.db, task, "ann")
    assert (told.bins, told.lines[0].bins) == (["A-1", "A-2"], ["A-1"])
    counting.counted("ann", task, sku, 4)
    assert counting.result(task, sku).state == "booked"
    assert (shop.shelf(sku), shop.in_bins(sku)) == ({"dc": (104, 0)}, {"A-1": 4, "B-1": 100})
    (lot,) = counting.result(task, sku).rounds[0].lots
    assert (lot.bin, lot.counted, lot.expected) == ("A-1", 4, 5)


def test_bin_by_bin_and_each_as_of_its_scan(shop: Shop, counting: Counting) -> None:
    sku = laid(shop, A1=5, A2=3)
    task = counting.task(sku, zone="pick", units=0, percent=0)
    refused = counting.scan("ann", task, sku, 5)
    assert (refused.field, refused.detail) == (
        "bin",
        f"scan the bin first, then {sku}: bin by bin is counted here (A-1, A-2)",
    )
    assert counting.scan("ann", task, sku, 5, bin="B-1").field == "bin"
    counting.scan("ann", task, sku, 5, bin="A-1", scanned_at=ago(minutes=50))
    shop.book(Rebin(sku=sku, location="dc", qty=2, from_bin="A-1", to_bin="A-2", effective_at=ago(minutes=40)))
    counting.scan("ann", task, sku, 5, bin="A-2", scanned_at=ago(minutes=30))
    shop.book(Sale(sku=sku, location="dc", qty=1, effective_at=ago(minutes=20)))
    assert counting.done("ann", task, sku).state == "deciding"
    assert counting.result(task, sku).difference == 0
    assert (shop.shelf(sku), shop.in_bins(sku)) == ({"dc": (7, 0)}, {"A-1": 2, "A-2": 5})


def test_a_bin_of_the_zone_in_which_nobody_scanned_it_holds_none(shop: Shop, counting: Counting) -> None:
    sku = laid(shop, A1=5, A2=3)
    task = counting.task(sku, zone="pick", units=3)
    counting.scan("ann", task, sku, 5, bin="A-1")
    counting.done("ann", task, sku)
    assert (counting.result(task, sku).difference, shop.in_bins(sku)) == (-3, {"A-1": 5})


def test_what_lay_in_the_wrong_bin_of_the_zone_is_no_difference(shop: Shop, counting: Counting) -> None:
    sku = laid(shop, A1=5)
    task = counting.task(sku, zone="pick", units=0, percent=0)
    counting.scan("ann", task, sku, 5, bin="A-2")
    assert counting.done("ann", task, sku).state == "deciding"
    assert (counting.result(task, sku).difference, shop.in_bins(sku)) == (0, {"A-2": 5})


def test_units_in_no_bin_are_said_and_are_not_found_twice(shop: Shop, counting: Counting) -> None:
    sku = shop.item(dc=10)
    task = counting.task(sku, zone="pick", units=0, percent=0)
    counting.scan("ann", task, sku, 4, bin="A-1")
    assert counting.done("ann", task, sku).state == "deciding"
    found = counting.result(task, sku)
    assert (found.difference, found.zone, found.without_bin) == (0, "pick", 10)
    assert (shop.shelf(sku), shop.in_bins(sku)) == ({"dc": (10, 0)}, {"A-1": 4})


def test_past_tolerance_a_second_person_counts_and_somebody_with_a_limit_approves(
    shop: Shop, counting: Counting
) -> None:
    sku = laid(shop, A1=20, B1=50)
    put_limit(shop.hub.db, Limit("lead", ["lena"], 4))
    put_limit(shop.hub.db, Limit("manager", ["max"], 5))
    task = counting.task(sku, zone="pick")
    assert counting.counted("ann", task, sku, 15).state == "recount"
    assert counting.scan("ann", task, sku, 15).outcome == "refused"
    assert counting.counted("bob", task, sku, 15).state == "review"
    assert shop.shelf(sku) == {"dc": (70, 0)}
    assert counting.say("lena", task, sku, "approve") == "beyond-limit"
    assert counting.say("max", task, sku, "approve") == "booked"
    assert (shop.shelf(sku), shop.in_bins(sku)) == ({"dc": (65, 0)}, {"A-1": 15, "B-1": 50})
    for role in ("lead", "manager"):
        remove_limit(shop.hub.db, role)
    ((source, stated, expected),) = shop.read("SELECT source, stated, expected FROM discrepancy")
    assert (source, stated, expected) == ("count", 15, 20)


def test_nothing_in_a_zone_that_never_held_any_ends_the_task(shop: Shop, counting: Counting) -> None:
    sku = shop.item(dc=3)
    task = counting.task(sku, zone="bulk")
    counting.counted("ann", task, sku, 0)
    assert (read_task(shop.hub.db, task).state, shop.shelf(sku)) == ("done", {"dc": (3, 0)})


def test_an_item_is_in_one_open_task_of_a_zone_or_of_the_whole_location(shop: Shop, counting: Counting) -> None:
    sku = laid(shop, A1=5, B1=5)
    pick = counting.task(sku, zone="pick")
    bulk = counting.task(sku, zone="bulk")
    with pytest.raises(Conflict, match="in an open task there already"):
        counting.task(sku, zone="pick")
    counting.scan("ann", pick, sku, 5)
    with pytest.raises(Conflict, match="in an open task there already"):
        counting.task(sku)
    assert read_task(shop.hub.db, bulk).state == "open"
    counting.done("ann", pick, sku)
    whole = counting.task(sku)
    assert read_task(shop.hub.db, bulk).state == "done", "nobody had begun it, so it gave way"
    with pytest.raises(Conflict, match="in an open task there already"):
        counting.task(sku, zone="bulk")
    assert counting.counted("bob", whole, sku, 10).state == "deciding"
    with pytest.raises(Invalid, match="no bins in the zone staging"):
        counting.task(sku, zone="staging")


def test_plans_ask_zone_by_zone_and_for_the_whole_location_where_its_number_is_in_question(
    shop: Shop, counting: Counting
) -> None:
    both, below, none = laid(shop, A1=5, B1=5), laid(shop, A1=2), shop.item(dc=3)
    shop.book(Sale(sku=below, location="dc", qty=3))
    put_plan(shop.hub.db, NewPlan("daily", location="dc", wear=1))
    assert len(make_due(shop.hub.db)) == 3
    assert make_due(shop.hub.db) == []
    made = {
        (task.zone, line.sku) for task in list_tasks(shop.hub.db).rows for line in sheet(shop.hub.db, task.id, "").lines
    }
    assert made == {("pick", both), ("bulk", both), ("", below), ("", none)}
    (pick,) = [task for task in list_tasks(shop.hub.db).rows if task.zone == "pick"]
    counting.counted("ann", pick.id, both, 5)
    shop.book(Sale(sku=both, location="dc", qty=1))
    assert [read_task(shop.hub.db, task).zone for task in make_due(shop.hub.db)] == ["pick"]


def test_units_in_doubt_are_looked_for_at_the_whole_location(shop: Shop, counting: Counting) -> None:
    sku = laid(shop, A1=3, B1=4)
    order = shop.buy("web", {sku: 2})
    begun, other = counting.task(sku, zone="pick"), counting.task(sku, zone="bulk")
    counting.scan("ann", begun, sku, 1)
    shop.do(RejectPick("web", order.ref))
    assert ask_for_rejected(shop.hub.db) == []
    counting.done("ann", begun, sku)
    counting.counted("bob", begun, sku, 1)
    assert counting.say("lead", begun, sku, "approve") == "booked"
    cells = {status: units for (_, _, status, _), (units, _) in shop.cells(sku).items() if units}
    assert cells == {"quarantine": 5}, "what is missing is missing of those in doubt"
    (task,) = list_tasks(shop.hub.db).rows
    assert read_task(shop.hub.db, other).state == "done"
    assert (task.zone, task.lines) == ("", 1)
    counting.counted("cem", task.id, sku, 5)
    assert shop.cells(sku)["dc", "", "sellable", ""] == (5, 2)


def test_two_zones_are_counted_at_once_while_orders_flow(shop: Shop, counting: Counting) -> None:
    skus = [laid(shop, A1=6, B1=10) for _ in range(3)]
    tasks = {zone: counting.task(*skus, zone=zone, units=100) for zone in ("pick", "bulk")}
    # Three of each were carried from B-1 to A-1, and one of them was lost on the way; nobody told.
    there = {"pick": ("A-1", 8), "bulk": ("B-1", 7)}
    orders = [shop.buy("web", {sku: 2}) for sku in skus]

    def walk(zone: str) -> None:
        bin_, qty = there[zone]
        for sku in skus:
            scans = [
                Scan(f"{zone}-{sku}-{what}", tasks[zone], what, sku=sku, bin=bin_, qty=qty)
                for what in ("units", "done")
            ]
            assert {answer.outcome for answer in counting.upload(zone, *scans)} == {"taken"}

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(walk, there))
    for order in orders:
        shop.do(Ship("web", order.ref))
    for sku in skus:
        assert (shop.shelf(sku), shop.in_bins(sku)) == ({"dc": (13, 0)}, {"A-1": 6, "B-1": 7})
    assert [read_task(shop.hub.db, task).state for task in tasks.values()] == ["done", "done"]


def test_a_scan_by_code_knows_the_bin_of_its_zone_alone(shop: Shop, counting: Counting) -> None:
    sku = laid(shop, A1=2)
    task = counting.task(sku, zone="pick", units=0, percent=0)
    for _ in range(2):
        counting.upload("ann", Scan(counting.key(), task, code=sku))
    assert counting.done("ann", task, sku).state == "deciding"
    assert counting.result(task, sku).difference == 0


def test_a_sheet_has_a_row_a_bin_and_says_all_of_the_zone(shop: Shop, counting: Counting) -> None:
    sku = laid(shop, A1=5, A2=3, B1=9)
    task = counting.task(sku, zone="pick", units=9)
    blank = write_sheet(sheet(shop.hub.db, task, "ann"))
    assert blank.splitlines()[1:] == [f"{sku},,,A-1,,", f"{sku},,,A-2,,"]
    filled = blank.replace("A-1,,", "A-1,4,").replace("A-2,,", "A-2,0,").encode()
    take_sheet(shop.hub.db, counting.book, task, filled, "ann")
    assert (counting.result(task, sku).difference, shop.in_bins(sku)) == (-4, {"A-1": 4, "B-1": 9})


def test_cancelling_a_task_of_a_zone_asks_nothing_of_what_is_in_doubt(shop: Shop, counting: Counting) -> None:
    sku = laid(shop, A1=3)
    order = shop.buy("web", {sku: 2})
    task = counting.task(sku, zone="pick")
    counting.scan("ann", task, sku, 1)
    shop.do(RejectPick("web", order.ref))
    counting.cancel(task)
    (whole,) = list_tasks(shop.hub.db).rows
    assert (whole.why, whole.zone) == ("pick", "")
