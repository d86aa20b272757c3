"""python -m tests.fuzz [NAME ...] [--seconds N] [--seed N]: each target in a process of its own, memory bounded."""

import argparse
import multiprocessing
import random
import sys
import time
from collections.abc import Sequence

from tests.fuzz.alone import alone, tell
from tests.fuzz.targets import TARGETS

# Past its time, for shrinking what was found; then it hangs where no signal reaches.
GRACE_SECONDS = 300


def main(arguments: Sequence[str]) -> int:
    """Run the targets that are named, or all; the exit code is how many failed."""
    parser = argparse.ArgumentParser(prog="fuzz")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(TARGETS))
    parser.add_argument("--seconds", type=float, default=600.0, help="for each target")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().getrandbits(32))
    asked = parser.parse_args(arguments)
    if unknown := [name for name in asked.names if name not in TARGETS]:
        parser.error(f"there is no target {unknown[0]!r}; the targets are {', '.join(TARGETS)}")
    failed = [name for name in asked.names or TARGETS if not passes(name, asked.seconds, asked.seed)]
    return len(failed)


def passes(name: str, seconds: float, number: int) -> bool:
    """Whether a target stood it; what happened is told."""
    began = time.monotonic()
    process = multiprocessing.get_context("spawn").Process(target=alone, args=(name, seconds, number))
    process.start()
    process.join(seconds + GRACE_SECONDS)
    hangs = process.is_alive()
    if hangs:
        process.kill()
        process.join()
    if hangs or process.exitcode:
        why = "hangs" if hangs else f"failed with exit code {process.exitcode}"
        tell(f"{name}: {why} after {time.monotonic() - began:.0f} s; again with --seed {number}")
        return False
    return True


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
