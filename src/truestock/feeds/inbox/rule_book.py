"""Channels' mapping rules as data: changed, tried on all that a channel sells, and turned into listings."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Final, Literal, NamedTuple

import msgspec

from truestock.catalog.changes import How, Written
from truestock.catalog.items import Component
from truestock.catalog.listings import ListingDraft
from truestock.core.problems import Conflict, Invalid, NotFound
from truestock.feeds.inbox import queries
from truestock.feeds.inbox.accept import map_skus
from truestock.feeds.inbox.entries import channel_id
from truestock.feeds.inbox.forms import one_line
from truestock.feeds.inbox.rules import Mapped, Rule, Step, check_rule, first_meant, steps
from truestock.store.arrays import ints, texts, words
from truestock.store.database import Connection, Database

RULES_MAX: Final = 100
ROWS_SHOWN: Final = 200
AT_ONCE: Final = 500
CREATE: Final = How("create")


class RuleBookOf(msgspec.Struct, frozen=True):
    """A channel's rules by their order; `automatic`: what they lead to an item becomes a listing by itself."""

    channel: str
    rules: list[Rule]
    automatic: bool


class Tried(msgspec.Struct, frozen=True):
    """What rules make of one SKU: after the rule `ord` it is `text`, of which one sale takes `units`.

    maps: an item, and the channel has no listing of it yet. nowhere: rules apply, and what they end at is no item.
    same, other: there is a listing already, which takes the same or something else; it stays as it is."""

    sku: str
    title: str
    outcome: Literal["maps", "nowhere", "same", "other"]
    text: str
    units: int
    ord: int


class Preview(msgspec.Struct, frozen=True):
    """What rules would do on everything that a channel sells, as far as is known; the first of the rows.

    `untouched`: unknown SKUs to which no rule applies."""

    channel: str
    skus: int
    maps: int
    nowhere: int
    same: int
    other: int
    untouched: int
    rows: list[Tried]


class Made(msgspec.Struct, frozen=True):
    """Listings that rules have made, and why others could not be, by SKU."""

    channel: str
    listings: list[str]
    refused: dict[str, str]


class Told(NamedTuple):
    """A SKU of a channel, with what its listing takes."""

    sku: str
    title: str
    barcode: str
    unknown: bool
    items: list[str]
    units: list[int]


def read_rules(db: Database, channel: str) -> RuleBookOf:
    """A channel's rules. Raises NotFound."""
    with db.transaction() as conn:
        channel_id(conn, channel)
        return _read(conn, channel)


def change_rules(
    db: Database, channel: str, change: Callable[[list[Rule]], Iterable[Rule]], *, automatic: bool | None = None
) -> RuleBookOf:
    """Put others in place of a channel's rules, and say whether they work by themselves; None leaves that as it is.

    Raises Invalid naming the field, and NotFound, also for a channel that is not connected and shall be automatic."""
    with db.transaction() as conn:
        for (number,) in conn.execute(queries.lock_rules, {"channel": channel}):
            rules = _checked(change(_read(conn, channel).rules))
            conn.execute(queries.drop_rules, {"channel": number})
            conn.execute(queries.add_rules, {"channel": number, **_columns(rules)})
            if automatic is not None:
                _set_automatic(conn, channel, automatic)
            return _read(conn, channel)
    raise NotFound("channel", channel, "channel")


def preview(db: Database, channel: str, rules: Sequence[Rule] | None = None) -> Preview:
    """What rules would do, or those that are saved; nothing is written. Raises Invalid and NotFound."""
    with db.transaction() as conn:
        conn.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        number = channel_id(conn, channel)
        wanted = _read(conn, channel).rules if rules is None else _checked(rules)
        told = _told(conn, number, only_unknown=False)
        tried = list(_tried(conn, wanted, told))
    counts = dict.fromkeys(("maps", "nowhere", "same", "other"), 0)
    for found in tried:
        counts[found.outcome] += 1
    untouched = sum(one.unknown for one in told) - counts["maps"] - counts["nowhere"]
    order = {"other": 0, "maps": 1, "nowhere": 2, "same": 3}
    rows = sorted(tried, key=lambda found: (order[found.outcome], found.sku))[:ROWS_SHOWN]
    return Preview(channel, len(told), untouched=untouched, rows=rows, **counts)


def apply_rules(db: Database, channel: str, passed_over: Iterable[str] = ()) -> tuple[Made, set[str]]:
    """Make the listings that the saved rules lead to, but for some SKUs; and all SKUs that were looked at.

    What has a listing keeps it, also one that has ended. Raises NotFound."""
    skipped = set(passed_over)
    with db.transaction() as conn:
        number = channel_id(conn, channel)
        rules = _read(conn, channel).rules
        told = [one for one in _told(conn, number, only_unknown=True) if one.sku not in skipped] if rules else []
        found = [one for one in _tried(conn, rules, told) if one.outcome == "maps"]
    made: list[str] = []
    refused: dict[str, str] = {}
    for start in range(0, len(found), AT_ONCE):
        part = found[start : start + AT_ONCE]
        drafts = [ListingDraft(channel, f.sku, (Component(f.text, f.units),), one_line(f.title)) for f in part]
        for one, result in zip(part, map_skus(db, drafts, CREATE), strict=True):
            if isinstance(result, Written):
                made.append(one.sku)
            elif not isinstance(result, Conflict):
                refused[one.sku] = result.detail
    return Made(channel, made, refused), {one.sku for one in told}


def _read(conn: Connection, channel: str) -> RuleBookOf:
    rules = [Rule(*row) for row in conn.execute(queries.rules, {"channel": channel})]
    automatic = any(row[0] for row in conn.execute(queries.is_automatic, {"channel": channel}))
    return RuleBookOf(channel, rules, automatic)


def _set_automatic(conn: Connection, channel: str, automatic: bool) -> None:
    parameters = {"channel": channel, "automatic": automatic}
    if not conn.execute(queries.set_automatic, parameters).fetchall() and automatic:
        raise NotFound("connection", channel, "automatic")


def _checked(rules: Iterable[Rule]) -> list[Rule]:
    found = sorted(rules, key=lambda rule: rule.ord)
    if len(found) > RULES_MAX:
        raise Invalid("rules", f"a channel has at most {RULES_MAX} rules; {len(found)} are given")
    for n, rule in enumerate(found):
        check_rule(rule)
        if n and found[n - 1].ord == rule.ord:
            raise Invalid("ord", f"two rules have the ord {rule.ord}; give each one of its own")
    return found


def _columns(rules: Sequence[Rule]) -> dict[str, str]:
    return {
        "ords": ints(rule.ord for rule in rules),
        "bys": words(rule.by for rule in rules),
        "patterns": texts(rule.pattern for rule in rules),
        "replaces": texts(rule.replace for rule in rules),
        "units": ints(rule.units for rule in rules),
    }


def _told(conn: Connection, channel: int, *, only_unknown: bool) -> list[Told]:
    parameters = {"channel": channel, "only_unknown": only_unknown}
    return [Told(*row) for row in conn.execute(queries.told_of, parameters)]


def _tried(conn: Connection, rules: Sequence[Rule], told: Sequence[Told]) -> Iterator[Tried]:
    """What the rules make of each; those that no rule applies to are left out."""
    made = [(one, steps(rules, one.sku, one.barcode)) for one in told]
    reached = [step for _, row in made for step in row]
    skus = {step.text for step in reached if not step.barcode}
    gtins = {step.text for step in reached if step.barcode}
    items = {sku for (sku,) in conn.execute(queries.items_among, {"skus": sorted(skus)})}
    barcodes = {
        gtin: (sku, units) for gtin, sku, units in conn.execute(queries.barcodes_among, {"gtins": sorted(gtins)})
    }
    for one, row in made:
        if row and (found := _found(one, row, first_meant(row, items, barcodes))):
            yield found


def _found(one: Told, row: Sequence[Step], mapped: Mapped | None) -> Tried | None:
    if one.unknown:
        if mapped is None:
            last = row[-1]
            return Tried(one.sku, one.title, "nowhere", last.text, last.units, last.ord)
        return Tried(one.sku, one.title, "maps", mapped.item, mapped.units, mapped.ord)
    if mapped is None:
        return None
    same = one.items == [mapped.item] and one.units == [mapped.units]
    return Tried(one.sku, one.title, "same" if same else "other", mapped.item, mapped.units, mapped.ord)
