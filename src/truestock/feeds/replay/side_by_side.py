"""One replay through the hub and the same orders the old way, as one result."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from truestock.core.replay.baseline import NEVER, Baseline, Sync, every, nightly
from truestock.core.replay.events import Delivery, World
from truestock.core.replay.report import Report, Table, table
from truestock.core.replay.score import Score
from truestock.feeds.replay.driver import Pace, Told, replay
from truestock.feeds.replay.target import Happening, Target


@dataclass(frozen=True, slots=True)
class Run:
    """What a target's replay came to, and how long it took."""

    report: Report
    seconds: float

    @property
    def orders_per_s(self) -> float:
        """Orders answered and audited a second."""
        return self.report.total.orders / self.seconds if self.seconds else 0.0


@dataclass(frozen=True, slots=True)
class Result:
    """The hub's run and the baselines, over the same events."""

    hub: Run
    baselines: tuple[Report, ...]

    def table(self, channel: str | None = None) -> Table:
        """All columns side by side, in all or for one channel."""
        return table([self.hub.report, *self.baselines], channel)


def old_ways(minutes: int = 15) -> tuple[Sync, ...]:
    """The three ways to synchronise that a replay is held against."""
    return (every(minutes), nightly(), NEVER)


async def side_by_side(
    happenings: Iterable[Happening],
    world: World,
    target: Target,
    pace: Pace,
    syncs: Sequence[Sync] = old_ways(),
    told: Told | None = None,
) -> Result:
    """Replay through the target, then through each baseline; `happenings` is read once for each of them."""
    score = Score(world, "truestock")
    seconds = await replay(happenings, world, target, score, pace, told)
    return Result(Run(score.report(), seconds), tuple(baseline(happenings, world, sync) for sync in syncs))


def baseline(happenings: Iterable[Happening], world: World, sync: Sync) -> Report:
    """The figures of one old way over these events."""
    seller = Baseline(world, sync)
    for happening in happenings:
        if isinstance(happening, Delivery):
            seller.receive(happening)
        else:
            seller.offer(happening)
    return seller.report()
