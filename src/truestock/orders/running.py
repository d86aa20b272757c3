"""The running balance over a batch of actions on orders: what each does to promises, shorts and the order's state."""

from collections.abc import Callable
from datetime import datetime

from truestock.catalog.rules import Snapshot
from truestock.core.book import ItemBook, Promise
from truestock.core.decide import facts
from truestock.core.decide import promises as core
from truestock.core.identity import order_identity
from truestock.core.words import Kind
from truestock.ledger.movement import Movement
from truestock.ledger.work import Work
from truestock.orders.actions import Act, Answer, Confirm, Done, NotDone, RejectPick, Release, Ship, ShipLine, future
from truestock.orders.confirm import rename
from truestock.orders.reject import Rejected, add_rejected, reject
from truestock.orders.steps import Step, add_steps, left, listing_units
from truestock.orders.stored import Stored, StoredLine
from truestock.orders.values import State
from truestock.store.arrays import ints, words
from truestock.store.sql import load

queries = load(__package__)
LOST = "the line has lost its promise; say from which location it left"
Movements = Callable[..., Movement]


class Running:
    """Orders by id, as they stand while the batch goes on."""

    def __init__(self, work: Work, snapshot: Snapshot, orders: dict[str, Stored]) -> None:
        self.work = work
        self.snapshot = snapshot
        self.orders = orders
        self.displaced: list[tuple[ItemBook, tuple[Promise, ...]]] = []
        self._states: dict[str, State] = {}
        self._renamed: list[tuple[Stored, str]] = []
        self._names: set[str] = set()
        self._left: set[str] = set()
        self._steps: list[Step] = []
        self._rejected: list[Rejected] = []

    @property
    def changed(self) -> bool:
        """Whether there is anything to write."""
        return self.work.changed or bool(self._states) or bool(self._renamed)

    def present_state(self, order: Stored) -> State:
        """The state now: a cart whose time is up is no longer held."""
        if order.state != "held":
            return order.state
        if order.expires_at is not None and order.expires_at <= self.work.now:
            return "expired"
        return "held"

    def carry_out(self, command: Act, order: Stored, movement: Movements) -> Answer:
        """Do it, or say why not; a refusal changes nothing."""
        action = command.action
        match action:
            case Confirm():
                return self._confirm(command, action, order, movement)
            case Release():
                return self._release(command, action, order, movement)
            case Ship():
                return self._ship(command, action, order, movement)
            case RejectPick():
                return self._reject(command, action, order, movement)

    def write(self) -> None:
        """Queue the new states, and the rows of carts that became orders under another name."""
        conn = self.work.conn
        if self._states:
            conn.execute(
                queries.set_states,
                {
                    "parts": ints(int(order_id[:2], 16) for order_id in self._states),
                    "orders": words(self._states),
                    "states": words(self._states.values()),
                },
            )
        for order, order_ref in self._renamed:
            rename(conn, order, order_ref, self.work)
        add_steps(conn, self._steps, self.work.now)
        add_rejected(conn, self._rejected, self.work.now)

    def _begin(self, movement: Movement, order: Stored) -> Movement:
        self.work.begin_movement(movement, order.items())
        return movement

    def _state(self, order: Stored, state: State) -> State:
        order.state = self._states[order.id] = state
        return state

    def _confirm(self, command: Act, action: Confirm, order: Stored, movement: Movements) -> Answer:
        state = self.present_state(order)
        if state == "expired":
            return _refuse(
                action, "hold-expired", "ref", "the hold ran out before it was paid; order again, or as sold"
            )
        if state == "displaced":
            return _refuse(action, "hold-displaced", "ref", "the units were lost or damaged; order again, or as sold")
        if state != "held":
            return _refuse(action, "not-held", "ref", f"the order is {state}; only a held cart can be confirmed")
        if action.order_ref is not None and action.order_ref != order.ref:
            identity = order_identity(order.channel, action.order_ref)
            taken = {"parts": ints([identity.part]), "ids": words([identity.id])}
            if identity.id in self._names or self.work.conn.execute(queries.orders_by_id, taken).fetchall():
                return _refuse(action, "conflict", "order_ref", f"there is an order {action.order_ref!r} already")
            self._renamed.append((order, action.order_ref))
            self._names.add(identity.id)
        made = self._begin(movement(Kind.CONFIRM, command.actor, "", action.ref), order)
        units = 0
        for line in order.lines:
            book = self.work.books[line.item]
            units += core.confirm(book, order.id, line.n)
        if self._renamed and self._renamed[-1][0] is order:
            self._state(order, "confirmed")
            name = self._renamed[-1][1]
            new_id = order_identity(order.channel, name).id
            return Done(action.channel, name, new_id, "open", units, made.id)
        return Done(action.channel, action.ref, order.id, self._state(order, "open"), units, made.id)

    def _release(self, command: Act, action: Release, order: Stored, movement: Movements) -> Answer:
        wanted: dict[int, int | None] = {line.n: None for line in order.lines}
        if action.lines is not None:
            wanted = {}
            for at, asked in enumerate(action.lines):
                problem = self._too_many(action, order, asked.line, asked.qty + (wanted.get(asked.line) or 0), at)
                if problem is not None:
                    return problem
                wanted[asked.line] = asked.qty + (wanted.get(asked.line) or 0)
        if not order.open_base_units(self.work.books):
            return _refuse(action, "nothing-open", "ref", f"nothing of the order is open; it is {order.state}")
        cart = order.state == "held"
        made = self._begin(movement(Kind.RELEASE, command.actor, "", action.ref, action.reason), order)
        given: list[tuple[int, int, int]] = []
        for line in order.lines:
            if line.n in wanted:
                qty = wanted[line.n]
                base = None if qty is None else qty * line.units
                given.append((line.n, line.item, core.release(self.work.books[line.item], order.id, line.n, base)))
        units = sum(qty for _, _, qty in given)
        state: State = order.state if order.open_base_units(self.work.books) else self._state(order, self._ended(order))
        if not cart:
            lines, known = listing_units(order, given), command.known
            self._steps.append(Step(order, action.channel, made.id, self.work.now, action, lines, units, known=known))
        return Done(action.channel, action.ref, order.id, state, units, made.id)

    def _ended(self, order: Stored) -> State:
        """Cancelled, unless some of it has left."""
        return "shipped" if order.id in self._left or self.work.posted_units(order.id, order.items()) else "cancelled"

    def _ship(self, command: Act, action: Ship, order: Stored, movement: Movements) -> Answer:
        if order.state == "held":
            return _refuse(action, "not-confirmed", "ref", "the cart is not paid; confirm it before it ships")
        if future(action.shipped_at, self.work.now):
            return _refuse(action, "invalid", "shipped_at", "what happened cannot lie in the future; check the clock")
        plan = self._plan(action, order)
        if isinstance(plan, NotDone):
            return plan
        if not plan:
            return _refuse(action, "nothing-open", "ref", f"nothing of the order is open; it is {order.state}")
        at = action.shipped_at or self.work.now
        made = self._begin(
            movement(Kind.SHIP, command.actor, "", action.ref, action.tracking, action.shipped_at), order
        )
        units = 0
        # What leaves from its promise goes first: what leaves elsewhere may displace it.
        for shipment in sorted(plan, key=lambda shipment: shipment.loc is not None):
            book = self.work.books[shipment.item]
            self._see_promises(book, shipment, at)
            displaced = core.ship(book, shipment._replace(effective_at=at))
            if displaced:
                self.displaced.append((book, displaced))
            units += shipment.qty
        self._left.add(order.id)
        state: State = order.state if order.open_base_units(self.work.books) else self._state(order, "shipped")
        self._steps.append(
            Step(order, action.channel, made.id, at, action, left(order, plan), units, known=command.known)
        )
        return Done(action.channel, action.ref, order.id, state, units, made.id)

    def _reject(self, command: Act, action: RejectPick, order: Stored, movement: Movements) -> Answer:
        found = reject(self.work, self.snapshot, action, order, command.actor, movement)
        if isinstance(found, NotDone):
            return found
        if found.displaced:
            self.displaced.append((found.book, found.displaced))
        self._rejected.append(found)
        return Done(action.channel, action.ref, order.id, order.state, found.units, found.movement)

    def _see_promises(self, book: ItemBook, shipment: core.Shipment, at: datetime) -> None:
        """Read the promises that units leaving from where the line has none may displace."""
        self.work.read_bins_then(shipment.item, at)
        change = core.leaving(book, shipment._replace(effective_at=at))
        missing = facts.shortfall(book, change) if change is not None else 0
        if change is not None and missing:
            # The table shows the line's own promises there too, which are posted first.
            self.work.read_displaceable(change, missing + shipment.qty)

    def _plan(self, action: Ship, order: Stored) -> list[core.Shipment] | NotDone:
        """One shipment for each item of each line, or what cannot be meant."""
        lines = action.lines
        if lines is None:
            return self._everything(action, order)
        plan: list[core.Shipment] = []
        planned: dict[StoredLine, int] = {}
        asked: dict[int, int] = {}
        for at, line in enumerate(lines):
            asked[line.line] = asked.get(line.line, 0) + line.qty
            problem = self._too_many(action, order, line.line, asked[line.line], at)
            if problem is not None:
                return problem
            for stored in order.lines:
                if stored.n == line.line:
                    shipment = self._shipment(action, order, stored, line.qty * stored.units, line, at)
                    if isinstance(shipment, NotDone):
                        return shipment
                    planned[stored] = planned.get(stored, 0) + shipment.qty
                    if shipment.loc is None and self._promised(order, stored) < planned[stored]:
                        return _refuse(action, "location-needed", f"lines[{at}].location", LOST)
                    plan.append(shipment)
        return plan

    def _promised(self, order: Stored, line: StoredLine) -> int:
        return sum(p.open for p in core.of_line(self.work.books[line.item], order.id, line.n))

    def _everything(self, action: Ship, order: Stored) -> list[core.Shipment] | NotDone:
        plan = []
        for stored in order.lines:
            qty = core.open_units(self.work.books[stored.item], order.id, stored.n)
            if qty:
                shipment = self._shipment(action, order, stored, qty, None, 0)
                if isinstance(shipment, NotDone):
                    return shipment
                plan.append(shipment)
        return plan

    def _shipment(
        self, action: Ship, order: Stored, stored: StoredLine, qty: int, line: ShipLine | None, at: int
    ) -> core.Shipment | NotDone:
        code = (line.location if line is not None else None) or action.location
        location = self.snapshot.location(code) if code is not None else None
        if code is not None and location is None:
            return _refuse(action, "not-found", f"lines[{at}].location", f"there is no location {code!r}")
        if location is None and self._promised(order, stored) < qty:
            return _refuse(action, "location-needed", f"lines[{at}].location", LOST)
        lot = None
        if line is not None and line.lot is not None:
            lot = self.work.lot_id(stored.item, line.lot)
            if lot is None:
                return _refuse(action, "not-found", f"lines[{at}].lot", f"there is no lot {line.lot!r} of the item")
        loc = location.id if location is not None else None
        return core.Shipment(stored.item, order.id, stored.n, order.channel, qty, self.work.now, loc, lot)

    def _too_many(self, action: Release | Ship, order: Stored, n: int, qty: int, at: int) -> NotDone | None:
        lines = [line for line in order.lines if line.n == n]
        if not lines:
            return _refuse(action, "not-found", f"lines[{at}].line", f"the order has no line {n}")
        for line in lines:
            open_now = core.open_units(self.work.books[line.item], order.id, n) // line.units
            if qty > open_now:
                return _refuse(action, "too-many", f"lines[{at}].qty", f"{qty} asked, and {open_now} of it are open")
        return None


def _refuse(action: Confirm | Release | Ship, kind: str, field: str, detail: str) -> NotDone:
    return NotDone(action.channel, action.ref, kind, field, detail)
