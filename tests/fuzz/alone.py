"""One target in a process of its own, with bounded memory."""

import resource
import sys
import time

from tests.fuzz.running import fuzz
from tests.fuzz.targets import TARGETS

MEMORY_MAX = 3 * 2**30


def alone(name: str, seconds: float, number: int) -> None:
    """One target, in this process; past the bound on memory allocations fail."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_MAX, MEMORY_MAX))
    began = time.monotonic()
    tried = fuzz(TARGETS[name], seconds, number)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    tell(f"{name}: {tried:,} inputs in {time.monotonic() - began:.0f} s, at most {memory} MB")


def tell(line: str) -> None:
    """A line on standard output, at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
