"""One order as it is on its channel and as it was taken here, read in sets and written back in sets."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

import msgspec

from truestock.core.identity import order_identity
from truestock.core.network import Channel
from truestock.feeds.channel_orders import queries
from truestock.feeds.channel_orders.decide import Leg, Line, Taken, Todo, todo
from truestock.feeds.channel_orders.seen import keys_of
from truestock.orders.standing import Standing, standing
from truestock.orders.values import NewOrder, OrderLine
from truestock.store.arrays import ints, texts, words
from truestock.store.database import Connection

FIRST = 1


class Seen(NamedTuple):
    """An order as its channel has it."""

    id: str
    ref: str
    state: str
    placed_at: datetime
    lat: float | None
    lng: float | None

    @property
    def over(self) -> bool:
        """Whether nothing more of it will leave."""
        return self.state in ("cancelled", "closed")


@dataclass(slots=True)
class Case:
    """What both sides know. `refs` and `contents` are of the orders it was taken as, by k: an empty content is of one
    that somebody else had made; `orders` are those of them that are there; `ignored` are SKUs that are no stock."""

    seen: Seen
    lines: list[Line] = field(default_factory=list)
    legs: list[Leg] = field(default_factory=list)
    taken: list[Taken] = field(default_factory=list)
    refs: dict[int, str] = field(default_factory=dict)
    contents: dict[int, str] = field(default_factory=dict)
    orders: dict[int, Standing] = field(default_factory=dict)
    ignored: set[str] = field(default_factory=set)

    def missing(self) -> dict[int, NewOrder]:
        """The orders that were planned and are not there yet, by k."""
        return {
            k: msgspec.json.decode(content, type=NewOrder)
            for k, content in self.contents.items()
            if content and k not in self.orders
        }

    def todo(self, known: set[str]) -> Todo:
        """What is to be done."""
        return todo(self.lines, self.legs, self.taken, self.orders, known, self.ignored, over=self.seen.over)


def read_cases(conn: Connection, channel: Channel, ids: Iterable[str]) -> dict[str, Case]:
    """These orders, held until the end of the transaction."""
    keys = keys_of(ids)
    cases = {row[0]: Case(Seen(*row)) for row in conn.execute(queries.lock_orders, keys, prepare=True).fetchall()}
    for order_id, *leg in conn.execute(queries.legs_seen, keys, prepare=True):
        cases[order_id].legs.append(Leg(*leg))
    for order_id, line, sku, qty, outside, ignored in conn.execute(queries.lines_seen, keys, prepare=True):
        case = cases[order_id]
        if ignored:
            case.ignored.add(sku)
        shipped = sum(leg.qty for leg in case.legs if leg.line == line)
        case.lines.append(Line(line, sku, qty, shipped, outside))
    for order_id, k, ref, content in conn.execute(queries.taken_orders, keys, prepare=True):
        cases[order_id].refs[k], cases[order_id].contents[k] = ref, content
    for order_id, *taken in conn.execute(queries.taken_lines, keys, prepare=True):
        cases[order_id].taken.append(Taken(*taken))
    where = {order_identity(channel.id, ref).id: (case, k) for case in cases.values() for k, ref in case.refs.items()}
    fresh = [order_id for order_id, case in cases.items() if not case.refs]
    for order_id, stands in standing(conn, [*where, *fresh]).items():
        if order_id in where:
            case, k = where[order_id]
            case.orders[k] = stands
        else:
            _adopt(conn, cases[order_id], stands)
    return cases


def _adopt(conn: Connection, case: Case, stands: Standing) -> None:
    """Somebody has made an order of this name already, such as the shop itself at its checkout: that is the first."""
    free = {line.sku: line.id for line in reversed(case.lines)}
    case.refs[FIRST], case.contents[FIRST] = case.seen.ref, ""
    case.orders[FIRST] = stands
    gone = stands.state in ("expired", "displaced", "cancelled")
    case.taken = [
        Taken(FIRST, line.n, free.get(line.sku, f"~{line.sku}"), line.qty, line.qty if gone else 0)
        for line in stands.lines.values()
    ]
    _add(conn, {case.seen.id: case}, FIRST)
    if gone:
        conn.execute(queries.give_up_taken, {**keys_of([case.seen.id]), "ks": ints([FIRST])})


def write_plans(conn: Connection, code: str, plans: Mapping[str, tuple[Case, Todo]]) -> None:
    """Write down what is to be taken and released, and how each order stands."""
    grown: dict[str, Case] = {}
    for order_id, (case, what) in plans.items():
        if what.grown:
            _grow(case, code, what)
            grown[order_id] = case
    if grown:
        _add(conn, grown)
    rows = [(order_id, *key, n) for order_id, (_, what) in plans.items() for key, n in what.released.items()]
    if rows:
        conn.execute(
            queries.set_released,
            {
                "parts": ints(int(order_id[:2], 16) for order_id, _, _, _ in rows),
                "ids": words(order_id for order_id, _, _, _ in rows),
                "ks": ints(k for _, k, _, _ in rows),
                "ns": ints(n for _, _, n, _ in rows),
                "released": ints(released for _, _, _, released in rows),
            },
        )
    order_ids = sorted(plans)
    conn.execute(
        queries.set_outcome,
        {
            **keys_of(order_ids),
            "settled": ints(plans[order_id][1].settled for order_id in order_ids),
            "waiting": texts(texts(plans[order_id][1].waiting) for order_id in order_ids),
            "ignored": texts(texts(plans[order_id][1].ignored) for order_id in order_ids),
        },
    )


def _grow(case: Case, code: str, what: Todo) -> None:
    """Plan another order for what is missing; its reference says of which it is a part."""
    k = max(case.refs, default=0) + 1
    seen = case.seen
    case.refs[k] = seen.ref if k == FIRST else f"{seen.ref}~{k}"
    lines = [OrderLine(grown.sku, grown.qty) for grown in what.grown]
    order = NewOrder(code, case.refs[k], lines, "sold", placed_at=seen.placed_at, lat=seen.lat, lng=seen.lng)
    case.contents[k] = msgspec.json.encode(order).decode()
    case.taken += [Taken(k, n, grown.line, grown.qty, 0) for n, grown in enumerate(what.grown)]


def _add(conn: Connection, cases: Mapping[str, Case], k: int | None = None) -> None:
    """Write the newest order of each case, or its `k`th, with its lines."""
    rows = [(order_id, case, k or max(case.refs)) for order_id, case in sorted(cases.items())]
    conn.execute(
        queries.add_taken_orders,
        {
            **_columns((order_id, at) for order_id, _, at in rows),
            "refs": texts(case.refs[at] for _, case, at in rows),
            "contents": texts(case.contents[at] for _, case, at in rows),
        },
    )
    lines = [(order_id, t) for order_id, case, at in rows for t in case.taken if t.k == at]
    conn.execute(
        queries.add_taken_lines,
        {
            **_columns((order_id, t.k) for order_id, t in lines),
            "ns": ints(t.n for _, t in lines),
            "lines": texts(t.line for _, t in lines),
            "qtys": ints(t.qty for _, t in lines),
        },
    )


def drop_plans(conn: Connection, plans: Sequence[tuple[str, int]]) -> None:
    """Forget orders (id, k) that were planned and could not be made."""
    conn.execute(queries.drop_taken, _columns(plans))


def give_up(conn: Connection, taken: Sequence[tuple[str, int]]) -> None:
    """Take anew what these (id, k) were meant to be: nothing of them is held any more."""
    conn.execute(queries.give_up_taken, _columns(taken))


def _columns(keys: Iterable[tuple[str, int]]) -> dict[str, str]:
    rows = list(keys)
    return {
        "parts": ints(int(order_id[:2], 16) for order_id, _ in rows),
        "ids": words(order_id for order_id, _ in rows),
        "ks": ints(k for _, k in rows),
    }
