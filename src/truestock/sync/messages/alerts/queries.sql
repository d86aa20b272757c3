-- ============================================================ targets

-- name: targets
SELECT t.name, t.via, t.address, t.added_at,
       (SELECT count(*) FROM alert_message m WHERE m.target = t.id AND m.state = 'waiting'),
       (SELECT count(*) FROM alert_message m WHERE m.target = t.id AND m.state = 'dead'),
       coalesce((SELECT m.error FROM alert_message m WHERE m.target = t.id AND m.error <> ''
                 ORDER BY m.created_at DESC LIMIT 1), '')
FROM alert_target t
ORDER BY t.name;

-- name: put_target
INSERT INTO alert_target (id, name, via, address, secrets, added_at)
SELECT %(id)s::integer, %(name)s::text, %(via)s::text, %(address)s::text, %(secrets)s::bytea, clock_timestamp()
ON CONFLICT (name) DO NOTHING;

-- name: target
SELECT t.id, t.via, t.address, t.secrets FROM alert_target t WHERE t.name = %(name)s::text;

-- name: rules_with
SELECT r.name FROM alert_rule r
WHERE %(name)s::text = ANY (r.targets) OR %(name)s::text = ANY (r.escalate_to)
ORDER BY r.name;

-- name: drop_messages
DELETE FROM alert_message WHERE target = %(target)s::integer;

-- name: drop_target
DELETE FROM alert_target WHERE id = %(target)s::integer;

-- name: lock_vault
SELECT t.id, t.secrets FROM alert_target t WHERE t.secrets IS NOT NULL ORDER BY t.id FOR NO KEY UPDATE OF t;

-- name: put_vault
UPDATE alert_target t SET secrets = k.sealed
FROM unnest(%(ids)s::integer[], %(sealed)s::bytea[]) k (id, sealed)
WHERE t.id = k.id;

-- ============================================================ sending

-- name: lock_and_lease
-- Until then nobody else sends them; a process that dies meanwhile leaves them due.
WITH due AS (
    SELECT m.part, m.id
    FROM alert_message m
    JOIN alert_target t ON t.id = m.target
    WHERE m.state = 'waiting' AND m.next_try_at <= %(now)s::timestamptz AND NOT (t.via = 'email' AND %(no_mail)s::boolean)
    ORDER BY m.next_try_at, m.part, m.id
    LIMIT %(limit)s::integer
    FOR NO KEY UPDATE OF m SKIP LOCKED
)
UPDATE alert_message m
SET tries = m.tries + 1, next_try_at = %(until)s::timestamptz, leased_until = %(until)s::timestamptz
FROM due d
WHERE m.part = d.part AND m.id = d.id
RETURNING m.part, m.id, m.tries, m.leased_until;

-- name: message
SELECT m.what, m.rule, t.id, t.via, t.address, t.secrets, coalesce(r.name, '')
FROM alert_message m
JOIN alert_target t ON t.id = m.target
LEFT JOIN alert_rule r ON r.id = m.rule
WHERE m.part = %(part)s::smallint AND m.id = %(id)s::bigint;

-- name: alerts_told
-- Of what is not well now that which nobody has taken on; of what is well again that which this target was told of, read
-- once for all of them. A message gathers alerts that come later than it while it waits, for quiet hours or a server that is down.
WITH m AS MATERIALIZED (
    SELECT * FROM alert_message WHERE part = %(part)s::smallint AND id = %(id)s::bigint
),
a AS MATERIALIZED (
    SELECT a.*
    FROM m
    CROSS JOIN unnest(m.alerts) k (id)
    JOIN alert a ON a.id = k.id
    WHERE a.state = CASE WHEN m.what = 'resolved' THEN 'resolved' ELSE 'open' END
),
told AS MATERIALIZED (
    SELECT DISTINCT k.id
    FROM m
    JOIN alert_message t ON t.target = m.target AND t.rule = m.rule
                        AND t.created_at > (SELECT min(opened_at) FROM a) - interval '30 days'
    CROSS JOIN unnest(t.alerts) k (id)
    WHERE m.what = 'resolved' AND t.state = 'done' AND t.what <> 'resolved'
)
SELECT a.id, a.severity, a.happened, a.risk, a.remedy, a.owner, a.opened_at
FROM a
CROSS JOIN m
WHERE m.what <> 'resolved' OR a.id IN (SELECT id FROM told)
ORDER BY a.opened_at, a.id;

-- name: mark
-- Only under the lease that it was sent with: an answer that comes after it was given up changes nothing.
UPDATE alert_message
SET state = %(state)s::text, tries = %(tries)s::integer, next_try_at = %(next_try_at)s::timestamptz,
    leased_until = NULL, error = %(error)s::text,
    done_at = CASE WHEN %(state)s::text = 'done' THEN %(now)s::timestamptz END
WHERE part = %(part)s::smallint AND id = %(id)s::bigint AND leased_until = %(lease)s::timestamptz;

-- name: counts
SELECT t.name, m.state, count(*)
FROM alert_message m
JOIN alert_target t ON t.id = m.target
WHERE m.state IN ('waiting', 'dead')
GROUP BY 1, 2
ORDER BY 1, 2;
