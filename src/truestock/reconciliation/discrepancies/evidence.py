"""Reads what lies around cells that a source states otherwise, so that their likely causes can be judged."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from truestock.core.identity import part_of
from truestock.core.reconcile.causes import SOLD, Around, Likely, Moved, Neighbour, Owed, Paper, Supply, likely_cause
from truestock.core.words import Kind, Status
from truestock.reconciliation.discrepancies import queries
from truestock.reconciliation.discrepancies.cells import Found, Item, Key, arrays_of, items_of
from truestock.store.arrays import ints, texts, times, words
from truestock.store.database import Connection

DAYS: Final = 30
MOVED_MAX: Final = 60
NEIGHBOURS_MAX: Final = 10
OWED_MAX: Final = 50
BEFORE_MAX: Final = 20
# Of the cells that a paper names and that differ so many must differ by it, or it is by chance.
PAPER_SHARE: Final = 0.75


def explain(conn: Connection, source: str, rows: Sequence[tuple[int, Found]], items: Mapping[int, Item]) -> None:
    """Find and write the likely cause of rows by their ids; what else the source says must be written already."""
    if rows:
        write_causes(conn, rows, _causes(conn, source, [one for _, one in rows], items))


def write_causes(conn: Connection, rows: Sequence[tuple[int, Found]], causes: Sequence[Likely]) -> None:
    """Write the cause of each row."""
    parameters = {
        "parts": ints(one.key.part for _, one in rows),
        "items": ints(one.key.item for _, one in rows),
        "ids": ints(number for number, _ in rows),
        "causes": words(likely.cause for likely in causes),
        "scores": ints(likely.score for likely in causes),
        "evidence": texts(likely.evidence for likely in causes),
    }
    if rows:
        conn.execute(queries.write_causes, parameters)


def _causes(conn: Connection, source: str, found: Sequence[Found], items: Mapping[int, Item]) -> list[Likely]:
    keys = arrays_of([one.key for one in found])
    as_ofs: dict[str, object] = {"as_ofs": times(one.as_of for one in found)}
    moved = _moved(conn, {**keys, **as_ofs, "seen": times(one.seen for one in found)})
    neighbours = _neighbours(conn, source, found, {**keys, **as_ofs}, items, moved)
    papers = _papers(found, moved)
    owed = _lists(conn, queries.owed, {**_of(keys, "lots"), "limit": OWED_MAX})
    supplies = _lists(conn, queries.supplies, {**_of(keys), **as_ofs})
    before = _lists(conn, queries.before, {**keys, **as_ofs, "limit": BEFORE_MAX})
    return [
        likely_cause(
            Around(
                items[one.key.item].sku,
                items[one.key.item].name,
                one.stated,
                one.expected,
                one.as_of,
                moved=tuple(moved[n]),
                neighbours=tuple(neighbours[n]),
                supplies=tuple(Supply(*row) for row in supplies[n]),
                owed=tuple(Owed(*row) for row in owed[n]) if one.key.status == Status.SELLABLE else (),
                packs=items[one.key.item].packs,
                before=tuple(units for (units,) in before[n]),
                status=Status(one.key.status).name.lower(),
                papers=papers,
            )
        )
        for n, one in enumerate(found, 1)
    ]


def _of(keys: Mapping[str, object], *more: str) -> dict[str, object]:
    return {name: keys[name] for name in ("parts", "items", "locs", *more)}


def _lists(conn: Connection, query: str, parameters: Mapping[str, object]) -> dict[int, list[tuple[Any, ...]]]:
    """The rows of each cell, by its place from 1 on."""
    found: dict[int, list[tuple[Any, ...]]] = defaultdict(list)
    for n, *row in conn.execute(query, parameters):
        found[n].append(tuple(row))
    return found


def _moved(conn: Connection, parameters: Mapping[str, object]) -> dict[int, list[Moved]]:
    rows = _lists(conn, queries.moved, {**parameters, "days": DAYS, "limit": MOVED_MAX})
    ids = sorted({movement for moved in rows.values() for *_, movement in moved})
    named = {
        movement: (source, ref)
        for movement, source, ref in conn.execute(
            queries.movements, {"parts": ints(map(part_of, ids)), "ids": ints(ids)}
        )
    }
    found: dict[int, list[Moved]] = defaultdict(list)
    for n, moved in rows.items():
        for kind, units, at, movement in moved:
            source, ref = named.get(movement, ("", ""))
            found[n].append(Moved(Kind(kind), units, at, movement, ref, source))
    return found


def _papers(found: Sequence[Found], moved: Mapping[int, list[Moved]]) -> frozenset[Paper]:
    """Those by whose units, all the same way, several cells are off, and few of the cells that they name otherwise."""
    named: dict[Paper, set[Key]] = defaultdict(set)
    off: dict[tuple[Paper, bool], set[Key]] = defaultdict(set)
    for n, one in enumerate(found, 1):
        for m in moved[n]:
            if m.ref:
                named[m.paper].add(one.key)
            if m.ref and abs(m.units) == abs(one.units):
                off[m.paper, m.units == one.units].add(one.key)
    return frozenset(
        paper for (paper, _), keys in off.items() if len(keys) > 1 and len(keys) >= PAPER_SHARE * len(named[paper])
    )


def _neighbours(
    conn: Connection,
    source: str,
    found: Sequence[Found],
    keys: Mapping[str, object],
    items: Mapping[int, Item],
    moved: Mapping[int, list[Moved]],
) -> dict[int, list[Neighbour]]:
    parameters = {**keys, "units": ints(one.units for one in found), "source": source, "limit": NEIGHBOURS_MAX}
    rows = _lists(conn, queries.neighbours, parameters)
    result: dict[int, list[Neighbour]] = defaultdict(list)
    if not rows:
        return result
    others = {Key(part_of(item), item, loc, lot, status) for o in rows.values() for item, loc, lot, status, _ in o}
    known = {**items_of(conn, {other.item for other in others} - items.keys()), **items}
    bins = _bins(conn, [*others, *(found[n - 1].key for n in rows)])
    lately = _lately(conn, found, others)
    places = dict[int, str](conn.execute(queries.locations).fetchall())
    for n, near in rows.items():
        me = found[n - 1].key
        mine = {m.movement for m in moved[n] if m.kind in SOLD}
        for item, loc, lot, status, units in near:
            other = Key(part_of(item), item, loc, lot, status)
            result[n].append(
                Neighbour(
                    known[item].sku,
                    known[item].name,
                    places.get(loc, str(loc)),
                    Status(status).name.lower(),
                    units,
                    same_item=item == me.item,
                    same_location=loc == me.loc,
                    same_bin=not bins[me.item, me.loc].isdisjoint(bins[item, loc]),
                    same_order=any(not mine.isdisjoint(lately[other].get(kind, ())) for kind in SOLD),
                    returned=Kind.RETURN in lately[other],
                )
            )
    return result


def _bins(conn: Connection, keys: Iterable[Key]) -> dict[tuple[int, int], set[int]]:
    """The bins by item and location."""
    wanted = sorted({(key.part, key.item) for key in keys})
    parameters = {"parts": ints(part for part, _ in wanted), "items": ints(item for _, item in wanted)}
    found: dict[tuple[int, int], set[int]] = defaultdict(set)
    for item, loc, place in conn.execute(queries.bins_of, parameters):
        found[item, loc].add(place)
    return found


def _lately(conn: Connection, found: Sequence[Found], others: Iterable[Key]) -> dict[Key, dict[int, set[int]]]:
    """The movements that lately moved each of the other cells, by kind."""
    keys = sorted(others)
    newest, seen = max(one.as_of for one in found), max(one.seen for one in found)
    parameters = {
        **arrays_of(keys),
        "as_ofs": times(newest for _ in keys),
        "seen": times(seen for _ in keys),
        "days": DAYS,
        "limit": MOVED_MAX,
    }
    lately: dict[Key, dict[int, set[int]]] = defaultdict(dict)
    for n, kind, _, _, movement in conn.execute(queries.moved, parameters):
        lately[keys[n - 1]].setdefault(kind, set()).add(movement)
    return lately
