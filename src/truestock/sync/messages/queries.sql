-- ============================================================ rules

-- name: rules
SELECT r.id, c.code, r.kind, r.via, r.target, r.language, r.after_hours, r.paused, r.since
FROM message_rule r
JOIN channel c ON c.id = r.channel
WHERE %(channel)s::text IS NULL OR c.code = %(channel)s::text
ORDER BY c.code, r.kind;

-- name: channel_of
SELECT id FROM channel WHERE code = %(code)s::text;

-- name: put_rule
-- Orders placed from now on; one that stands already goes on from where it began.
INSERT INTO message_rule (id, channel, kind, via, target, language, after_hours, secrets, since, read_to)
SELECT %(id)s::integer, %(channel)s::integer, %(kind)s::text, %(via)s::text, %(target)s::text, %(language)s::text,
       %(after_hours)s::integer, %(secrets)s::bytea, clock_timestamp(), clock_timestamp()
ON CONFLICT (channel, kind) DO UPDATE
SET id = excluded.id, via = excluded.via, target = excluded.target, language = excluded.language,
    after_hours = excluded.after_hours, secrets = excluded.secrets, paused = false;

-- name: drop_rule
DELETE FROM message_rule WHERE channel = %(channel)s::integer AND kind = %(kind)s::text;

-- name: drop_waiting
-- What waits of a kind that is no longer told.
UPDATE message SET state = 'dropped', error = 'the message was switched off', leased_until = NULL
WHERE channel = %(channel)s::integer AND kind = %(kind)s::text AND state = 'waiting';

-- name: pause_rule
UPDATE message_rule SET paused = %(paused)s::boolean
WHERE channel = %(channel)s::integer AND kind = %(kind)s::text;

-- name: lock_vault
SELECT r.id, r.secrets FROM message_rule r WHERE r.secrets IS NOT NULL ORDER BY r.id FOR NO KEY UPDATE OF r;

-- name: put_vault
UPDATE message_rule r SET secrets = k.sealed
FROM unnest(%(ids)s::integer[], %(sealed)s::bytea[]) k (id, sealed)
WHERE r.id = k.id;

-- ============================================================ which orders are looked at

-- name: lock_rules
-- Whoever holds them gathers what is new of their channels.
SELECT r.id, r.channel, r.since, r.read_to, clock_timestamp()
FROM message_rule r
ORDER BY r.id
FOR NO KEY UPDATE OF r SKIP LOCKED;

-- name: add_watches
-- New orders of channels with rules. What an order grew by on its channel is looked at as that order.
INSERT INTO message_watch (part, order_id, channel, look_at)
SELECT coalesce(c.part, o.part), coalesce(c.id, o.id), o.channel, %(now)s::timestamptz
FROM unnest(%(channels)s::integer[], %(since)s::timestamptz[]) r (channel, since)
JOIN orders o ON o.channel = r.channel AND o.recorded_at > %(after)s::timestamptz
LEFT JOIN LATERAL (
    SELECT x.part, x.id, x.placed_at
    FROM taken_order t
    JOIN channel_order x ON x.part = t.part AND x.id = t.order_id
    WHERE t.ref = o.ref AND x.channel = o.channel
    LIMIT 1
) c ON true
WHERE coalesce(c.placed_at, o.placed_at) >= r.since AND o.state <> 'confirmed'
ORDER BY 1, 2
ON CONFLICT (part, order_id) DO NOTHING;

-- name: lock_and_wake
-- Of what left or was given back, the orders that nobody has looked at since.
WITH woken AS (
    SELECT w.part, w.order_id
    FROM message_watch w
    JOIN (
        SELECT coalesce(c.part, s.part) AS part, coalesce(c.id, s.order_id) AS id, max(s.recorded_at) AS at
        FROM order_step s
        LEFT JOIN LATERAL (
            SELECT x.part, x.id
            FROM taken_order t
            JOIN channel_order x ON x.part = t.part AND x.id = t.order_id
            WHERE t.ref = s.ref AND x.channel = s.channel
            LIMIT 1
        ) c ON true
        WHERE s.recorded_at > %(after)s::timestamptz AND s.channel = ANY (%(channels)s::integer[])
        GROUP BY 1, 2
    ) k ON k.part = w.part AND k.id = w.order_id
    WHERE w.look_at > %(now)s::timestamptz AND w.looked_at < k.at + %(overlap)s::interval
    ORDER BY w.part, w.order_id
    FOR NO KEY UPDATE OF w SKIP LOCKED
)
UPDATE message_watch w SET look_at = %(now)s::timestamptz
FROM woken k
WHERE w.part = k.part AND w.order_id = k.order_id;

-- name: set_read_to
UPDATE message_rule SET read_to = %(now)s::timestamptz WHERE id = ANY (%(ids)s::integer[]);

-- name: lock_watches
SELECT replace(w.order_id::text, '-', ''), w.looked_at
FROM message_watch w
WHERE w.look_at <= clock_timestamp()
ORDER BY w.look_at, w.part, w.order_id
LIMIT %(limit)s::integer
FOR NO KEY UPDATE OF w SKIP LOCKED;

-- name: clock
SELECT clock_timestamp();

-- name: rules_told
SELECT r.channel, r.kind, r.since, make_interval(hours => r.after_hours) FROM message_rule r ORDER BY r.channel, r.kind;

-- name: told
SELECT replace(m.order_id::text, '-', ''), m.kind, m.n, m.state, m.expected, m.created_at
FROM unnest(%(parts)s::smallint[], %(ids)s::uuid[]) k (part, id)
JOIN message m ON m.part = k.part AND m.order_id = k.id
ORDER BY m.part, m.order_id, m.kind, m.n;

-- name: add_messages
INSERT INTO message (part, order_id, kind, n, channel, expected, next_try_at, created_at)
SELECT part, id, kind, n, channel, expected, %(now)s::timestamptz, %(now)s::timestamptz
FROM unnest(%(parts)s::smallint[], %(ids)s::uuid[], %(kinds)s::text[], %(ns)s::bigint[], %(channels)s::integer[],
            %(expected)s::date[]) m (part, id, kind, n, channel, expected)
ON CONFLICT (part, order_id, kind, n) DO NOTHING;

-- name: set_looked
UPDATE message_watch w SET looked_at = %(now)s::timestamptz, look_at = k.look_at
FROM unnest(%(parts)s::smallint[], %(ids)s::uuid[], %(look_at)s::timestamptz[]) k (part, id, look_at)
WHERE w.part = k.part AND w.order_id = k.id;

-- name: drop_watches
DELETE FROM message_watch w
USING unnest(%(parts)s::smallint[], %(ids)s::uuid[]) k (part, id)
WHERE w.part = k.part AND w.order_id = k.id;

-- ============================================================ an order as it stands

-- name: orders
-- An order of a shopper: as its channel has it, with the names that it was taken under here, or as it was made here.
SELECT replace(k.id::text, '-', ''), h.id, h.code, coalesce(c.ref, o.ref), coalesce(nullif(c.name, ''), o.ref),
       coalesce(c.placed_at, o.placed_at), coalesce(c.settled AND c.waiting = '{}', true),
       coalesce(c.state = 'pending', false), coalesce(t.refs, '{}'), b.data
FROM unnest(%(parts)s::smallint[], %(ids)s::uuid[]) k (part, id)
LEFT JOIN channel_order c ON c.part = k.part AND c.id = k.id
LEFT JOIN orders o ON o.part = k.part AND o.id = k.id
JOIN channel h ON h.id = coalesce(c.channel, o.channel)
LEFT JOIN buyer b ON b.part = k.part AND b.order_id = k.id
LEFT JOIN LATERAL (
    SELECT array_agg(x.ref ORDER BY x.k) AS refs FROM taken_order x WHERE x.part = k.part AND x.order_id = k.id
) t ON true;

-- name: shorts
-- Short lines: since when, and when what is expected backs them after all that is served before. Wherever it comes in.
SELECT replace(s.order_id::text, '-', ''), s.line, s.since, e.due_at
FROM unnest(%(parts)s::smallint[], %(ids)s::uuid[]) k (part, id)
JOIN order_line l ON l.part = k.part AND l.order_id = k.id
JOIN item i ON i.id = l.item
JOIN short s ON s.part = i.part AND s.item = i.id AND s.order_id = l.order_id AND s.line = l.n
LEFT JOIN LATERAL (
    SELECT x.due_at
    FROM (SELECT y.due_at, sum(y.qty - y.received) OVER (ORDER BY y.due_at, y.id) AS units
          FROM expected y
          WHERE y.part = s.part AND y.item = s.item AND y.state = 'open' AND y.kind IN ('purchase', 'transfer')
            AND y.due_at > clock_timestamp()) x
    WHERE x.units >= (SELECT sum(b.qty - b.filled - b.cancelled)
                      FROM short b
                      WHERE b.part = s.part AND b.item = s.item AND b.filled + b.cancelled < b.qty
                        AND (b.priority > s.priority OR (b.priority = s.priority AND b.since <= s.since)))
    ORDER BY x.due_at
    LIMIT 1
) e ON true
WHERE s.filled + s.cancelled < s.qty
ORDER BY s.order_id, s.line, s.since;

-- name: steps
-- Not of a cart that was let go: its promises still have the time until when they were held.
SELECT replace(s.order_id::text, '-', ''), s.kind, s.happened_at, s.carrier, s.tracking, s.tracking_url, s.lines
FROM unnest(%(parts)s::smallint[], %(ids)s::uuid[]) k (part, id)
JOIN order_step s ON s.part = k.part AND s.order_id = k.id
JOIN orders o ON o.part = k.part AND o.id = k.id
WHERE NOT (o.expires_at IS NOT NULL AND o.state = 'cancelled' AND EXISTS (
    SELECT FROM order_line l
    JOIN item i ON i.id = l.item
    JOIN promise p ON p.part = i.part AND p.item = i.id AND p.order_id = o.id AND p.line = l.n
    WHERE l.part = o.part AND l.order_id = o.id AND p.expires_at IS NOT NULL))
ORDER BY s.order_id, s.happened_at, s.movement;

-- name: titles
-- What the lines of these orders are called: as on their channel, else as the item is.
SELECT replace(o.id::text, '-', ''), l.n,
       coalesce(max(nullif(c.title, '')), CASE WHEN count(*) = 1 THEN max(i.name) ELSE '' END)
FROM unnest(%(parts)s::smallint[], %(ids)s::uuid[]) k (part, id)
JOIN orders o ON o.part = k.part AND o.id = k.id
JOIN order_line l ON l.part = o.part AND l.order_id = o.id
JOIN item i ON i.id = l.item
LEFT JOIN LATERAL (
    SELECT z.title
    FROM taken_order t
    JOIN channel_order x ON x.part = t.part AND x.id = t.order_id
    JOIN taken_line y ON y.part = t.part AND y.order_id = t.order_id AND y.k = t.k AND y.n = l.n
    JOIN channel_order_line z ON z.part = y.part AND z.order_id = y.order_id AND z.line = y.line
    WHERE t.ref = o.ref AND x.channel = o.channel
    LIMIT 1
) c ON true
GROUP BY o.id, l.n;

-- ============================================================ sending

-- name: lock_and_lease
-- Until then nobody else sends them; a process that dies meanwhile leaves them due.
WITH due AS (
    SELECT m.part, m.order_id, m.kind, m.n
    FROM message m
    JOIN message_rule r ON r.channel = m.channel AND r.kind = m.kind
    WHERE m.state = 'waiting' AND m.next_try_at <= %(now)s::timestamptz AND NOT r.paused
      AND NOT (r.via = 'email' AND %(no_mail)s::boolean)
    ORDER BY m.next_try_at, m.part, m.order_id, m.kind, m.n
    LIMIT %(limit)s::integer
    FOR NO KEY UPDATE OF m SKIP LOCKED
)
UPDATE message m
SET tries = m.tries + 1, next_try_at = %(until)s::timestamptz, leased_until = %(until)s::timestamptz
FROM due d
WHERE m.part = d.part AND m.order_id = d.order_id AND m.kind = d.kind AND m.n = d.n
RETURNING replace(m.order_id::text, '-', ''), m.kind, m.n, m.tries, m.leased_until;

-- name: rule_of
SELECT r.id, r.via, r.target, r.language, r.secrets, r.since
FROM message_rule r
WHERE r.channel = %(channel)s::integer AND r.kind = %(kind)s::text;

-- name: mark
-- Only under the lease that it was sent with: an answer that comes after it was given up changes nothing.
UPDATE message
SET state = %(state)s::text, tries = %(tries)s::integer, next_try_at = %(next_try_at)s::timestamptz,
    leased_until = NULL, error = %(error)s::text, expected = coalesce(%(expected)s::date, expected),
    done_at = CASE WHEN %(state)s::text = 'done' THEN %(now)s::timestamptz END
WHERE part = %(part)s::smallint AND order_id = %(id)s::uuid AND kind = %(kind)s::text AND n = %(n)s::bigint
  AND leased_until = %(lease)s::timestamptz;

-- ============================================================ as they are looked at

-- name: messages
SELECT replace(m.order_id::text, '-', ''), c.code, coalesce(x.ref, o.ref), m.kind, m.n, m.state, m.tries,
       CASE WHEN m.state = 'waiting' THEN m.next_try_at END, m.error, m.expected, m.created_at, m.done_at
FROM message m
JOIN channel c ON c.id = m.channel
LEFT JOIN channel_order x ON x.part = m.part AND x.id = m.order_id
LEFT JOIN orders o ON o.part = m.part AND o.id = m.order_id
WHERE (%(channel)s::text IS NULL OR c.code = %(channel)s::text)
  AND (%(state)s::text IS NULL OR m.state = %(state)s::text)
  AND (%(kind)s::text IS NULL OR m.kind = %(kind)s::text)
  AND (%(id)s::uuid IS NULL OR (m.part = %(part)s::smallint AND m.order_id = %(id)s::uuid AND m.n = %(n)s::bigint))
  AND (%(at)s::timestamptz IS NULL
       OR (m.created_at, m.order_id, m.kind, m.n)
          < (%(at)s::timestamptz, %(after_id)s::uuid, %(after_kind)s::text, %(after_n)s::bigint))
ORDER BY m.created_at DESC, m.order_id DESC, m.kind DESC, m.n DESC
LIMIT %(limit)s::integer;

-- name: retry
-- What is on its way at this moment is left alone.
UPDATE message
SET state = 'waiting', tries = 0, next_try_at = clock_timestamp(), leased_until = NULL, done_at = NULL
WHERE (%(id)s::uuid IS NULL OR (part = %(part)s::smallint AND order_id = %(id)s::uuid AND n = %(n)s::bigint))
  AND (%(channel)s::integer IS NULL OR channel = %(channel)s::integer)
  AND (%(kind)s::text IS NULL OR kind = %(kind)s::text)
  AND state = ANY (%(states)s::text[]) AND (leased_until IS NULL OR leased_until <= clock_timestamp());

-- name: counts
SELECT c.code, m.kind, m.state, count(*)
FROM message m
JOIN channel c ON c.id = m.channel
WHERE m.state IN ('waiting', 'dead')
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3;

-- name: oldest
SELECT coalesce(extract(epoch FROM clock_timestamp() - min(m.created_at)), 0)::float8 FROM message m WHERE m.state = 'waiting';

-- name: trim_messages
DELETE FROM message m
WHERE m.part = %(part)s::smallint AND m.created_at < %(before)s::timestamptz AND m.state <> 'waiting'
  AND NOT EXISTS (SELECT FROM message_watch w WHERE w.part = m.part AND w.order_id = m.order_id);

-- ============================================================ templates

-- name: templates
SELECT t.kind, t.language, t.subject, t.body_text, t.body_html, t.changed_at
FROM message_template t
JOIN channel c ON c.id = t.channel
WHERE c.code = %(channel)s::text AND (%(kind)s::text IS NULL OR t.kind = %(kind)s::text)
ORDER BY t.kind, t.language;

-- name: put_template
INSERT INTO message_template (channel, kind, language, subject, body_text, body_html, changed_at)
SELECT %(channel)s::integer, %(kind)s::text, %(language)s::text, %(subject)s::text, %(text)s::text, %(html)s::text,
       clock_timestamp()
ON CONFLICT (channel, kind, language) DO UPDATE
SET subject = excluded.subject, body_text = excluded.body_text, body_html = excluded.body_html,
    changed_at = excluded.changed_at;

-- name: drop_template
DELETE FROM message_template
WHERE channel = %(channel)s::integer AND kind = %(kind)s::text AND language = %(language)s::text;
