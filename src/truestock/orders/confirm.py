"""Carries a paid cart over to the name the channel gives the order: its row and its promises."""

from truestock.core.identity import order_identity
from truestock.ledger.work import Work
from truestock.orders.stored import Stored
from truestock.store.arrays import ints
from truestock.store.database import Connection
from truestock.store.sql import load

queries = load(__package__)


def rename(conn: Connection, cart: Stored, order_ref: str, work: Work) -> None:
    """Queue the statements; the cart's own row stays, as confirmed."""
    identity = order_identity(cart.channel, order_ref)
    parameters: dict[str, object] = {
        "from_part": cart.part,
        "from_id": cart.id,
        "part": identity.part,
        "id": identity.id,
        "ref": order_ref,
        "now": work.now,
    }
    conn.execute(queries.copy_order, parameters)
    items = sorted(cart.items())
    parameters |= {"parts": ints(work.books[item].rules.part for item in items), "items": ints(items)}
    conn.execute(queries.rename_promises, parameters)
    conn.execute(queries.rename_shorts, parameters)
