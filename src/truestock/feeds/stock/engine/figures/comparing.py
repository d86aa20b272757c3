"""Finds what a file of figures says otherwise than its feed said before, and what it does not mention, in sets."""

from datetime import datetime
from typing import Any

from truestock.feeds.stock.before.kept import Before
from truestock.feeds.stock.engine.figures import queries
from truestock.feeds.stock.engine.figures.loading import NotByLines, named
from truestock.feeds.stock.engine.settings import FeedSettings
from truestock.store.database import Connection


def compare(
    conn: Connection,
    feed: int,
    settings: FeedSettings,
    scope: dict[str, Any],
    now: datetime,
    *,
    rows: int,
    net: bool,
    every: bool,
    silent: bool,
    by_lines: bool,
    preview: bool,
) -> None:
    """Fill the session's table of changes from the `rows` that were loaded. `by_lines`: only lines that are new were,
    and the cells of those that are gone. `preview`: lots that nobody knows were not made. Raises NotByLines."""
    parameters = {
        **scope,
        **named(settings),
        "feed": feed,
        "by_lines": by_lines,
        "scoped": bool(settings.locations or settings.categories),
        "now": now,
        "net": net,
        "every": every,
        "silent": silent,
    }
    conn.execute(queries.compare, parameters)
    if preview:
        conn.execute(queries.set_new_lots_aside, {**scope, "net": net, "now": now})
    conn.execute(queries.also_said, named(settings))
    if silent and not (every or by_lines):
        ((again,),) = conn.execute(queries.told_again, {"rows": rows, "feed": feed}).fetchall()
        if again:
            conn.execute(queries.find_told_again, {**named(settings), "feed": feed})
    if by_lines:
        if conn.execute(queries.said_elsewhere, {"feed": feed, "complete": settings.complete}).fetchall()[0][0]:
            raise NotByLines
        conn.execute(queries.said_long_before, {"feed": feed})
        conn.execute(queries.say_unbound, {"feed": feed})


def find_unmentioned(
    conn: Connection, feed: int, settings: FeedSettings, scope: dict[str, Any], before: Before | None
) -> None:
    """Find what a complete feed's file does not mention: that alone is to be taken away.

    `before`: what it does not mention is gone already. Raises NotByLines where something has come there since."""
    looked_at = before and before.looked_at
    if before is not None and before.silent:
        ((came,),) = conn.execute(queries.came_unmentioned, {"feed": feed, "looked_at": looked_at}).fetchall()
        if came:
            raise NotByLines
    conn.execute(queries.keep_foreign, scope)
    conn.execute(queries.keep_other_grain, named(settings))
    conn.execute(queries.unsaid, {**scope, "feed": feed, "looked_at": looked_at})
