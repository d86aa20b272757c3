"""What a document that is told again changes: its lines are matched to those that are there, the earliest due first;
and how its lines stand once a telling of it is undone."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import msgspec


class Wanted(NamedTuple):
    """Units of one item at one location, as a document tells them."""

    qty: int
    due_at: datetime


class There(NamedTuple):
    """A line as it stands; `received` of its units have come. One that is `off` was dropped by the document itself."""

    id: int
    qty: int
    received: int
    due_at: datetime
    off: bool = False


class Amended(NamedTuple):
    """`changed`: what known lines say now, by id; `added`: further lines; `gone`: lines that it names no more."""

    changed: tuple[tuple[int, Wanted], ...]
    added: tuple[Wanted, ...]
    gone: tuple[int, ...]


def amend(there: Sequence[There], told: Sequence[Wanted]) -> Amended:
    """Compare what a document says of an item at a location with its lines there that are not cancelled.

    A line that is told as it stands stays; of the others, those of which most has come are matched, by their dates."""
    known = sorted(there, key=lambda line: (-line.received, line.due_at, line.id))
    wanted = sorted(told, key=lambda line: line.due_at)
    changed = []
    for line in tuple(known):
        now = Wanted(line.qty, line.due_at)
        if now in wanted:
            wanted.remove(now)
            known.remove(line)
            changed += [(line.id, now)] if line.off else []
    matched = sorted(known[: len(wanted)], key=lambda line: (line.due_at, line.id))
    changed += [(line.id, now) for line, now in zip(matched, wanted, strict=False)]
    return Amended(tuple(changed), tuple(wanted[len(matched) :]), tuple(line.id for line in known[len(wanted) :]))


class Stands(msgspec.Struct, frozen=True):
    """How a line of a document stands: `received` of its `qty` units have come, and it was closed by whom, when and why
    if it is not open."""

    qty: int
    received: int
    due_at: datetime
    first_due_at: datetime | None
    state: str
    reason: str
    closed_by: str
    closed_at: datetime | None


def stays(now: Stands, left: Stands, later: int | None) -> str:
    """Why a line is not put back as it stood before a run that `left` it so; empty: it is. `later`: the next run that
    told it, 0 if that was somebody by hand."""
    if later is not None:
        return f"run {later} has told it since" if later else "it was told by hand since"
    if now.received != left.received:
        came = now.received > left.received
        return "units of it have come since" if came else "units that had come of it were taken back since"
    return "" if now == left else "it was changed by hand since"


def before(now: Stands, was: Stands | None, actor: str, reason: str) -> Stands:
    """How a line stands that is put back; one that there was not is cancelled."""
    if was is not None:
        return was
    return msgspec.structs.replace(now, state="cancelled", reason=reason, closed_by=actor, closed_at=None)
