"""What a file is taken in with: a connection that holds its feed alone, the feed, the rules, and who is told."""

from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec

from truestock.catalog.rules import RuleBook
from truestock.feeds.stock.engine import queries
from truestock.feeds.stock.engine.feeds import Stored
from truestock.feeds.stock.engine.runs import LineFault, Run, add_lines
from truestock.feeds.stock.engine.settings import FeedSettings
from truestock.store.arrays import at_length
from truestock.store.database import Connection, Database
from truestock.store.jobs.kinds import Interrupted


class Session:
    """Of one feed; `conn` is its own. `say` is told what is done and how many rows, or parts of 256, were."""

    def __init__(
        self,
        db: Database,
        rules: RuleBook,
        conn: Connection,
        stored: Stored,
        say: Callable[[str, int], None],
        stopping: Callable[[], bool],
    ) -> None:
        self.db = db
        self.rules = rules
        self.conn = conn
        self.stored = stored
        self.say = say
        self.snapshot = rules.refresh()
        self._stopping = stopping
        at_length(conn)

    @property
    def settings(self) -> FeedSettings:
        """The feed's."""
        return self.stored.feed.settings

    def now(self) -> datetime:
        """The database's clock."""
        ((now,),) = self.conn.execute(queries.clock).fetchall()
        assert isinstance(now, datetime)
        return now

    def halt(self) -> None:
        """Raises Interrupted where the process stops."""
        if self._stopping():
            raise Interrupted("stopped before the whole file was booked; the next try goes on")

    def add_run(self, run: Run, bad: Sequence[LineFault]) -> None:
        """Keep a run, and the rows that it loses."""
        self.conn.execute(
            queries.add_run,
            {
                "id": run.id,
                "feed": self.stored.id,
                "file": run.file,
                "digest": run.digest,
                "as_of": run.as_of,
                "until": run.booked_until,
                "state": run.state,
                "report": msgspec.json.encode(run.report).decode(),
                "actor": run.actor,
                "began_at": run.began_at,
            },
        )
        add_lines(self.conn, run.id, bad)
