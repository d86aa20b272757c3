"""What rows ask to be booked, as far as what they name is known and in the feed's scope, and in which turn."""

from collections.abc import Sequence
from typing import NamedTuple
from zoneinfo import ZoneInfo

from truestock.catalog.rules import RuleBook, Snapshot
from truestock.core.identity import order_identity
from truestock.core.network import ItemRules
from truestock.core.problems import Conflict, Invalid, NotFound, Problem
from truestock.feeds.stock.engine.feeds import Stored
from truestock.feeds.stock.engine.happening.answers import Ready, refusal
from truestock.feeds.stock.engine.happening.happened import Told, command_of, orders_named
from truestock.feeds.stock.engine.happening.in_turn import OTHERWISE, held, waiting
from truestock.feeds.stock.engine.happening.keys import Named, Source, named_of
from truestock.feeds.stock.engine.runs import LineFault, Run
from truestock.feeds.stock.files import FeedRow
from truestock.orders.standing import standing
from truestock.store.database import Connection


class Asked(NamedTuple):
    """Rows that are booked first, those that wait for what becomes of them, and those that cannot be booked."""

    first: list[Ready]
    later: list[Ready]
    faults: list[LineFault]


class Asking:
    """Of the rows of one feed."""

    def __init__(self, rules: RuleBook, conn: Connection, stored: Stored) -> None:
        self._rules = rules
        self._conn = conn
        self._stored = stored

    def ready(self, run: Run, rows: Sequence[FeedRow], named: Sequence[Named]) -> tuple[list[Ready], list[LineFault]]:
        """Rows with what they ask under what they are known by, and those that cannot be booked."""
        stored = self._stored
        settings = stored.feed.settings
        told = Told(stored.feed.code, run.id, run.actor, settings.location, run.as_of, ZoneInfo(settings.mapping.zone))
        lines = self._order_lines(rows) if stored.feed.meaning == "shipment" else {}
        items = self._items(rows)
        ready: list[Ready] = []
        faults: list[LineFault] = []
        for row, (key, at) in zip(rows, named, strict=True):
            try:
                self._check(row, items)
                mine = told if at is None else told._replace(as_of=at)
                ready.append(Ready(row, command_of(stored.feed.meaning, row, mine, lines, key)))
            except Problem as problem:
                faults.append(refusal(row, problem.field or "line", problem.detail))
        return ready, faults

    def named(self, run: Run, rows: Sequence[FeedRow]) -> list[Named]:
        """What each row is known by."""
        return named_of(self._conn, self._source(run), rows)

    def in_turn(self, run: Run, rows: Sequence[FeedRow]) -> Asked:
        """What rows ask, in which turn."""
        named = self.named(run, rows)
        ready, faults = self.ready(run, rows, named)
        keys = {row.line: one.key for row, one in zip(rows, named, strict=True)}
        lines = waiting(self._conn, self._source(run), [one.row for one in ready], keys)
        first = [one for one in ready if one.row.line not in lines]
        return Asked(first, [one for one in ready if one.row.line in lines], faults)

    def held(
        self, run: Run, later: Sequence[Ready], refused: Sequence[LineFault]
    ) -> tuple[list[Ready], list[LineFault]]:
        """Of rows that have waited those that may be booked, and the others with the reason."""
        lines = held(self._conn, self._source(run), [one.row for one in later], refused)
        wrong = [refusal(one.row, "ref", OTHERWISE) for one in later if one.row.line in lines]
        return [one for one in later if one.row.line not in lines], wrong

    def _source(self, run: Run) -> Source:
        feed = self._stored.feed
        return Source(feed.code, feed.meaning, feed.settings.location, run.id, ZoneInfo(feed.settings.mapping.zone))

    def _items(self, rows: Sequence[FeedRow]) -> dict[str, ItemRules]:
        def read(snapshot: Snapshot) -> dict[str, ItemRules]:
            ids = snapshot.item_ids({row.fields["sku"] for row in rows})
            rules = snapshot.items(ids.values())
            return {sku: rules[item] for sku, item in ids.items() if item in rules}

        return self._rules.read(read)

    def _check(self, row: FeedRow, items: dict[str, ItemRules]) -> None:
        """Raises NotFound, Conflict."""
        settings, sku = self._stored.feed.settings, row.fields["sku"]
        if sku not in items and self._stored.feed.meaning != "shipment":
            raise NotFound("item", sku, "sku")
        if self._stored.feed.meaning == "expected" and items[sku].kit:
            raise Invalid("sku", f"{sku} is a kit and is not bought; name its components")
        location = row.fields.get("location") or settings.location
        if location and self._rules.snapshot().location(location) is None:
            raise NotFound("location", location, "location")
        if settings.locations and location not in settings.locations:
            raise Conflict(f"{location} is not in the feed's scope; add it there, or take the row out", "location")
        if settings.categories and sku in items and items[sku].category not in settings.categories:
            raise Conflict(f"{sku} is not in the feed's scope; add its category, or take the row out", "sku")

    def _order_lines(self, rows: Sequence[FeedRow]) -> dict[tuple[str, str], list[int]]:
        snapshot = self._rules.refresh()
        ids = {}
        for code, ref in orders_named(rows):
            if (channel := snapshot.channel(code)) is not None:
                ids[order_identity(channel.id, ref).id] = ref
        found: dict[tuple[str, str], list[int]] = {}
        for order_id, order in standing(self._conn, ids).items():
            for line in order.lines.values():
                found.setdefault((ids[order_id], line.sku), []).append(line.n)
        return found
