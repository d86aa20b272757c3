"""A channel as the engine meets it: an outside shelf of numbers, with the ways in which calls go wrong."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from truestock.connectors.contract.abilities import Line
from truestock.connectors.contract.answers import ChannelDown, InDoubt, Outcome, Pushed, Shown, Spot, Throttle
from truestock.connectors.contract.traits import Budget, Traits

QUICK = Traits("never", Budget(per_s=100_000, burst=100_000), batch_max=10, pending_s=0.0)


def named(spot: Spot) -> str:
    """What the shelf calls a number: by its place, where it has one."""
    return f"{spot.sku}@{spot.place}" if spot.place else spot.sku


@dataclass
class Shelf:
    """`faults` holds what happens to the next calls: down, throttled, lost (before its effect), hung (after it)."""

    traits: Traits = QUICK
    shown: dict[str, int] = field(default_factory=dict)
    revs: dict[str, int] = field(default_factory=dict)
    refuses: set[str] = field(default_factory=set)
    silent: set[str] = field(default_factory=set)
    faults: list[str] = field(default_factory=list)
    calls: list[list[Line]] = field(default_factory=list)

    async def push(self, lines: Sequence[Line]) -> Pushed:
        """Take the numbers."""
        self.calls.append(list(lines))
        fault = self.faults.pop(0) if self.faults else ""
        if fault == "down":
            raise ChannelDown("nobody there")
        if fault == "throttled":
            raise ChannelDown("too often", Throttle(retry_after_s=0.02))
        if fault == "lost":
            raise InDoubt("the connection broke")
        outcomes = {line.spot: self._take(line) for line in lines if line.sku not in self.silent}
        if fault == "hung":
            raise InDoubt("no answer in time")
        return Pushed(outcomes)

    def _take(self, line: Line) -> Outcome:
        if line.sku in self.refuses:
            return Outcome("rejected", f"no listing {line.sku}")
        name = named(line.spot)
        if self.traits.compare == "value" and line.was is not None and self.shown.get(name) != line.was:
            return Outcome("stale", "changed meanwhile", self.shown.get(name))
        assert self.revs.get(name, 0) <= line.rev, "an older number came after a newer one"
        self.revs[name] = line.rev
        self.shown[name] = line.quantity
        return Outcome("applied")

    async def read_back(self, spots: Sequence[Spot]) -> Shown:
        """What is shown; 0 before the first push."""
        return Shown({spot: self.shown.get(named(spot), 0) for spot in spots if spot.sku not in self.refuses})
