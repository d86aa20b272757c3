-- ============================================================ one channel's listings

-- name: lock_due
-- The listings whose newest value the channel has not acknowledged, most urgent first: what must go out of stock, then
-- what is shown beyond its number, most units first. Those that somebody else holds at this moment come next time.
WITH due AS (
    SELECT o.part, o.listing
    FROM outbound o
    WHERE o.channel = %(channel)s::integer AND o.acked_rev < o.rev AND o.in_flight_since IS NULL
      -- A new and lower number does not wait for what the old one has to wait for: it would be oversold meanwhile.
      AND (o.next_try_at IS NULL OR o.next_try_at <= %(now)s::timestamptz
           OR (o.rev > o.sent_rev AND (o.shown IS NULL OR o.desired < o.shown)))
    ORDER BY (o.desired = 0 AND o.shown IS DISTINCT FROM 0) DESC, o.shown - o.desired DESC NULLS FIRST,
             o.part, o.listing
    LIMIT %(limit)s::integer
    FOR NO KEY UPDATE OF o SKIP LOCKED
)
UPDATE outbound o SET sent_rev = o.rev, sent = o.desired, in_flight_since = %(now)s::timestamptz, ticket = ''
FROM due d, listing l
WHERE o.part = d.part AND o.listing = d.listing AND l.id = o.listing
RETURNING o.listing, l.sku, o.sent_rev, o.sent, o.shown, o.tries;

-- name: in_doubt
-- What has been on its way for too long without a ticket: nobody knows whether it came through.
SELECT o.listing, l.sku, o.sent_rev, o.sent, o.shown, o.tries
FROM outbound o
JOIN listing l ON l.id = o.listing
WHERE o.channel = %(channel)s::integer AND o.in_flight_since <= %(before)s::timestamptz AND o.ticket = ''
ORDER BY o.in_flight_since, o.listing
LIMIT %(limit)s::integer;

-- name: with_tickets
SELECT o.listing, l.sku, o.sent_rev, o.sent, o.shown, o.tries, o.ticket
FROM outbound o
JOIN listing l ON l.id = o.listing
WHERE o.channel = %(channel)s::integer AND o.in_flight_since IS NOT NULL AND o.ticket <> ''
ORDER BY o.in_flight_since, o.listing
LIMIT %(limit)s::integer;

-- name: lock_and_mark
-- Only what is still on its way as this revision: an answer that comes after its listing was given up changes nothing.
WITH marked AS (
    SELECT o.part, o.listing, k.rev, k.in_flight, k.acked, k.shown, k.observed, k.tries, k.next_try_at, k.trouble,
           k.ticket
    FROM outbound o
    JOIN unnest(%(parts)s::smallint[], %(listings)s::bigint[], %(revs)s::bigint[], %(in_flight)s::boolean[],
                %(acked)s::boolean[], %(shown)s::bigint[], %(observed)s::bigint[], %(tries)s::integer[],
                %(next_try_at)s::timestamptz[], %(trouble)s::text[], %(ticket)s::text[])
             k (part, listing, rev, in_flight, acked, shown, observed, tries, next_try_at, trouble, ticket)
        ON o.part = k.part AND o.listing = k.listing
    WHERE o.sent_rev = k.rev AND o.in_flight_since IS NOT NULL
    ORDER BY o.part, o.listing
    FOR NO KEY UPDATE OF o
)
UPDATE outbound o
SET in_flight_since = CASE WHEN m.in_flight THEN o.in_flight_since END,
    acked_rev = CASE WHEN m.acked THEN greatest(o.acked_rev, m.rev) ELSE o.acked_rev END,
    acked = CASE WHEN m.acked THEN o.sent ELSE o.acked END,
    shown = m.shown,
    observed = coalesce(m.observed, o.observed),
    observed_at = CASE WHEN m.observed IS NULL THEN o.observed_at ELSE %(now)s::timestamptz END,
    tries = m.tries, next_try_at = m.next_try_at, trouble = m.trouble, ticket = m.ticket
FROM marked m
WHERE o.part = m.part AND o.listing = m.listing;

-- name: in_step
-- One page of the listings that the channel has acknowledged, to be compared with what it shows.
SELECT o.listing, l.sku, o.rev, o.shown, o.desired, o.drift_since
FROM outbound o
JOIN listing l ON l.id = o.listing
WHERE o.channel = %(channel)s::integer AND o.listing > %(after)s::bigint AND o.acked_rev = o.rev
  AND o.in_flight_since IS NULL AND o.shown IS NOT NULL
ORDER BY o.listing
LIMIT %(limit)s::integer;

-- name: lock_and_note
-- What reading back found, where nothing has changed meanwhile; what is to be sent again becomes due. What differs
-- otherwise than it did before comes back.
WITH noted AS (
    SELECT o.part, o.listing, k.observed, k.drift, k.again, o.drift AS before
    FROM outbound o
    JOIN unnest(%(parts)s::smallint[], %(listings)s::bigint[], %(revs)s::bigint[], %(observed)s::bigint[],
                %(drifts)s::text[], %(again)s::boolean[]) k (part, listing, rev, observed, drift, again)
        ON o.part = k.part AND o.listing = k.listing
    WHERE o.rev = k.rev AND o.acked_rev = k.rev AND o.in_flight_since IS NULL
    ORDER BY o.part, o.listing
    FOR NO KEY UPDATE OF o
)
UPDATE outbound o
SET observed = n.observed, observed_at = %(now)s::timestamptz, drift = n.drift,
    drift_since = CASE WHEN n.drift = '' THEN NULL ELSE coalesce(o.drift_since, %(now)s::timestamptz) END,
    rev = CASE WHEN n.again THEN o.rev + 1 ELSE o.rev END,
    shown = CASE WHEN n.again THEN n.observed ELSE o.shown END
FROM noted n, listing l, channel c
WHERE o.part = n.part AND o.listing = n.listing AND l.id = n.listing AND c.id = l.channel
RETURNING c.code, l.sku, n.drift, o.acked, n.observed, n.drift NOT IN ('', n.before);

-- name: drifted
SELECT l.sku, o.desired, o.shown, o.observed, o.observed_at, o.drift, o.drift_since
FROM outbound o
JOIN listing l ON l.id = o.listing
WHERE o.channel = %(channel)s::integer AND o.drift <> ''
ORDER BY o.drift_since, l.sku
LIMIT %(limit)s::integer;

-- name: next_try
SELECT min(o.next_try_at) FROM outbound o
WHERE o.channel = %(channel)s::integer AND o.acked_rev < o.rev AND o.in_flight_since IS NULL;

-- name: lock_and_reset
-- Every listing is due again, with the number it has; what the channel shows is unknown from now on.
WITH all_of_it AS (
    SELECT o.part, o.listing FROM outbound o
    WHERE o.channel = %(channel)s::integer AND o.desired IS NOT NULL
    ORDER BY o.part, o.listing
    FOR NO KEY UPDATE OF o
)
UPDATE outbound o SET rev = o.rev + 1, desired_at = clock_timestamp(), shown = NULL, tries = 0, next_try_at = NULL
FROM all_of_it a
WHERE o.part = a.part AND o.listing = a.listing;

-- name: status
SELECT count(*), count(*) FILTER (WHERE o.acked_rev < o.rev), count(*) FILTER (WHERE o.in_flight_since IS NOT NULL),
       count(*) FILTER (WHERE o.trouble <> ''), min(o.desired_at) FILTER (WHERE o.acked_rev < o.rev)
FROM outbound o
WHERE o.channel = %(channel)s::integer;

-- name: standings
-- Of every connected channel, cheap enough to be asked all the time: what is on its way or in trouble waits as well, so
-- that only the index of what waits is read.
SELECT c.code, n.paused, n.trouble = '', w.waiting, w.in_flight, w.in_trouble, w.oldest_s
FROM connection n
JOIN channel c ON c.id = n.channel
CROSS JOIN LATERAL (
    SELECT count(*) AS waiting, count(o.in_flight_since) AS in_flight,
           count(*) FILTER (WHERE o.trouble <> '') AS in_trouble,
           coalesce(extract(epoch FROM clock_timestamp() - min(o.desired_at)), 0)::float8 AS oldest_s
    FROM outbound o
    WHERE o.channel = n.channel AND o.acked_rev < o.rev
) w
ORDER BY c.code;

-- name: troubled
SELECT l.sku, o.desired, o.shown, o.tries, o.next_try_at, o.trouble
FROM outbound o
JOIN listing l ON l.id = o.listing
WHERE o.channel = %(channel)s::integer AND o.trouble <> ''
ORDER BY o.tries DESC, l.sku
LIMIT %(limit)s::integer;
