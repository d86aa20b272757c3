"""Makes a hub ready for the demo's first day, and for every later start of it."""

from truestock.bootstrap import Hub
from truestock.catalog.items import list_items
from truestock.core.problems import Conflict
from truestock.entrypoints.demo.desk import NOVELTY, set_out
from truestock.entrypoints.demo.seasons import company
from truestock.feeds.replay import ReplayError
from truestock.feeds.replay.places import units_on_shelves
from truestock.feeds.replay.prepare import ACTOR, prepare
from truestock.ledger.post import post
from truestock.ledger.values import NotBooked, Post, Receive
from truestock.orders.act import act
from truestock.orders.actions import Act, Ship
from truestock.reporting.lists import list_orders

_ORDERS_AT_ONCE = 1_000


def seed(hub: Hub) -> bool:
    """Bring the company into an empty hub, or fill its shelves up for a new morning; whether the hub was empty.

    Raises Conflict when the hub holds items that are not the demo's."""
    world = company()
    ours = {NOVELTY, *(item.sku for item in world.items)}
    there = list_items(hub.db, limit=len(ours) + 1).rows
    if any(item.sku not in ours for item in there):
        raise Conflict("this database holds other items than the demo's; name another with TRUESTOCK_DATA_DIR")
    left = units_on_shelves(hub.db)
    if not left:
        prepare(hub.db, hub.run, world)
        set_out(hub, world.locations[0].code)
        return True
    missing = {cell: gap for cell, units in world.opening.items() if (gap := units - left.get(cell, 0)) > 0}
    lorries = [
        Post(Receive(sku=sku, location=place, qty=units, source="supplier", ref="PO-morning"), ACTOR)
        for (sku, place), units in missing.items()
    ]
    for answer in hub.run(post, lorries):
        if isinstance(answer, NotBooked):
            raise ReplayError(answer.detail)
    return False


def send_off(hub: Hub) -> int:
    """Ship what was sold and has not left when the demo stops, or was killed, so that nobody waits for ever; how many
    orders."""
    waiting: list[Act] = []
    after: str | None = None
    while True:
        page = list_orders(hub.db, state="open", after=after, limit=_ORDERS_AT_ONCE)
        waiting += [Act(Ship(order.channel, order.ref), "packing") for order in page.rows]
        if page.next is None:
            break
        after = page.next
    hub.run(act, waiting)
    return len(waiting)
