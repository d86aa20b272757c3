"""Interchanges by their partners' numbers: what comes twice is seen, whatever its file is called; each is answered."""

from collections.abc import Sequence
from datetime import datetime
from typing import BinaryIO, Final, Literal

import msgspec

from truestock.catalog.changes import take_ids
from truestock.core.problems import Invalid
from truestock.feeds.stock.files.edi.acknowledging import acknowledgement
from truestock.feeds.stock.files.edi.envelope import Interchange
from truestock.feeds.stock.files.edi.writing import CONTROL_MAX
from truestock.feeds.stock.files.edi.x12 import examine
from truestock.feeds.stock.files.text import NoText
from truestock.store.database import Connection, Database
from truestock.store.sql import load

queries: Final = load(__package__)
# The first of its number, the same once more, or another one under a number that its sender has used.
Seen = Literal["new", "again", "reused"]
Key = tuple[str, str, str]


class Answered(msgspec.Struct, frozen=True):
    """An interchange as its sender is told of it: its sets by number, accepted or rejected."""

    sender: str
    control: str
    seen: Seen
    accepted: list[str]
    rejected: list[str]


def answer(db: Database, file: str, source: BinaryIO, at: datetime) -> tuple[list[Answered], bytes]:
    """Remember the interchanges of a file, and write the 997s for their senders. Raises Invalid for what is no X12."""
    try:
        found = examine(source)
    except NoText as end:
        raise Invalid("file", f"segment {end.line}: {end.reason}; {end.suggestion}") from None
    with db.transaction() as conn:
        states = seen(conn, found)
        keep(conn, file, found, at)
    return list(map(_answered, found, states)), acknowledge(db, found, at)


def known(conn: Connection, found: Sequence[Interchange]) -> frozenset[Key]:
    """Those that were read before, for the lookups of a file that is read."""
    return frozenset(one.key for one, state in zip(found, seen(conn, found), strict=True) if state != "new")


def seen(conn: Connection, found: Sequence[Interchange]) -> list[Seen]:
    """What each of these interchanges is, beside those kept and those before it; nothing is kept."""
    senders, receivers, controls = ([key[n] for key in (one.key for one in found)] for n in range(3))
    rows = conn.execute(
        queries.interchanges_read, {"senders": senders, "receivers": receivers, "controls": controls}
    ).fetchall()
    known: dict[Key, str] = {(sender, receiver, control): digest for sender, receiver, control, digest in rows}
    answers: list[Seen] = []
    for one in found:
        if (first := known.get(one.key)) is None:
            known[one.key] = one.digest
            answers.append("new")
        else:
            answers.append("again" if first == one.digest else "reused")
    return answers


def keep(conn: Connection, file: str, found: Sequence[Interchange], at: datetime) -> None:
    """Remember interchanges that have been read; of those known before the first stays."""
    senders, receivers, controls = ([key[n] for key in (one.key for one in found)] for n in range(3))
    groups = [
        [{"kind": g.kind, "control": g.control, "sets": [[s.kind, s.control] for s in g.sets]} for g in one.groups]
        for one in found
    ]
    conn.execute(
        queries.keep_interchanges,
        {
            "senders": senders,
            "receivers": receivers,
            "controls": controls,
            "digests": [one.digest for one in found],
            "groups": [msgspec.json.encode(told).decode() for told in groups],
            "file": file,
            "at": at,
        },
    )


def acknowledge(db: Database, found: Sequence[Interchange], at: datetime) -> bytes:
    """The 997s that answer these interchanges, as one file, each under a number of its own; empty if none is due."""
    numbers = take_ids(db, "interchange", len(found))
    return b"".join(acknowledgement(one, next(numbers) % CONTROL_MAX or CONTROL_MAX, at) for one in found)


def _answered(found: Interchange, state: Seen) -> Answered:
    sets = [(f"{one.kind} {one.control}", one.rejected) for group in found.groups for one in group.sets]
    accepted = [name for name, rejected in sets if not rejected]
    return Answered(found.sender, found.control, state, accepted, [name for name, rejected in sets if rejected])
