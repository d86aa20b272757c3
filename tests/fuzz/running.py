"""Runs a target on input after input: it may refuse them in its own words, and nothing else may happen."""

import random
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import NamedTuple

from hypothesis import HealthCheck, Phase, given, seed, settings

from tests.fuzz.inputs import inputs

# Of a processor, for one input: what else runs on the machine is not counted.
INPUT_SECONDS_MAX = 5.0
AT_ONCE = 200


class Target(NamedTuple):
    """A parser, with good files to start from; `run` raises only what nobody has declared."""

    name: str
    run: Callable[[bytes], object]
    seeds: Sequence[bytes]
    tokens: Sequence[bytes] = ()


class Hang(Exception):
    """One input took too long."""


def fuzz(target: Target, seconds: float, number: int, most: int = 2**62) -> int:
    """How many inputs were tried in that time, `most` of them, as this number draws them.

    Raises what the target raised, or Hang."""
    chance, ends, tried, found = random.Random(number), time.monotonic() + seconds, 0, False
    hangs: Hang | None = None

    while time.monotonic() < ends and tried < most:

        @seed(chance.getrandbits(64))
        @settings(
            max_examples=min(AT_ONCE, most - tried),
            deadline=None,
            database=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
        )
        @given(inputs(target.seeds, target.tokens))
        def batch(raw: bytes) -> None:
            nonlocal tried, found, hangs
            # What was found is run again, to make it small, also when the time is over.
            if not hangs and (found or time.monotonic() < ends):
                tried += 1
                try:
                    with limited():
                        target.run(raw)
                except Hang as hang:
                    # Making it small would take as long again for each try.
                    hangs = Hang(f"{hang}; the input is {raw!r}")
                except BaseException:
                    found = True
                    raise

        batch()
        if hangs:
            raise hangs
    return tried


@contextmanager
def limited() -> Iterator[None]:
    """Raise Hang where it takes too long."""

    def stop(_: int, frame: FrameType | None) -> None:
        raise Hang(f"over {INPUT_SECONDS_MAX} s, at {frame}")

    before = signal.signal(signal.SIGPROF, stop)
    signal.setitimer(signal.ITIMER_PROF, INPUT_SECONDS_MAX)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
