"""What happens while a source is weighed, or between a booking and its noting: no decision and no statement is lost."""

from threading import Thread

from tests.clocks import until
from tests.factories import Shop, ago
from tests.reconciliation.discrepancies.stating import Source
from truestock.core.reconcile import Verdict
from truestock.ledger.post import post
from truestock.ledger.values import Booked, NotBooked, Post
from truestock.reconciliation.discrepancies import decide
from truestock.reconciliation.discrepancies.lists import read_discrepancy
from truestock.reconciliation.discrepancies.weigh import weigh


def differing(shop: Shop, source: str) -> tuple[str, Source, int]:
    """An item with 10 units at dc, of which a source states 7; the number of the discrepancy."""
    sku = shop.item(dc=10)
    said = Source(shop, source, "reconcile")
    said.says({(sku, "dc"): 7}, ago(hours=3))
    return sku, said, said.rows(sku)[0].id


def book(shop: Shop, number: int, actor: str, reason: str) -> tuple[Post, Booked | NotBooked]:
    """The booking alone, as if its noting was lost."""
    command = decide.booking_of(shop.hub.db, number, actor, reason)
    (answer,) = shop.run(post, [command])
    return command, answer


def test_what_is_accepted_while_it_is_weighed_again_stays_accepted(shop: Shop) -> None:
    sku, said, number = differing(shop, "m-a")
    again = said.difference((sku, "dc"), 7, 10, ago(hours=2), 8001)
    verdicts: list[list[Verdict]] = []
    weighing = Thread(target=lambda: verdicts.append(weigh(shop.hub.db, "m-a", "reconcile", [again], ago())))
    with shop.hub.db.transaction() as conn:
        conn.execute(
            "UPDATE discrepancy SET state = 'accepted', decided_by = 'ann', decided_at = now() WHERE id = %s", [number]
        )
        weighing.start()
        until(shop.somebody_waits)
    weighing.join()
    assert verdicts == [["review"]]
    assert [row.state for row in said.rows(sku)] == ["accepted"]


def test_what_is_stated_between_a_booking_and_its_noting_waits_on(shop: Shop) -> None:
    sku, said, number = differing(shop, "m-b")
    command, answer = book(shop, number, "ann", "seen")
    said.says({(sku, "dc"): 5}, ago(hours=1))
    assert isinstance(answer, Booked)
    decide.noted(shop.hub.db, number, command, answer)
    assert [(row.state, row.units) for row in said.rows(sku)] == [("review", -2)]
    decide.noted(shop.hub.db, number, *book(shop, number, "ann", "seen"))
    assert said.rows(sku)[0].state == "adjusted"
    assert shop.shelf(sku) == {"dc": (5, 0)}


def test_what_was_booked_is_adjusted_whatever_somebody_else_decides_meanwhile(shop: Shop) -> None:
    sku, said, number = differing(shop, "m-c")
    command, answer = book(shop, number, "ann", "seen")
    decide.accept(shop.hub.db, number, "bob", "on loan")
    done = decide.noted(shop.hub.db, number, command, answer)
    shown = read_discrepancy(shop.hub.db, number).discrepancy
    assert (shown.state, shown.decided_by, shown.movement) == ("adjusted", "ann", done.movement)
    assert said.rows(sku)[0].reason == "seen"


def test_somebody_else_may_finish_what_was_booked_and_not_noted(shop: Shop) -> None:
    sku, said, number = differing(shop, "m-d")
    book(shop, number, "ann", "seen")
    decide.noted(shop.hub.db, number, *book(shop, number, "bob", "looked again"))
    (row,) = said.rows(sku)
    assert (row.state, row.reason.startswith("looked again; nothing was left to book")) == ("gone", True)
    assert shop.shelf(sku) == {"dc": (7, 0)}
