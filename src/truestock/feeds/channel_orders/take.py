"""Makes orders here what they are there: reserves what was sold, releases what is not wanted, ships what has left.

What is to be reserved is written down before it is, so that a stop at any moment is gone on from."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

from truestock.catalog.rules import RuleBook, Snapshot
from truestock.feeds.channel_orders import queries
from truestock.feeds.channel_orders.case import Case, drop_plans, give_up, read_cases, write_plans
from truestock.feeds.channel_orders.decide import Leaving, Todo
from truestock.feeds.channel_orders.seen import keys_of
from truestock.orders.act import act
from truestock.orders.actions import Act, Confirm, Done, NotDone, Release, ReleaseLine, Ship, ShipLine
from truestock.orders.reserve import Reserve, reserve
from truestock.orders.values import OrderResult, UnknownSku
from truestock.store.arrays import texts
from truestock.store.database import Connection, Database
from truestock.store.events import AcceptedLine, Event, OrderAccepted, OrderShort, OwedLine, announce
from truestock.store.lane import Handler

ROUNDS: Final = 4
AT_ONCE: Final = 50
TROUBLE_MAX: Final = 500
# Hands commands to the hub: one answer each, after its commit; a command that failed has its exception in place.
Commit = Callable[[Handler, Sequence[Any]], Awaitable[list[Any]]]


class _Plan(NamedTuple):
    """What is to be done of one order; `places` says where the channel's locations are here."""

    case: Case
    todo: Todo
    places: Mapping[str, str]
    first_location: str | None
    now: datetime


class Taker:
    """Takes orders of one channel. Several at once find done what another one did."""

    def __init__(self, db: Database, rules: RuleBook, commit: Commit, channel: str) -> None:
        self._db = db
        self._rules = rules
        self._commit = commit
        self._code = channel
        self._actor = f"channel {channel}"

    async def take(self, ids: Iterable[str]) -> dict[str, str]:
        """Do what is missing of these orders; why some of them are still not settled, by id.

        Raises StoreError; what was done by then stays, and the next look goes on."""
        wanted = sorted(set(ids))
        troubles: dict[str, str] = {}
        for _ in range(ROUNDS):
            plans = await asyncio.to_thread(self._plan, wanted)
            if not plans:
                break
            troubles = await self._carry_out(plans)
            wanted = sorted(plans)
        if troubles:
            await asyncio.to_thread(self._note, troubles)
        return troubles

    async def retake(self, channel: int) -> None:
        """Look again at what did not come through, or waited for a SKU to mean something. Raises StoreError."""
        after = (-1, "0" * 32)
        while page := await asyncio.to_thread(self._unsettled, channel, after):
            await self.take(page)
            after = int(page[-1][:2], 16), page[-1]

    def _unsettled(self, channel: int, after: tuple[int, str]) -> list[str]:
        parameters = {"channel": channel, "after_part": after[0], "after_id": after[1], "limit": AT_ONCE}
        with self._db.transaction() as conn:
            return [order_id for (order_id,) in conn.execute(queries.unsettled, parameters)]

    def _plan(self, ids: Sequence[str]) -> dict[str, _Plan]:
        """Orders with something to do, after writing down what has to be known if we stop here."""
        return self._rules.read(lambda snapshot: self._planned(snapshot, ids)) if ids else {}

    def _planned(self, snapshot: Snapshot, ids: Sequence[str]) -> dict[str, _Plan]:
        channel = snapshot.channel(self._code)
        if channel is None:
            return {}
        with self._db.transaction() as conn:
            cases = read_cases(conn, channel, ids)
            wanted = {(channel.id, line.sku) for case in cases.values() for line in case.lines}
            known = {sku for _, sku in snapshot.listings(wanted)}
            found = {order_id: (case, case.todo(known)) for order_id, case in cases.items()}
            write_plans(conn, self._code, found)
            places = dict(conn.execute(queries.places, {"channel": channel.id}).fetchall())
            ((now,),) = conn.execute(queries.clock).fetchall()
        locations = snapshot.network.locations
        first = locations[channel.locations[0]].code if channel.locations else None
        return {
            order_id: _Plan(case, what, places, first, now)
            for order_id, (case, what) in found.items()
            if what.grown or what.release or what.ship or case.missing() or _held(case)
        }

    async def _carry_out(self, plans: Mapping[str, _Plan]) -> dict[str, str]:
        """Send the commands; by order, why one of its own came to nothing."""
        troubles = await self._reserve(plans)
        troubles |= await self._confirm(plans)
        commands = [(order_id, command) for order_id, plan in plans.items() for command in self._acts(plan)]
        for order_id, answer in await self._asked(commands):
            if not isinstance(answer, Done):
                troubles[order_id] = _said(answer)
        return troubles

    async def _reserve(self, plans: Mapping[str, _Plan]) -> dict[str, str]:
        """Make the orders that were planned. One that cannot be is planned anew."""
        planned = [
            (order_id, k, Reserve(order, self._actor))
            for order_id, plan in plans.items()
            for k, order in plan.case.missing().items()
        ]
        answers = await self._commit(reserve, [command for _, _, command in planned]) if planned else []
        lost = {
            (order_id, k): answer
            for (order_id, k, _), answer in zip(planned, answers, strict=True)
            if not (isinstance(answer, OrderResult) and answer.granted)
        }
        await asyncio.to_thread(self._in_transaction, _announce, answers)
        # What failed, rather than was refused, may have come through: it is asked again under the same name.
        refused = [key for key, answer in lost.items() if not isinstance(answer, Exception)]
        if refused:
            await asyncio.to_thread(self._in_transaction, drop_plans, refused)
        return {order_id: f"not reserved: {_said(answer)}" for (order_id, _), answer in lost.items()}

    async def _confirm(self, plans: Mapping[str, _Plan]) -> dict[str, str]:
        """Carts that were held under the order's own name are paid now; one that ran out is sold anew."""
        held = [
            (order_id, Act(Confirm(self._code, plan.case.seen.ref), self._actor))
            for order_id, plan in plans.items()
            if _held(plan.case)
        ]
        answers = await self._asked(held)
        over = [(order_id, 1) for order_id, answer in answers if isinstance(answer, NotDone)]
        if over:
            await asyncio.to_thread(self._in_transaction, give_up, over)
        return {order_id: _said(answer) for order_id, answer in answers if isinstance(answer, Exception)}

    async def _asked(self, commands: Sequence[tuple[str, Act]]) -> list[tuple[str, Any]]:
        """Orders' answers, in the order of their commands."""
        if not commands:
            return []
        answers = await self._commit(act, [command for _, command in commands])
        return [(order_id, answer) for (order_id, _), answer in zip(commands, answers, strict=True)]

    def _acts(self, plan: _Plan) -> list[Act]:
        """Releases and shipments. A key is made of the state that its command starts from, where it is done once."""
        case, commands = plan.case, []
        for k, n, units in plan.todo.release:
            given_back = case.orders[k].lines[n].given_back
            release = Release(self._code, case.refs[k], [ReleaseLine(n, units)], "no longer wanted on the channel")
            commands.append(Act(release, self._actor, f"{case.seen.id} {k} {n} {given_back} {units}", known=True))
        sent: dict[tuple[int, int], int] = {}
        for leaving in plan.todo.ship:
            key = leaving.k, leaving.n
            commands.append(
                self._ship(plan, leaving, case.orders[leaving.k].lines[leaving.n].shipped + sent.get(key, 0))
            )
            sent[key] = sent.get(key, 0) + leaving.qty
        return commands

    def _ship(self, plan: _Plan, leaving: Leaving, shipped: int) -> Act:
        """`shipped`: units of the line that have left before it."""
        k, n, units, leg = leaving
        stands = plan.case.orders[k].lines[n]
        location = plan.places.get(leg.place) or (plan.first_location if stands.short else None)
        at = None if leg.at is None else min(leg.at, plan.now)
        ship = Ship(
            self._code,
            plan.case.refs[k],
            [ShipLine(n, units, location)],
            None,
            at,
            leg.carrier[:100],
            leg.tracking[:200],
        )
        return Act(ship, self._actor, f"{plan.case.seen.id} {k} {n} {shipped} {units}", known=True)

    def _note(self, troubles: Mapping[str, str]) -> None:
        with self._db.transaction() as conn:
            said = texts(troubles[order_id][:TROUBLE_MAX] for order_id in sorted(troubles))
            conn.execute(queries.set_troubles, {**keys_of(troubles), "troubles": said})

    def _in_transaction(self, work: Callable[..., None], *given: object) -> None:
        with self._db.transaction() as conn:
            work(conn, *given)


def _announce(conn: Connection, answers: Sequence[object]) -> None:
    """Orders that were taken now, and what is owed of them."""
    taken = [a for a in answers if isinstance(a, OrderResult) and a.granted and not a.replay]
    events: list[Event] = []
    for order in taken:
        named = order.channel, order.ref, order.id
        lines = [AcceptedLine(line.sku, line.asked, line.granted, line.short_by) for line in order.lines]
        events.append(OrderAccepted(*named, lines))
        if owed := [OwedLine(line.sku, line.short_by) for line in order.lines if line.short_by]:
            events.append(OrderShort(*named, owed))
    announce(conn, events)


def _held(case: Case) -> bool:
    """Whether a cart has to become the order."""
    first = case.orders.get(1)
    return first is not None and first.state == "held" and not case.seen.over


def _said(answer: object) -> str:
    """Why something was not done."""
    match answer:
        case NotDone():
            return f"{answer.field}: {answer.detail}"
        case UnknownSku():
            return f"{answer.field}: {answer.sku!r} means nothing here"
        case Exception():
            return str(answer)
        case _:
            return "an order of this name has another content"
