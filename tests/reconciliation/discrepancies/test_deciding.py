"""What people decide of a discrepancy, and what is tolerated without asking them."""

from datetime import datetime
from decimal import Decimal
from typing import Any

import pytest

from tests.factories import Shop, accept, ago
from tests.feeds.stock.engine.conftest import Feeds
from tests.reconciliation.discrepancies.stating import Source
from truestock.catalog.items import ItemDraft, put_items
from truestock.core.problems import Conflict, Invalid, NotFound, Problem
from truestock.ledger.post import post
from truestock.ledger.values import Adjust, Booked, Receive
from truestock.reconciliation.discrepancies import decide
from truestock.reconciliation.discrepancies.lists import list_discrepancies, read_discrepancy
from truestock.reconciliation.discrepancies.tolerances import (
    ToleranceDraft,
    end_tolerance,
    list_tolerances,
    put_tolerance,
)
from truestock.store.upkeep.retention import Kept, trim_all


def adjust(shop: Shop, number: int) -> Booked:
    """As a surface does it."""
    command = decide.booking_of(shop.hub.db, number, "ann", "counted twice")
    (answer,) = shop.run(post, [command])
    return decide.noted(shop.hub.db, number, command, answer)


def found(shop: Shop, source: str, stated: int, at: datetime | None = None) -> tuple[str, Source, int]:
    """An item with 10 units at dc, of which a source states so many; the number of the discrepancy."""
    sku = shop.item(dc=10)
    said = Source(shop, source, "reconcile")
    said.says({(sku, "dc"): stated}, at)
    return sku, said, said.rows(sku)[-1].id


def test_adjusting_books_what_was_stated_and_keeps_what_has_happened_since(shop: Shop) -> None:
    sku, said, number = found(shop, "a", 7)
    shop.stock(sku, dc=5)
    done = adjust(shop, number)
    assert done.qty == -3
    assert shop.shelf(sku) == {"dc": (12, 0)}
    (row,) = said.rows(sku)
    assert (row.state, row.reason) == ("adjusted", "counted twice")
    rows = shop.read("SELECT actor, source, ref, reason FROM movement WHERE id = %s", done.movement)
    assert rows == [("ann", "a", f"discrepancy {number}", "counted twice")]
    assert read_discrepancy(shop.hub.db, number).discrepancy.movement == done.movement


def test_adjusting_again_is_refused_and_changes_nothing(shop: Shop) -> None:
    sku, _, number = found(shop, "b", 7)
    adjust(shop, number)
    with pytest.raises(Conflict, match="adjusted already"):
        adjust(shop, number)
    assert shop.shelf(sku) == {"dc": (7, 0)}


def test_a_booking_whose_noting_was_lost_is_done_once(shop: Shop) -> None:
    sku, said, number = found(shop, "c", 7)
    shop.run(post, [decide.booking_of(shop.hub.db, number, "ann", "counted twice")])
    shop.stock(sku, dc=1)
    assert adjust(shop, number).replay
    assert said.rows(sku)[-1].state == "adjusted"
    assert shop.shelf(sku) == {"dc": (8, 0)}


def test_what_was_overtaken_by_a_newer_count_is_gone(shop: Shop) -> None:
    sku, said, number = found(shop, "d", 7, ago(hours=2))
    shop.count(sku, "dc", 9, ago(hours=1))
    adjust(shop, number)
    assert shop.shelf(sku) == {"dc": (9, 0)}
    assert said.rows(sku)[-1].state == "gone"


def test_adjusting_displaces_promises_that_cannot_be_kept(shop: Shop) -> None:
    sku = shop.item(dc=10)
    order = shop.buy("web", {sku: 9})
    said = Source(shop, "e", "reconcile")
    said.says({(sku, "dc"): 6})
    adjust(shop, said.rows(sku)[-1].id)
    assert shop.shelf(sku) == {"dc": (6, 6)}
    assert shop.owed(sku) == {order.ref: 3}


def test_an_accepted_difference_is_not_raised_again_until_it_changes(shop: Shop) -> None:
    sku, said, number = found(shop, "f", 7, ago(hours=3))
    decide.accept(shop.hub.db, number, "ann", "on loan")
    assert said.says({(sku, "dc"): 7}, ago(hours=2)) == {(sku, "dc"): "leave"}
    assert [(row.state, row.times) for row in said.rows(sku)] == [("accepted", 2)]
    assert said.says({(sku, "dc"): 6}, ago(hours=1)) == {(sku, "dc"): "review"}
    assert [(row.state, row.units) for row in said.rows(sku)] == [("accepted", -3), ("review", -4)]
    assert shop.shelf(sku) == {"dc": (10, 0)}


def test_a_dismissed_difference_is_raised_again(shop: Shop) -> None:
    sku, said, number = found(shop, "g", 7, ago(hours=3))
    decide.dismiss(shop.hub.db, number, "ann", "they misread it")
    said.says({(sku, "dc"): 7}, ago(hours=2))
    assert [row.state for row in said.rows(sku)] == ["dismissed", "review"]


def test_a_recount_is_asked_for_and_waits(shop: Shop) -> None:
    sku, said, number = found(shop, "h", 7)
    decide.recount(shop.hub.db, number, "ann", "look behind the rack")
    shown = read_discrepancy(shop.hub.db, number).discrepancy
    assert (shown.state, shown.reason) == ("review", "ann asks for a count: look behind the rack")
    assert shown.recount_wanted_at is not None
    assert said.rows(sku)[-1].state == "review"


def test_what_shall_be_counted_waits_for_it_whatever_is_stated_meanwhile(shop: Shop) -> None:
    sku = shop.item(dc=10)
    said = Source(shop, "h-compared", "compare")
    said.says({(sku, "dc"): 7}, ago(hours=2))
    decide.recount(shop.hub.db, said.rows(sku)[0].id, "ann", "look again")
    said.says({(sku, "dc"): 6}, ago(hours=1))
    (row,) = said.rows(sku)
    assert (row.state, row.units, row.reason) == ("review", -4, "ann asks for a count: look again")


def test_what_is_settled_long_ago_is_forgotten_and_what_is_accepted_stays(shop: Shop) -> None:
    numbers: list[int] = []
    for deciding in (decide.accept, decide.dismiss, None):
        _, _, number = found(shop, f"trimmed-{len(numbers)}", 7)
        if deciding is not None:
            deciding(shop.hub.db, number, "ann", "seen")
        numbers.append(number)
    trim_all(shop.hub.db, [Kept(decide.TRIM, 1)])
    assert [shown(shop, number) for number in numbers] == ["accepted", "dismissed", "review"]
    with shop.hub.db.transaction() as conn:
        conn.execute(
            "UPDATE discrepancy SET decided_at = decided_at - interval '2 days' WHERE id = ANY (%s)", [numbers]
        )
    assert trim_all(shop.hub.db, [Kept(decide.TRIM, 1)]) == {"settled discrepancies": 1}
    assert shown(shop, numbers[0]) == "accepted"
    assert shown(shop, numbers[2]) == "review"
    with pytest.raises(NotFound):
        read_discrepancy(shop.hub.db, numbers[1])


def shown(shop: Shop, number: int) -> str:
    """Its state."""
    return read_discrepancy(shop.hub.db, number).discrepancy.state


@pytest.mark.parametrize("deciding", [decide.accept, decide.dismiss, decide.recount])
def test_what_is_not_there_or_settled_cannot_be_decided(shop: Shop, deciding: object) -> None:
    assert callable(deciding)
    _, _, number = found(shop, "i", 7)
    with pytest.raises(Invalid, match="reason is missing"):
        deciding(shop.hub.db, number, "ann", "")
    with pytest.raises(NotFound):
        deciding(shop.hub.db, 10**9, "ann", "why not")
    decide.accept(shop.hub.db, number, "ann", "on loan")
    with pytest.raises(Conflict, match="accepted already"):
        deciding(shop.hub.db, number, "ann", "why not")


def test_the_entries_since_both_agreed_last_are_shown_with_it(shop: Shop) -> None:
    sku = shop.item(dc=10)
    shop.count(sku, "dc", 10, ago(days=2))
    shop.stock(sku, dc=4)
    said = Source(shop, "j")
    said.says({(sku, "dc"): 10})
    shown = read_discrepancy(shop.hub.db, said.rows(sku)[-1].id)
    assert [(entry.kind, entry.on_hand) for entry in shown.entries] == [("receive", 4)]
    assert shown.meaning == "one side had booked what the other knew only later"
    assert shown.discrepancy.age_hours == 0


def test_both_agreed_when_a_feed_stated_what_the_ledger_had(shop: Shop) -> None:
    feeds, sku, never = Feeds(shop), shop.item(), shop.item()
    for one in (sku, never):
        shop.book(Receive(sku=one, location="dc", qty=10, effective_at=ago(days=9)))
    wms = feeds.add("on_hand", posture="reconcile")
    for days in (5, 4):
        feeds.send(wms, f"sku location qty | {sku} dc 10", ago(days=days))
    shop.book(Adjust(sku=sku, location="dc", qty=-1, reason="used"))
    feeds.send(wms, f"sku location qty | {sku} dc 7 | {never} dc 7")
    found = {row.sku: read_discrepancy(shop.hub.db, row.id) for row in list_discrepancies(shop.hub.db, source=wms).rows}
    assert found[sku].agreed
    assert [entry.on_hand for entry in found[sku].entries] == [-1]
    assert found[sku].since > ago(days=5), "the last time, not the first"
    assert not found[never].agreed
    assert [entry.on_hand for entry in found[never].entries] == [10]


def test_within_tolerance_is_booked_and_beyond_it_waits(shop: Shop) -> None:
    near, far = shop.item(dc=100), shop.item(dc=100)
    put_tolerance(shop.hub.db, ToleranceDraft(source="k", percent=Decimal("2.5"), units=5), "ann")
    said = Source(shop, "k", "reconcile")
    assert said.says({(near, "dc"): 98, (far, "dc"): 97}) == {(near, "dc"): "book", (far, "dc"): "review"}
    (kept,) = said.rows(near)
    assert kept.state == "adjusted"
    assert kept.reason.startswith("within tolerance ")
    assert kept.reason.endswith("(5 units and 2.5 %)")
    assert [row.id for row in list_discrepancies(shop.hub.db, source="k", beyond=True).rows] == [said.rows(far)[0].id]


def test_tolerances_are_set_replaced_listed_and_ended(shop: Shop) -> None:
    sku = shop.item(dc=1)
    accept(put_items(shop.hub.db, [ItemDraft(sku, category="toys")]))
    first = put_tolerance(shop.hub.db, ToleranceDraft(units=2, item=sku, location="dc", reason="cheap"), "ann")
    again = put_tolerance(shop.hub.db, ToleranceDraft(value=Decimal(9), item=sku, location="dc"), "bob")
    assert again == first
    rows = {row.id: row for row in list_tolerances(shop.hub.db).rows}
    assert (rows[first].units, rows[first].value, rows[first].actor) == (None, Decimal(9), "bob")
    end_tolerance(shop.hub.db, first)
    assert first not in {row.id for row in list_tolerances(shop.hub.db).rows}
    with pytest.raises(NotFound):
        end_tolerance(shop.hub.db, first)


@pytest.mark.parametrize(
    ("draft", "field"),
    [
        (ToleranceDraft(), "units"),
        (ToleranceDraft(units=-1), "units"),
        (ToleranceDraft(percent=Decimal(-1)), "percent"),
        (ToleranceDraft(percent=Decimal("0.0001")), "percent"),
        (ToleranceDraft(value=Decimal("nan")), "value"),
        (ToleranceDraft(units=1, item="ghost"), "item"),
        (ToleranceDraft(units=1, location="moon"), "location"),
        (ToleranceDraft(units=1, category=""), "category"),
        (ToleranceDraft(units=1, item="S1", category="toys"), "category"),
        (ToleranceDraft(units=1, source="a\tb"), "source"),
    ],
)
def test_a_tolerance_that_cannot_be_meant_is_refused_by_field(shop: Shop, draft: ToleranceDraft, field: str) -> None:
    with pytest.raises(Problem) as refused:
        put_tolerance(shop.hub.db, draft, "ann")
    assert refused.value.field == field


def test_a_list_that_names_what_does_not_exist_is_refused(shop: Shop) -> None:
    wrongs: list[dict[str, Any]] = [{"state": "lost"}, {"cause": "magic"}, {"kind": "money"}, {"after": "x"}]
    for wrong in wrongs:
        with pytest.raises(Invalid):
            list_discrepancies(shop.hub.db, **wrong)
