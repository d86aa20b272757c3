"""Which EDI interchanges a feed has taken in, in whatever file: they are passed over when they come again.

Read by another format or mapping they are read anew, and so they are once the run that had taken them is undone."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import BinaryIO, Final, NamedTuple

import msgspec

from truestock.feeds.stock.engine.feeds import Stored
from truestock.feeds.stock.engine.runs import Run
from truestock.feeds.stock.engine.undoing import queries
from truestock.feeds.stock.files.edi import kept
from truestock.feeds.stock.files.edi.envelope import Interchange, Key, SetKey
from truestock.feeds.stock.files.edi.kept import EXAMINED
from truestock.feeds.stock.files.text import NoText
from truestock.store.arrays import texts
from truestock.store.database import Connection
from truestock.store.upkeep.retention import Trim

NAMED_MAX: Final = 20


class Interchanges(NamedTuple):
    """Those of a file, those of them that the feed has taken in before, a digest of how it reads them, and of others
    the sets that it has taken in before."""

    found: tuple[Interchange, ...] = ()
    known: frozenset[Key] = frozenset()
    read_by: bytes = b""
    known_sets: frozenset[SetKey] = frozenset()

    @property
    def fresh(self) -> list[Interchange]:
        """Those of which a set is taken in now: that is neither known nor rejected."""
        return [one for one in self.found if one.key not in self.known and one.set_keys - self.known_sets]


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
    taken: set[SetKey] = set()
    whole: set[Key] = set()
    for sender, to, control, numbers in conn.execute(queries.interchanges_known, asked):
        key = (sender, to, control)
        if numbers is None:
            whole.add(key)
        else:
            taken |= {(key, number) for number in numbers}
    seen = {key for key, _ in taken}
    left = {one.key for one in found if one.set_keys - taken}
    known = whole | (seen - left)
    return Interchanges(found, frozenset(known), read_by, frozenset(one for one in taken if one[0] not in known))


def passed_over(told: Interchanges) -> list[str]:
    """What a run notes of those that were known."""
    in_part = {key for key, _ in told.known_sets}
    return [
        *_noted("interchanges taken in before", [one.key for one in told.found if one.key in told.known]),
        *_noted("sets taken in before", [one.key for one in told.found if one.key in in_part]),
    ]


def _noted(what: str, keys: Sequence[Key]) -> list[str]:
    known = list(dict.fromkeys(keys))
    if not known:
        return []
    named = ", ".join(f"{control} of {sender}" for sender, _, control in known[:NAMED_MAX])
    more = f" and {len(known) - NAMED_MAX:,} more" if len(known) > NAMED_MAX else ""
    mend = "if one says something else than then, undo the run that took it in and send it again"
    return [f"{what} are passed over: {named}{more}; {mend}"]


def keep_interchanges(conn: Connection, run: Run, told: Interchanges) -> None:
    """From now on the rows of a file are this run's, but for those that were known or rejected as a whole."""
    if fresh := told.fresh:
        kept.keep(conn, run.file, fresh, run.began_at, taken_at=run.began_at)
        sets: dict[Key, set[str]] = {one.key: set() for one in fresh}
        for key, number in frozenset[SetKey]().union(*(one.set_keys for one in fresh)) - told.known_sets:
            sets[key].add(number)
        numbers = texts(msgspec.json.encode(sorted(sets[key])).decode() for key in sorted(sets))
        keys = {**_columns(set(sets)), "sets": numbers}
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
