"""A server that runs for months does not run out of room in the ledger."""

import time

from truestock.store.database import Database
from truestock.store.partitions import missing_partitions
from truestock.store.upkeep.housekeeping import Housekeeping


def test_the_coming_months_are_made_while_a_server_runs(db: Database) -> None:
    with db.transaction() as conn:
        assert missing_partitions(conn, months_ahead=9)
    with Housekeeping(db, months_ahead=9, every_s=0.05):
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            with db.transaction() as conn:
                if not missing_partitions(conn, months_ahead=9):
                    break
            time.sleep(0.05)
    with db.transaction() as conn:
        assert not missing_partitions(conn, months_ahead=9)
