"""The auditor: holds every answer of a seller against the physical units and counts what it finds.

Baselines and the hub are scored by the same rules, so that their columns can stand side by side."""

from collections import Counter

from truestock.core.replay.answer import Answer, LineAnswer, LineOutcome, Outcome
from truestock.core.replay.events import Delivery, Line, OrderEvent, World
from truestock.core.replay.report import Report, Tally
from truestock.core.replay.shelf import Shelf


class Score:
    """One seller's account of a replay.

    A sold unit leaves the shelf; one that finds the shelf empty is oversold: that customer gets an apology, and the
    debt is not carried on. A refused unit counts as lost if one was left on the channel's shelves after the line."""

    def __init__(self, world: World, seller: str) -> None:
        self.shelf = Shelf(world)
        self._seller = seller
        self._total = Tally()
        self._channels = {channel.code: Tally() for channel in world.channels}
        self._out: Counter[tuple[str, str]] = Counter()  # physical units with customers, by (channel, sku)

    def admit(self, event: OrderEvent) -> OrderEvent | None:
        """The event as this seller's world can see it: nobody brings back, or cancels, what was never handed over."""
        if event.kind == "order":
            return event
        out = self._out
        lines = [Line(sku, back) for sku, qty in event.lines if (back := min(qty, out[event.channel, sku]))]
        if not lines:
            return None
        return OrderEvent(event.at, event.channel, event.ref, event.kind, tuple(lines), event.place)

    def record(self, event: OrderEvent, answer: Answer) -> Outcome:
        """Audit the answer to an admitted event."""
        audit = self._sold if event.kind == "order" else self._taken_back
        lines = zip(event.lines, answer, strict=True)
        outcome = Outcome(tuple([audit(event.channel, line, said) for line, said in lines]))
        for tally in (self._total, self._channels[event.channel]):
            tally.add(outcome)
            for said in answer:
                if said.sample is not None:
                    tally.see(said.sample)
        return outcome

    def receive(self, delivery: Delivery) -> None:
        """Lay delivered units on the shelf."""
        for sku, qty in delivery.lines:
            self.shelf.put_at(delivery.location, sku, qty)

    def report(self) -> Report:
        """The figures as they stand."""
        return Report(
            self._seller, self._total.figures(), {code: tally.figures() for code, tally in self._channels.items()}
        )

    def _sold(self, channel: str, line: Line, said: LineAnswer) -> LineOutcome:
        if not 0 <= said.qty <= line.qty:
            raise ValueError(f"{channel}: {said.qty} of {line.qty} {line.sku} cannot be sold")
        shelf, sku = self.shelf, line.sku
        if said.taken is None:
            found = shelf.take(channel, sku, said.qty)
        else:
            found = sum(shelf.take_at(location, sku, units) for location, units in said.taken)
        self._out[channel, sku] += found
        refused = line.qty - said.qty
        lost = min(refused, shelf.available(channel, sku)) if refused else 0
        return LineOutcome(sku, line.qty, said.qty, said.qty - found, lost)

    def _taken_back(self, channel: str, line: Line, said: LineAnswer) -> LineOutcome:
        if not 0 <= said.qty <= self._out[channel, line.sku]:
            raise ValueError(f"{channel}: {said.qty} {line.sku} cannot come back, fewer are out")
        self._out[channel, line.sku] -= said.qty
        if said.taken is None:
            self.shelf.put(channel, line.sku, said.qty)
        else:
            for location, units in said.taken:
                self.shelf.put_at(location, line.sku, units)
        return LineOutcome(line.sku, asked=0, sold=0, returned=said.qty)
