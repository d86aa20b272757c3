"""What a WMS or 3PL itself keeps for orders against our promises: order by order where it names them, else by cell."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import NamedTuple

from truestock.catalog.changes import take_ids
from truestock.core.identity import part_of
from truestock.core.reconcile import Allocated, Tolerance, applying, judge
from truestock.core.reconcile.allocations import GivenUp, Promised, allocation_cause, together
from truestock.core.reconcile.causes import Likely
from truestock.core.words import ANY_LOT, Kind, Status
from truestock.reconciliation.discrepancies import queries
from truestock.reconciliation.discrepancies.cells import Found, Key, items_of
from truestock.reconciliation.discrepancies.evidence import write_causes
from truestock.reconciliation.discrepancies.weigh import Line, standing_of, write
from truestock.store.arrays import ints, texts, times
from truestock.store.database import Connection, Database

KIND = "allocated"


class _Place(NamedTuple):
    part: int
    item: int
    loc: int


class _Told(NamedTuple):
    """What a source keeps for an order, or with order "" in all; with what is promised to it."""

    place: _Place
    order: str
    stated: int
    promised: Promised
    row: Allocated

    @property
    def found(self) -> Found:
        key = Key(*self.place, ANY_LOT, Status.SELLABLE)
        return Found(key, self.stated, self.promised.at(self.row.as_of), self.row.as_of, self.row.as_of)


def allocations(db: Database, source: str, rows: Sequence[Allocated], now: datetime) -> int:
    """Compare what a source keeps for orders; how many differ. Nothing is ever booked.

    All rows of an item at a location come in one call: where one of them names an order, our orders there that none
    names are kept 0 units. Beyond tolerance it waits for review; what agrees again is gone."""
    if not rows:
        return 0
    with db.transaction() as conn:
        told = _told(conn, source, rows)
        differing = [one for one in told if one.found.units]
        _settle(conn, source, [one for one in told if not one.found.units], now)
    ids = take_ids(db, "discrepancy", len(differing))
    with db.transaction() as conn:
        _write(conn, source, differing, list(ids), now)
    return len(differing)


def _told(conn: Connection, source: str, rows: Sequence[Allocated]) -> list[_Told]:
    by_place: dict[_Place, list[Allocated]] = defaultdict(list)
    for row in rows:
        by_place[_Place(row.part, row.item, row.loc)].append(row)
    places = sorted(by_place)
    promised = _promised(conn, places, [max(row.as_of for row in by_place[place]) for place in places])
    waiting = defaultdict(set)
    for n, ref in conn.execute(queries.waiting_orders, {**_keys(places), "source": source}):
        waiting[places[n - 1]].add(ref)
    return [told for place in places for told in _of_place(place, by_place[place], promised[place], waiting[place])]


def _of_place(
    place: _Place, rows: Sequence[Allocated], promised: dict[tuple[str, str], Promised], waiting: Iterable[str]
) -> list[_Told]:
    """Each order that either side knows of; or all of them as one, where the source names none."""
    newest = max(rows, key=lambda row: row.as_of)
    named: dict[str, int] = defaultdict(int)
    channels: dict[str, str] = {}
    for row in rows:
        named[row.order] += row.qty
        channels[row.order] = row.channel
    if set(named) == {""}:
        return [_Told(place, "", named[""], together(promised.values()), newest)]
    named.pop("", None)
    for ref in {ref for (_, ref), one in promised.items() if one.at(newest.as_of)} | set(waiting):
        if ref:
            named.setdefault(ref, 0)
    return [
        _Told(
            place,
            ref,
            units,
            together(
                one
                for (channel, known), one in promised.items()
                if known == ref and channels.get(ref, "") in ("", channel)
            ),
            newest,
        )
        for ref, units in sorted(named.items())
    ]


def _promised(
    conn: Connection, places: Sequence[_Place], as_ofs: Sequence[datetime]
) -> dict[_Place, dict[tuple[str, str], Promised]]:
    """By place, channel and order."""
    keys = {**_keys(places), "as_ofs": times(as_ofs)}
    gone: dict[tuple[int, str, str], list[GivenUp]] = defaultdict(list)
    rows = conn.execute(queries.given_up, keys).fetchall()
    refs = _refs(conn, {movement for *_, movement, _ in rows})
    for n, kind, units, at, movement, channel in rows:
        gone[n, channel, refs.get(movement, "")].append(GivenUp(Kind(kind), units, at))
    found: dict[_Place, dict[tuple[str, str], Promised]] = defaultdict(dict)
    for n, channel, ref, units in conn.execute(queries.promised_to_orders, keys):
        found[places[n - 1]][channel, ref] = Promised(units, tuple(gone[n, channel, ref]))
    return found


def _refs(conn: Connection, movements: Iterable[int]) -> dict[int, str]:
    ids = sorted(movements)
    rows = conn.execute(queries.movements, {"parts": ints(map(part_of, ids)), "ids": ints(ids)})
    return {movement: ref for movement, _, ref in rows}


def _keys(places: Sequence[_Place]) -> dict[str, object]:
    return {
        "parts": ints(place.part for place in places),
        "items": ints(place.item for place in places),
        "locs": ints(place.loc for place in places),
    }


def _settle(conn: Connection, source: str, agreeing: Sequence[_Told], now: datetime) -> None:
    parameters = {
        **_keys([one.place for one in agreeing]),
        "refs": texts(one.order for one in agreeing),
        "as_ofs": times(one.row.as_of for one in agreeing),
        "source": source,
        "now": now,
    }
    if agreeing:
        conn.execute(queries.settle_allocated, parameters)


def _write(conn: Connection, source: str, differing: Sequence[_Told], ids: Sequence[int], now: datetime) -> None:
    if not differing:
        return
    items = items_of(conn, {one.place.item for one in differing})
    rules = [Tolerance(*row) for row in conn.execute(queries.tolerances)]
    found = [one.found for one in differing]
    standing = standing_of(conn, KIND, source, found, [one.order for one in differing])
    lines: list[Line] = []
    causes: list[Likely] = []
    for n, (told, one) in enumerate(zip(differing, found, strict=True)):
        item, before = items[one.key.item], standing.get(n)
        rule = applying(rules, source, item.id, item.category, one.key.loc)
        judged = judge("compare", rule, one.units, one.expected, item.cost)
        if before is not None and before.outlives(one, judged):
            continue
        lines.append(
            Line(
                id=before.id if before is not None and before.state != "accepted" else ids[n],
                found=one,
                ref=told.order,
                value=None if item.cost is None else one.units * item.cost,
                beyond=0,
                run=told.row.run,
                line=told.row.line,
                judged=judged,
                state="open" if judged.within else "review",
                decided_by="",
            )
        )
        causes.append(allocation_cause(told.stated, told.promised, one.as_of))
    write(conn, KIND, source, lines, now)
    write_causes(conn, [(line.id, line.found) for line in lines], causes)
