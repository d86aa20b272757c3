"""Dated supply and demand: what purchase orders will bring and what is wanted on a day. It feeds ATP over time."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, NamedTuple

import msgspec

from truestock.catalog.rules import RuleBook
from truestock.core.checks import check_years
from truestock.core.problems import Conflict, Invalid, NotFound
from truestock.ledger import queries
from truestock.ledger.movement import movement_ids
from truestock.ledger.values import Code, Instant, Units
from truestock.store.arrays import ints, texts, times, words
from truestock.store.database import Database


class Expect(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`qty` base units of an item at a location on a day: a purchase brings them, a demand wants them."""

    sku: Code
    location: Code
    qty: Units
    due_at: Instant
    ref: Code
    kind: Literal["purchase", "demand"] = "purchase"


class Expected(NamedTuple):
    """An expectation as it stands."""

    id: int
    sku: str
    location: str
    kind: str
    ref: str
    qty: int
    received: int
    due_at: datetime
    state: str


def expect(db: Database, rules: RuleBook, expectations: Sequence[Expect]) -> list[int]:
    """Record expectations, all or none; returns their ids. Raises NotFound for a code that is not known."""
    snapshot = rules.snapshot()
    ids = snapshot.item_ids({e.sku for e in expectations})
    items = snapshot.items(ids.values())
    for n, e in enumerate(expectations):
        if e.sku not in ids:
            raise NotFound("item", e.sku, f"expectations[{n}].sku")
        if snapshot.location(e.location) is None:
            raise NotFound("location", e.location, f"expectations[{n}].location")
        check_years(f"expectations[{n}].due_at", e.due_at)
    if not expectations:
        raise Invalid("expectations", "give at least one")
    numbers = movement_ids()
    made = [next(numbers) for _ in expectations]
    with db.transaction() as conn:
        conn.execute(
            queries.add_expected,
            {
                "parts": ints(items[ids[e.sku]].part for e in expectations),
                "items": ints(ids[e.sku] for e in expectations),
                "ids": ints(made),
                "kinds": words(e.kind for e in expectations),
                "locs": ints(place.id for e in expectations if (place := snapshot.location(e.location)) is not None),
                "refs": texts(e.ref for e in expectations),
                "qtys": ints(e.qty for e in expectations),
                "due": times(e.due_at for e in expectations),
            },
        )
        keys = {
            "parts": ints(items[ids[e.sku]].part for e in expectations),
            "items": ints(ids[e.sku] for e in expectations),
        }
        conn.execute(queries.expected_by_hand, {**keys, "ids": ints(made)})
    return made


def cancel_expected(db: Database, rules: RuleBook, sku: str, ref: str) -> int:
    """Cancel what is still open under a reference; returns how many expectations that was. Raises Conflict for a
    transfer, whose units are somewhere."""
    snapshot = rules.snapshot()
    ids = snapshot.item_ids([sku])
    if sku not in ids:
        raise NotFound("item", sku, "sku")
    rule = snapshot.items(ids.values())[ids[sku]]
    parameters = {"parts": ints([rule.part]), "items": ints([rule.item]), "refs": texts([ref])}
    with db.transaction() as conn:
        kinds = [kind for (kind,) in conn.execute(queries.lock_cancel_expected, parameters)]
        if "transfer" in kinds:
            raise Conflict("units of a transfer are on their way: receive them, or say that they are lost", "ref")
        return len(kinds)


def list_expected(db: Database, sku: str | None = None, after: int = 0, limit: int = 100) -> list[Expected]:
    """Open expectations, by id; of one item, or of all."""
    with db.transaction() as conn:
        rows = conn.execute(queries.list_expected, {"sku": sku, "after": after, "limit": limit})
        return [Expected(*row) for row in rows]
