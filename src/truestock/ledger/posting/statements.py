"""Books what feeds state of many cells: some of a run in one transaction, as one movement.

What is stated binds before it is booked (`stated`, read as a mark), so that facts told meanwhile count once."""

from collections.abc import Sequence
from functools import partial
from typing import NamedTuple

from truestock.catalog.rules import Snapshot
from truestock.core.book import ItemBook, Promise
from truestock.core.decide import facts
from truestock.core.decide.settle import settle
from truestock.core.feed import Statement, Then, on_hand_of
from truestock.core.words import ANY_LOT, Kind, Place
from truestock.ledger import queries
from truestock.ledger.desk import Desk
from truestock.ledger.work import Work
from truestock.store.arrays import ints, times
from truestock.store.database import Connection

NOTHING = Then()


class State:
    """Statements on their way, each of another cell; `preview`: they are decided, and nothing is written."""

    __slots__ = ("actor", "preview", "reason", "ref", "source", "statements", "weight")

    def __init__(
        self, statements: Sequence[Statement], source: str, ref: str, reason: str, actor: str, *, preview: bool = False
    ) -> None:
        self.statements = statements
        self.source = source
        self.ref = ref
        self.reason = reason
        self.actor = actor
        self.preview = preview
        self.weight = len(statements)


class Effect(NamedTuple):
    """What statements changed, in base units: `changed` by statement, None where something newer was stated before.

    `displaced` units were taken from promises; `owed` is by how many more units are owed to orders after it (below
    zero: fewer), so what was displaced and is not owed was promised elsewhere, or lay in carts."""

    movement: int
    changed: list[int | None]
    displaced: int
    owed: int


def state(desk: Desk, commands: Sequence[State], wait: bool = True) -> list[Effect]:
    """One answer a command, each a transaction of its own, which always waits for its locks."""
    assert wait, "statements are booked by who can wait"
    return [desk.with_rules(partial(_state, desk, command)) for command in commands]


def _state(desk: Desk, command: State, snapshot: Snapshot) -> Effect:
    items = snapshot.items({statement.item for statement in command.statements})
    work = desk.begin(items.values(), wait=True).open(snapshot.epoch, desk.movement)
    statements = [one for one in command.statements if one.item in work.books]
    work.read_marks_at({(one.part, one.item, one.loc, one.status) for one in statements})
    made = desk.movement(Kind.COUNT, command.actor, command.source, command.ref, command.reason, work.now)
    work.begin_movement(made, work.books)
    then = _then(work, statements)
    displaced: list[tuple[ItemBook, tuple[Promise, ...]]] = []
    changed = [_book(work, one, then.get(n, NOTHING), displaced) for n, one in enumerate(statements)]
    work.begin_settling(desk.movement(Kind.BACKFILL))
    settle(work.books.values(), displaced)
    effect = _effect(work, made.id, changed)
    if command.preview or not work.changed:
        work.rollback()
    else:
        work.write()
        work.commit()
    return effect


def _book(work: Work, one: Statement, then: Then, displaced: list[tuple[ItemBook, tuple[Promise, ...]]]) -> int | None:
    book, as_of = work.books[one.item], min(one.as_of, work.now)
    reserved = sum(
        row.reserved
        for row in book.stock.at(one.loc)
        if row.status == one.status and (one.lot is None or row.lot == one.lot)
    )
    units = on_hand_of(one, then, reserved)
    count = facts.Count(one.item, one.loc, units, as_of, one.lot, one.status)
    since = then.moved_since + facts.booked_since(book, count)
    change = facts.counted_change(book, count, since, Place.ADJUSTMENT)
    if change is None:
        return None
    if change.qty:
        work.read_bins_then(one.item, as_of)
        missing = facts.shortfall(book, change, stated=True)
        if missing:
            work.read_displaceable(change, missing)
        applied = facts.apply(book, change, stated=True)
        if applied.displaced:
            displaced.append((book, applied.displaced))
    return change.qty


def _then(work: Work, statements: Sequence[Statement]) -> dict[int, Then]:
    """By number of a statement, where anything has moved."""
    moved = [n for n, one in enumerate(statements) if work.books[one.item].version != one.still_at]
    return dict(zip(moved, cells_then(work.conn, [statements[n] for n in moved]), strict=True))


def cells_then(conn: Connection, statements: Sequence[Statement]) -> list[Then]:
    """What the ledger says of the cells of statements, in their order."""
    if not statements:
        return []
    cells = {
        "parts": ints(one.part for one in statements),
        "items": ints(one.item for one in statements),
        "locs": ints(one.loc for one in statements),
        "lots": ints(ANY_LOT if one.lot is None else one.lot for one in statements),
        "untils": times(one.booked_until for one in statements),
    }
    more = {"statuses": ints(one.status for one in statements), "as_ofs": times(one.as_of for one in statements)}
    carts: dict[int, int] = {}
    if any(one.net for one in statements):
        carts = dict(conn.execute(queries.carts_then, cells).fetchall())
    rows = {n: Then(*rest) for n, *rest in conn.execute(queries.cells_then, cells | more).fetchall()}
    return [rows.get(n, NOTHING)._replace(in_carts=carts.get(n, 0)) for n in range(1, len(statements) + 1)]


def _effect(work: Work, movement: int, changed: list[int | None]) -> Effect:
    displaced = owed = 0
    for book in work.books.values():
        for key, (_, d_reserved, d_short) in book.entries.items():
            owed += d_short
            if key[1] == Kind.DISPLACE:
                displaced -= d_reserved
    return Effect(movement, changed, displaced, owed)
