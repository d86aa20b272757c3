"""What a channel asks of content, as data: what must be there, which values it takes, how long and how many.

One rule for each channel and field; the field is one of a page's own, or an attribute's or option's name."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from operator import attrgetter

import msgspec

from truestock.catalog.changes import PUT, How, Lines, Result, Written, changing, columns, sort_lines
from truestock.core.checks import check_number, check_text
from truestock.core.problems import Invalid, NotFound
from truestock.store.database import Connection, Database
from truestock.store.sql import load

queries = load(__package__)
ALLOWED_MAX = 2_000
PAGE_FIELDS = (
    *("title", "summary", "description", "brand", "category", "images"),
    *("price", "compare_at_price", "currency", "tax_class", "barcode", "weight_g"),
)


@dataclass(frozen=True, slots=True)
class ContentRuleDraft:
    """What a channel asks of one field; None leaves a part as it is, or without a bound when the rule is new.

    `called` is the channel's own name of an attribute. `at_least` and `at_most` count characters, of images how many;
    `allowed` are the values taken, of images the file extensions; `pixels` is the least width and height of images."""

    channel: str
    field: str
    called: str | None = None
    required: bool | None = None
    allowed: tuple[str, ...] | None = None
    at_least: int | None = None
    at_most: int | None = None
    pixels: int | None = None


@dataclass(frozen=True, slots=True)
class ContentRule:
    """A rule as it is; its id is the channel's."""

    id: int
    channel: str
    field: str
    called: str = ""
    required: bool = False
    allowed: tuple[str, ...] = ()
    at_least: int | None = None
    at_most: int | None = None
    pixels: int | None = None


_key = attrgetter("channel", "field")


def put_content_rules(db: Database, drafts: Sequence[ContentRuleDraft], how: How = PUT) -> list[Result]:
    """Make or change rules, one result per line."""
    lines = Lines(drafts, _key, _check)
    with changing(db, how, lines) as work:
        channels = dict[str, int](work.conn.execute(queries.content_channels).fetchall())
        lines.require("channel", "channel", channels, attrgetter("channel"))
        stored = {_key(rule): rule for rule in _stored(work.conn, [draft.channel for _, draft in lines.open()])}
        found = sort_lines(lines, how, "content rule", _key, stored, lambda draft: _built(draft, channels))
        rows = [row for _, row in [*found.new, *found.changed]]
        if rows:
            arrays = columns(rows)
            arrays["allowed"] = [msgspec.json.encode(row.allowed).decode() for row in rows]
            work.conn.execute(queries.put_content_rules, arrays)
        lines.written(found.new, found.changed)
    return lines.answers(how)


def end_content_rules(db: Database, keys: Sequence[tuple[str, str]], how: How = PUT) -> list[Result]:
    """Ask no longer what these (channel, field) ask, one result per line."""
    lines = Lines([ContentRuleDraft(*key) for key in keys], _key, _check)
    with changing(db, how, lines) as work:
        wanted = [_key(draft) for _, draft in lines.open()]
        arrays = {"channels": [channel for channel, _ in wanted], "fields": [field for _, field in wanted]}
        gone = set(work.conn.execute(queries.end_content_rules, arrays).fetchall())
        for n, draft in lines.open():
            found = _key(draft) in gone
            lines.settle(n, Written(0, "ended") if found else NotFound("content rule", _key(draft), "field"))
    return lines.answers(how)


def read_content_rules(db: Database, channel: str) -> list[ContentRule]:
    """What a channel asks, by field."""
    with db.transaction() as conn:
        return _stored(conn, [channel])


def _stored(conn: Connection, channels: list[str]) -> list[ContentRule]:
    rows = conn.execute(queries.content_rules, {"channels": channels})
    return [replace(ContentRule(*row), allowed=tuple(row[5])) for row in rows]


def _built(draft: ContentRuleDraft, channels: dict[str, int]) -> ContentRule:
    given = {name: value for name in ContentRuleDraft.__slots__ if (value := getattr(draft, name)) is not None}
    return ContentRule(channels[draft.channel], **given)


def _check(draft: ContentRuleDraft) -> None:
    check_text("channel", draft.channel, required=True)
    check_text("field", draft.field, required=True)
    check_text("called", draft.called)
    for name in ("at_least", "at_most", "pixels"):
        check_number(name, getattr(draft, name))
    if draft.at_least is not None and draft.at_most is not None and draft.at_least > draft.at_most:
        raise Invalid("at_most", f"at_most {draft.at_most} is below at_least {draft.at_least}; exchange them")
    if len(draft.allowed or ()) > ALLOWED_MAX:
        raise Invalid("allowed", f"allowed has {len(draft.allowed or ())} values; at most {ALLOWED_MAX} are kept")
    for value in draft.allowed or ():
        check_text("allowed", value, required=True)
    if draft.pixels is not None and draft.field != "images":
        raise Invalid("pixels", "pixels are asked of images; leave them out of other fields")
    if draft.called and draft.field in PAGE_FIELDS:
        raise Invalid("called", f"{draft.field} is no attribute and has no other name; leave it out")
