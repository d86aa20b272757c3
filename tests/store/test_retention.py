"""What has been kept long enough is deleted, part by part, and nothing else is."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.factories import ago
from truestock.core.identity import PARTS
from truestock.ledger import requests
from truestock.ledger.requests import Key
from truestock.store.database import Connection, Database
from truestock.store.jobs.kinds import Interrupted
from truestock.store.upkeep.retention import Kept, Trim, trim_all

KEPT = Kept(requests.TRIM, 30)


def remember(db: Database, days: float, *keys: str) -> None:
    """Keys that were answered so many days ago."""
    with db.transaction() as conn:
        for name in keys:
            key = Key("post", name)
            conn.execute(
                "INSERT INTO request VALUES (%s, 'post', %s, '', '{}', 'test', %s)", [key.part, name, ago(days=days)]
            )


def remembered(db: Database) -> set[str]:
    with db.transaction() as conn:
        return {key for (key,) in conn.execute("SELECT key FROM request")}


def test_keys_of_requests_are_forgotten_after_their_days_in_every_part(db: Database) -> None:
    old = {f"old-{n}" for n in range(300)}
    remember(db, 30.01, *old)
    remember(db, 29.99, "young")
    assert trim_all(db, [KEPT]) == {"request keys": len(old)}
    assert remembered(db) == {"young"}
    assert trim_all(db, [KEPT]) == {"request keys": 0}


def test_it_stops_between_parts_when_the_process_ends_and_goes_on_the_next_time(db: Database) -> None:
    remember(db, 31, *(f"old-{n}" for n in range(200)))
    looks = iter(range(PARTS))
    with pytest.raises(Interrupted, match="request keys: stopped after"):
        trim_all(db, [KEPT], lambda: next(looks) > PARTS // 2)
    left = len(remembered(db))
    assert 0 < left < 200
    assert trim_all(db, [KEPT]) == {"request keys": left}


def test_a_trim_is_told_an_instant_so_many_days_ago(db: Database) -> None:
    told: list[tuple[datetime, int]] = []

    def delete(_: Connection, before: datetime, part: int) -> int:
        told.append((before, part))
        return 2

    assert trim_all(db, [Kept(Trim("things", delete, by_part=False), 7)]) == {"things": 2}
    ((before, part),) = told
    assert part == 0
    assert abs(datetime.now(UTC) - timedelta(days=7) - before) < timedelta(minutes=1)
