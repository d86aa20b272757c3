"""The frame of every write of this room: lines in, one answer per line out, one transaction around them.

It decides when nothing is kept (a dry run, all or nothing), takes the locks in one order (rules, then items) and
raises the rule epoch; what a line means is the noun's own module's affair.
"""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import Field, dataclass, fields, replace
from datetime import datetime
from typing import Any, ClassVar, Generic, Literal, Protocol, TypeVar, cast

from truestock.catalog import queries
from truestock.core.checks import check_choice
from truestock.core.identity import part_of
from truestock.core.problems import Conflict, Invalid, NotFound, Problem
from truestock.store.database import Connection, Database
from truestock.store.errors import Busy, Duplicate


class Fielded(Protocol):
    """A dataclass."""

    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]


class Clears(Protocol):
    """A draft that can empty fields of what is stored."""

    @property
    def clear(self) -> tuple[str, ...]:
        """Their names."""
        ...


class Stored(Fielded, Protocol):
    """A row as it is stored, with its id; 0 while it has none."""

    @property
    def id(self) -> int: ...


D = TypeVar("D")
F = TypeVar("F", bound=Fielded)
R = TypeVar("R", bound=Fielded)
S = TypeVar("S", bound=Stored)

Mode = Literal["put", "create", "change"]
Outcome = Literal["created", "changed", "unchanged", "ended", "not_written"]


@dataclass(frozen=True, slots=True)
class How:
    """`put` makes or changes, `create` refuses what is there, `change` what is not.

    With `all_or_nothing` one refused line leaves everything as it was; a dry run always does."""

    mode: Mode = "put"
    all_or_nothing: bool = False
    dry_run: bool = False


PUT = How()


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a line; of a dry run, what would have."""

    id: int
    outcome: Outcome


Result = Written | Problem


class Lines(Generic[D]):
    """The lines of one call and their answers so far; those without one are open."""

    def __init__(self, drafts: Sequence[D], key: Callable[[D], Hashable], check: Callable[[D], None]) -> None:
        self._drafts = drafts
        self._results: dict[int, Result] = {}
        first: dict[Hashable, int] = {}
        for n, draft in enumerate(drafts):
            try:
                check(draft)
            except Problem as problem:
                self._results[n] = problem
                continue
            if (earlier := first.setdefault(key(draft), n)) != n:
                self._results[n] = Conflict(f"line {earlier + 1} of this call is about the same; send one of them")

    def open(self) -> list[tuple[int, D]]:
        """The lines without an answer, with their places."""
        return [(n, draft) for n, draft in enumerate(self._drafts) if n not in self._results]

    def settle(self, n: int, result: Result) -> None:
        """Answer a line."""
        self._results[n] = result

    def written(self, new: Iterable[tuple[int, Stored]], changed: Iterable[tuple[int, Stored]]) -> None:
        """Answer the lines whose rows have been inserted or updated."""
        for outcome, rows in (("created", new), ("changed", changed)):
            for n, row in rows:
                self.settle(n, Written(row.id, cast(Outcome, outcome)))

    def require(self, field: str, what: str, known: Iterable[str], key: Callable[[D], str | None]) -> None:
        """Refuse the open lines that name something unknown."""
        known = set(known)
        for n, draft in self.open():
            if (name := key(draft)) is not None and name not in known:
                self.settle(n, NotFound(what, name, field))

    @property
    def refused(self) -> bool:
        """Whether a line was refused."""
        return any(isinstance(result, Problem) for result in self._results.values())

    def answers(self, how: How) -> list[Result]:
        """One result per line, in their order."""
        undone = how.all_or_nothing and self.refused
        results = [self._results[n] for n in range(len(self._drafts))]
        return [Written(0, "not_written") if undone and isinstance(r, Written) else r for r in results]


@dataclass(slots=True)
class Sorted(Generic[S]):
    """Rows to insert and rows to update, each with its line."""

    new: list[tuple[int, S]]
    changed: list[tuple[int, S]]


def sort_lines(
    lines: Lines[F], how: How, what: str, key: Callable[[F], Hashable], stored: Mapping[Any, S], build: Callable[[F], S]
) -> Sorted[S]:
    """Tell new rows from changed ones; unchanged ones and what the mode forbids are answered at once."""
    found = Sorted[S]([], [])
    for n, draft in lines.open():
        row = stored.get(key(draft))
        if row is None and how.mode == "change":
            lines.settle(n, NotFound(what, key(draft)))
        elif row is None:
            found.new.append((n, build(draft)))
        elif how.mode == "create":
            lines.settle(n, Conflict(f"the {what} {key(draft)!r} is there already; change it instead", what))
        elif (merged := overlaid(row, draft)) == row:
            lines.settle(n, Written(row.id, "unchanged"))
        else:
            found.changed.append((n, merged))
    return found


def overlaid(row: R, draft: Fielded) -> R:
    """The row with every field that the draft gives, and those that it clears as they are on creation; None in a draft
    leaves a field as it is."""
    defaults = {field.name: field.default for field in fields(row)}
    cleared = {name: defaults[name] for name in getattr(draft, "clear", ())}
    given = {field.name: getattr(draft, field.name) for field in fields(draft) if field.name in defaults}
    return replace(row, **cleared, **{name: value for name, value in given.items() if value is not None})


def check_clear(draft: Clears, clearable: Collection[str]) -> None:
    """Fields that may be cleared, and are not given at the same time. Raises Invalid."""
    for name in draft.clear:
        check_choice("clear", name, clearable)
        if getattr(draft, name) is not None:
            raise Invalid("clear", f"{name} is both given and cleared; leave one out")
    if len(set(draft.clear)) < len(draft.clear):
        raise Invalid("clear", "a field is named twice; name it once")


def columns(rows: Sequence[Fielded]) -> dict[str, list[Any]]:
    """Rows of one dataclass as one array per field, the shape that the statements take."""
    return {field.name: [getattr(row, field.name) for row in rows] for field in fields(rows[0])} if rows else {}


class Work:
    """One transaction and the locks it holds."""

    def __init__(self, conn: Connection) -> None:
        self.conn = conn
        self.rules_changed = False
        self._at: datetime | None = None

    def lock_rules(self) -> datetime:
        """Be the only writer of rules until the end; gives the instant at which this change is recorded.

        Taken before any item's lock. Writers of rules so follow one another, and so do their times."""
        if self._at is None:
            self.conn.execute(queries.lock_epoch)
            self._at = self.clock()
        return self._at

    def clock(self) -> datetime:
        """The database's time now, not that of the transaction's start."""
        rows: list[tuple[datetime]] = self.conn.execute(queries.clock).fetchall()
        return rows[0][0]

    def lock_items(self, items: Iterable[int]) -> None:
        """Hold the items' heads, in the order in which everybody takes them."""
        self.conn.execute(queries.lock_heads, _heads(items))

    def touch(self, items: Iterable[int]) -> dict[int, datetime]:
        """Raise the version of these items, whose ATP changes without a movement; gives each one's recorded_at."""
        keys = _heads(items)
        if not keys["items"]:
            return {}
        self.conn.execute(queries.lock_heads, keys)
        rows = self.conn.execute(queries.raise_heads, {**keys, "at": self.clock()}).fetchall()
        return dict[int, datetime](rows)


@contextmanager
def changing(db: Database, how: How, lines: Lines[Any]) -> Iterator[Work]:
    """A transaction kept at its end unless `how` says otherwise. Raises Busy when others write the same key."""
    try:
        with db.transaction() as conn:
            work = Work(conn)
            yield work
            if not kept(how, lines):
                raise _LeaveAsItWas  # noqa: TRY301 - the transaction's own context rolls back on it
            if work.rules_changed:
                conn.execute(queries.raise_epoch)
    except _LeaveAsItWas:
        return
    except Duplicate as error:
        # The keys were looked up in this very transaction, so another one has just written the same.
        raise Busy(f"somebody wrote the same key at this moment: {error}") from error


def kept(how: How, lines: Lines[Any]) -> bool:
    """Whether a change with these answers stays."""
    return not how.dry_run and not (how.all_or_nothing and lines.refused)


def take_ids(db: Database, name: str, count: int) -> Iterator[int]:
    """New ids of a kind, in a transaction of their own so that nobody waits for them; gaps do no harm."""
    if not count:
        return iter(())
    with db.transaction() as conn:
        rows: list[tuple[int]] = conn.execute(queries.take_ids, {"name": name, "count": count}).fetchall()
    return iter(range(rows[0][0], rows[0][0] + count))


def _heads(items: Iterable[int]) -> dict[str, list[int]]:
    wanted = sorted(set(items))
    return {"parts": [part_of(item) for item in wanted], "items": wanted}


class _LeaveAsItWas(Exception):
    pass
