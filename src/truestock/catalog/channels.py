"""Channels, their groups and ranks, and the ordered locations that each of them may promise from."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter

from truestock.catalog import queries
from truestock.catalog.changes import PUT, How, Lines, Result, Work, Written, changing, columns, sort_lines, take_ids
from truestock.core.checks import check_choice, check_number, check_text
from truestock.core.problems import Conflict, NotFound
from truestock.store.database import Connection, Database
from truestock.store.paging import Page, page_of

GROUPS = ("retail", "ecommerce", "wholesale")
MODES = ("off", "shadow", "live")
_code = attrgetter("code")


@dataclass(frozen=True, slots=True)
class ChannelDraft:
    """A channel as a caller wants it; None leaves a field as it is.

    A lower rank is better: stock is protected for it. `locations` are codes in the channel's own order, and all of
    them: the ones left out are closed."""

    code: str
    name: str | None = None
    group: str | None = None
    rank: int | None = None
    mode: str | None = None
    locations: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class StoredChannel:
    """A channel as it is, with the codes of its locations in its order."""

    id: int
    code: str
    name: str = ""
    group: str = "ecommerce"
    rank: int = 100
    mode: str = "live"
    locations: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ChannelLocationDraft:
    """A channel sells from a location; a lower `ord` comes first (0 by default), then tier, rank and id decide."""

    channel: str
    location: str
    ord: int | None = None


@dataclass(frozen=True, slots=True)
class StoredChannelLocation:
    """A channel's use of a location as it is; its id is the channel's."""

    id: int
    channel: str
    location: str
    ord: int = 0


def put_channels(db: Database, drafts: Sequence[ChannelDraft], how: How = PUT) -> list[Result]:
    """Make or change channels, one result per line."""
    lines = Lines(drafts, _code, _check_channel)
    codes = [draft.code for _, draft in lines.open()]
    with db.transaction() as conn:
        new_count = len(codes) - len(_stored(conn, codes))
    fresh = take_ids(db, "channel", new_count)
    with changing(db, how, lines) as work:
        work.lock_rules()
        places = _only_channels(work.conn)
        for n, draft in lines.open():
            if problem := next(filter(None, (_refusal(places, draft.code, p) for p in draft.locations or ())), None):
                lines.settle(n, problem)
        found = sort_lines(lines, how, "channel", _code, _stored(work.conn, codes), _built)
        new = [(n, replace(row, id=next(fresh))) for n, row in found.new]
        _write(work, [row for _, row in new], [row for _, row in found.changed])
        lines.written(new, found.changed)
    return lines.answers(how)


def read_channels(db: Database, codes: Iterable[str]) -> dict[str, StoredChannel]:
    """The channels of these codes; unknown ones are left out."""
    with db.transaction() as conn:
        return _stored(conn, list(codes))


def list_channels(db: Database, after: str | None = None, limit: int = 100) -> Page[StoredChannel]:
    """Channels by code, a page at a time."""
    with db.transaction() as conn:
        found = conn.execute(queries.list_channel_codes, {"after": after or "", "limit": limit + 1})
        rows = _stored(conn, [code for (code,) in found])
    return page_of(sorted(rows.values(), key=_code), limit, _code)


def put_channel_locations(db: Database, drafts: Sequence[ChannelLocationDraft], how: How = PUT) -> list[Result]:
    """Let channels sell from locations, or change the order, one result per line; others of the channel stay."""
    lines = Lines(drafts, _link, _check_link)
    with changing(db, how, lines) as work:
        at = work.lock_rules()
        stored = _links(work.conn, {draft.channel for _, draft in lines.open()})
        ids = {row.code: row.id for row in _stored(work.conn, [d.channel for _, d in lines.open()]).values()}
        lines.require("channel", "channel", ids, attrgetter("channel"))
        places = _only_channels(work.conn)
        for n, draft in lines.open():
            if problem := _refusal(places, draft.channel, draft.location):
                lines.settle(n, problem)
        found = sort_lines(
            lines,
            how,
            "channel location",
            _link,
            stored,
            lambda d: StoredChannelLocation(ids[d.channel], d.channel, d.location, d.ord or 0),
        )
        arrays = columns([row for _, row in [*found.new, *found.changed]])
        if arrays:
            work.conn.execute(queries.close_channel_locations, {**arrays, "at": at})
            work.conn.execute(queries.insert_channel_locations, {**arrays, "at": at})
            work.rules_changed = True
        lines.written(found.new, found.changed)
    return lines.answers(how)


def end_channel_locations(db: Database, keys: Sequence[tuple[str, str]], how: How = PUT) -> list[Result]:
    """Stop channels selling from locations, by (channel, location), one result per line."""
    lines = Lines([ChannelLocationDraft(*key) for key in keys], _link, _check_link)
    with changing(db, how, lines) as work:
        at = work.lock_rules()
        stored = _links(work.conn, {draft.channel for _, draft in lines.open()})
        rows = []
        for n, draft in lines.open():
            if row := stored.get(_link(draft)):
                rows.append(row)
                lines.settle(n, Written(row.id, "ended"))
            else:
                lines.settle(n, NotFound("channel location", _link(draft), "location"))
        if rows:
            work.conn.execute(queries.close_channel_locations, {**columns(rows), "at": at})
            work.rules_changed = True
    return lines.answers(how)


def _write(work: Work, new: list[StoredChannel], changed: list[StoredChannel]) -> None:
    if not new and not changed:
        return
    if new:
        work.conn.execute(queries.insert_channels, columns(new))
    if changed:
        work.conn.execute(queries.update_channels, columns(changed))
    links = [(row, place, n) for row in [*new, *changed] for n, place in enumerate(row.locations)]
    arrays = {
        "id": [row.id for row, _, _ in links],
        "location": [place for _, place, _ in links],
        "ord": [n for _, _, n in links],
        "all": [row.id for row in [*new, *changed]],
        "at": work.lock_rules(),
    }
    work.conn.execute(queries.close_other_channel_locations, arrays)
    work.conn.execute(queries.insert_channel_locations, arrays)
    work.rules_changed = True


def _refusal(places: dict[str, str | None], channel: str, location: str) -> NotFound | Conflict | None:
    if location not in places:
        return NotFound("location", location)
    if (only := places[location]) not in (None, channel):
        return Conflict(f"{location!r} is the marketplace's own and sells on {only!r} alone; leave it out", "location")
    return None


def _built(draft: ChannelDraft) -> StoredChannel:
    given = {name: value for name in ChannelDraft.__slots__ if (value := getattr(draft, name)) is not None}
    return StoredChannel(id=0, **given)


def _stored(conn: Connection, codes: list[str]) -> dict[str, StoredChannel]:
    rows = conn.execute(queries.channels_by_code, {"codes": codes})
    return {row[1]: replace(StoredChannel(*row[:6]), locations=tuple(row[6])) for row in rows}


def _links(conn: Connection, channels: set[str]) -> dict[tuple[str, str], StoredChannelLocation]:
    rows = conn.execute(queries.links_of_channels, {"codes": list(channels)})
    return {(row[1], row[2]): StoredChannelLocation(*row) for row in rows}


def _only_channels(conn: Connection) -> dict[str, str | None]:
    """Every location's code, with the one channel it sells on if it is bound to one."""
    return dict(conn.execute(queries.only_channels).fetchall())


def _link(row: ChannelLocationDraft) -> tuple[str, str]:
    return row.channel, row.location


def _check_channel(draft: ChannelDraft) -> None:
    check_text("code", draft.code, required=True)
    check_text("name", draft.name, at_most=500)
    check_choice("group", draft.group, GROUPS)
    check_number("rank", draft.rank)
    check_choice("mode", draft.mode, MODES)
    if len(set(draft.locations or ())) < len(draft.locations or ()):
        raise Conflict("a location stands twice in the order; leave one out", "locations")


def _check_link(draft: ChannelLocationDraft) -> None:
    check_text("channel", draft.channel, required=True)
    check_text("location", draft.location, required=True)
    check_number("ord", draft.ord)
