"""Both sides of a simulated world over one stream of orders, read once."""

from collections.abc import Callable, Iterable

from truestock.core.replay.events import OrderEvent
from truestock.core.replay.simulate.report import Report, report
from truestock.core.replay.simulate.scene import Chances, Scene
from truestock.sync.simulate.seller import Seller
from truestock.sync.simulate.today import Today
from truestock.sync.simulate.with_hub import WithHub


def simulate(
    name: str,
    seed: int,
    scene: Scene,
    events: Iterable[OrderEvent],
    chances: Chances,
    told: Callable[[OrderEvent], None] | None = None,
) -> Report:
    """Sell the events, in order of time, on both sides. The same scene, events and chances give the same report.

    Both sides draw the same lags and losses of orders, so that they differ by what they do and not by luck."""
    sides: tuple[Seller, ...] = (Today(scene, chances), WithHub(scene, chances))
    looks = sorted({at for at in scene.world.looks_s if at <= scene.end_s})
    for event in events:
        at = (event.at - scene.start).total_seconds()
        while looks and looks[0] < at:
            _look(sides, looks.pop(0))
        for side in sides:
            side.offer(event)
        if told is not None:
            told(event)
    for look_at in looks:
        _look(sides, look_at)
    late = [at for at in sorted({*scene.world.looks_s}) if at > scene.end_s]
    notes = [f"no order came from the channel {code}" for code in scene.idle()]
    notes += [f"nothing is left to look at after {scene.end_s:,.0f} s; {at:,.0f} s is later" for at in late]
    return report(name, seed, scene, [side.finish() for side in sides], notes)


def _look(sides: Iterable[Seller], at: float) -> None:
    for side in sides:
        side.look(at)
