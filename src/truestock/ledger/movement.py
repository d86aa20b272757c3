"""Who, from where and why: the head of a movement, and the ids they get."""

import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from truestock.core.identity import part_of
from truestock.core.words import Kind

EPOCH_MS = 1_767_225_600_000  # 2026-01-01T00:00:00Z
SEQUENCE_BITS = 11


@dataclass(frozen=True, slots=True)
class Movement:
    """`effective_at` None means at the moment it is recorded."""

    id: int
    kind: Kind
    actor: str = ""
    source: str = ""
    ref: str = ""
    reason: str = ""
    reverses: int | None = None
    effective_at: datetime | None = None

    @property
    def part(self) -> int:
        """The part its row lives in."""
        return part_of(self.id)


def movement_ids() -> Iterator[int]:
    """Ids that rise, and differ between processes: milliseconds, then a run that starts at random.

    They stay below 2**53 for a century, so that every JSON reader keeps their digits. Two processes that meet in
    the same millisecond and number break the primary key, and the batch is done anew."""
    last = 0
    while True:
        milliseconds = time.time_ns() // 1_000_000 - EPOCH_MS
        start = milliseconds << SEQUENCE_BITS
        last = last + 1 if last >= start else start + int.from_bytes(os.urandom(2)) % (1 << SEQUENCE_BITS - 1)
        yield last
