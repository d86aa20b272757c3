-- name: steps_due
-- What a channel has not been told of its own orders, the oldest first.
SELECT replace(s.order_id::text, '-', ''), s.movement, s.kind, s.happened_at, s.carrier, s.tracking, s.tracking_url,
       s.reason, s.lines, s.tries, replace(t.order_id::text, '-', ''), t.k, c.ref
FROM order_step s
JOIN taken_order t ON t.ref = s.ref
JOIN channel_order c ON c.part = t.part AND c.id = t.order_id AND c.channel = s.channel
WHERE s.channel = %(channel)s::integer AND s.told_at IS NULL AND s.kind = ANY(%(kinds)s::text[])
  AND (s.next_try_at IS NULL OR s.next_try_at <= %(now)s::timestamptz)
ORDER BY s.recorded_at, s.movement
LIMIT %(limit)s::integer;

-- name: next_step
SELECT min(s.next_try_at) FROM order_step s WHERE s.channel = %(channel)s::integer AND s.told_at IS NULL;

-- name: taken_lines
SELECT t.k, t.n, t.line
FROM taken_line t
WHERE t.part = %(part)s::smallint AND t.order_id = %(id)s::uuid;

-- name: refs_taken
SELECT t.ref FROM taken_order t WHERE t.part = %(part)s::smallint AND t.order_id = %(id)s::uuid;

-- name: set_told
UPDATE order_step
SET told_at = CASE WHEN %(told)s::boolean THEN clock_timestamp() END, tries = %(tries)s::integer,
    next_try_at = %(next_try_at)s::timestamptz, trouble = %(trouble)s::text
WHERE part = %(part)s::smallint AND order_id = %(id)s::uuid AND movement = %(movement)s::bigint;

-- name: settle_strange
-- Of orders that were not taken from the channel nobody there knows: whoever made them by the API reads them there.
UPDATE order_step s SET told_at = clock_timestamp()
WHERE s.channel = %(channel)s::integer AND s.told_at IS NULL AND s.recorded_at < clock_timestamp() - interval '1 day'
  AND NOT EXISTS (SELECT FROM taken_order t
                  JOIN channel_order c ON c.part = t.part AND c.id = t.order_id AND c.channel = s.channel
                  WHERE t.ref = s.ref);

-- name: untold
-- What a channel would not be told, with its reason.
SELECT s.ref, s.kind, s.happened_at, s.tries, s.next_try_at, s.trouble
FROM order_step s
WHERE s.channel = %(channel)s::integer AND s.told_at IS NULL AND s.trouble <> ''
ORDER BY s.recorded_at, s.movement
LIMIT %(limit)s::integer;

-- name: lock_and_look_again
-- The channel has put these units back by itself: what it shows is another number now, and is written anew.
WITH given AS (
    SELECT o.part, o.listing, o.place, k.units
    FROM unnest(%(lines)s::text[], %(units)s::bigint[]) k (line, units)
    JOIN channel_order_line x ON x.part = %(part)s::smallint AND x.order_id = %(id)s::uuid AND x.line = k.line
    JOIN listing l ON l.channel = %(channel)s::integer AND l.sku = x.sku
    JOIN outbound o ON o.channel = l.channel AND o.listing = l.id
    ORDER BY o.part, o.listing, o.place
    FOR NO KEY UPDATE OF o
), each AS (
    SELECT part, listing, place, sum(units) AS units FROM given GROUP BY part, listing, place
)
UPDATE outbound o SET rev = o.rev + 1, desired_at = clock_timestamp(), shown = o.shown + CASE WHEN o.place = 0 THEN e.units END
FROM each e
WHERE o.part = e.part AND o.listing = e.listing AND o.place = e.place;

-- name: clock
SELECT clock_timestamp();

-- name: lock_and_close_lines
-- These units are no longer among the channel's open ones, as it was told just now; where its order has been read since,
-- that says so itself.
WITH told AS (
    SELECT c.part, c.id
    FROM channel_order c
    WHERE c.part = %(part)s::smallint AND c.id = %(id)s::uuid AND c.read_at <= %(since)s::timestamptz
    ORDER BY c.part, c.id
    FOR NO KEY UPDATE OF c
)
UPDATE channel_order_line x SET shipped = least(x.qty, x.shipped + k.units)
FROM told t, unnest(%(lines)s::text[], %(units)s::bigint[]) k (line, units)
WHERE x.part = t.part AND x.order_id = t.id AND x.line = k.line;

-- name: lock_and_take_off
-- The channel has taken these units off by itself, for they have left. What was sent while it was told, and since a try of
-- which nobody knows what it did, may have been reckoned with them, and is written anew.
WITH gone AS (
    SELECT o.part, o.listing, o.place, k.units,
           %(unsure)s::boolean OR o.in_flight_since IS NOT NULL OR o.shown_at > %(since)s::timestamptz AS meanwhile
    FROM unnest(%(lines)s::text[], %(units)s::bigint[]) k (line, units)
    JOIN channel_order_line x ON x.part = %(part)s::smallint AND x.order_id = %(id)s::uuid AND x.line = k.line
    JOIN listing l ON l.channel = %(channel)s::integer AND l.sku = x.sku
    JOIN outbound o ON o.channel = l.channel AND o.listing = l.id
    ORDER BY o.part, o.listing, o.place
    FOR NO KEY UPDATE OF o
), each AS (
    SELECT part, listing, place, sum(units) AS units, bool_or(meanwhile) AS meanwhile
    FROM gone GROUP BY part, listing, place
)
UPDATE outbound o
SET shown = CASE WHEN o.place = 0 AND %(left)s::boolean THEN o.shown - e.units ELSE o.shown END,
    rev = CASE WHEN e.meanwhile THEN o.rev + 1 ELSE o.rev END,
    desired_at = CASE WHEN e.meanwhile THEN clock_timestamp() ELSE o.desired_at END
FROM each e
WHERE o.part = e.part AND o.listing = e.listing AND o.place = e.place;
