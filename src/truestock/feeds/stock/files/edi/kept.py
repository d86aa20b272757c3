"""Interchanges by their partners' numbers: what comes twice is seen, whatever its file is called; each is answered."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import BinaryIO, Final, Literal

import msgspec

from truestock.catalog.changes import take_ids
from truestock.core.problems import Invalid
from truestock.feeds.stock.files.edi import x12
from truestock.feeds.stock.files.edi.acknowledging import acknowledgement
from truestock.feeds.stock.files.edi.edifact import examining as edifact
from truestock.feeds.stock.files.edi.edifact.contrl import contrl
from truestock.feeds.stock.files.edi.envelope import Interchange, Key
from truestock.feeds.stock.files.edi.writing import CONTROL_MAX
from truestock.feeds.stock.files.text import NoText
from truestock.store.database import Connection, Database
from truestock.store.sql import load

queries: Final = load(__package__)
# The first of its number, the same once more, or another one under a number that its sender has used.
Seen = Literal["new", "again", "reused"]
Form = Literal["x12", "edifact"]
EXAMINED: Final = {"x12": x12.examine, "edifact": edifact.examine}
HEAD: Final = 200


class Answered(msgspec.Struct, frozen=True):
    """An interchange as its sender is told of it: its sets by number, accepted or rejected."""

    sender: str
    control: str
    seen: Seen
    accepted: list[str]
    rejected: list[str]


def answer(db: Database, file: str, source: BinaryIO, at: datetime) -> tuple[list[Answered], bytes]:
    """Remember the interchanges of a file, and write for their senders the 997s of X12, or the CONTRLs of EDIFACT.

    Raises Invalid for what is neither."""
    form = _form_of(source)
    try:
        found = EXAMINED[form](source)
    except NoText as end:
        raise Invalid("file", f"segment {end.line}: {end.reason}; {end.suggestion}") from None
    with db.transaction() as conn:
        states = seen(conn, found)
        keep(conn, file, found, at)
    return list(map(_answered, found, states)), acknowledge(db, form, found, at)


def taken_before(db: Database, source: BinaryIO, encoding: str = "") -> frozenset[Key]:
    """Those of a file's interchanges whose rows were taken in already. The file is left where it stands."""
    start = source.tell()
    try:
        found = EXAMINED[_form_of(source)](source, encoding)
    except NoText:
        # What cannot be read is told when its rows are asked for.
        return frozenset()
    finally:
        source.seek(start)
    with db.transaction() as conn:
        return frozenset((sender, to, control) for sender, to, control, _, was_taken in _kept(conn, found) if was_taken)


def given_back(conn: Connection, keys: Collection[Key]) -> None:
    """The rows of these interchanges were taken out again: they may be read once more."""
    senders, receivers, controls = ([key[n] for key in sorted(keys)] for n in range(3))
    conn.execute(queries.give_back, {"senders": senders, "receivers": receivers, "controls": controls})


def seen(conn: Connection, found: Sequence[Interchange]) -> list[Seen]:
    """What each of these interchanges is, beside those kept and those before it; nothing is kept."""
    known: dict[Key, str] = {(sender, to, control): digest for sender, to, control, digest, _ in _kept(conn, found)}
    answers: list[Seen] = []
    for one in found:
        if (first := known.get(one.key)) is None:
            known[one.key] = one.digest
            answers.append("new")
        else:
            answers.append("again" if first == one.digest else "reused")
    return answers


def keep(
    conn: Connection, file: str, found: Sequence[Interchange], at: datetime, taken_at: datetime | None = None
) -> None:
    """Remember interchanges that have been read; of two of one number the first stays."""
    first = list({one.key: one for one in reversed(found)}.values())
    groups = [
        [{"kind": g.kind, "control": g.control, "sets": [[s.kind, s.control] for s in g.sets]} for g in one.groups]
        for one in first
    ]
    told = {
        "digests": [one.digest for one in first],
        "groups": [msgspec.json.encode(numbers).decode() for numbers in groups],
    }
    conn.execute(queries.keep_interchanges, {**_keys(first), **told, "file": file, "at": at, "taken_at": taken_at})


def acknowledge(db: Database, form: Form, found: Sequence[Interchange], at: datetime) -> bytes:
    """What answers these interchanges, as one file, each under a number of its own; empty if nothing is due."""
    numbers = take_ids(db, "interchange", len(found))
    told = contrl if form == "edifact" else acknowledgement
    return b"".join(told(one, next(numbers) % CONTROL_MAX or CONTROL_MAX, at) for one in found)


def _form_of(source: BinaryIO) -> Form:
    """By how the file begins, where it stands."""
    start = source.tell()
    head = source.read(HEAD).replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    source.seek(start)
    return "edifact" if head.startswith((b"UNA", b"UNB")) else "x12"


def _answered(found: Interchange, state: Seen) -> Answered:
    sets = [(f"{one.kind} {one.control}", one.rejected) for group in found.groups for one in group.sets]
    accepted = [name for name, rejected in sets if not rejected]
    return Answered(found.sender, found.control, state, accepted, [name for name, rejected in sets if rejected])


def _kept(conn: Connection, found: Sequence[Interchange]) -> list[tuple[str, str, str, str, bool]]:
    return conn.execute(queries.interchanges_read, _keys(found)).fetchall()


def _keys(found: Sequence[Interchange]) -> dict[str, list[str]]:
    senders, receivers, controls = ([one.key[n] for one in found] for n in range(3))
    return {"senders": senders, "receivers": receivers, "controls": controls}
