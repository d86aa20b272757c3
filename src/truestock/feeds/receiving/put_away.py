"""Puts away what was received: the units are sellable from then on, lie in the bin that is named, and are split between
channels by the location's rules. What waits for approval is not put away."""

from collections.abc import Sequence

import msgspec

from truestock.catalog.rules import Snapshot
from truestock.core.identity import content_digest
from truestock.core.words import Status
from truestock.feeds.receiving.decide import Waiting, read_waiting
from truestock.feeds.receiving.lines import Barcodes, named, read_named
from truestock.feeds.receiving.rings import fence
from truestock.feeds.receiving.values import Decided, PutAwayUnits
from truestock.ledger.desk import Desk
from truestock.ledger.posting.batch import Batch, open_batch
from truestock.ledger.posting.bookings import Case
from truestock.ledger.posting.resolve import resolve
from truestock.ledger.requests import Key
from truestock.ledger.values import NotBooked, Post, PutAway
from truestock.store.lane import DEFERRED, Deferred

SCOPE = "put_away"


class Shelve:
    """Units being put away, with who does so and, if it may be sent twice, its key."""

    __slots__ = ("actor", "key", "units", "weight")

    def __init__(self, units: PutAwayUnits, actor: str = "", key: str | None = None) -> None:
        self.units = units
        self.actor = actor
        self.key = key
        self.weight = 1


def put_away(desk: Desk, commands: Sequence[Shelve], wait: bool = True) -> list[Decided | NotBooked | Deferred]:
    """One answer a command, in their order. Without `wait`, what another process holds is answered Deferred."""
    return desk.with_rules(lambda snapshot: _put_away(desk, snapshot, commands, wait))


def _put_away(
    desk: Desk, snapshot: Snapshot, commands: Sequence[Shelve], wait: bool
) -> list[Decided | NotBooked | Deferred]:
    probes = _probes(desk, snapshot, commands)
    cases = [probe for probe in probes if isinstance(probe, Case)]
    if not cases:
        return [probe for probe in probes if isinstance(probe, NotBooked)]
    keys = [Key(SCOPE, command.key) for command in commands if command.key]
    batch = open_batch(desk, snapshot, cases, keys, wait=wait)
    waiting = read_waiting(batch, cases)
    answers: list[Decided | NotBooked | Deferred] = []
    for command, probe in zip(commands, probes, strict=True):
        if isinstance(probe, NotBooked):
            answers.append(probe)
        elif probe.rules.item in batch.work.missing:
            answers.append(DEFERRED)
        else:
            answers.append(_once(batch, command, probe, waiting.get((probe.rules.item, probe.loc), ())))
    batch.finish()
    return answers


def _probes(desk: Desk, snapshot: Snapshot, commands: Sequence[Shelve]) -> list[Case | NotBooked]:
    barcodes = read_named(desk.conn, [command.units for command in commands])
    found = [_post(command, barcodes) for command in commands]
    resolved = iter(resolve(snapshot, [one for one in found if isinstance(one, Post)]))
    return [one if isinstance(one, NotBooked) else next(resolved) for one in found]


def _post(command: Shelve, barcodes: Barcodes) -> Post | NotBooked:
    units, item = command.units, named(command.units, barcodes)
    if isinstance(item, NotBooked):
        return item
    booking = PutAway(
        sku=item.sku,
        location=units.location,
        qty=item.units * units.qty,
        lot=units.lot,
        bin=units.bin,
        from_bin=units.from_bin,
        source="receiving",
    )
    return Post(booking, command.actor)


def _once(batch: Batch, command: Shelve, case: Case, waiting: Sequence[Waiting]) -> Decided | NotBooked:
    key = Key(SCOPE, command.key) if command.key else None
    digest = content_digest(msgspec.json.encode(command.units))
    if key is not None and (seen := batch.requests.seen(key)) is not None:
        if seen.content != digest:
            return NotBooked("idempotency-key-reused", "key", "this key was used for other units; take a new one")
        return msgspec.structs.replace(msgspec.json.decode(seen.result, type=Decided), replay=True)
    qty = int(getattr(case.command.booking, "qty", 0))
    there = _free(batch, case, waiting)
    if qty > there:
        detail = f"{max(0, there)} received units can be put away there; receive them first, or have them approved"
        return NotBooked("insufficient-stock", "qty", detail)
    if case.rules.lot_tracked and case.command.lot is None and any(one.lands == "approval" for one in waiting):
        return NotBooked("invalid", "lot", "units of some lots wait for approval; name the lot that is put away")
    booked = batch.bookings.book(case, batch.movement)
    if isinstance(booked, NotBooked):
        return booked
    answer = Decided(qty, [booked.movement], fence(batch, case, qty))
    if key is not None:
        batch.requests.answer(key, digest, answer, command.actor)
    return answer


def _free(batch: Batch, case: Case, waiting: Sequence[Waiting]) -> int:
    """Received units of the lot that nobody has to approve first."""
    lot = batch.bookings.lot_of(case)
    rows = batch.work.books[case.rules.item].stock.at(case.loc)
    received = sum(row.on_hand for row in rows if row.status == Status.RECEIVING and lot in (None, row.lot))
    return received - sum(one.units for one in waiting if one.lands == "approval" and lot in (None, one.lot))
