-- name: begin
-- Its orders are taken in anew, from those that are open on.
UPDATE connection
SET orders_from = %(as_of)s::timestamptz, orders_phase = 'open', orders_cursor = '', orders_read_at = NULL
WHERE channel = %(channel)s::integer;

-- name: forget_observed
UPDATE outbound o SET observed = NULL, observed_at = NULL
FROM (SELECT f.part, f.listing, f.place FROM outbound f WHERE f.channel = %(channel)s::integer) k
WHERE o.part = k.part AND o.listing = k.listing AND o.place = k.place;

-- name: oldest_opening
-- When the opening stock was counted that the channel draws on.
SELECT max(m.effective_at)
FROM movement m
WHERE m.kind = %(kind)s::smallint;

-- name: spots
-- One page of everything that the channel shall show.
SELECT o.listing, o.place, l.sku, coalesce(p.code, '')
FROM outbound o
JOIN listing l ON l.id = o.listing
LEFT JOIN place p ON p.id = o.place
WHERE o.channel = %(channel)s::integer AND (o.listing, o.place) > (%(listing)s::bigint, %(place)s::integer)
  AND (o.place <> 0) = %(by_place)s::boolean AND o.desired IS NOT NULL
ORDER BY o.listing, o.place
LIMIT %(limit)s::integer;

-- name: lock_and_observe
-- What the channel shows; what it does not have shows nothing.
WITH seen AS (
    SELECT o.part, o.listing, o.place, k.observed
    FROM outbound o
    JOIN unnest(%(parts)s::smallint[], %(listings)s::bigint[], %(places)s::integer[], %(observed)s::bigint[])
             k (part, listing, place, observed)
        ON o.part = k.part AND o.listing = k.listing AND o.place = k.place
    ORDER BY o.part, o.listing, o.place
    FOR NO KEY UPDATE OF o
)
UPDATE outbound o SET observed = s.observed, observed_at = clock_timestamp()
FROM seen s
WHERE o.part = s.part AND o.listing = s.listing AND o.place = s.place;

-- name: progress
-- How far a channel has been taken over: its orders, those that are not as they are there, and its numbers.
SELECT c.mode, n.orders_from, n.orders_phase = 'since' AND n.orders_read_at IS NOT NULL,
       (SELECT count(*) FROM channel_order x WHERE x.channel = n.channel),
       (SELECT count(*) FROM channel_order x WHERE x.channel = n.channel AND NOT x.settled),
       (SELECT count(*) FROM unread_order x WHERE x.channel = n.channel),
       s.spots, s.compared, s.same
FROM connection n
JOIN channel c ON c.id = n.channel
CROSS JOIN LATERAL (
    SELECT count(*) AS spots, count(o.observed_at) AS compared, count(*) FILTER (WHERE o.observed = o.desired) AS same
    FROM outbound o
    WHERE o.channel = n.channel AND o.desired IS NOT NULL
      AND (o.place <> 0) = EXISTS (SELECT FROM place p WHERE p.channel = o.channel)
) s
WHERE n.channel = %(channel)s::integer;

-- name: differences
-- The widest first; a listing that the channel does not have comes first of all.
SELECT l.sku, coalesce(h.code, ''), o.desired, o.observed, o.observed_at
FROM outbound o
JOIN listing l ON l.id = o.listing
LEFT JOIN place h ON h.id = o.place
WHERE o.channel = %(channel)s::integer AND o.observed_at IS NOT NULL AND o.observed IS DISTINCT FROM o.desired
  AND (o.place <> 0) = EXISTS (SELECT FROM place p WHERE p.channel = o.channel)
ORDER BY o.observed IS NOT NULL, abs(o.desired - o.observed) DESC, l.sku, h.code
LIMIT %(limit)s::integer;
