"""What must be true of the tables after any transaction, in SQL of the tests' own."""

from truestock.store.database import Database

LAWS = {
    "entries sum to rows": """
        SELECT item, loc, lot, status, owner, sum(h), sum(r) FROM (
            SELECT item, loc, lot, status, owner, on_hand AS h, reserved AS r FROM stock UNION ALL
            SELECT item, loc, lot, status, owner, -d_on_hand, -d_reserved FROM entry WHERE loc > 0) x
        GROUP BY 1, 2, 3, 4, 5 HAVING sum(h) <> 0 OR sum(r) <> 0""",
    "units come from somewhere": "SELECT item, sum(d_on_hand) FROM entry GROUP BY item HAVING sum(d_on_hand) <> 0",
    "so do those of every movement": """
        SELECT item, movement, sum(d_on_hand) FROM entry GROUP BY 1, 2 HAVING sum(d_on_hand) <> 0""",
    "open promises sum to reserved": """
        SELECT item, loc, lot, owner, sum(q) FROM (
            SELECT item, loc, lot, owner, reserved AS q FROM stock WHERE status = 0 UNION ALL
            SELECT item, loc, lot, owner, -(qty - posted - voided) FROM promise) x
        GROUP BY 1, 2, 3, 4 HAVING sum(q) <> 0""",
    "no promise beyond what is there": "SELECT * FROM stock WHERE reserved < 0 OR reserved > greatest(on_hand, 0)",
    "open shorts sum to their entries": """
        SELECT item, sum(q) FROM (
            SELECT item, qty - filled - cancelled AS q FROM short UNION ALL SELECT item, -d_short FROM entry) x
        GROUP BY 1 HAVING sum(q) <> 0""",
    "holds are the open promises of carts": """
        SELECT h.order_id, h.qty, p.qty - p.posted - p.voided FROM hold h
        LEFT JOIN promise p USING (part, item, order_id, line, n)
        WHERE h.qty IS DISTINCT FROM p.qty - p.posted - p.voided""",
    "versions are contiguous up to the head": """
        SELECT h.item, h.version, count(DISTINCT e.version), max(e.version) FROM head h JOIN entry e USING (part, item)
        GROUP BY 1, 2
        HAVING max(e.version) <> h.version OR count(DISTINCT e.version) <> max(e.version) - min(e.version) + 1""",
    "every version is in the change stream": """
        SELECT DISTINCT e.item, e.version FROM entry e LEFT JOIN changed c USING (part, item, version)
        WHERE c.version IS NULL""",
    "nothing is known before it happened": "SELECT item, version FROM entry WHERE effective_at > recorded_at",
    "time does not run backwards in an item": """
        SELECT * FROM (
            SELECT item, version, recorded_at, lag(recorded_at) OVER (PARTITION BY item ORDER BY version) AS before
            FROM entry) x
        WHERE before > recorded_at""",
}


def broken(db: Database) -> dict[str, list[tuple[object, ...]]]:
    """The laws that do not hold, each with what breaks it."""
    with db.transaction() as conn:
        found = {law: conn.execute(statement.encode()).fetchmany(5) for law, statement in LAWS.items()}
    return {law: rows for law, rows in found.items() if rows}
