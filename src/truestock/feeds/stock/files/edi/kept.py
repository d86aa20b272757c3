"""Interchanges by their partners' numbers: what comes twice is seen, whatever its file is called; each is answered."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final, Literal

import msgspec

from truestock.catalog.changes import take_ids
from truestock.feeds.stock.files.edi.acknowledging import acknowledgement
from truestock.feeds.stock.files.edi.envelope import Interchange
from truestock.feeds.stock.files.edi.writing import CONTROL_MAX
from truestock.store.database import Connection, Database
from truestock.store.sql import load

queries: Final = load(__package__)
# The first of its number, the same once more, or another one under a number that its sender has used.
Seen = Literal["new", "again", "reused"]
Key = tuple[str, str, str]


def seen(conn: Connection, found: Sequence[Interchange]) -> list[Seen]:
    """What each of these interchanges is, beside those kept and those before it; nothing is kept."""
    senders, receivers, controls = ([key[n] for key in map(_key, found)] for n in range(3))
    rows = conn.execute(
        queries.interchanges_read, {"senders": senders, "receivers": receivers, "controls": controls}
    ).fetchall()
    known: dict[Key, str] = {(sender, receiver, control): digest for sender, receiver, control, digest in rows}
    answers: list[Seen] = []
    for one in found:
        if (first := known.get(_key(one))) is None:
            known[_key(one)] = one.digest
            answers.append("new")
        else:
            answers.append("again" if first == one.digest else "reused")
    return answers


def keep(conn: Connection, file: str, found: Sequence[Interchange], at: datetime) -> None:
    """Remember interchanges that have been read; of those known before the first stays."""
    senders, receivers, controls = ([key[n] for key in map(_key, found)] for n in range(3))
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


def _key(one: Interchange) -> Key:
    return one.sender, one.receiver, one.control
