-- ============================================================ one channel's listings

-- name: lock_due
-- The spots whose newest value the channel has not acknowledged, most urgent first: what must go out of stock, then
-- what is shown beyond its number, most units first. Those that somebody else holds at this moment come next time.
-- Units sold there whose orders have not come are kept back; a channel that takes units off when they ship is sent
-- those of its open orders as well, at the first of its places.
WITH due AS (
    SELECT o.part, o.listing, o.place
    FROM outbound o
    WHERE o.channel = %(channel)s::integer AND o.acked_rev < o.rev AND o.in_flight_since IS NULL
      AND (o.place <> 0) = %(by_place)s::boolean
      -- A new and lower number does not wait for what the old one has to wait for: it would be oversold meanwhile.
      AND (o.next_try_at IS NULL OR o.next_try_at <= %(now)s::timestamptz
           OR (o.rev > o.sent_rev AND (o.shown IS NULL OR o.desired < o.shown)))
      AND (%(daily)s::integer = 0 OR o.sent_on IS DISTINCT FROM (%(now)s::timestamptz AT TIME ZONE 'UTC')::date
           OR o.sent_that_day < %(daily)s::integer)
    ORDER BY (o.desired = 0 AND o.shown IS DISTINCT FROM 0) DESC, o.shown - o.desired DESC NULLS FIRST,
             o.part, o.listing, o.place
    LIMIT %(limit)s::integer
    FOR NO KEY UPDATE OF o SKIP LOCKED
)
UPDATE outbound o
SET sent_rev = o.rev, in_flight_since = %(now)s::timestamptz, ticket = '', shown_before = o.shown,
    -- What it will add by itself when it is told of a cancellation is not added before; one that it would not be told
    -- of for an hour is for people.
    sent = greatest(0, o.desired - o.unseen - CASE WHEN %(restocks)s::boolean THEN (
            SELECT coalesce(sum(s.lines[u.at + 1]), 0)
            FROM order_step s
            JOIN taken_order t ON t.ref = s.ref
            JOIN channel_order c ON c.part = t.part AND c.id = t.order_id AND c.channel = s.channel
            CROSS JOIN LATERAL generate_series(1, array_length(s.lines, 1), 2) u (at)
            JOIN taken_line n ON n.part = t.part AND n.order_id = t.order_id AND n.k = t.k AND n.n = s.lines[u.at]
            JOIN channel_order_line x ON x.part = n.part AND x.order_id = n.order_id AND x.line = n.line
            WHERE s.channel = o.channel AND s.told_at IS NULL AND s.kind = 'cancelled' AND x.sku = l.sku
              AND s.recorded_at > %(now)s::timestamptz - interval '1 hour')
        ELSE 0 END) + CASE WHEN %(with_open)s::boolean AND NOT EXISTS (
            SELECT FROM outbound f
            WHERE f.part = o.part AND f.listing = o.listing AND f.place > 0 AND f.place < o.place)
        THEN (SELECT coalesce(sum(x.qty - x.shipped), 0)
              FROM channel_order_line x
              JOIN channel_order c ON c.part = x.part AND c.id = x.order_id
              WHERE x.sku = l.sku AND x.qty > x.shipped AND c.channel = o.channel)
        ELSE 0 END,
    sent_on = (%(now)s::timestamptz AT TIME ZONE 'UTC')::date,
    sent_that_day = CASE WHEN o.sent_on = (%(now)s::timestamptz AT TIME ZONE 'UTC')::date
                         THEN o.sent_that_day ELSE 0 END + 1
FROM due d
JOIN listing l ON l.id = d.listing
LEFT JOIN place p ON p.id = d.place
WHERE o.part = d.part AND o.listing = d.listing AND o.place = d.place
RETURNING o.listing, o.place, l.sku, coalesce(p.code, ''), o.sent_rev, o.sent, o.shown, o.tries;

-- name: lock_and_lapse
-- All orders were read after the sale could have been among them, or so long ago that it was none.
WITH over AS (
    SELECT o.part, o.listing, o.place
    FROM outbound o
    JOIN connection c ON c.channel = o.channel
    WHERE o.channel = %(channel)s::integer AND o.unseen > 0
      AND (c.orders_read_at > o.unseen_at + %(read_after)s::interval OR o.unseen_at < %(before)s::timestamptz)
    ORDER BY o.part, o.listing, o.place
    FOR NO KEY UPDATE OF o
)
UPDATE outbound o
SET unseen = 0, unseen_at = NULL, rev = o.rev + 1, desired_at = clock_timestamp(), tries = 0, next_try_at = NULL
FROM over v
WHERE o.part = v.part AND o.listing = v.listing AND o.place = v.place;

-- name: lock_and_renew
-- What a channel has changed on its own number without a word in the ledger, and one of ours may have overwritten in
-- between: an order that was over when it was first read has come and gone; of a channel that takes units off when they
-- ship, its own people have sent some. The number is written anew, unless that has been done.
WITH moved AS (
    SELECT x.sku, max(CASE WHEN %(with_open)s::boolean THEN x.left_at ELSE c.first_read_at END) AS at
    FROM channel_order c
    JOIN channel_order_line x ON x.part = c.part AND x.order_id = c.id
    WHERE c.channel = %(channel)s::integer AND c.read_at > %(since)s::timestamptz
      AND CASE WHEN %(with_open)s::boolean THEN x.left_at > %(since)s::timestamptz
               ELSE c.first_read_at > %(since)s::timestamptz AND c.state = 'cancelled' END
    GROUP BY x.sku
), due AS (
    SELECT o.part, o.listing, o.place,
           CASE WHEN o.place = 0 AND %(with_open)s::boolean THEN (
            SELECT coalesce(sum(x.left_by), 0)
            FROM channel_order c
            JOIN channel_order_line x ON x.part = c.part AND x.order_id = c.id AND x.sku = m.sku
            WHERE c.channel = o.channel AND c.read_at > o.shown_at AND x.left_at > o.shown_at)
                ELSE 0 END AS gone
    FROM moved m
    JOIN listing l ON l.channel = %(channel)s::integer AND l.sku = m.sku
    JOIN outbound o ON o.channel = l.channel AND o.listing = l.id
    WHERE o.acked_rev = o.rev AND o.in_flight_since IS NULL AND o.shown IS NOT NULL AND o.shown_at < m.at
    ORDER BY o.part, o.listing, o.place
    FOR NO KEY UPDATE OF o
)
UPDATE outbound o
SET rev = o.rev + 1, desired_at = clock_timestamp(), shown = greatest(0, o.shown - d.gone),
    shown_at = CASE WHEN d.gone > 0 THEN clock_timestamp() ELSE o.shown_at END
FROM due d
WHERE o.part = d.part AND o.listing = d.listing AND o.place = d.place;

-- name: in_doubt
-- What has been on its way for too long without a ticket: nobody knows whether it came through.
SELECT o.listing, o.place, l.sku, coalesce(p.code, ''), o.sent_rev, o.sent, o.shown, o.tries
FROM outbound o
JOIN listing l ON l.id = o.listing
LEFT JOIN place p ON p.id = o.place
WHERE o.channel = %(channel)s::integer AND o.in_flight_since <= %(before)s::timestamptz AND o.ticket = ''
ORDER BY o.in_flight_since, o.listing, o.place
LIMIT %(limit)s::integer;

-- name: with_tickets
SELECT o.listing, o.place, l.sku, coalesce(p.code, ''), o.sent_rev, o.sent, o.shown, o.tries, o.ticket
FROM outbound o
JOIN listing l ON l.id = o.listing
LEFT JOIN place p ON p.id = o.place
WHERE o.channel = %(channel)s::integer AND o.in_flight_since IS NOT NULL AND o.ticket <> ''
ORDER BY o.in_flight_since, o.listing, o.place
LIMIT %(limit)s::integer;

-- name: lock_and_mark
-- Only what is still on its way as this revision: an answer that comes after its listing was given up changes nothing.
-- Fewer units than thought are sales whose orders have not come, less those that have (of a channel that takes units off
-- when they ship: shipments); only a channel whose orders are read tells them apart.
WITH marked AS (
    SELECT o.part, o.listing, o.place, k.rev, k.in_flight, k.acked, k.shown, k.observed, k.tries, k.next_try_at,
           k.trouble, k.ticket,
           CASE WHEN k.sold > 0 AND n.orders_read_at IS NOT NULL THEN greatest(0, k.sold - CASE
            WHEN %(with_open)s::boolean THEN (
                SELECT coalesce(sum(x.left_by), 0)
                FROM channel_order c
                JOIN channel_order_line x ON x.part = c.part AND x.order_id = c.id AND x.sku = l.sku
                WHERE c.channel = o.channel AND c.read_at > o.shown_at AND x.left_at > o.shown_at)
            ELSE (
                SELECT coalesce(sum(x.qty), 0)
                FROM channel_order c
                JOIN channel_order_line x ON x.part = c.part AND x.order_id = c.id AND x.sku = l.sku
                WHERE c.channel = o.channel AND c.first_read_at > o.shown_at)
            END)
                ELSE 0 END AS sold
    FROM outbound o
    JOIN listing l ON l.id = o.listing
    LEFT JOIN connection n ON n.channel = o.channel
    JOIN unnest(%(parts)s::smallint[], %(listings)s::bigint[], %(places)s::integer[], %(revs)s::bigint[],
                %(in_flight)s::boolean[], %(acked)s::boolean[], %(shown)s::bigint[], %(observed)s::bigint[],
                %(tries)s::integer[], %(next_try_at)s::timestamptz[], %(trouble)s::text[], %(ticket)s::text[],
                %(sold)s::bigint[])
             k (part, listing, place, rev, in_flight, acked, shown, observed, tries, next_try_at, trouble, ticket, sold)
        ON o.part = k.part AND o.listing = k.listing AND o.place = k.place
    WHERE o.sent_rev = k.rev AND o.in_flight_since IS NOT NULL
    ORDER BY o.part, o.listing, o.place
    FOR NO KEY UPDATE OF o
)
UPDATE outbound o
SET in_flight_since = CASE WHEN m.in_flight THEN o.in_flight_since END,
    acked_rev = CASE WHEN m.acked THEN greatest(o.acked_rev, m.rev) ELSE o.acked_rev END,
    acked = CASE WHEN m.acked THEN o.sent ELSE o.acked END,
    acked_at = CASE WHEN m.acked AND m.rev = o.rev AND (o.acked_at IS NULL OR o.acked_at < o.desired_at)
                    THEN clock_timestamp() ELSE o.acked_at END,
    shown = m.shown, shown_at = clock_timestamp(),
    observed = coalesce(m.observed, o.observed),
    observed_at = CASE WHEN m.observed IS NULL THEN o.observed_at ELSE %(now)s::timestamptz END,
    tries = m.tries, next_try_at = m.next_try_at, trouble = m.trouble, ticket = m.ticket,
    unseen = o.unseen + m.sold,
    unseen_at = CASE WHEN m.sold > 0 THEN %(now)s::timestamptz ELSE o.unseen_at END
FROM marked m
WHERE o.part = m.part AND o.listing = m.listing AND o.place = m.place;

-- name: in_step
-- One page of the spots that the channel has acknowledged, to be compared with what it shows.
SELECT o.listing, o.place, l.sku, coalesce(p.code, ''), o.rev, o.shown,
       greatest(0, o.desired - o.unseen) + CASE WHEN %(with_open)s::boolean AND NOT EXISTS (
               SELECT FROM outbound f
               WHERE f.part = o.part AND f.listing = o.listing AND f.place > 0 AND f.place < o.place)
           THEN (SELECT coalesce(sum(x.qty - x.shipped), 0)
                 FROM channel_order_line x
                 JOIN channel_order c ON c.part = x.part AND c.id = x.order_id
                 WHERE x.sku = l.sku AND x.qty > x.shipped AND c.channel = o.channel)::bigint
           ELSE 0 END,
       o.drift_since, o.shown_before
FROM outbound o
JOIN listing l ON l.id = o.listing
LEFT JOIN place p ON p.id = o.place
WHERE o.channel = %(channel)s::integer AND (o.listing, o.place) > (%(listing)s::bigint, %(place)s::integer)
  AND o.acked_rev = o.rev AND o.in_flight_since IS NULL AND o.shown IS NOT NULL
  AND (o.place <> 0) = %(by_place)s::boolean
ORDER BY o.listing, o.place
LIMIT %(limit)s::integer;

-- name: lock_and_note
-- What reading back found, where nothing has changed meanwhile; what is to be sent again becomes due. What differs
-- otherwise than it did before comes back.
WITH noted AS (
    SELECT o.part, o.listing, o.place, k.observed, k.drift, k.again, o.drift AS before,
           CASE WHEN k.sold > 0 AND n.orders_read_at IS NOT NULL THEN greatest(0, k.sold - CASE
            WHEN %(with_open)s::boolean THEN (
                SELECT coalesce(sum(x.left_by), 0)
                FROM channel_order c
                JOIN channel_order_line x ON x.part = c.part AND x.order_id = c.id AND x.sku = l.sku
                WHERE c.channel = o.channel AND c.read_at > o.shown_at AND x.left_at > o.shown_at)
            ELSE (
                SELECT coalesce(sum(x.qty), 0)
                FROM channel_order c
                JOIN channel_order_line x ON x.part = c.part AND x.order_id = c.id AND x.sku = l.sku
                WHERE c.channel = o.channel AND c.first_read_at > o.shown_at)
            END)
                ELSE 0 END AS sold,
           k.again OR k.drift = '' OR (k.sold > 0 AND n.orders_read_at IS NOT NULL) AS settled
    FROM outbound o
    JOIN unnest(%(parts)s::smallint[], %(listings)s::bigint[], %(places)s::integer[], %(revs)s::bigint[],
                %(observed)s::bigint[], %(drifts)s::text[], %(again)s::boolean[], %(sold)s::bigint[])
             k (part, listing, place, rev, observed, drift, again, sold)
        ON o.part = k.part AND o.listing = k.listing AND o.place = k.place
    JOIN listing l ON l.id = o.listing
    LEFT JOIN connection n ON n.channel = o.channel
    WHERE o.rev = k.rev AND o.acked_rev = k.rev AND o.in_flight_since IS NULL
    ORDER BY o.part, o.listing, o.place
    FOR NO KEY UPDATE OF o
)
UPDATE outbound o
SET observed = n.observed, observed_at = %(now)s::timestamptz, drift = n.drift,
    drift_since = CASE WHEN n.drift = '' THEN NULL ELSE coalesce(o.drift_since, %(now)s::timestamptz) END,
    rev = CASE WHEN n.again THEN o.rev + 1 ELSE o.rev END,
    desired_at = CASE WHEN n.again THEN clock_timestamp() ELSE o.desired_at END,
    shown = CASE WHEN n.settled THEN n.observed ELSE o.shown END,
    shown_at = CASE WHEN n.settled THEN clock_timestamp() ELSE o.shown_at END,
    unseen = o.unseen + n.sold,
    unseen_at = CASE WHEN n.sold > 0 THEN %(now)s::timestamptz ELSE o.unseen_at END
FROM noted n, listing l, channel c
WHERE o.part = n.part AND o.listing = n.listing AND o.place = n.place AND l.id = n.listing AND c.id = l.channel
RETURNING c.code, l.sku, n.drift, o.acked, n.observed, n.drift NOT IN ('', n.before);

-- name: drifted
-- Units that a phantom stockout has cost, by what the channel sold of the listing in the four weeks before.
SELECT l.sku, coalesce(h.code, ''), o.desired, o.shown, o.observed, o.observed_at, o.drift, o.drift_since,
       CASE WHEN o.drift = 'phantom_stockout' THEN round((
           SELECT coalesce(sum(x.qty), 0)
           FROM channel_order c
           JOIN channel_order_line x ON x.part = c.part AND x.order_id = c.id AND x.sku = l.sku
           WHERE c.channel = o.channel AND c.first_read_at > o.drift_since - interval '28 days'
             AND c.first_read_at <= o.drift_since)
           * extract(epoch FROM clock_timestamp() - o.drift_since) / extract(epoch FROM interval '28 days'), 1)::float8
       END
FROM outbound o
JOIN listing l ON l.id = o.listing
LEFT JOIN place h ON h.id = o.place
WHERE o.channel = %(channel)s::integer AND o.drift <> ''
ORDER BY o.drift_since, l.sku
LIMIT %(limit)s::integer;

-- name: orders_read_at
-- When all orders of the channel were read last; NULL where none ever were.
SELECT n.orders_read_at FROM connection n WHERE n.channel = %(channel)s::integer;

-- name: next_try
SELECT min(o.next_try_at) FROM outbound o
WHERE o.channel = %(channel)s::integer AND o.acked_rev < o.rev AND o.in_flight_since IS NULL
  AND (o.place <> 0) = %(by_place)s::boolean;

-- name: lock_and_reset
-- Every listing is due again, with the number it has; what the channel shows is unknown from now on.
WITH all_of_it AS (
    SELECT o.part, o.listing, o.place FROM outbound o
    WHERE o.channel = %(channel)s::integer AND o.desired IS NOT NULL
    ORDER BY o.part, o.listing, o.place
    FOR NO KEY UPDATE OF o
)
UPDATE outbound o SET rev = o.rev + 1, desired_at = clock_timestamp(), shown = NULL, tries = 0, next_try_at = NULL
FROM all_of_it a
WHERE o.part = a.part AND o.listing = a.listing AND o.place = a.place;

-- name: status
SELECT count(*), count(*) FILTER (WHERE o.acked_rev < o.rev), count(*) FILTER (WHERE o.in_flight_since IS NOT NULL),
       count(*) FILTER (WHERE o.trouble <> ''), min(o.desired_at) FILTER (WHERE o.acked_rev < o.rev)
FROM outbound o
WHERE o.channel = %(channel)s::integer AND (o.place <> 0) = EXISTS (SELECT FROM place p WHERE p.channel = o.channel);

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
      AND (o.place <> 0) = EXISTS (SELECT FROM place p WHERE p.channel = o.channel)
) w
ORDER BY c.code;

-- name: troubled
SELECT l.sku, coalesce(h.code, ''), o.desired, o.shown, o.tries, o.next_try_at, o.trouble
FROM outbound o
JOIN listing l ON l.id = o.listing
LEFT JOIN place h ON h.id = o.place
WHERE o.channel = %(channel)s::integer AND o.trouble <> ''
ORDER BY o.tries DESC, l.sku
LIMIT %(limit)s::integer;
