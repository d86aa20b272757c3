"""A server that runs for months does not run out of room in the ledger."""

from tests.clocks import until
from truestock.store.database import Database
from truestock.store.partitions import missing_partitions
from truestock.store.upkeep.housekeeping import Housekeeping


def test_the_coming_months_are_made_while_a_server_runs(db: Database) -> None:
    with db.transaction() as conn:
        assert missing_partitions(conn, months_ahead=9)

    def lacking() -> int:
        with db.transaction() as conn:
            return len(missing_partitions(conn, months_ahead=9))

    with Housekeeping(db, months_ahead=9, every_s=0.05):
        until(lacking, lambda found: not found)
