"""How wrong the numbers were that channels showed: for how long, by how many units, and how often beyond the truth.

A listing is wrong from when its shown number parts from the right one until they meet; the unit-seconds between are
one spell. The right number is what its side would show if nothing took time, the truth what could be delivered."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

_STEP = math.log(1.01)  # a percentile is known to one percent, in a few thousand counters however long the run


@dataclass(frozen=True, slots=True)
class Staleness:
    """Unit-seconds of the spells in which a listing was wrong; shares of all listings' time, in percent."""

    spells: int
    p50_unit_s: float
    p95_unit_s: float
    max_unit_s: float
    wrong_percent: float
    beyond_truth_percent: float


class _Spells:
    """The spells of one channel."""

    def __init__(self) -> None:
        self.count = 0
        self.longest = 0.0
        self.wrong_s = self.beyond_s = 0.0
        self.steps: Counter[int] = Counter()

    def end(self, unit_s: float) -> None:
        self.count += 1
        self.longest = max(self.longest, unit_s)
        self.steps[round(math.log1p(unit_s) / _STEP)] += 1

    def percentile(self, share: float) -> float:
        left = share * self.count
        for step, count in sorted(self.steps.items()):
            left -= count
            if left <= 0:
                return min(math.expm1(step * _STEP), self.longest)
        return 0.0


class Seen:
    """One item's numbers by channel, each as it stands since its `at`."""

    __slots__ = ("at", "right", "shown", "spell", "truth")

    def __init__(self, shown: Sequence[int], right: Sequence[int], truth: Sequence[int]) -> None:
        self.at = [0.0] * len(shown)
        self.shown = [*shown]
        self.right = [*right]
        self.truth = [*truth]
        self.spell = [0.0] * len(shown)


class Watch:
    """Adds up over all channels and items; tell it the numbers of an item whenever one of them changes."""

    def __init__(self, channels: int) -> None:
        self._spells = [_Spells() for _ in range(channels)]
        self._seen: dict[int, Seen] = {}

    def begin(self, item: int, shown: Sequence[int], right: Sequence[int], truth: Sequence[int]) -> None:
        """What an item's channels show, should show and could deliver before the first order."""
        self._seen[item] = Seen(shown, right, truth)

    def tell(self, item: int, now: float, shown: Sequence[int], right: Sequence[int], truth: Sequence[int]) -> None:
        """The numbers of an item from now on, by channel."""
        seen = self._seen[item]
        for n, number in enumerate(shown):
            self._turn(seen, n, now, number, right[n], truth[n])

    def show(self, item: int, now: float, channel: int, shown: int) -> None:
        """The number that one channel shows from now on; nothing else has changed."""
        seen = self._seen[item]
        self._turn(seen, channel, now, shown, seen.right[channel], seen.truth[channel])

    def _turn(self, seen: Seen, n: int, now: float, shown: int, right: int, truth: int) -> None:
        passed = now - seen.at[n]
        if passed:
            was = seen.shown[n]
            off = was - seen.right[n]
            if off:
                seen.spell[n] += abs(off) * passed
                self._spells[n].wrong_s += passed
            if was > seen.truth[n]:
                self._spells[n].beyond_s += passed
            seen.at[n] = now
        seen.shown[n], seen.right[n], seen.truth[n] = shown, right, truth
        if shown == right and seen.spell[n]:
            self._spells[n].end(seen.spell[n])
            seen.spell[n] = 0.0

    def end(self, now: float) -> None:
        """The run is over: spells that have not ended end here."""
        for item, seen in self._seen.items():
            self.tell(item, now, seen.shown, seen.right, seen.truth)
            for n, unit_s in enumerate(seen.spell):
                if unit_s:
                    self._spells[n].end(unit_s)
                    seen.spell[n] = 0.0

    def figures(self, span_s: float, items: int) -> list[Staleness]:
        """By channel, over so many items and seconds."""
        all_s = span_s * items or 1.0
        return [
            Staleness(
                spells.count,
                spells.percentile(0.5),
                spells.percentile(0.95),
                spells.longest,
                100 * spells.wrong_s / all_s,
                100 * spells.beyond_s / all_s,
            )
            for spells in self._spells
        ]

    def total(self, span_s: float, items: int) -> Staleness:
        """Of all channels together."""
        both = _Spells()
        for spells in self._spells:
            both.count += spells.count
            both.longest = max(both.longest, spells.longest)
            both.steps.update(spells.steps)
            both.wrong_s += spells.wrong_s
            both.beyond_s += spells.beyond_s
        all_s = span_s * items * len(self._spells) or 1.0
        wrong, beyond = 100 * both.wrong_s / all_s, 100 * both.beyond_s / all_s
        return Staleness(both.count, both.percentile(0.5), both.percentile(0.95), both.longest, wrong, beyond)
