"""Writes 940, 943 and 846 from what the hub knows, each under a number of its own; who is told is the caller's to say.

Nothing is booked by it, and nothing is sent: the answer is the file."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Final, Literal, NamedTuple

import msgspec
from msgspec import Meta

from truestock.catalog.changes import take_ids
from truestock.connectors.contract.orders import Buyer
from truestock.core.identity import order_identity
from truestock.core.problems import Conflict, Invalid, NotFound
from truestock.feeds.stock.files.edi.outgoing import Address, Line, StockLine
from truestock.feeds.stock.files.edi.outgoing import expected_receipt as receipt_of
from truestock.feeds.stock.files.edi.outgoing import ship_order as order_of
from truestock.feeds.stock.files.edi.outgoing import stock_report as report_of
from truestock.feeds.stock.files.edi.writing import CONTROL_MAX, Partners
from truestock.feeds.stock.partners import queries
from truestock.ledger.values import Code
from truestock.store.database import Connection, Database

LINES_MAX: Final = 50_000
Party = Annotated[str, Meta(min_length=4, max_length=18, description="With its qualifier, as ZZ:HUB.")]
Writing = Callable[[Partners, int, datetime], bytes]


class Between(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """From whom to whom; `usage` T is for tests."""

    sender: Party
    receiver: Party
    usage: Literal["P", "T"] = "P"

    @property
    def partners(self) -> Partners:
        """The same, as it is written."""
        return Partners(self.sender, self.receiver, self.usage)


class ShipOrder(Between, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A 940: the location shall ship what an order is promised there and has not left."""

    channel: Code
    order: Code
    location: Code


class ExpectedReceipt(Between, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A 943: what is still to come of a document (a purchase order or a transfer) to the location."""

    document: Code
    location: Code


class StockReport(Between, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An 846: what lies at the location, and what of it may be sold."""

    location: Code


class Written(NamedTuple):
    """An interchange: our number of it, how many lines it has, and its content."""

    control: int
    lines: int
    content: bytes


def write(db: Database, asked: ShipOrder | ExpectedReceipt | StockReport) -> Written:
    """The document that is asked for. Raises NotFound; Conflict if there is nothing to tell; Invalid for a partner or
    a text that X12 cannot say."""
    with db.transaction() as conn:
        conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        loc, name = _location(conn, asked.location)
        match asked:
            case ShipOrder():
                lines, writing = _ship(conn, asked, loc, Address(asked.location, name))
            case ExpectedReceipt():
                lines, writing = _expect(conn, asked, loc, Address(asked.location, name))
            case _:
                lines, writing = _report(conn, asked, loc)
    if lines > LINES_MAX:
        raise Invalid("location", f"there are {lines:,} lines; one document has at most {LINES_MAX:,}")
    control = next(take_ids(db, "interchange", 1)) % CONTROL_MAX or CONTROL_MAX
    return Written(control, lines, writing(asked.partners, control, datetime.now(UTC)))


def _ship(conn: Connection, asked: ShipOrder, loc: int, warehouse: Address) -> tuple[int, Writing]:
    channels: list[tuple[int]] = conn.execute(queries.channel_of, {"channel": asked.channel}).fetchall()
    if not channels:
        raise NotFound("channel", asked.channel, "channel")
    key = order_identity(channels[0][0], asked.order)._asdict()
    states: list[tuple[str]] = conn.execute(queries.order_there, key).fetchall()
    if not states:
        raise NotFound("order", asked.order, "order")
    lines = [Line(*row) for row in conn.execute(queries.to_ship, {**key, "loc": loc})]
    if states[0][0] != "open" or not lines:
        told = f"the order is {states[0][0]}, and nothing of it waits to leave {asked.location}"
        raise Conflict(told, "order")
    to = _address(conn.execute(queries.goes_to, key).fetchall())
    return len(lines), lambda partners, control, at: order_of(partners, control, at, asked.order, warehouse, to, lines)


def _expect(conn: Connection, asked: ExpectedReceipt, loc: int, warehouse: Address) -> tuple[int, Writing]:
    rows = conn.execute(queries.on_its_way, {"ref": asked.document, "loc": loc}).fetchall()
    if not rows:
        told = f"nothing of the document {asked.document} is still to come to {asked.location}"
        raise Conflict(told, "document")
    lines = [Line(sku, qty, gtin) for sku, qty, gtin, _ in rows]
    due = min(row[3] for row in rows).astimezone(UTC).date()
    return len(lines), lambda partners, control, at: receipt_of(
        partners, control, at, asked.document, due, warehouse, lines
    )


def _report(conn: Connection, asked: StockReport, loc: int) -> tuple[int, Writing]:
    lines = [
        StockLine(sku, available, on_hand, gtin, asked.location)
        for sku, available, on_hand, gtin in conn.execute(queries.lies, {"loc": loc})
    ]
    if not lines:
        raise Conflict(f"the location {asked.location} has never had stock", "location")
    return len(lines), lambda partners, control, at: report_of(partners, control, at, f"TS-{control}", lines)


def _location(conn: Connection, code: str) -> tuple[int, str]:
    found: list[tuple[int, str]] = conn.execute(queries.location_of, {"location": code}).fetchall()
    if not found:
        raise NotFound("location", code, "location")
    return found[0]


def _address(rows: list[tuple[str]]) -> Address:
    """Where the order goes, as far as its channel has told; what X12 cannot say of it is left out."""
    if not rows:
        return Address()
    buyer = msgspec.json.decode(rows[0][0], type=Buyer)
    told = (buyer.name, buyer.street, buyer.city, buyer.region, buyer.postcode, buyer.country)
    return Address("", *map(_plain, told))


def _plain(text: str) -> str:
    """Without what stands between elements."""
    return "".join(" " if sign in "*>~" or not sign.isprintable() else sign for sign in text)[:60].strip()
