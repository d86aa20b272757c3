"""Interleaves orders, facts, statements, receipts and moves, told when they happen, later, twice, or out of order.

The world knows what has happened, sources see it as late as they book; what the hub was told is summed up plainly."""

from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count

from tests.factories import Shop, ago, ahead
from tests.proof.hub_side import HubSide, csv_of
from tests.proof.naive import SELLABLE, Cell, Moved, Naive, Promised, Said, World
from tests.proof.orders_side import OrdersSide, Sold
from tests.proof.steps import CHANNELS, FACTS, LANDS, MODES, PLACES, SOURCES, Pending, Step, Supply, Tell
from truestock.feeds.stock.engine.runs import Run
from truestock.ledger.values import Adjust, AnyBooking, ChangeStatus, Count, Receive, Scrap

WAITING = ("receiving", "inspection")


class Interleaving:
    """One story; `go` does a step and holds every cell, promise and short against the model."""

    def __init__(self, shop: Shop) -> None:
        self.hub = HubSide(shop, lots=(False, True))
        self.naive, self.world = Naive(), World()
        self.orders = OrdersSide(self.hub, self.naive)
        self.documents: dict[str, Supply] = {}
        self.transfers: dict[str, tuple[str, int]] = {}
        self.pending: list[Pending] = []
        self.runs: dict[str, Run] = {}
        self.instants = [self._now()]
        self.numbers = 0
        # It is not known of a parcel whose promise went elsewhere before anybody told that it had left from here.
        self.unclear: set[Cell] = set()
        for code, (meaning, _) in SOURCES.items():
            self.hub.add_feed(code, meaning)
        self.hub.add_feed("sweep", "on_hand", complete=True)
        for meaning in FACTS:
            self.hub.add_feed(meaning, meaning)
        for sku in self.hub.skus:
            for loc, qty in (("dc", 20), ("store", 8)):
                lot = "a" if sku in self.hub.tracked else None
                self._happened([Moved((sku, loc, SELLABLE), qty, at := ago(days=1))])
                booking = Receive(sku=sku, location=loc, qty=qty, lot=lot, effective_at=at)
                self.hub.book(booking, self._key())

    def close(self) -> None:
        """Leave room for other stories."""
        self.hub.close()

    # the clock, names, and what is known

    @staticmethod
    def _now() -> datetime:
        return datetime.now(UTC)

    def _key(self) -> str:
        self.numbers += 1
        return f"{self.numbers}"

    def _happened(self, moves: list[Moved], *, told: bool = True) -> None:
        self.world.moves += moves
        if told:
            self.naive.moves += moves

    def _tell(self, what: str, moves: list[Moved], tell: Tell, *, late: bool) -> None:
        """Something has happened, and is told now or later."""
        self._happened(moves, told=False)
        self._later(Pending(what, tell, lambda: self.naive.moves.extend(moves)), late=late)

    def _later(self, pending: Pending, *, late: bool) -> None:
        self.pending.append(pending)
        if not late:
            self._deliver(pending)

    def _deliver(self, pending: Pending) -> None:
        pending.tell()
        if not pending.told:
            pending.learn()
        pending.told = True

    def go(self, step: Step) -> None:
        """Do a step; afterwards the hub and the model agree."""
        getattr(self, step.kind)(step)
        self._take_over_promises()
        self.compare()
        self.instants.append(self._now())

    def end(self) -> None:
        """All that has happened is told at last, the newest first."""
        for pending in reversed(self.pending):
            if not pending.told:
                self._deliver(pending)
                self._take_over_promises()
                self.compare()
        self.prove_truth()

    def _take_over_promises(self) -> None:
        """Note where orders are promised units now, as of the beginning of the step."""
        before = dict(self.orders.places)
        self.orders.read()
        carts = {order.id for order in self.orders.sold if order.held}
        for place in sorted(before.keys() | self.orders.places.keys()):
            order, _, sku, loc = place
            change = self.orders.places.get(place, 0) - before.get(place, 0)
            if change and order not in carts:
                self._promise_changed(sku, loc, change)

    def _promise_changed(self, sku: str, loc: str, change: int) -> None:
        self.naive.promises.append(Promised(sku, loc, change, self.step_at))

    @property
    def step_at(self) -> datetime:
        """After everything of the steps before, and before all of this one."""
        return self.instants[-1] + timedelta(microseconds=1)

    # what must hold

    def compare(self) -> None:
        """Every cell, and every promise, is as plain sums have it."""
        on_hand, reserved = self.hub.cells()
        cells = {move.cell for move in self.naive.moves} | {
            said.cell for statements in self.naive.said.values() for said in statements
        }
        expected = {cell: units for cell in cells if (units := self.naive.on_hand(cell))}
        assert on_hand == expected, self._differing(on_hand, expected)
        promised: dict[Cell, int] = {}
        for (_, _, sku, loc), units in self.orders.places.items():
            promised[sku, loc, SELLABLE] = promised.get((sku, loc, SELLABLE), 0) + units
        assert reserved == promised
        assert all(units <= max(0, on_hand.get(cell, 0)) for cell, units in reserved.items())
        self.orders.prove()
        aside = [(cell[0], cell[1]) for cell in cells if cell[2] in WAITING]
        waits = {place: self._waiting(*place) for place in aside}
        assert self.hub.waiting() == {place: units for place, units in waits.items() if units}
        assert not self.hub.below_zero_under_way()
        for document, (_, left) in self.transfers.items():
            assert self.hub.still_expected(document) == left, document
        for document, supply in self.documents.items():
            assert self.hub.still_expected(document) == max(0, supply.left), document

    def _waiting(self, sku: str, loc: str) -> int:
        return sum(max(0, self.naive.on_hand((sku, loc, status))) for status in WAITING)

    @staticmethod
    def _differing(on_hand: dict[Cell, int], expected: dict[Cell, int]) -> str:
        cells = sorted(on_hand.keys() | expected.keys())
        told = ((cell, on_hand.get(cell, 0), expected.get(cell, 0)) for cell in cells)
        return "; ".join(f"{cell}: the hub has {has}, told were {was}" for cell, has, was in told if has != was)

    def prove_truth(self) -> None:
        """Once everything was told, what the hub has is what truly lies there."""
        on_hand, _ = self.hub.cells()
        cells = {move.cell for move in self.world.moves} - self.unclear
        true = {cell: units for cell in cells if (units := self.world.lies(cell))}
        on_hand = {cell: units for cell, units in on_hand.items() if cell not in self.unclear}
        assert on_hand == true, self._differing(on_hand, true)

    def _row(self, meaning: str, **cells: object) -> Tell:
        """How a feed tells of one thing: a file the first time, and another file with the same row after that."""
        told = count()

        def tell() -> None:
            content = csv_of(",".join(cells), [["" if cell is None else cell for cell in cells.values()]])
            self.hub.take(meaning, content + b"\n" * next(told), self._now())

        return tell

    def _place(self, step: Step) -> tuple[str, str]:
        """The SKU and the location of a step."""
        return self.hub.skus[step.item], PLACES[step.place]

    # orders

    def rest(self, _step: Step) -> None:
        """Nothing happens."""

    def order(self, step: Step) -> None:
        sku, _ = self._place(step)
        mode = MODES[step.choice % 3]
        held = step.late and mode != "sold"
        self.orders.place(CHANNELS[step.choice % 4], sku, step.qty, mode, held=held)

    def _one_of(self, step: Step, *, held: bool = False, loc: str | None = None) -> Sold | None:
        """An order of which something is outstanding (and promised at a location)."""
        found = [
            order
            for order in self.orders.sold
            if order.held is held
            and not order.lost
            and order.outstanding(0) > order.leaving[0]
            and (loc is None or any(p[0] == order.id and p[3] == loc for p in self.orders.places))
        ]
        return found[step.choice % len(found)] if found else None

    def confirm(self, step: Step) -> None:
        order = self._one_of(step, held=True)
        if order is not None and self.orders.confirm(order):
            for (number, _, item, place), units in self.orders.places.items():
                if number == order.id:
                    self._promise_changed(item, place, units)

    def release(self, step: Step) -> None:
        """Part of an order, or of what is left of a cart."""
        order = self._one_of(step, held=step.late)
        if order is not None:
            left = order.outstanding(0) - order.leaving[0]
            if order.held:
                left = sum(units for place, units in self.orders.places.items() if place[0] == order.id)
            if left:
                self.orders.release(order, min(step.qty, left))

    def ship(self, step: Step) -> None:
        """From where it is promised, or now and then from somewhere else."""
        _, loc = self._place(step)
        order = self._one_of(step, loc=loc if step.choice % 5 else None)
        if order is None:
            return
        sku = order.lines[0][0]
        qty = min(step.qty, order.outstanding(0) - order.leaving[0])
        at, key = self._now(), self._key()
        here = sum(
            units for (number, _, _, place), units in self.orders.places.items() if (number, place) == (order.id, loc)
        )
        gone = Promised(sku, loc, -min(qty, here), at)
        order.leaving[0] += qty
        self.world.untold.append(gone)

        def learn() -> None:
            order.leaving[0] -= qty
            order.shipped[0] += qty
            self.world.untold.remove(gone)
            self._left(order, sku, loc, qty, at, -gone.qty)

        tell: Tell = partial(self.orders.ship, order, qty, loc, at, key)
        if step.choice % 2:
            named = {"order": order.ref, "channel": order.channel, "sku": sku, "location": loc}
            tell = self._row("shipment", ref=key, **named, qty=qty, at=at.isoformat())
        pending = Pending(f"ship {qty} of {order.ref} from {loc}", tell, learn)
        self.world.moves.append(Moved((sku, loc, SELLABLE), -qty, at, ours=True))
        self._later(pending, late=step.late)

    def _left(self, order: Sold, sku: str, loc: str, qty: int, at: datetime, promised: int) -> None:
        """The promise where it left from ended when it left, as far as it is there still."""
        self.naive.moves.append(Moved((sku, loc, SELLABLE), -qty, at, ours=True))
        place = (order.id, 0, sku, loc)
        here = min(qty, self.orders.places.get(place, 0))
        if here:
            self.naive.promises.append(Promised(sku, loc, -here, at))
            self.orders.places[place] -= here
        if here < promised:
            self.unclear.add((sku, loc, SELLABLE))

    def reject(self, step: Step) -> None:
        _, loc = self._place(step)
        order = self._one_of(step, loc=loc)
        if order is None:
            return
        sku = order.lines[0][0]
        here = sum(
            units for (number, _, _, place), units in self.orders.places.items() if (number, place) == (order.id, loc)
        )
        qty = None if step.late else min(step.qty, here)
        units = self.orders.reject(order, loc, qty)
        assert units == (max(0, self.naive.on_hand((sku, loc, SELLABLE))) if qty is None else qty)
        status = "quarantine" if qty is None else "damaged"
        moves = [Moved((sku, loc, SELLABLE), -units, self.step_at), Moved((sku, loc, status), units, self.step_at)]
        self._happened(moves)

    # what happens on the floor

    def till(self, step: Step) -> None:
        sku, _ = self._place(step)
        at, ref, returned = self._now(), self._key(), step.choice % 4 == 0
        change = step.qty if returned else -step.qty
        tell: Tell = partial(self.hub.ring_up, ref, sku, step.qty, at, returned=returned)
        if step.choice % 3:
            tell = self._row("sales", ref=ref, sku=sku, location="store", qty=-change, at=at.isoformat())
        self._tell("till", [Moved((sku, "store", SELLABLE), change, at)], tell, late=step.late)

    def give_back(self, step: Step) -> None:
        """A customer's parcel comes back, whole or broken."""
        sku, loc = self._place(step)
        at, ref = self._now(), self._key()
        status = "damaged" if step.choice % 3 == 0 else SELLABLE
        tell = self._row("return", ref=ref, sku=sku, location=loc, qty=step.qty, status=status, at=at.isoformat())
        self._tell("return", [Moved((sku, loc, status), step.qty, at)], tell, late=step.late)

    def vary(self, step: Step) -> None:
        sku, loc = self._place(step)
        at, key, qty = self._now(), self._key(), step.qty
        cell = (sku, loc, SELLABLE)
        if step.choice % 3 == 2:
            broken = ChangeStatus(
                sku=sku, location=loc, qty=qty, effective_at=at, from_status="sellable", to_status="damaged"
            )
            moves = [Moved(cell, -qty, at), Moved((sku, loc, "damaged"), qty, at)]
            self._tell("broken", moves, partial(self._book, broken, key), late=step.late)
            return
        change = qty if step.choice % 3 else -qty
        booking = Adjust(sku=sku, location=loc, qty=change, reason="lost or found", effective_at=at)
        tell: Tell = partial(self._book, booking, key)
        if step.choice % 2:
            tell = self._row("delta", ref=key, sku=sku, location=loc, qty=change, at=at.isoformat())
        self._tell("adjust", [Moved(cell, change, at)], tell, late=step.late)

    def _book(self, booking: AnyBooking, key: str) -> None:
        self.hub.book(booking, key)

    def supply(self, step: Step) -> None:
        sku, loc = self._place(step)
        due_at, ref = ahead(days=1), self._key()
        if step.choice % 2:
            document = f"{self.hub.name}-{ref}"
            self._row("expected", ref=document, sku=sku, location=loc, qty=step.qty, due_at=due_at.isoformat())()
        else:
            document = self.hub.order_supply(ref, sku, loc, step.qty, due_at)
        self.documents[document] = Supply(sku, loc, step.qty)

    def receive(self, step: Step) -> None:
        """Against an order of that item to that place, if there is one."""
        sku, loc = self._place(step)
        at, ref = self._now(), self._key()
        meant = [ref for ref, supply in self.documents.items() if (supply.sku, supply.loc) == (sku, loc)]
        document = meant[step.choice % len(meant)] if meant else None
        lot = "ab"[step.choice % 2] if sku in self.hub.tracked else None
        moves = [Moved((sku, loc, LANDS[loc]), step.qty, at)]
        self._happened(moves, told=False)

        def learn() -> None:
            self.naive.moves += moves
            if document is not None:
                self.documents[document].left -= step.qty

        tell: Tell = partial(self.hub.receive, ref, sku, loc, step.qty, at, document, lot)
        if step.choice % 2:
            named = {"ref": ref, "order": document, "sku": sku, "location": loc, "lot": lot}
            tell = self._row("receipt", **named, qty=step.qty, at=at.isoformat())
        self._later(Pending("receive", tell, learn), late=step.late)

    def inspect(self, step: Step) -> None:
        sku, _ = self._place(step)
        qty = min(step.qty, self.naive.on_hand((sku, "far", "inspection")))
        if qty > 0:
            passed = step.choice % 3 > 0
            self.hub.decide(sku, "far", qty, passed=passed)
            self._moved_now((sku, "far", "inspection"), (sku, "far", SELLABLE if passed else "damaged"), qty)

    def put_away(self, step: Step) -> None:
        sku, _ = self._place(step)
        qty = min(step.qty, self.naive.on_hand((sku, "store", "receiving")))
        if qty > 0:
            self.hub.put_away(sku, "store", qty)
            self._moved_now((sku, "store", "receiving"), (sku, "store", SELLABLE), qty)

    def _moved_now(self, source: Cell, target: Cell, qty: int) -> None:
        self._happened([Moved(source, -qty, self.step_at), Moved(target, qty, self.step_at)])

    def send(self, step: Step) -> None:
        sku, _ = self._place(step)
        at = self._now()
        ref = self.hub.send(self._key(), sku, step.qty, at, ahead(days=1))
        moves = [Moved((sku, "dc", SELLABLE), -step.qty, at), Moved((sku, "store", "in_transit"), step.qty, at)]
        self._happened(moves)
        self.transfers[ref] = (sku, step.qty)

    def arrive(self, step: Step) -> None:
        """In parts, and of whichever lot."""
        for ref, (item, left) in self.transfers.items():
            qty = min(step.qty, left)
            if qty:
                at, number = self._now(), self._key()
                lot = "ab"[step.choice % 2] if item in self.hub.tracked else None
                self.transfers[ref] = (item, left - qty)
                moves = [Moved((item, "store", "in_transit"), -qty, at), Moved((item, "store", "receiving"), qty, at)]
                self._tell(
                    "arrive", moves, partial(self.hub.receive, number, item, "store", qty, at, ref, lot), late=False
                )
                return

    def lose(self, step: Step) -> None:
        """So many units of a transfer, or all that is left of it."""
        for ref, (item, left) in self.transfers.items():
            if left:
                gone = min(step.qty, left) if step.late else left
                assert self.hub.lose(ref, gone if step.late else None) == gone
                self.transfers[ref] = (item, left - gone)
                self._happened([Moved((item, "store", "in_transit"), -gone, self.step_at)])
                return

    def take_away(self, step: Step) -> None:
        """Units that wait for their inspection are thrown away without one."""
        sku, _ = self._place(step)
        cell = (sku, "far", "inspection")
        qty = min(step.qty, self.naive.on_hand(cell))
        if qty > 0:
            self._book(Scrap(sku=sku, location="far", qty=qty, status="inspection", reason="wet"), self._key())
            self._happened([Moved(cell, -qty, self.step_at)])

    # what sources say

    def count(self, step: Step) -> None:
        """One cell, by a person, as of when it was counted."""
        sku, loc = self._place(step)
        cell, key = (sku, loc, SELLABLE), self._key()
        units = self.world.lies(cell)
        at = self._now()
        if units >= 0:
            booking = Count(sku=sku, location=loc, qty=units, effective_at=at)
            said = {f"count {key}": [Said(cell, units, at, at)]}
            pending = Pending("count", partial(self._book, booking, key), lambda: self.naive.said.update(said))
            self._later(pending, late=step.late)

    def feed(self, step: Step) -> None:
        """A source writes down what is in its books, of one cell or of many; the file arrives now or later."""
        sku, loc = self._place(step)
        code = tuple(SOURCES)[step.choice % len(SOURCES)]
        meaning, lagging = SOURCES[code]
        at = self._now()
        until = self.instants[-1 - step.qty % len(self.instants)] if lagging else at
        cells = [(item, place, SELLABLE) for item in self.hub.skus for place in PLACES]
        if step.choice % 3:
            cells = [(sku, loc, SELLABLE)]
        said = []
        for cell in cells:
            net = meaning == "available"
            known = self.naive.promises
            units = self.world.net_of(cell, until, known) if net else self.world.seen_by(cell, until)
            if units >= 0:
                said.append(Said(cell, units, at, until, net))
        self._file(code, said, at, until, late=step.late)

    def sweep(self, step: Step) -> None:
        """A complete file leaves out what is nowhere."""
        at = self._now()
        cells = [(item, place, SELLABLE) for item in self.hub.skus for place in PLACES]
        units = {cell: self.world.lies(cell) for cell in cells}
        if min(units.values()) >= 0 and max(units.values()) > 0:
            said = [Said(cell, qty, at, at) for cell, qty in units.items()]
            self._file("sweep", said, at, at, late=step.late)

    def _file(self, code: str, said: list[Said], at: datetime, until: datetime, *, late: bool) -> None:
        rows = [(*one.cell, one.qty) for one in said if one.qty or code != "sweep"]
        content = csv_of("sku,location,status,qty", rows)
        name = f"{code} {self._key()}"

        def tell() -> None:
            self.runs[name] = self.hub.take(code, content, at, until)

        if rows:
            self._later(Pending(name, tell, lambda: self.naive.said.update({name: said})), late=late)

    def undo(self, step: Step) -> None:
        """A file that was told is wrong, as a rule the last one: all of it is taken back, and sent again later."""
        told = [pending for pending in self.pending if pending.told and pending.what in self.runs]
        if told:
            wrong = told[step.choice % len(told)] if step.late else max(told, key=lambda one: self.runs[one.what].id)
            self.hub.undo(self.runs.pop(wrong.what))
            del self.naive.said[wrong.what]
            wrong.told = False

    def tell(self, step: Step) -> None:
        """What was held back is told, in any order."""
        untold = [pending for pending in self.pending if not pending.told]
        if untold:
            self._deliver(untold[step.choice % len(untold)])

    def again(self, step: Step) -> None:
        """What was told before is told once more."""
        told = [pending for pending in self.pending if pending.told]
        if told:
            self._deliver(told[step.choice % len(told)])
