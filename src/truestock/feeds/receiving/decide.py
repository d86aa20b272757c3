"""Decides on units that wait: what was received is approved or rejected, what is inspected passes or fails, in parts.

Who decided, when and why stands with the receipt, and on the movement that the decision makes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

import msgspec

from truestock.catalog.rules import Snapshot
from truestock.core.decide.receiving import LandsThen, ReceivingRule, own_approval
from truestock.core.identity import content_digest
from truestock.feeds.receiving import queries
from truestock.feeds.receiving.rings import fence
from truestock.feeds.receiving.values import Decided, Decision
from truestock.ledger.desk import Desk
from truestock.ledger.posting.batch import Batch, open_batch
from truestock.ledger.posting.bookings import Case
from truestock.ledger.posting.resolve import resolve
from truestock.ledger.requests import Key
from truestock.ledger.values import AnyBooking, ChangeStatus, NotBooked, Post, PutAway, Scrap, SendBack, StatusName
from truestock.store.arrays import ints, texts, words
from truestock.store.lane import DEFERRED, Deferred

SCOPE = "decision"
WAITS: Final[dict[str, StatusName]] = {"approval": "receiving", "inspection": "inspection"}
LANDS: Final = {"approved": "approval", "rejected": "approval", "passed": "inspection", "failed": "inspection"}


class Decide:
    """A decision on its way, with who made it and, if it may be sent twice, its key."""

    __slots__ = ("actor", "decision", "key", "weight")

    def __init__(self, decision: Decision, actor: str = "", key: str | None = None) -> None:
        self.decision = decision
        self.actor = actor
        self.key = key
        self.weight = 1


@dataclass(slots=True)
class Waiting:
    """Units that one movement brought and that wait."""

    id: int
    lot: int
    lands: str
    lands_then: LandsThen
    units: int
    receiver: str
    supplier: str


class Part(NamedTuple):
    """Units on which a decision was made."""

    waiting: Waiting
    qty: int


def decide(desk: Desk, commands: Sequence[Decide], wait: bool = True) -> list[Decided | NotBooked | Deferred]:
    """One answer a decision, in their order. Without `wait`, what another process holds is answered Deferred."""
    return desk.with_rules(lambda snapshot: _decide(desk, snapshot, commands, wait))


def _decide(
    desk: Desk, snapshot: Snapshot, commands: Sequence[Decide], wait: bool
) -> list[Decided | NotBooked | Deferred]:
    probes = resolve(snapshot, [Post(_probe(command.decision), command.actor) for command in commands])
    cases = [probe for probe in probes if isinstance(probe, Case)]
    if not cases:
        return [probe for probe in probes if isinstance(probe, NotBooked)]
    keys = [Key(SCOPE, command.key) for command in commands if command.key]
    batch = open_batch(desk, snapshot, cases, keys, wait=wait)
    deciding = Deciding(batch, read_waiting(batch, cases), read_rules(batch, cases))
    answers = [
        probe
        if isinstance(probe, NotBooked)
        else DEFERRED
        if probe.rules.item in batch.work.missing
        else deciding.once(command, probe)
        for command, probe in zip(commands, probes, strict=True)
    ]
    batch.finish((lambda: deciding.write(desk)) if deciding.made else None)
    return answers


def _probe(decision: Decision) -> AnyBooking:
    return PutAway(
        sku=decision.sku, location=decision.location, qty=decision.qty or 1, lot=decision.lot, bin=decision.bin
    )


@dataclass(slots=True)
class Deciding:
    """The running balance over a batch of decisions."""

    batch: Batch
    waiting: dict[tuple[int, int], list[Waiting]]
    rules: list[ReceivingRule]
    made: list[tuple[Any, ...]] = field(default_factory=list)

    def once(self, command: Decide, case: Case) -> Decided | NotBooked:
        """Decide, or answer again what the key was answered before."""
        key = Key(SCOPE, command.key) if command.key else None
        digest = content_digest(msgspec.json.encode(command.decision))
        if key is not None and (seen := self.batch.requests.seen(key)) is not None:
            if seen.content != digest:
                return NotBooked(
                    "idempotency-key-reused", "key", "this key was used for another decision; take a new one"
                )
            return msgspec.structs.replace(msgspec.json.decode(seen.result, type=Decided), replay=True)
        answer = self._one(command, case)
        if key is not None and isinstance(answer, Decided):
            self.batch.requests.answer(key, digest, answer, command.actor)
        return answer

    def _one(self, command: Decide, case: Case) -> Decided | NotBooked:
        decision = command.decision
        if decision.decision in ("rejected", "failed"):
            if not decision.reason.strip():
                return NotBooked("invalid", "reason", f"say why it {decision.decision}; it stands with the receipt")
            if decision.goes_to is None:
                return NotBooked(
                    "invalid", "goes_to", "say where they go: quarantine, damaged, rework, supplier or scrap"
                )
        elif decision.goes_to is not None:
            return NotBooked("invalid", "goes_to", f"what {decision.decision} goes where the rules say; leave it out")
        if decision.bin is not None and decision.decision != "passed":
            return NotBooked("invalid", "bin", "only what has passed is laid into a bin; put the rest away afterwards")
        found = self._found(case, command)
        if isinstance(found, NotBooked):
            return found
        movements = []
        rings: dict[str, int] = {}
        for part in found:
            booked = self._book(command, case, part, rings)
            if isinstance(booked, NotBooked):
                return booked
            movements.append(booked)
        return Decided(sum(part.qty for part in found), movements, rings)

    def _found(self, case: Case, command: Decide) -> list[Part] | NotBooked:
        """The units that are meant, the longest waiting first; none where there are not so many, or where somebody else
        has to decide."""
        decision = command.decision
        lot = self.batch.bookings.lots.get((case.rules.item, decision.lot)) if decision.lot is not None else None
        if decision.lot is not None and lot is None:
            return NotBooked("not-found", "lot", f"{decision.sku} has no lot {decision.lot!r}")
        meant = [
            one
            for one in self.waiting.get((case.rules.item, case.loc), ())
            if one.units
            and one.lands == LANDS[decision.decision]
            and decision.received in (None, one.id)
            and lot in (None, one.lot)
        ]
        lands = LANDS[decision.decision]
        own = [one for one in meant if self._own(case, command.actor, one)] if lands == "approval" else []
        meant = [one for one in meant if one not in own]
        there = sum(one.units for one in meant)
        left = wanted = decision.qty if decision.qty is not None else there
        if not there or wanted > there:
            detail = f"{there} units of {decision.sku} wait for {lands} there"
            if own:
                detail += f" besides those that {command.actor} has received: somebody else decides on them"
                return NotBooked("own-receipt", "qty", f"{detail}, or a receiving rule says own_approval")
            return NotBooked("insufficient-stock", "qty", detail)
        parts = []
        for one in meant:
            if left:
                parts.append(Part(one, min(left, one.units)))
                left -= parts[-1].qty
        return parts

    def _own(self, case: Case, actor: str, waiting: Waiting) -> bool:
        """Whether these units are not for who received them to decide on; who has no name is nobody's second."""
        if not actor or actor != waiting.receiver:
            return False
        return not own_approval(self.rules, case.loc, case.rules.item, case.rules.category, waiting.supplier)

    def _book(self, command: Decide, case: Case, part: Part, rings: dict[str, int]) -> int | NotBooked:
        decision, waiting = command.decision, part.waiting
        booking = self._booking(case, decision, part)
        if booking is None:
            movement = self.batch.movement(case.command.booking.books).id
        else:
            booked = Case(Post(booking, command.actor), case.rules, case.loc)
            answer = self.batch.bookings.book(booked, self.batch.movement)
            if isinstance(answer, NotBooked):
                return answer
            movement = answer.movement
            if isinstance(booking, PutAway):
                for code, units in fence(self.batch, booked, part.qty).items():
                    rings[code] = rings.get(code, 0) + units
        waiting.units -= part.qty
        goes_to = decision.goes_to or (waiting.lands_then if decision.decision == "approved" else "sellable")
        what = (case.rules.part, case.rules.item, waiting.id, movement, decision.decision, goes_to, part.qty)
        self.made.append((*what, decision.sampled, command.actor, decision.reason))
        return movement

    def _booking(self, case: Case, decision: Decision, part: Part) -> AnyBooking | None:
        """What a decision books; None where approved units are to be put away next and stay what they are."""
        waits = WAITS[LANDS[decision.decision]]
        then = part.waiting.lands_then
        shared: dict[str, Any] = {
            "sku": decision.sku,
            "location": decision.location,
            "qty": part.qty,
            "lot": self._lot_code(case, part.waiting.lot),
            "source": "receiving",
            "ref": str(part.waiting.id),
            "reason": decision.reason or decision.decision,
        }
        match decision.goes_to:
            case "supplier":
                return SendBack(**shared, status=waits)
            case "scrap":
                return Scrap(**shared, status=waits)
            case "quarantine" | "damaged" | "rework" as status:
                return ChangeStatus(**shared, from_status=waits, to_status=status)
        if decision.decision == "approved" and then == "receiving":
            return None
        if decision.decision == "approved" and then == "inspection":
            return ChangeStatus(**shared, from_status=waits, to_status="inspection")
        return PutAway(**shared, from_status=waits, bin=decision.bin)

    def _lot_code(self, case: Case, lot: int) -> str | None:
        if not lot:
            return None
        code = self.batch.work.lot_code(case.rules.item, lot)
        self.batch.bookings.lots[case.rules.item, code] = lot
        return code

    def write(self, desk: Desk) -> None:
        """Queue the decisions, and what still waits."""
        columns = list(zip(*self.made, strict=True))
        parts, items, ids, movements, decisions, goes_to, qtys, sampled, actors, reasons = columns
        desk.conn.execute(
            queries.add_decisions,
            {
                "parts": ints(parts),
                "items": ints(items),
                "ids": ints(ids),
                "movements": ints(movements),
                "decisions": words(decisions),
                "goes_to": words(goes_to),
                "qtys": ints(qtys),
                "sampled": ints(sampled),
                "actors": texts(actors),
                "reasons": texts(reasons),
                "now": self.batch.work.now,
            },
        )


def read_rules(batch: Batch, cases: Iterable[Case]) -> list[ReceivingRule]:
    """The receiving rules that may hold at the places of these cases."""
    parameters = {"locs": ints({case.loc for case in cases}), "items": ints({case.rules.item for case in cases})}
    return [ReceivingRule(*row) for row in batch.work.conn.execute(queries.rules_at, parameters)]


def read_waiting(batch: Batch, cases: Sequence[Case]) -> dict[tuple[int, int], list[Waiting]]:
    """What waits at the places of these cases, by item and location, the longest waiting first."""
    places = sorted({(case.rules.part, case.rules.item, case.loc) for case in cases})
    parameters = {
        "parts": ints(part for part, _, _ in places),
        "items": ints(item for _, item, _ in places),
        "locs": ints(loc for *_, loc in places),
    }
    found: dict[tuple[int, int], list[Waiting]] = {}
    for item, loc, *row in batch.work.conn.execute(queries.waiting, parameters):
        found.setdefault((item, loc), []).append(Waiting(*row))
    return found
