"""Whether a history of one item could have happened one call at a time, in an order that its times allow.

Calls that overlapped may have taken effect in either order; a call that ended before another began came first. The
search tries them depth first and keeps no state twice."""

from collections.abc import Sequence
from typing import NamedTuple


class Seen(NamedTuple):
    """One call: `delta` is what it did to the available units, `available` what it was told there were before it."""

    called_at: float
    answered_at: float
    delta: int
    available: int | None = None


def could_have_happened(history: Sequence[Seen], available: int) -> bool:
    """From so many available units, never below zero."""
    calls = sorted(history)
    by_end = sorted(range(len(calls)), key=lambda n: calls[n].answered_at)
    everything = (1 << len(calls)) - 1
    known: set[tuple[int, int]] = set()
    stack = [(0, available)]
    while stack:
        done, units = stack.pop()
        if done == everything:
            return True
        if (done, units) in known:
            continue
        known.add((done, units))
        first_end = next(calls[n].answered_at for n in by_end if not done >> n & 1)
        for n, call in enumerate(calls):
            if call.called_at > first_end:
                break
            fits = call.available in (None, units) and units + call.delta >= 0
            if fits and not done >> n & 1:
                stack.append((done | 1 << n, units + call.delta))
    return False
