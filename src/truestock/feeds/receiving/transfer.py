"""Sends units from one location to another, and says of those that never arrive that they are lost. What arrives is
received like everything else, with the transfer as its document."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

import msgspec

from truestock.catalog.rules import Snapshot
from truestock.core.identity import content_digest
from truestock.core.network import ItemRules, Location
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
from truestock.ledger.requests import Key
from truestock.ledger.values import Adjust, Answer, Booked, NotBooked, Post, TransferOut
from truestock.store.lane import DEFERRED, Deferred

LOST: Final = "lost_in_transit"
SCOPE: Final = "lost"
ENDS: Final = {"location": "from_location", "to": "to_location"}


class Send:
    """A transfer on its way, with who sends it. Each line is booked once under the transfer's number."""

    __slots__ = ("actor", "transfer", "weight")

    def __init__(self, transfer: Transfer, actor: str = "") -> None:
        self.transfer = transfer
        self.actor = actor
        self.weight = len(transfer.lines)


class Lose:
    """Units of a transfer that never arrived, with who says so and, if it may be sent twice, its key."""

    __slots__ = ("actor", "key", "lost", "weight")

    def __init__(self, lost: Lost, actor: str = "", key: str | None = None) -> None:
        self.lost = lost
        self.actor = actor
        self.key = key
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
    sender = desk.with_rules(partial(_sender, transfer.from_location))
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


def _sender(code: str, snapshot: Snapshot) -> Location | None:
    found = snapshot.location(code)
    if found is None:
        snapshot.check()
    return found


def lose(desk: Desk, commands: Sequence[Lose], wait: bool = True) -> list[LostUnits | NotBooked | Deferred]:
    """Take out of transit what has not arrived, or so much of it; each transfer in a transaction of its own."""
    return [desk.with_rules(partial(_lose, desk, command, wait)) for command in commands]


def _lose(desk: Desk, command: Lose, wait: bool, snapshot: Snapshot) -> LostUnits | NotBooked | Deferred:
    lost, key = command.lost, Key(SCOPE, command.key) if command.key else None
    known = {"ref": lost.ref, "sku": lost.sku, "line": lost.line}
    items = snapshot.items({item for (item,) in desk.conn.execute(queries.transfer_items, known)})
    if not items:
        return NotBooked("not-found", "ref", f"nothing of transfer {lost.ref} is under way; see truestock transfers")
    probes = [Case(Post(_booking(rules.sku, "", 1, lost), command.actor), rules, 0) for rules in items.values()]
    batch = open_batch(desk, snapshot, probes, [key] if key else (), wait=wait)
    if batch.work.missing:
        batch.work.rollback()
        return DEFERRED
    losing = Losing(batch, snapshot, command)
    answer = losing.once(key, [line for line in lock_lines(desk.conn, [lost.ref]) if line.item in items])
    batch.finish((lambda: losing.written.write(desk.conn, batch.work.now)) if losing.written.anything else None)
    return answer


@dataclass(slots=True)
class Losing:
    """What one transfer loses. Units of a transfer may have been lost, found or counted under way by other bookings, so
    that fewer are there than are missing."""

    batch: Batch
    snapshot: Snapshot
    command: Lose
    written: Written = field(default_factory=Written)

    def once(self, key: Key | None, lines: Sequence[LockedLine]) -> LostUnits | NotBooked:
        """Lose, or answer again what the key was answered before."""
        lost = self.command.lost
        digest = content_digest(msgspec.json.encode(lost))
        if key is not None and (seen := self.batch.requests.seen(key)) is not None:
            if seen.content != digest:
                return NotBooked("idempotency-key-reused", "key", "this key was used for another loss; take a new one")
            return msgspec.structs.replace(msgspec.json.decode(seen.result, type=LostUnits), replay=True)
        meant = [line for line in lines if line.state == "open" and lost.line in (None, line.id)]
        answer = self._all(meant) if lost.qty is None else self._some(meant, lost.qty)
        if key is not None and isinstance(answer, LostUnits):
            self.batch.requests.answer(key, digest, answer, self.command.actor)
        return answer

    def _all(self, lines: Sequence[LockedLine]) -> LostUnits | NotBooked:
        """Nothing more comes of these lines."""
        lost = self.command.lost
        if not lines:
            return NotBooked("not-found", "ref", f"nothing of transfer {lost.ref} is under way any more")
        units: dict[str, int] = {}
        for line in lines:
            gone = min(line.qty - line.received, self._there(line))
            if gone:
                self._take(line, gone)
            sku = self._rules(line).sku
            units[sku] = units.get(sku, 0) + gone
            self.written.close(line, f"{LOST}: {lost.reason}", self.command.actor)
        return LostUnits(units)

    def _some(self, lines: Sequence[LockedLine], qty: int) -> LostUnits | NotBooked:
        """So many units of one item do not come, of the lines that are due first; the rest is still to come."""
        if len({line.item for line in lines}) > 1:
            return NotBooked("invalid", "sku", "the transfer has several items; say of which one so many are lost")
        at = {line.loc: line for line in lines}
        missing = {loc: sum(line.qty - line.received for line in lines if line.loc == loc) for loc in at}
        under_way = sum(min(missing[loc], self._there(line)) for loc, line in at.items())
        if qty > under_way:
            detail = f"{under_way} units of that are under way with transfer {self.command.lost.ref}"
            return NotBooked("insufficient-stock", "qty", detail)
        left = qty
        for line in sorted(lines, key=lambda line: (line.due_at, line.id)):
            gone = min(left, line.qty - line.received, self._there(line))
            if gone:
                self._take(line, gone)
                left -= gone
            if gone == line.qty - line.received:
                self.written.close(line, f"{LOST}: {self.command.lost.reason}", self.command.actor)
        return LostUnits({self._rules(lines[0]).sku: qty})

    def _take(self, line: LockedLine, qty: int) -> None:
        """Units of a line leave transit."""
        code = self.snapshot.network.locations[line.loc].code
        booking = _booking(self._rules(line).sku, code, -qty, self.command.lost)
        case = Case(Post(booking, self.command.actor), self._rules(line), line.loc)
        answer = self.batch.bookings.book(case, self.batch.movement)
        assert isinstance(answer, Booked), "what is taken now, without a lot and a bin, is not refused"
        self.written.fulfilled.lose(case.rules, answer.movement, line.id, qty)

    def _there(self, line: LockedLine) -> int:
        """Units that are under way to where a line goes, with this transfer or another."""
        rows = self.batch.work.books[line.item].stock.at(line.loc)
        return max(0, sum(row.on_hand for row in rows if row.status == Status.IN_TRANSIT))

    def _rules(self, line: LockedLine) -> ItemRules:
        return self.batch.work.books[line.item].rules


def _booking(sku: str, location: str, qty: int, lost: Lost) -> Adjust:
    reason = f"{LOST}: {lost.reason}"
    return Adjust(
        sku=sku, location=location, qty=qty, status="in_transit", reason=reason, source="transfer", ref=lost.ref
    )
