"""What runs of feeds told of lines of supply, and how these stood before; undone, a run's lines stand so again."""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, NamedTuple

import msgspec

from truestock.core.decide.supply import Stands, before, stays
from truestock.core.identity import content_digest, part_of_text
from truestock.ledger.documents.lock import lock_lines
from truestock.ledger.documents.values import PutBack
from truestock.store.arrays import ints, texts, times, words
from truestock.store.database import Connection
from truestock.store.sql import load

queries: Final = load(__package__)
# Who tells a document that no run of a feed does; that is never undone, and only the last time of it matters.
BY_HAND: Final = 0


class Teller(NamedTuple):
    """A run of a feed that tells a document: as of when, when it began, whether its rows were set aside before and are
    `mended`, and what else is to be kept in the same transaction, given how many lines are older than what stands."""

    run: int
    as_of: datetime
    began_at: datetime
    mended: bool
    keep: Callable[[Connection, int], None]


class Line(NamedTuple):
    """A line with its key and its location."""

    part: int
    item: int
    loc: int
    stands: Stands


def lines_of(conn: Connection, ref: str) -> dict[int, Line]:
    """The lines of a document, which are locked, as they stand."""
    rows = conn.execute(queries.lines_as_they_stand, {"ref": ref})
    return {line: Line(part, item, loc, Stands(*stands)) for part, item, loc, line, *stands in rows}


class Telling(NamedTuple):
    """What a run told of a line, which it did not leave as it was; `later`: the next run that told it, which found it
    as `found`, or as a digest says."""

    line: int
    sku: str
    location: str
    was: Stands | None
    left: Stands
    later: int | None
    found: Stands | None
    digest: bytes | None

    @property
    def found_as_left(self) -> bool:
        """Whether nobody has changed the line between this run and the next one that told it."""
        return self.digest == _digest(self.left) if self.digest is not None else self.found == self.left


def is_told(conn: Connection, ref: str) -> bool:
    """Whether a run has told a line of a document that may be undone."""
    ((told,),) = conn.execute(queries.is_told, {"ref": ref}).fetchall()
    return bool(told)


def tellers_of(conn: Connection, by: Teller, ref: str) -> dict[int, int]:
    """By line of a document the newest run that has told it, of this one and later ones that are not older as of."""
    return dict(conn.execute(queries.tellers_of, {"run": by.run, "as_of": by.as_of, "ref": ref}).fetchall())


def told_by_hand(conn: Connection, ref: str, since: datetime) -> set[int] | None:
    """The lines of a document that somebody has told by hand since; None: the whole document."""
    ((whole, lines),) = conn.execute(queries.told_by_hand, {"ref": ref, "since": since}).fetchall()
    return None if whole else set(lines)


class Newer(NamedTuple):
    """What was told of a document as of later than an instant: by hand all of it, or of which (item, location)."""

    whole: bool
    cells: frozenset[tuple[int, int]]

    def has(self, cell: tuple[int, int]) -> bool:
        """Whether something newer was said of an item at a location."""
        return self.whole or cell in self.cells


def told_after(conn: Connection, ref: str, as_of: datetime) -> Newer:
    """What was told of a document as of later than that; it is settled where its lines are locked."""
    instant = {"ref": ref, "as_of": as_of}
    ((whole,),) = conn.execute(queries.whole_told_after, instant).fetchall()
    return Newer(whole, frozenset((item, loc) for item, loc in conn.execute(queries.told_after, instant)))


def keep_as_of(conn: Connection, ref: str, cells: Collection[tuple[int, int]], as_of: datetime) -> None:
    """Keep as of when a document's items at their locations have just been told."""
    cell = {"items": ints(item for item, _ in cells), "locs": ints(loc for _, loc in cells)}
    conn.execute(queries.keep_as_of, {"ref": ref, "as_of": as_of, **cell})


def keep_told_by_hand(conn: Connection, ref: str, cells: Collection[tuple[int, int]], *, whole: bool) -> None:
    """Keep that somebody has just told a document's items at their locations by hand, or the `whole` of it."""
    if whole:
        conn.execute(queries.keep_whole_by_hand, {"part": part_of_text(ref), "ref": ref})
    cell = {"items": ints(item for item, _ in cells), "locs": ints(loc for _, loc in cells)}
    conn.execute(queries.keep_by_hand, {"ref": ref, **cell})


def keep_told(
    conn: Connection,
    run: int,
    as_of: datetime | None,
    ref: str,
    were: Mapping[int, Line],
    cells: Collection[tuple[int, int]],
) -> None:
    """Keep what a run has just said of a document's items at their locations, `cells`, and how the lines there were,
    and as of when, which for the lines themselves is kept after it.

    It has spoken of all of them, also of those that it leaves as they are: of these a digest is enough."""
    lines = {line: one for line, one in lines_of(conn, ref).items() if (one.item, one.loc) in cells}
    changed = {line for line, one in lines.items() if line not in were or were[line].stands != one.stands}
    keys = {
        "run": run,
        "parts": ints(one.part for one in lines.values()),
        "items": ints(one.item for one in lines.values()),
        "lines": ints(lines),
    }
    if run == BY_HAND:
        conn.execute(queries.lock_told_of_document, {"ref": ref})
        conn.execute(queries.forget_told_of_lines, keys)
    conn.execute(
        queries.keep_told,
        {
            **keys,
            "as_of": as_of,
            "was": [_json(were[line].stands) if line in changed and line in were else None for line in lines],
            "told": [_json(one.stands) if line in changed else None for line, one in lines.items()],
            "found": [None if line in changed else _digest(one.stands) for line, one in lines.items()],
        },
    )


def documents_told(conn: Connection, run: int) -> list[str]:
    """The documents of which a run's lines can be put back."""
    return [ref for (ref,) in conn.execute(queries.documents_told, {"run": run})]


def put_back(conn: Connection, run: int, ref: str, actor: str, reason: str) -> list[PutBack]:
    """Have the lines that a run told of a document stand as before it, in one transaction with the caller's; a line of
    which something newer was said stays, and the answer says why."""
    lock_lines(conn, [ref])
    conn.execute(queries.lock_told_of_document, {"ref": ref})
    now = lines_of(conn, ref)
    answers: list[PutBack] = []
    back: dict[int, Stands] = {}
    spliced: list[Telling] = []
    for one in _tellings(conn, run, ref):
        stands = now[one.line].stands
        why = stays(stands, one.left, one.later)
        if not why:
            back[one.line] = before(stands, one.was, actor, reason)
        elif one.later is not None and one.found_as_left:
            spliced.append(one)
        then = back.get(one.line, stands)
        answers.append(PutBack(ref, one.sku, one.location, then.qty, then.received, then.due_at, then.state, why))
    _write(conn, now, back)
    conn.execute(
        queries.stand_before,
        {
            "parts": ints(now[one.line].part for one in spliced),
            "items": ints(now[one.line].item for one in spliced),
            "lines": ints(one.line for one in spliced),
            "runs": ints(one.later for one in spliced if one.later is not None),
            "was": [None if one.was is None else _json(one.was) for one in spliced],
            "told": [_json(one.left) for one in spliced],
        },
    )
    telling = {"run": run, "ref": ref}
    conn.execute(queries.as_of_before, telling)
    conn.execute(queries.found_as_of_before, telling)
    conn.execute(queries.forget_told_of_document, telling)
    return answers


def forget_told(conn: Connection, runs: Sequence[int]) -> None:
    """Forget what these runs told: they are not undone any more."""
    if runs:
        conn.execute(queries.lock_forget_told, {"runs": ints(runs), "by_hand": BY_HAND})


def _write(conn: Connection, now: Mapping[int, Line], back: Mapping[int, Stands]) -> None:
    conn.execute(
        queries.put_lines_back,
        {
            "parts": ints(now[line].part for line in back),
            "items": ints(now[line].item for line in back),
            "lines": ints(back),
            "qtys": ints(one.qty for one in back.values()),
            "due": times(one.due_at for one in back.values()),
            "first_due": times(one.first_due_at for one in back.values()),
            "states": words(one.state for one in back.values()),
            "reasons": texts(one.reason for one in back.values()),
            "closed_by": texts(one.closed_by for one in back.values()),
            "closed_at": times(one.closed_at for one in back.values()),
        },
    )


def _json(stands: Stands) -> str:
    return msgspec.json.encode(stands).decode()


def _digest(stands: Stands) -> bytes:
    return content_digest(msgspec.json.encode(stands))


def _tellings(conn: Connection, run: int, ref: str) -> list[Telling]:
    rows: list[tuple[Any, ...]] = conn.execute(queries.told_of_document, {"run": run, "ref": ref}).fetchall()
    return [
        Telling(line, sku, location, _stands(was), msgspec.convert(told, Stands), later, _stands(found), digest)
        for line, sku, location, was, told, later, found, digest in rows
    ]


def _stands(found: object) -> Stands | None:
    return None if found is None else msgspec.convert(found, Stands)
