"""Which EDI interchanges a feed has taken in, in whatever file: they are passed over when they come again.

Read by another format or mapping they are read anew, and so they are once the run that had taken them is undone."""

import hashlib
from datetime import datetime
from typing import BinaryIO, Final, NamedTuple

import msgspec

from truestock.feeds.stock.engine.feeds import Stored
from truestock.feeds.stock.engine.runs import Run
from truestock.feeds.stock.engine.undoing import queries
from truestock.feeds.stock.files.edi import kept
from truestock.feeds.stock.files.edi.envelope import Interchange
from truestock.feeds.stock.files.edi.kept import EXAMINED, Key
from truestock.feeds.stock.files.text import NoText
from truestock.store.arrays import texts
from truestock.store.database import Connection
from truestock.store.upkeep.retention import Trim

NAMED_MAX: Final = 20


class Interchanges(NamedTuple):
    """Those of a file, those of them that the feed has taken in before, and a digest of how it reads them."""

    found: tuple[Interchange, ...] = ()
    known: frozenset[Key] = frozenset()
    read_by: bytes = b""


def interchanges_in(conn: Connection, stored: Stored, source: BinaryIO, run: int) -> Interchanges:
    """Of a file of a run, which is left where it stands; none if it is no EDI or cannot be read."""
    settings = stored.feed.settings
    form = settings.format.name
    if form != "x12" and form != "edifact":
        return Interchanges()
    start = source.tell()
    try:
        found = tuple(EXAMINED[form](source, settings.format.encoding))
    except NoText:
        return Interchanges()
    finally:
        source.seek(start)
    read_by = hashlib.sha256(msgspec.json.encode((settings.format, settings.mapping), order="sorted")).digest()
    asked = {"feed": stored.id, "run": run, "read_by": read_by, **_columns({one.key for one in found})}
    rows: list[Key] = conn.execute(queries.interchanges_known, asked).fetchall()
    return Interchanges(found, frozenset(rows), read_by)


def passed_over(told: Interchanges) -> list[str]:
    """What a run notes of those that were known."""
    known = dict.fromkeys(one.key for one in told.found if one.key in told.known)
    if not known:
        return []
    named = ", ".join(f"{control} of {sender}" for sender, _, control in list(known)[:NAMED_MAX])
    more = f" and {len(known) - NAMED_MAX:,} more" if len(known) > NAMED_MAX else ""
    mend = "if one says something else than then, undo the run that took it in and send it again"
    return [f"interchanges taken in before are passed over: {named}{more}; {mend}"]


def keep_interchanges(conn: Connection, run: Run, told: Interchanges) -> None:
    """From now on the rows of a file are this run's, but for those that were known or rejected as a whole."""
    if fresh := [one for one in told.found if one.key not in told.known and one.taken]:
        kept.keep(conn, run.file, fresh, run.began_at, taken_at=run.began_at)
        keys = _columns({one.key for one in fresh})
        conn.execute(queries.keep_interchanges, {"run": run.id, "read_by": told.read_by, **keys})


def give_back(conn: Connection, run: int) -> None:
    """What the run had taken in may be read once more."""
    rows: list[Key] = conn.execute(queries.interchanges_of, {"run": run}).fetchall()
    if rows:
        kept.given_back(conn, rows)


def _columns(keys: set[Key]) -> dict[str, str]:
    ordered = sorted(keys)
    return {name: texts(key[n] for key in ordered) for n, name in enumerate(("senders", "receivers", "controls"))}


def _trim(conn: Connection, before: datetime, _part: int) -> int:
    return conn.execute(queries.drop_old_interchanges, {"before": before}).rowcount


# What comes twice is seen for as long as runs are kept.
TRIM: Final = Trim("EDI interchanges", _trim, by_part=False)
