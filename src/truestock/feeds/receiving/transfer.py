"""Sends units from one location to another, and says of those that never arrive that they are lost. What arrives is
received like everything else, with the transfer as its document."""

from collections.abc import Sequence
from functools import partial
from typing import Final

import msgspec

from truestock.catalog.rules import Snapshot
from truestock.core.network import ItemRules
from truestock.core.problems import Conflict
from truestock.core.words import Status
from truestock.feeds.receiving import queries
from truestock.feeds.receiving.lines import at_number, book_lines
from truestock.feeds.receiving.values import Lost, LostUnits, Transfer
from truestock.feeds.receiving.written import Written
from truestock.ledger.desk import Desk
from truestock.ledger.documents import LockedLine, lock_lines, put_transfer_head
from truestock.ledger.posting.batch import Batch, open_batch
from truestock.ledger.posting.bookings import Case
from truestock.ledger.values import Adjust, Answer, Booked, NotBooked, Post, TransferOut
from truestock.store.lane import DEFERRED, Deferred

LOST: Final = "lost_in_transit"
ENDS: Final = {"location": "from_location", "to": "to_location"}


class Send:
    """A transfer on its way, with who sends it. Each line is booked once under the transfer's number."""

    __slots__ = ("actor", "transfer", "weight")

    def __init__(self, transfer: Transfer, actor: str = "") -> None:
        self.transfer = transfer
        self.actor = actor
        self.weight = len(transfer.lines)


class Lose:
    """Units of a transfer that never arrived, with who says so."""

    __slots__ = ("actor", "lost", "weight")

    def __init__(self, lost: Lost, actor: str = "") -> None:
        self.lost = lost
        self.actor = actor
        self.weight = 1


def send(desk: Desk, commands: Sequence[Send], wait: bool = True) -> list[list[Answer] | Deferred]:
    """One answer a line for each transfer, in their order. Without `wait`, a transfer whose items another process holds
    is answered Deferred."""
    told = book_lines(desk, [_posts(desk, command) for command in commands], wait, "sent_at")
    return [found if isinstance(found, Deferred) else [_at_end(one) for one in found] for found in told]


def _at_end(one: Answer) -> Answer:
    """An answer; where the number or an end of the transfer is at fault, under the name that it has here."""
    found = ENDS.get(one.field) if isinstance(one, NotBooked) else None
    return at_number(one, "transfer") if found is None else msgspec.structs.replace(one, field=found)


def _posts(desk: Desk, command: Send) -> Sequence[Post | NotBooked]:
    transfer = command.transfer
    sender = desk.with_rules(lambda snapshot: snapshot.location(transfer.from_location))
    if sender is None:
        detail = f"there is no location {transfer.from_location!r}; create it first, or check the spelling"
        return [NotBooked("not-found", "from_location", detail) for _ in transfer.lines]
    try:
        put_transfer_head(desk.conn, transfer.ref, sender.id, command.actor)
    except Conflict as problem:
        return [NotBooked(problem.type, "ref", problem.detail) for _ in transfer.lines]
    return [
        Post(
            TransferOut(
                sku=line.sku,
                location=transfer.from_location,
                qty=line.qty,
                to=transfer.to_location,
                lot=line.lot,
                due_at=transfer.due_at,
                effective_at=transfer.sent_at,
                source="transfer",
                ref=transfer.ref,
                reason=transfer.reason,
            ),
            command.actor,
            f"transfer:{transfer.ref}:{n}",
        )
        for n, line in enumerate(transfer.lines)
    ]


def lose(desk: Desk, commands: Sequence[Lose], wait: bool = True) -> list[LostUnits | NotBooked | Deferred]:
    """Take out of transit what has not arrived, and close its lines; each transfer in a transaction of its own."""
    return [desk.with_rules(partial(_lose, desk, command, wait)) for command in commands]


def _lose(desk: Desk, command: Lose, wait: bool, snapshot: Snapshot) -> LostUnits | NotBooked | Deferred:
    lost = command.lost
    rows = desk.conn.execute(queries.open_transfer_lines, {"ref": lost.ref, "sku": lost.sku}).fetchall()
    items = snapshot.items({item for (item,) in rows})
    if not items:
        return NotBooked("not-found", "ref", f"nothing of transfer {lost.ref} is under way; see truestock transfers")
    probes = [Case(Post(_booking(rules.sku, "", 1, lost), command.actor), rules, 0) for rules in items.values()]
    batch = open_batch(desk, snapshot, probes, (), wait=wait)
    if batch.work.missing:
        batch.work.rollback()
        return DEFERRED
    written = Written()
    units: dict[str, int] = {}
    for line in lock_lines(desk.conn, [lost.ref]):
        if line.item in items and line.state == "open":
            rules = items[line.item]
            gone = _take(batch, snapshot, command, line, rules)
            units[rules.sku] = units.get(rules.sku, 0) + gone
            written.close(line, f"{LOST}: {lost.reason}", command.actor)
    batch.finish((lambda: written.write(desk.conn, batch.work.now)) if written.anything else None)
    return LostUnits(units)


def _take(batch: Batch, snapshot: Snapshot, command: Lose, line: LockedLine, rules: ItemRules) -> int:
    """Units of a line leave transit, as many of them as are there."""
    rows = batch.work.books[line.item].stock.at(line.loc)
    there = sum(row.on_hand for row in rows if row.status == Status.IN_TRANSIT)
    qty = min(line.qty - line.received, max(0, there))
    if qty <= 0:
        return 0
    booking = _booking(rules.sku, snapshot.network.locations[line.loc].code, -qty, command.lost)
    answer = batch.bookings.book(Case(Post(booking, command.actor), rules, line.loc), batch.movement)
    return qty if isinstance(answer, Booked) else 0


def _booking(sku: str, location: str, qty: int, lost: Lost) -> Adjust:
    reason = f"{LOST}: {lost.reason}"
    return Adjust(
        sku=sku, location=location, qty=qty, status="in_transit", reason=reason, source="transfer", ref=lost.ref
    )
