"""Soft allocation at "buy": a batch of orders and cart holds in one transaction, each atomic with its own key."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

import msgspec

from truestock.catalog.rules import RulesChanged, Snapshot
from truestock.core.decide import reserve as core
from truestock.core.decide.settle import back_fill
from truestock.core.identity import OrderIdentity, content_digest, order_identity
from truestock.core.network import Channel, Listing
from truestock.core.words import Kind
from truestock.ledger.desk import Desk
from truestock.ledger.work import AheadOfLocks, Work
from truestock.orders.known import Known, known_orders
from truestock.orders.values import ContentDiffers, NewOrder, OrderResult, ReserveAnswer, State, UnknownSku, line_result
from truestock.orders.write import Placed, write_orders
from truestock.store.arrays import ints, words
from truestock.store.lane import DEFERRED, Deferred, Wire
from truestock.store.sql import load

queries = load(__package__)
Answer = ReserveAnswer | Deferred


class Reserve:
    """An order on its way through the lane, with who sends it; its digest is made where it is handed in."""

    __slots__ = ("actor", "digest", "order", "weight")

    def __init__(self, order: NewOrder, actor: str = "") -> None:
        self.order = order
        self.actor = actor
        self.digest = content_digest(msgspec.json.encode(order))
        self.weight = len(order.lines)


class _Case:
    """One order of the batch, resolved."""

    __slots__ = ("channel", "command", "identity", "lines")

    def __init__(self, command: Reserve, channel: Channel, lines: tuple[core.Line, ...]) -> None:
        self.command = command
        self.channel = channel
        self.identity: OrderIdentity = order_identity(channel.id, command.order.ref)
        self.lines = lines


def reserve(desk: Desk, commands: Sequence[Reserve], wait: bool = True) -> list[Answer]:
    """One answer a command, in their order. Without `wait`, what another process holds is answered Deferred."""
    return desk.with_rules(lambda snapshot: _reserve(desk, snapshot, commands, wait))


def _reserve(desk: Desk, snapshot: Snapshot, commands: Sequence[Reserve], wait: bool) -> list[Answer]:
    resolved = _resolve(snapshot, commands)
    cases = [case for case in resolved if isinstance(case, _Case)]
    if not cases:
        snapshot.check()
        return [case for case in resolved if not isinstance(case, _Case)]
    items = snapshot.items({item for case in cases for line in case.lines for item, _ in line.listing.components})
    with desk.conn.pipeline():
        begun = desk.begin(items.values(), wait=wait, warm=True)
        found = desk.conn.execute(queries.orders_by_id, _keys(cases), prepare=True)
        work = begun.open(snapshot.epoch, desk.movement)
        desk.clock.read(work.now)
        known = known_orders(
            found.fetchall(), {(c.identity.id, c.command.digest): c.command.order for c in cases}, work.now
        )
        batch = _Batch(work, known)
        answers = batch.decide(desk, resolved)
        if batch.accepted:
            batch.write()
            work.commit()
        else:
            work.rollback()
    if batch.accepted or not work.changed:
        desk.warm.keep(work.books.values())
    return answers


def reserve_ahead(desk: Desk, wire: Wire, commands: Sequence[Reserve]) -> AheadOfLocks | None:
    """The same, decided before the locks are held, and sent; None where it has to wait for them."""
    snapshot = desk.snapshot
    try:
        resolved = _resolve(snapshot, commands)
        cases = [case for case in resolved if isinstance(case, _Case)]
        items = snapshot.items({item for case in cases for line in case.lines for item, _ in line.listing.components})
    except RulesChanged:
        return None
    work = desk.guess(items.values()) if items else None
    if work is None:
        return None
    batch = _Batch(work, {})
    answers = batch.decide(desk, resolved)
    if work.changed and not batch.accepted:
        # What was owed is served by a transaction that has more to do.
        return None
    if refused := [case for case in cases if case.identity.id not in batch.placed]:
        work.out.execute(queries.none_known, _keys(refused), prepare=True)
    if batch.accepted:
        batch.write()
    return desk.send(wire, work, snapshot.epoch, answers)


def _keys(cases: Sequence["_Case"]) -> dict[str, str]:
    return {"parts": ints([c.identity.part for c in cases]), "ids": words([c.identity.id for c in cases])}


def _resolve(snapshot: Snapshot, commands: Sequence[Reserve]) -> list[_Case | UnknownSku]:
    """Channels and listings by name; what is unknown is answered at once."""
    cases = [_case(snapshot, command, {}) for command in commands]
    missing = [
        (channel.id, line.sku)
        for command, case in zip(commands, cases, strict=True)
        if isinstance(case, UnknownSku) and (channel := snapshot.channel(command.order.channel)) is not None
        for line in command.order.lines
    ]
    if missing:
        loaded = snapshot.listings(missing)
        return [
            _case(snapshot, command, loaded) if isinstance(case, UnknownSku) else case
            for command, case in zip(commands, cases, strict=True)
        ]
    return cases


def _case(snapshot: Snapshot, command: Reserve, loaded: Mapping[tuple[int, str], Listing]) -> _Case | UnknownSku:
    order = command.order
    channel = snapshot.channel(order.channel)
    if channel is None:
        return UnknownSku(order.channel, order.ref, "channel", order.channel)
    lines = []
    for n, line in enumerate(order.lines):
        listing = snapshot.listing(channel.id, line.sku) or loaded.get((channel.id, line.sku))
        if listing is None:
            return UnknownSku(order.channel, order.ref, f"lines[{n}].sku", line.sku)
        lines.append(core.Line(listing, line.qty))
    return _Case(command, channel, tuple(lines))


class _Batch:
    """The running decision over a batch; `placed` are the orders it accepts, by id."""

    def __init__(self, work: Work, known: Mapping[str, Known]) -> None:
        self.placed: dict[str, Placed] = {}
        self._work = work
        self._known = known

    def decide(self, desk: Desk, resolved: Sequence["_Case | UnknownSku"]) -> list[Answer]:
        """One answer for each, in their order; what is owed is served first."""
        self._work.begin_movement(desk.movement(Kind.RESERVE), self._work.books)
        for book in self._work.books.values():
            if book.shorts and not book.settled:
                back_fill(book)
        return [self.answer(case) if isinstance(case, _Case) else case for case in resolved]

    @property
    def accepted(self) -> int:
        """How many orders there are to write."""
        return len(self.placed)

    def write(self) -> None:
        """Queue what was accepted."""
        write_orders(self._work.out, list(self.placed.values()), self._work.now)
        self._work.write()

    def answer(self, case: _Case) -> Answer:
        """Replay, defer, or decide."""
        order, order_id = case.command.order, case.identity.id
        seen = self.placed.get(order_id) or self._known.get(order_id)
        if seen is not None:
            if seen.result is None or seen.digest != case.command.digest:
                return ContentDiffers(order.channel, order.ref)
            return msgspec.structs.replace(seen.result, replay=True)
        missing = self._work.missing
        if missing and any(item in missing for line in case.lines for item, _ in line.listing.components):
            return DEFERRED
        hold_for_s = order.hold_for_s
        expires_at = None if hold_for_s is None else self._work.now + timedelta(seconds=hold_for_s)
        request = core.Request(
            order_id, case.channel.id, case.lines, order.mode, order.priority, order.placed_at, expires_at
        )
        decision = core.reserve(self._work.books, request)
        lines = [
            line_result(line.sku, order.mode, *numbers)
            for line, numbers in zip(order.lines, decision.lines, strict=True)
        ]
        if not decision.granted:
            return OrderResult(order.channel, order.ref, order_id, False, "refused", lines)
        state: State = "open" if expires_at is None else "held"
        result = OrderResult(order.channel, order.ref, order_id, True, state, lines, False, expires_at)
        self.placed[order_id] = Placed(
            case.identity, case.channel.id, case.command.digest, case.command.actor, order, result, case.lines
        )
        return result
