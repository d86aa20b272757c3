"""Locations, with the zones and bins inside them, and the rule that a marketplace's own centre sells on its channel."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import time
from operator import attrgetter

from truestock.catalog import queries
from truestock.catalog.changes import (
    PUT,
    How,
    Lines,
    Result,
    changing,
    check_clear,
    columns,
    overlaid,
    sort_lines,
    take_ids,
)
from truestock.core.checks import check_choice, check_number, check_text
from truestock.core.problems import Conflict, Invalid
from truestock.store.database import Connection, Database
from truestock.store.paging import Page, page_of

KINDS = ("dc", "3pl", "store", "dark_store", "marketplace_fc", "supplier")
CLEARABLE = ("name", "lat", "lng", "capacity_per_day", "cut_off")
TIERS = ("primary", "secondary", "virtual")
ZONES = ("pick", "bulk", "staging", "inspection")
_code = attrgetter("code")


@dataclass(frozen=True, slots=True)
class LocationDraft:
    """A location as a caller wants it; None leaves a field as it is. A new one needs a kind.

    Lower ranks come first inside a tier; `cut_off` is the location's local time; `only_channel` is a channel's code,
    needed by a marketplace_fc and by no other kind; `clear` names fields that shall say nothing any more: name, lat,
    lng, capacity_per_day, cut_off."""

    code: str
    name: str | None = None
    kind: str | None = None
    tier: str | None = None
    rank: int | None = None
    lat: float | None = None
    lng: float | None = None
    ships: bool | None = None
    pickup: bool | None = None
    capacity_per_day: int | None = None
    cut_off: time | None = None
    only_channel: str | None = None
    clear: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StoredLocation:
    """A location as it is."""

    id: int
    code: str
    name: str = ""
    kind: str = ""
    tier: str = "primary"
    rank: int = 100
    lat: float | None = None
    lng: float | None = None
    ships: bool = True
    pickup: bool = False
    capacity_per_day: int | None = None
    cut_off: time | None = None
    only_channel: str | None = None


@dataclass(frozen=True, slots=True)
class BinDraft:
    """A bin of a location, in the zone pick, bulk, staging or inspection."""

    location: str
    code: str
    zone: str


@dataclass(frozen=True, slots=True)
class StoredBin:
    """A bin as it is."""

    id: int
    location: str
    code: str
    zone: str


def put_locations(db: Database, drafts: Sequence[LocationDraft], how: How = PUT) -> list[Result]:
    """Make or change locations, one result per line."""
    lines = Lines(drafts, _code, _check_location)
    codes = [draft.code for _, draft in lines.open()]
    with db.transaction() as conn:
        new_count = len(codes) - len(_stored(conn, codes))
    fresh = take_ids(db, "location", new_count)
    with changing(db, how, lines) as work:
        work.lock_rules()
        lines.require("only_channel", "channel", _channels(work.conn), attrgetter("only_channel"))
        found = sort_lines(lines, how, "location", _code, _stored(work.conn, codes), _built)
        shared = _sold_by(work.conn, codes)
        new = _allowed(lines, [(n, replace(row, id=next(fresh))) for n, row in found.new], shared)
        changed = _allowed(lines, [(n, _unbound(row, drafts[n])) for n, row in found.changed], shared)
        if new:
            work.conn.execute(queries.insert_locations, columns([row for _, row in new]))
        if changed:
            work.conn.execute(queries.update_locations, columns([row for _, row in changed]))
        work.rules_changed = bool(new or changed)
        lines.written(new, changed)
    return lines.answers(how)


def read_locations(db: Database, codes: Iterable[str]) -> dict[str, StoredLocation]:
    """The locations of these codes; unknown ones are left out."""
    with db.transaction() as conn:
        return _stored(conn, list(codes))


def list_locations(db: Database, after: str | None = None, limit: int = 100) -> Page[StoredLocation]:
    """Locations by code, a page at a time."""
    with db.transaction() as conn:
        rows = conn.execute(queries.list_locations, {"after": after or "", "limit": limit + 1})
        return page_of([StoredLocation(*row) for row in rows], limit, _code)


def put_bins(db: Database, drafts: Sequence[BinDraft], how: How = PUT) -> list[Result]:
    """Make bins, or move them to another zone of their location, one result per line."""
    lines = Lines(drafts, _bin_key, _check_bin)
    codes = [draft.location for _, draft in lines.open()]
    fresh = take_ids(db, "bin", len(codes))
    with changing(db, how, lines) as work:
        work.lock_rules()
        lines.require("location", "location", _stored(work.conn, codes), attrgetter("location"))
        rows = [StoredBin(*row) for row in work.conn.execute(queries.bins_of, {"codes": codes})]
        stored = {_bin_key(row): row for row in rows}
        found = sort_lines(lines, how, "bin", _bin_key, stored, lambda d: StoredBin(0, d.location, d.code, d.zone))
        new = [(n, replace(row, id=next(fresh))) for n, row in found.new]
        if new:
            work.conn.execute(queries.insert_bins, columns([row for _, row in new]))
            work.rules_changed = True
        if found.changed:
            work.conn.execute(queries.update_bins, columns([row for _, row in found.changed]))
        lines.written(new, found.changed)
    return lines.answers(how)


def list_bins(db: Database, location: str, after: str | None = None, limit: int = 100) -> Page[StoredBin]:
    """The bins of a location by code, a page at a time."""
    parameters = {"location": location, "after": after or "", "limit": limit + 1}
    with db.transaction() as conn:
        return page_of([StoredBin(*row) for row in conn.execute(queries.list_bins, parameters)], limit, _code)


def _allowed(
    lines: Lines[LocationDraft], rows: list[tuple[int, StoredLocation]], sold_by: dict[str, set[str]]
) -> list[tuple[int, StoredLocation]]:
    left = []
    for n, row in rows:
        others = sold_by.get(row.code, set()) - {row.only_channel}
        if not row.kind:
            lines.settle(n, Invalid("kind", f"a new location needs a kind: {', '.join(KINDS)}"))
        elif (row.kind == "marketplace_fc") != (row.only_channel is not None):
            lines.settle(n, Invalid("only_channel", "a marketplace_fc names its one channel, and no other kind does"))
        elif row.only_channel is not None and others:
            detail = f"{', '.join(sorted(others))} sell from {row.code!r}; take it out of their locations first"
            lines.settle(n, Conflict(detail, "only_channel"))
        elif (row.lat is None) != (row.lng is None):
            lines.settle(n, Invalid("lat", "give both lat and lng, or neither"))
        else:
            left.append((n, row))
    return left


def _unbound(row: StoredLocation, draft: LocationDraft) -> StoredLocation:
    """A location that stops being a marketplace's own is no longer bound to its channel."""
    if row.kind != "marketplace_fc" and draft.only_channel is None:
        return replace(row, only_channel=None)
    return row


def _built(draft: LocationDraft) -> StoredLocation:
    return overlaid(StoredLocation(0, draft.code), draft)


def _stored(conn: Connection, codes: list[str]) -> dict[str, StoredLocation]:
    return {row[1]: StoredLocation(*row) for row in conn.execute(queries.locations_by_code, {"codes": codes})}


def _channels(conn: Connection) -> set[str]:
    return {code for (code,) in conn.execute(queries.channel_codes)}


def _sold_by(conn: Connection, codes: list[str]) -> dict[str, set[str]]:
    return {code: set(channels) for code, channels in conn.execute(queries.channels_of_locations, {"codes": codes})}


def _check_location(draft: LocationDraft) -> None:
    check_text("code", draft.code, required=True)
    check_text("name", draft.name, at_most=500)
    check_choice("kind", draft.kind, KINDS)
    check_choice("tier", draft.tier, TIERS)
    check_number("rank", draft.rank)
    check_number("lat", draft.lat, -90, 90)
    check_number("lng", draft.lng, -180, 180)
    check_number("capacity_per_day", draft.capacity_per_day)
    check_clear(draft, CLEARABLE)


def _check_bin(draft: BinDraft) -> None:
    check_text("location", draft.location, required=True)
    check_text("code", draft.code, required=True)
    check_choice("zone", draft.zone, ZONES, required=True)


def _bin_key(row: BinDraft | StoredBin) -> tuple[str, str]:
    return row.location, row.code
