"""What reconciliation has kept for long enough goes: accuracy by day, and which movements raised alerts."""

from tests.factories import ago
from truestock.reconciliation.alerts import manage
from truestock.reconciliation.discrepancies import decide
from truestock.store.database import Database
from truestock.store.upkeep.retention import Kept, trim_all


def test_accuracy_of_old_days_and_movements_that_were_looked_at_are_forgotten(db: Database) -> None:
    with db.transaction() as conn:
        conn.execute("INSERT INTO location (id, code, kind, tier, rank) VALUES (9001, 'kept', 'dc', 'primary', 1)")
        for days in (1, 40):
            conn.execute("INSERT INTO accuracy VALUES (%s, 9001, 'erp', 1, '', 5, 0, 0)", [ago(days=days).date()])
            for taken in (ago(days=days), None):
                values = [days * 10 + bool(taken), ago(days=days), taken]
                conn.execute("INSERT INTO mishap VALUES (7, 7, %s, 'negative', 9001, 0, NULL, 1, 1, %s, %s)", values)
    trim_all(db, [Kept(decide.TRIM, 30), Kept(manage.TRIM, 30)])
    with db.transaction() as conn:
        assert conn.execute("SELECT cells FROM accuracy").fetchall() == [(5,)]
        assert conn.execute("SELECT id FROM mishap ORDER BY id").fetchall() == [(10,), (11,), (400,)]
