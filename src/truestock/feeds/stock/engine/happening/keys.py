"""What rows are known by, so that what is told again is not booked again: by the document they name and their place in
it, whichever file tells them, and a till's lines also whoever else tells them; or by run and line where they name none.

What an undone run had booked may be told anew. A row that was set aside takes the first place of its kind in its
document that no other row of its file has, which is the one that it has in a file without the fault."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple
from zoneinfo import ZoneInfo

import msgspec

from truestock.core.feed import Meaning
from truestock.core.identity import part_of
from truestock.feeds.receiving.till import line_key
from truestock.feeds.stock.engine.happening import queries
from truestock.feeds.stock.engine.happening.happened import day_alone
from truestock.feeds.stock.files import FeedRow
from truestock.ledger.requests import Key, recall
from truestock.store.arrays import ints
from truestock.store.database import Connection

# Which row of its kind in its document one is, as it was counted; it is no field of ours.
NTH: Final = "nth"
TRIES: Final = 1_000
_SCOPES: Final[Mapping[str, tuple[str, str]]] = {"receipt": ("receipt", ":0"), "shipment": ("ship", "")}


class Source(NamedTuple):
    """Whose rows they are: the feed, what they mean, its location of rows that name none, the run, and the zone."""

    feed: str
    meaning: Meaning
    location: str
    run: int
    zone: ZoneInfo


class _Place(NamedTuple):
    """The nth row of its kind in its document, told anew so many times after an undoing."""

    nth: str
    anew: int = 0


def place_of(fields: Mapping[str, str], location: str) -> list[str]:
    """Where in its document a row stands; numbers of documents are a location's own."""
    return [fields["ref"], fields.get("location") or location, fields["sku"], fields.get("lot", "")]


class Named(NamedTuple):
    """The key of a row; `told_at`: when it happened, where it names no time or a day alone and was told before."""

    key: str
    told_at: datetime | None = None


def named_of(conn: Connection, source: Source, rows: Sequence[FeedRow]) -> list[Named]:
    """What each row is known by. One that names no time is as of its file's only where it is told for the first time;
    a till's receipt is of its day."""
    keys = _keys_of(conn, source, rows)
    timeless = {key for row, key in zip(rows, keys, strict=True) if "ref" in row.fields and _is_timeless(source, row)}
    if source.meaning == "expected" or not timeless:
        return [Named(key) for key in keys]
    answers = _answers(conn, source, sorted(timeless))
    movements = sorted({movement for some in answers.values() for movement in some})
    if not movements:
        return [Named(key) for key in keys]
    parameters = {"parts": ints(map(part_of, movements)), "ids": ints(movements)}
    times: dict[int, datetime] = dict(conn.execute(queries.times_of, parameters).fetchall())
    return [Named(key, next((times[m] for m in answers.get(key, ()) if m in times), None)) for key in keys]


def _is_timeless(source: Source, row: FeedRow) -> bool:
    if "at" not in row.fields:
        return source.meaning != "sales"
    return day_alone(row, source.zone) is not None


def _keys_of(conn: Connection, source: Source, rows: Sequence[FeedRow]) -> list[str]:
    found = {row.line: f"feed:{source.run}:{row.line}" for row in rows if "ref" not in row.fields}
    left = [row for row in rows if row.line not in found]
    places = {row.line: _Place(_nth(row) or "1") for row in left}
    # Two rows of one file that were set aside are two.
    taken: set[str] = set()
    for _ in range(TRIES):
        keys = {row.line: _key(source, row, places[row.line]) for row in left}
        told = _told(conn, source, list(keys.values()))
        again: list[FeedRow] = []
        for row in left:
            key = keys[row.line]
            run, line, undone = told.get(key, (0, 0, False))
            if undone:
                places[row.line] = places[row.line]._replace(anew=places[row.line].anew + 1)
                again.append(row)
            elif not _nth(row) and (key in taken or (run == source.run and line != row.line)):
                places[row.line] = _Place(str(int(places[row.line].nth) + 1))
                again.append(row)
            else:
                taken.add(key)
                found[row.line] = key
        left = again
        if not left:
            break
    return [found.get(row.line, f"feed:{source.run}:{row.line}") for row in rows]


def told_of(conn: Connection, source: Source, keys: Sequence[str]) -> set[str]:
    """Those of the keys that were answered before."""
    return set(_told(conn, source, keys))


def movements_in(result: Any) -> list[int]:
    """The movements that an answer names: one of a booking or a shipment, those of a receipt's line, or of several."""
    if isinstance(result, list):
        return [movement for one in result for movement in movements_in(one)]
    landed = result.get("landed")
    return [one["movement"] for one in landed] if landed else [m for m in [result.get("movement")] if m]


def _nth(row: FeedRow) -> str:
    return row.fields.get("serial") or row.fields.get(NTH, "")


def _key(source: Source, row: FeedRow, place: _Place) -> str:
    anew = [place.anew] if place.anew else []
    if source.meaning == "sales":
        return line_key(place_of(row.fields, source.location), " ".join(map(str, [place.nth, *anew])))
    return msgspec.json.encode(["feed", source.feed, *place_of(row.fields, source.location), place.nth, *anew]).decode()


def _told(conn: Connection, source: Source, keys: Sequence[str]) -> dict[str, tuple[int, int, bool]]:
    """Of keys that were answered before: the run and line that did it, and whether that was undone."""
    answers = _answers(conn, source, keys)
    movements = sorted({movement for some in answers.values() for movement in some})
    rows = conn.execute(queries.told_by, {"movements": movements}).fetchall() if movements else []
    runs: dict[int, tuple[int, int, bool]] = {movement: (run, line, undone) for movement, run, line, undone in rows}
    return {
        key: next((runs[movement] for movement in some if movement in runs), (0, 0, False))
        for key, some in answers.items()
    }


def _answers(conn: Connection, source: Source, keys: Sequence[str]) -> dict[str, list[int]]:
    """Of keys that were answered before the movements that did it."""
    scope, more = _SCOPES.get(source.meaning, ("movement", ""))
    return {
        key.key.removesuffix(more): movements_in(msgspec.json.decode(known.result))
        for key, known in recall(conn, [Key(scope, key + more) for key in keys]).items()
    }
