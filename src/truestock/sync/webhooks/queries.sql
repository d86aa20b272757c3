-- ============================================================ events into deliveries

-- name: lock_events
-- Whoever takes them deletes them; what another process has taken it makes into deliveries itself.
SELECT e.id, e.kind, e.subject, e.data, e.recorded_at
FROM event e
ORDER BY e.recorded_at, e.part, e.id
LIMIT %(limit)s::integer
FOR UPDATE OF e SKIP LOCKED;

-- name: drop_events
DELETE FROM event e
USING unnest(%(parts)s::smallint[], %(ids)s::bigint[]) k (part, id)
WHERE e.part = k.part AND e.id = k.id;

-- name: wanted
-- Who is told of what: also the paused ones, whose deliveries wait.
SELECT w.id, w.kinds, c.code
FROM webhook w
LEFT JOIN channel c ON c.id = w.channel
ORDER BY w.id;

-- name: add_deliveries
INSERT INTO delivery (part, id, webhook, kind, body, next_try_at, created_at)
SELECT k.part, k.id, k.webhook, k.kind, k.body, %(now)s::timestamptz, %(now)s::timestamptz
FROM unnest(%(parts)s::smallint[], %(ids)s::bigint[], %(webhooks)s::integer[], %(kinds)s::text[], %(bodies)s::text[])
     k (part, id, webhook, kind, body);

-- name: note_outages
-- Channels of which something else was told last than is so now.
UPDATE connection n
SET down_told = NOT n.down_told
FROM channel c
WHERE c.id = n.channel AND n.down_told <> (n.trouble <> '' AND (n.down_told OR n.trouble_since <= %(before)s::timestamptz))
RETURNING c.code, n.trouble, n.down_told;

-- ============================================================ changes of availability

-- name: lock_listeners
-- One delivery at a time: while it waits, what changes further is gathered for the next one.
SELECT w.id
FROM webhook w
WHERE NOT w.paused AND 'availability.changed' = ANY (w.kinds)
  AND w.atp_seq < (SELECT seq FROM lane WHERE name = 'atp')
  AND NOT EXISTS (SELECT FROM delivery d
                  WHERE d.webhook = w.id AND d.state = 'waiting' AND d.kind = 'availability.changed')
ORDER BY w.id
FOR NO KEY UPDATE OF w SKIP LOCKED;

-- name: heard
-- With whether the last delivery was given up, so that its changes have reached nobody.
SELECT w.id, c.code, w.atp_seq,
       coalesce((SELECT d.state FROM delivery d WHERE d.webhook = w.id AND d.kind = 'availability.changed'
                 ORDER BY d.id DESC LIMIT 1) = 'dead', false)
FROM webhook w
LEFT JOIN channel c ON c.id = w.channel
WHERE w.id = ANY (%(webhooks)s::integer[])
ORDER BY w.id;

-- name: set_heard
UPDATE webhook w SET atp_seq = k.seq
FROM unnest(%(webhooks)s::integer[], %(seqs)s::bigint[]) k (webhook, seq)
WHERE w.id = k.webhook;

-- ============================================================ calls

-- name: lock_callable
-- The webhooks with something due. The lock is for the moment of taking: no two processes take beyond a webhook's room.
SELECT w.id
FROM webhook w
WHERE NOT w.paused AND (w.not_before IS NULL OR w.not_before <= %(now)s::timestamptz)
  AND EXISTS (SELECT FROM delivery d
              WHERE d.webhook = w.id AND d.state = 'waiting' AND d.next_try_at <= %(now)s::timestamptz)
ORDER BY w.id
FOR NO KEY UPDATE OF w SKIP LOCKED;

-- name: targets
SELECT w.id, w.url, w.secrets, w.old_until, w.failures,
       (SELECT count(*) FROM delivery d WHERE d.webhook = w.id AND d.leased_until > %(now)s::timestamptz)
FROM webhook w
WHERE w.id = ANY (%(webhooks)s::integer[]) AND NOT w.paused
ORDER BY w.id;

-- name: lease
-- Until then nobody else sends them; a process that dies meanwhile leaves them due.
UPDATE delivery d
SET tries = d.tries + 1, next_try_at = %(until)s::timestamptz, leased_until = %(until)s::timestamptz
FROM (
    SELECT x.part, x.id, x.webhook
    FROM unnest(%(webhooks)s::integer[], %(rooms)s::integer[]) k (webhook, room)
    CROSS JOIN LATERAL (
        SELECT n.part, n.id, n.webhook
        FROM delivery n
        WHERE n.webhook = k.webhook AND n.state = 'waiting' AND n.next_try_at <= %(now)s::timestamptz
        ORDER BY n.next_try_at
        LIMIT k.room
    ) x
) due
WHERE d.part = due.part AND d.id = due.id AND d.webhook = due.webhook AND d.state = 'waiting'
RETURNING d.id, d.webhook, d.kind, d.body, d.tries, d.leased_until;

-- name: lock_standings
SELECT w.id, w.failures, w.paused, w.trouble FROM webhook w
WHERE w.id = ANY (%(webhooks)s::integer[])
ORDER BY w.id
FOR NO KEY UPDATE OF w;

-- name: set_standings
UPDATE webhook w
SET failures = k.failures, not_before = k.not_before, paused = k.paused, trouble = k.trouble,
    trouble_since = CASE WHEN k.trouble = '' THEN NULL ELSE coalesce(w.trouble_since, %(now)s::timestamptz) END
FROM unnest(%(webhooks)s::integer[], %(failures)s::integer[], %(not_before)s::timestamptz[], %(paused)s::boolean[],
            %(troubles)s::text[]) k (webhook, failures, not_before, paused, trouble)
WHERE w.id = k.webhook;

-- name: lock_and_mark
-- Only under the lease that it was sent with: an answer that comes after it was given up changes nothing.
WITH marked AS (
    SELECT d.part, d.id, d.webhook, k.state, k.next_try_at, k.status, k.error
    FROM delivery d
    JOIN unnest(%(parts)s::smallint[], %(ids)s::bigint[], %(webhooks)s::integer[], %(leases)s::timestamptz[],
                %(states)s::text[], %(next_try_at)s::timestamptz[], %(statuses)s::integer[], %(errors)s::text[])
             k (part, id, webhook, lease, state, next_try_at, status, error)
        ON d.part = k.part AND d.id = k.id AND d.webhook = k.webhook
    WHERE d.leased_until = k.lease
    ORDER BY d.part, d.id, d.webhook
    FOR NO KEY UPDATE OF d
)
UPDATE delivery d
SET state = m.state, next_try_at = m.next_try_at, leased_until = NULL, last_status = m.status, last_error = m.error,
    done_at = CASE WHEN m.state = 'done' THEN %(now)s::timestamptz END
FROM marked m
WHERE d.part = m.part AND d.id = m.id AND d.webhook = m.webhook;

-- name: trim_deliveries
DELETE FROM delivery d
USING (
    SELECT x.part, x.id, x.webhook
    FROM webhook w
    CROSS JOIN LATERAL (
        SELECT n.part, n.id, n.webhook FROM delivery n
        WHERE n.webhook = w.id AND n.id < %(before)s::bigint
        ORDER BY n.id
        LIMIT %(limit)s::integer
    ) x
) old
WHERE d.part = old.part AND d.id = old.id AND d.webhook = old.webhook;

-- ============================================================ webhooks

-- name: webhooks
SELECT w.id, w.url, w.kinds, c.code, w.paused, w.trouble, w.trouble_since, w.old_until, w.added_at,
       s.waiting, s.oldest, (SELECT count(*) FROM delivery d WHERE d.webhook = w.id AND d.state = 'dead')
FROM webhook w
LEFT JOIN channel c ON c.id = w.channel
CROSS JOIN LATERAL (
    SELECT count(*) AS waiting, min(d.created_at) AS oldest
    FROM delivery d
    WHERE d.webhook = w.id AND d.state = 'waiting'
) s
WHERE %(webhook)s::integer IS NULL OR w.id = %(webhook)s::integer
ORDER BY w.id;

-- name: sealed
SELECT w.url, w.secrets, w.old_until FROM webhook w WHERE w.id = %(webhook)s::integer;

-- name: count_webhooks
SELECT count(*) FROM webhook;

-- name: channel_of
SELECT id FROM channel WHERE code = %(code)s::text;

-- name: add_webhook
-- Changes of availability are told from now on.
INSERT INTO webhook (id, url, kinds, channel, secrets, atp_seq, added_at)
SELECT %(webhook)s::integer, %(url)s::text, %(kinds)s::text[], %(channel)s::integer, %(secrets)s::bytea,
       (SELECT seq FROM lane WHERE name = 'atp'), clock_timestamp();

-- name: pause
UPDATE webhook
SET paused = %(paused)s::boolean, failures = 0, not_before = NULL, trouble = '', trouble_since = NULL
WHERE id = %(webhook)s::integer;

-- name: lock_webhook
SELECT w.secrets FROM webhook w WHERE w.id = %(webhook)s::integer ORDER BY w.id FOR NO KEY UPDATE OF w;

-- name: lock_whole_webhook
-- Nothing is made for it from now on.
SELECT w.id FROM webhook w WHERE w.id = %(webhook)s::integer ORDER BY w.id FOR UPDATE OF w;

-- name: set_secrets
UPDATE webhook SET secrets = %(secrets)s::bytea, old_until = %(old_until)s::timestamptz
WHERE id = %(webhook)s::integer;

-- name: drop_deliveries_of
DELETE FROM delivery WHERE webhook = %(webhook)s::integer;

-- name: drop_webhook
DELETE FROM webhook WHERE id = %(webhook)s::integer;

-- ============================================================ deliveries, as they are looked at

-- name: deliveries
SELECT d.id, d.webhook, d.kind, d.state, d.tries, d.next_try_at, d.last_status, d.last_error, d.created_at, d.done_at
FROM delivery d
WHERE d.webhook = %(webhook)s::integer AND d.id < %(before)s::bigint
  AND (%(state)s::text IS NULL OR d.state = %(state)s::text)
ORDER BY d.id DESC
LIMIT %(limit)s::integer;

-- name: body
SELECT d.body FROM delivery d
WHERE d.part = %(part)s::smallint AND d.id = %(event)s::bigint AND d.webhook = %(webhook)s::integer;

-- name: replay
-- What is under way at this moment is left alone.
UPDATE delivery d
SET state = 'waiting', tries = 0, next_try_at = %(now)s::timestamptz, leased_until = NULL, done_at = NULL
WHERE d.webhook = %(webhook)s::integer AND d.id BETWEEN %(first)s::bigint AND %(last)s::bigint
  AND (d.leased_until IS NULL OR d.leased_until <= %(now)s::timestamptz);

-- name: call_at_once
UPDATE webhook SET failures = 0, not_before = NULL WHERE id = %(webhook)s::integer;

-- name: standings
SELECT w.id, w.paused, w.trouble = '', s.waiting, s.oldest_s,
       (SELECT count(*) FROM delivery d WHERE d.webhook = w.id AND d.state = 'dead')
FROM webhook w
CROSS JOIN LATERAL (
    SELECT count(*) AS waiting,
           greatest(0, coalesce(extract(epoch FROM clock_timestamp() - min(d.created_at)), 0))::float8 AS oldest_s
    FROM delivery d
    WHERE d.webhook = w.id AND d.state = 'waiting'
) s
ORDER BY w.id;

-- name: events_waiting
SELECT count(*) FROM event;

-- name: lock_vault
SELECT id, secrets FROM webhook ORDER BY id FOR NO KEY UPDATE;

-- name: put_vault
UPDATE webhook w SET secrets = k.sealed
FROM unnest(%(ids)s::integer[], %(sealed)s::bytea[]) k (webhook, sealed)
WHERE w.id = k.webhook;
