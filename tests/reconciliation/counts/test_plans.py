"""Plans make the day's tasks: of what is due, up to what counters manage, zone by zone, each item once."""

import pytest

from tests.factories import Shop, accept, ago, ahead
from tests.reconciliation.counts.conftest import Counting
from truestock.catalog.locations import BinDraft, put_bins
from truestock.core.problems import NotFound
from truestock.core.reconcile import Difference
from truestock.ledger.values import Adjust, PutAway, Rebin, Receive
from truestock.orders.actions import RejectPick, Ship
from truestock.reconciliation.counts.due import ask_for_recounts, ask_for_rejected, count_plans_kind, make_due
from truestock.reconciliation.counts.plans import list_plans, put_plan, remove_plan
from truestock.reconciliation.counts.tasks import list_tasks, sheet
from truestock.reconciliation.counts.values import NewPlan
from truestock.reconciliation.discrepancies.decide import recount
from truestock.reconciliation.discrepancies.lists import list_discrepancies
from truestock.reconciliation.discrepancies.weigh import weigh
from truestock.store.jobs.kinds import Work


def planned(shop: Shop) -> dict[str, list[str]]:
    """The SKUs of open tasks, by location and zone."""
    found: dict[str, list[str]] = {}
    for task in list_tasks(shop.hub.db).rows:
        skus = [line.sku for line in sheet(shop.hub.db, task.id, "").lines]
        found.setdefault(f"{task.location}/{task.zone}", []).extend(skus)
    return {place: sorted(skus) for place, skus in found.items()}


def test_what_moved_much_is_counted_first_up_to_the_capacity_of_a_day(shop: Shop) -> None:
    busy, quiet, still = shop.item(dc=50), shop.item(dc=50), shop.item(dc=50)
    for sku, times in ((busy, 5), (quiet, 3)):
        for _ in range(times):
            shop.book(Adjust(sku=sku, location="dc", qty=-1, reason="used"))
    put_plan(shop.hub.db, NewPlan("daily", "dc", wear=4, lines_a_day=1))
    assert len(make_due(shop.hub.db)) == 1
    assert planned(shop) == {"dc/": [busy]}
    assert make_due(shop.hub.db) == []
    put_plan(shop.hub.db, NewPlan("daily", "dc", wear=4, lines_a_day=9))
    make_due(shop.hub.db)
    assert planned(shop) == {"dc/": sorted([busy, quiet])}
    assert still not in planned(shop)["dc/"]


def test_a_count_resets_the_turn_of_an_item(shop: Shop, counting: Counting) -> None:
    sku = shop.item(dc=50)
    put_plan(shop.hub.db, NewPlan("daily", wear=1))
    (task,) = make_due(shop.hub.db)
    counting.counted("ann", task, sku, 50)
    assert make_due(shop.hub.db) == []
    shop.do(Ship("web", shop.buy("web", {sku: 1}).ref))
    (task,) = make_due(shop.hub.db)
    (line,) = sheet(shop.hub.db, task, "ann").lines
    assert line.why == "1 movements since its last count"


def test_negative_stock_and_promotions_are_due_at_once(shop: Shop) -> None:
    below, promoted, other = shop.item(dc=1), shop.item(dc=1), shop.item(dc=1)
    shop.book(Adjust(sku=below, location="dc", qty=-3, reason="lost"))
    shop.rule("safety_stock", 5, item=promoted, starts_at=ahead(days=3), ends_at=ahead(days=9))
    put_plan(shop.hub.db, NewPlan("daily", "dc"))
    (task,) = make_due(shop.hub.db)
    lines = {line.sku: line.why for line in sheet(shop.hub.db, task, "").lines}
    assert lines.keys() == {below, promoted}
    assert lines[below].startswith("the ledger is below zero")
    assert lines[promoted].startswith("a policy begins on")
    assert other not in lines


def test_tasks_are_made_zone_by_zone_and_no_longer_than_a_walk(shop: Shop) -> None:
    accept(put_bins(shop.hub.db, [BinDraft("dc", "P-1", "pick"), BinDraft("dc", "B-1", "bulk")]))
    skus = {"P-1": [shop.item() for _ in range(3)], "B-1": [shop.item()]}
    for code, held in skus.items():
        for sku in held:
            shop.book(
                Receive(sku=sku, location="dc", qty=2, status="receiving"),
                PutAway(sku=sku, location="dc", qty=2, bin=code),
            )
    put_plan(shop.hub.db, NewPlan("daily", wear=1, lines_a_task=2))
    assert len(make_due(shop.hub.db)) == 3
    assert planned(shop) == {"dc/pick": sorted(skus["P-1"]), "dc/bulk": skus["B-1"]}


def test_units_that_lie_in_no_bin_for_a_week_are_looked_for_at_the_whole_location_once(
    shop: Shop, counting: Counting
) -> None:
    accept(put_bins(shop.hub.db, [BinDraft("dc", "P-1", "pick")]))
    older, newer, fresh, laid = (shop.item() for _ in range(4))
    for sku, days in ((older, 12), (newer, 9), (fresh, 2), (laid, 12)):
        shop.book(Receive(sku=sku, location="dc", qty=5, effective_at=ago(days=days)))
        shop.book(Rebin(sku=sku, location="dc", qty=5 if sku == laid else 2, to_bin="P-1"))
    shop.book(Receive(sku=laid, location="dc", qty=1))
    put_plan(shop.hub.db, NewPlan("daily"))
    (task,) = make_due(shop.hub.db)
    lines = sheet(shop.hub.db, task, "").lines
    assert {line.sku: line.why for line in lines} == {
        older: "units lie in no bin for 12 days",
        newer: "units lie in no bin for 9 days",
    }
    for sku in (older, newer):
        counting.counted("ann", task, sku, 5)
    assert make_due(shop.hub.db) == [], "they were found, and lie where they lay"


def test_units_in_no_bin_that_came_together_are_looked_for_whichever_of_them_is_left(shop: Shop) -> None:
    accept(put_bins(shop.hub.db, [BinDraft("dc", "P-1", "pick")]))
    sku = shop.item()
    for status in ("sellable", "damaged"):
        shop.book(Receive(sku=sku, location="dc", qty=3, status=status, effective_at=ago(days=12)))
    together = ago(days=9)
    shop.book(*(Receive(sku=sku, location="dc", qty=qty, effective_at=together) for qty in (3, 2)))
    shop.book(Rebin(sku=sku, location="dc", qty=9, to_bin="P-1"))
    put_plan(shop.hub.db, NewPlan("daily"))
    (task,) = make_due(shop.hub.db)
    assert [line.why for line in sheet(shop.hub.db, task, "").lines] == ["units lie in no bin for 9 days"]


def test_a_plan_may_be_of_one_zone_or_paused(shop: Shop) -> None:
    accept(put_bins(shop.hub.db, [BinDraft("dc", "P-1", "pick")]))
    held, loose = shop.item(), shop.item(dc=1)
    shop.book(
        Receive(sku=held, location="dc", qty=2, status="receiving"), PutAway(sku=held, location="dc", qty=2, bin="P-1")
    )
    put_plan(shop.hub.db, NewPlan("pick", zone="pick", wear=1, paused=True))
    assert make_due(shop.hub.db) == []
    put_plan(shop.hub.db, NewPlan("pick", zone="pick", wear=1))
    make_due(shop.hub.db)
    assert planned(shop) == {"dc/pick": [held]}
    assert loose not in planned(shop)["dc/pick"]


def test_what_a_picker_did_not_find_is_asked_for_once_and_first(shop: Shop, counting: Counting) -> None:
    lost, broken, fewer = shop.item(dc=4), shop.item(dc=4), shop.item(dc=4)
    refs = {sku: shop.buy("web", {sku: 1}).ref for sku in (lost, broken, fewer)}
    shop.do(RejectPick("web", refs[lost]))
    shop.do(RejectPick("web", refs[broken], reason="damaged", qty=1))
    shop.do(RejectPick("web", refs[fewer], reason="wrong_count", qty=1))
    (task,) = ask_for_rejected(shop.hub.db)
    assert planned(shop) == {"dc/": sorted([lost, fewer])}
    counting.cancel(task, "sellable")
    assert ask_for_rejected(shop.hub.db) == []


def test_a_recount_that_somebody_wants_is_asked_for_until_it_is_counted(shop: Shop, counting: Counting) -> None:
    sku = shop.item(dc=5)
    ((part, item, loc),) = shop.read(
        "SELECT s.part, s.item, s.loc FROM stock s JOIN item i ON i.id = s.item WHERE i.sku = %s", sku
    )
    weigh(shop.hub.db, "wms", "reconcile", [Difference(part, item, loc, None, 0, 3, 5, ago(minutes=1), 1)], ago())
    (row,) = list_discrepancies(shop.hub.db).rows
    assert ask_for_recounts(shop.hub.db) == []
    recount(shop.hub.db, row.id, "lead", "look again")
    (task,) = ask_for_recounts(shop.hub.db)
    assert ask_for_recounts(shop.hub.db) == []
    counting.counted("ann", task, sku, 5)
    assert ask_for_recounts(shop.hub.db) == []


def test_the_job_makes_tasks_and_says_how_many(shop: Shop, counting: Counting) -> None:
    sku = shop.item(dc=4, store=2)
    shop.do(RejectPick("web", shop.buy("web", {sku: 1}).ref))
    put_plan(shop.hub.db, NewPlan("daily", wear=1))
    kind = count_plans_kind(shop.hub.db, counting.book)
    said = kind.run(Work(1, None, lambda: False))
    assert said == "tasks made: 1 of picks, 0 of recounts, 1 of plans; counts booked that waited: 0"
    assert planned(shop) == {"dc/": [sku], "store/": [sku]}


def test_plans_are_kept_by_code(shop: Shop) -> None:
    plan = NewPlan("daily", "dc", "pick", a_days=10)
    put_plan(shop.hub.db, NewPlan("daily"))
    put_plan(shop.hub.db, plan)
    assert list_plans(shop.hub.db) == [plan]
    with pytest.raises(NotFound, match="no location 'moon'"):
        put_plan(shop.hub.db, NewPlan("other", "moon"))
    remove_plan(shop.hub.db, "daily")
    with pytest.raises(NotFound, match="no plan 'daily'"):
        remove_plan(shop.hub.db, "daily")
