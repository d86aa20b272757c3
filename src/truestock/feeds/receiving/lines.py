"""Lines of a command: the item that each names, by SKU or by a barcode whose package may hold several units, and the
booking of several commands of several lines in one go."""

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple, Protocol

import msgspec

from truestock.catalog.barcodes import StoredBarcode, read_barcodes
from truestock.core.gtin import gtin14
from truestock.core.problems import Invalid
from truestock.ledger.desk import Desk
from truestock.ledger.post import Guards, post
from truestock.ledger.values import Answer, NotBooked, Post
from truestock.store.database import Connection
from truestock.store.lane import DEFERRED, Deferred


class Names(Protocol):
    """A line that names an item."""

    @property
    def sku(self) -> str | None: ...
    @property
    def barcode(self) -> str | None: ...


class Named(NamedTuple):
    """The item's SKU, and the base units of one that was told."""

    sku: str
    units: int


Barcodes = Mapping[str, StoredBarcode]


def read_named(conn: Connection, lines: Iterable[Names]) -> Barcodes:
    """What the barcodes of these lines mean, by GTIN in 14 digits."""
    gtins = {gtin for line in lines if line.barcode is not None and (gtin := _gtin(line.barcode))}
    return read_barcodes(conn, sorted(gtins)) if gtins else {}


def named(line: Names, barcodes: Barcodes) -> Named | NotBooked:
    """What a line names, or why it names nothing."""
    if (line.sku is None) == (line.barcode is None):
        return NotBooked("invalid", "sku", "name the item by its sku or by a barcode, and by one of them only")
    if line.barcode is None:
        return Named(line.sku or "", 1)
    try:
        gtin = gtin14(line.barcode, "barcode")
    except Invalid as problem:
        return NotBooked("invalid", "barcode", problem.detail)
    found = barcodes.get(gtin)
    if found is None:
        return NotBooked("not-found", "barcode", f"no item has the barcode {line.barcode}; give it to one first")
    return Named(found.item, found.units)


def _gtin(text: str) -> str:
    try:
        return gtin14(text)
    except Invalid:
        return ""


def at_field(refusal: NotBooked, instant: str) -> NotBooked:
    """A refusal; where when it happened is at fault, under the name that the command has for that."""
    return msgspec.structs.replace(refusal, field=instant) if refusal.field == "effective_at" else refusal


def at_number(answer: Answer, paper: str) -> Answer:
    """An answer; where the key is at fault that a line has by its paper's number and its place, the number is."""
    if not (isinstance(answer, NotBooked) and answer.type == "idempotency-key-reused" and answer.field == "key"):
        return answer
    detail = f"this {paper} had another line here; give what is new a number of its own"
    return msgspec.structs.replace(answer, field="ref", detail=detail)


def book_lines(
    desk: Desk, asked: Sequence[Sequence[Post | NotBooked]], wait: bool, instant: str, guards: Guards | None = None
) -> list[list[Answer] | Deferred]:
    """One list of answers a command; lines that could not be understood keep their own. `instant` is what the command
    calls the time at which it happened. A command of which a line is deferred is so as a whole: its other lines answer
    again by their keys."""
    answers = iter(post(desk, [one for lines in asked for one in lines if isinstance(one, Post)], wait, guards))
    told: list[list[Answer] | Deferred] = []
    for lines in asked:
        found = [one if isinstance(one, NotBooked) else next(answers) for one in lines]
        found = [at_field(one, instant) if isinstance(one, NotBooked) else one for one in found]
        whole = [one for one in found if not isinstance(one, Deferred)]
        told.append(whole if len(whole) == len(found) else DEFERRED)
    return told
