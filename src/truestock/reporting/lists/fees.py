"""Settled fees, the newest first, also those whose order is not here; and what each channel keeps in sum."""

from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from truestock.core.problems import Invalid
from truestock.reporting.lists.cursor import MARK, cursor_of
from truestock.reporting.lists.orders import channel_id
from truestock.store.database import Database
from truestock.store.paging import Page
from truestock.store.sql import load

queries = load(__package__)


@dataclass(frozen=True, slots=True)
class FeeRow:
    """A settled fee, below zero where it was given back. `order` is the channel's number, empty for a fee of none;
    `known`: the order is here. `source`: settlement, as the channel told it, or file."""

    order: str
    id: str
    known: bool
    line: str
    sku: str
    kind: str
    amount: Decimal
    currency: str
    posted_at: datetime
    settlement: str
    source: str
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class FeeTotal:
    """So many fees of a kind. `source`: order, as orders themselves tell them, settlement, or file."""

    channel: str
    currency: str
    source: str
    kind: str
    fees: int
    amount: Decimal


@dataclass(frozen=True, slots=True)
class FeeReading:
    """When a channel's settlements were read last, none for never; why the last try failed, empty if it did not; and
    the last settlement that could not be understood, or has a fee that could not, with the reason."""

    channel: str
    read_at: datetime | None
    trouble: str
    unread: str


@dataclass(frozen=True, slots=True)
class FeeTotals:
    """The sums, and how far those that are read go."""

    totals: tuple[FeeTotal, ...]
    readings: tuple[FeeReading, ...]


def list_fees(
    db: Database,
    channel: str,
    settlement: str | None = None,
    unmatched: bool = False,
    after: str | None = None,
    limit: int = 100,
) -> Page[FeeRow]:
    """A channel's settled fees, the newest first; `unmatched`: only those whose order is not here, or that are of none.

    Raises NotFound, Invalid."""
    at, ref, last = _key(after) if after else (None, "", "")
    with db.transaction() as conn:
        parameters = {
            "channel": channel_id(conn, channel),
            "at": at,
            "ref": ref,
            "id": last,
            "settlement": settlement,
            "unmatched": unmatched,
            "limit": limit + 1,
        }
        rows = [FeeRow(*row) for row in conn.execute(queries.fees_before, parameters)]
    shown = tuple(rows[:limit])
    return Page(shown, _cursor(shown[-1]) if len(rows) > limit else None)


def fee_totals(
    db: Database, channel: str | None = None, since: datetime | None = None, until: datetime | None = None
) -> FeeTotals:
    """What channels keep, by currency, source and kind, from `since` and before `until`. Raises NotFound."""
    with db.transaction() as conn:
        number = None if channel is None else channel_id(conn, channel)
        of = {"channel": number}
        totals = conn.execute(queries.fee_totals, {**of, "since": since, "until": until}).fetchall()
        readings = conn.execute(queries.fee_readings, of).fetchall()
    return FeeTotals(tuple(FeeTotal(*row) for row in totals), tuple(FeeReading(*row) for row in readings))


def _cursor(row: FeeRow) -> str:
    """Both the order's number and the fee's id may have the mark in them, so it says how long the first is."""
    return cursor_of(row.posted_at.isoformat(), len(row.order), row.order + row.id)


def _key(after: str) -> tuple[datetime, str, str]:
    """When, the order's number and the fee's id. Raises Invalid."""
    try:
        at, length, both = after.split(MARK, 2)
        return datetime.fromisoformat(at), both[: int(length)], both[int(length) :]
    except ValueError:
        raise Invalid("after", "this is no cursor of this list; take the one that its last page gave") from None
