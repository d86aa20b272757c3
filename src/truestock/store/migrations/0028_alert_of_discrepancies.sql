-- A rule that comes along: a source counts otherwise than the ledger, past what is tolerated.
WITH taken AS (UPDATE counter SET next = next + 1 WHERE name = 'alert_rule' RETURNING next - 1 AS id)
INSERT INTO alert_rule (id, name, kind, threshold, severity, owner, group_by, targets, quiet_zone, escalate_to,
                        reopen_within_s, paused)
SELECT id, 'discrepancy past tolerance', 'discrepancy', 1, 'warning', '', 'location', '{}', 'UTC', '{}', 3600, false
FROM taken;
