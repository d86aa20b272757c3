"""The old ways that run beside the hub: the same events, each synchronised at its own beat, and what they came to."""

from collections import Counter
from collections.abc import Mapping

from truestock.core.replay.baseline import NEVER, Baseline, every
from truestock.core.replay.events import Delivery, OrderEvent, World
from truestock.core.replay.report import Figures
from truestock.feeds.replay import Happening

SYNCS = {"15": every(15), "5": every(5), "60": every(60), "never": NEVER}
LABELS = {"15": "every 15 min", "5": "every 5 min", "60": "every hour", "never": "never"}


class OldWays:
    """All of them at once, so that a page may switch from one to another."""

    def __init__(self, world: World) -> None:
        self._sellers = {name: Baseline(world, sync) for name, sync in SYNCS.items()}
        self._oversold: dict[str, Counter[str]] = {name: Counter() for name in SYNCS}

    def happen(self, happening: Happening) -> None:
        """Let each of them sell an order, or take units in."""
        for name, seller in self._sellers.items():
            if isinstance(happening, Delivery):
                seller.receive(happening)
            else:
                self._sell(name, seller, happening)

    def figures(self) -> dict[str, Figures]:
        """Each one's figures as they stand."""
        return {name: seller.report().total for name, seller in self._sellers.items()}

    def oversold(self, sku: str) -> Mapping[str, int]:
        """Units of an item that each has oversold."""
        return {name: counts[sku] for name, counts in self._oversold.items() if counts[sku]}

    def _sell(self, name: str, seller: Baseline, event: OrderEvent) -> None:
        for line in seller.offer(event).lines:
            if line.oversold:
                self._oversold[name][line.sku] += line.oversold
