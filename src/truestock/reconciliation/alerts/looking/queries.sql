-- ============================================================ items that have changed

-- name: items
SELECT i.id, i.sku, i.category, p.price, coalesce(p.currency, ''), i.cost
FROM unnest(%(items)s::bigint[]) k (item)
JOIN item i ON i.id = k.item
LEFT JOIN content p ON p.channel = 0 AND p.kind = 'variant' AND p.code = i.sku
WHERE NOT i.kit
ORDER BY i.id;

-- name: stock
-- By location: units below zero, and those of the pool that may be promised. What is on its way is not there yet.
SELECT s.item, s.loc, l.code, -coalesce(sum(s.on_hand) FILTER (WHERE s.on_hand < 0), 0)::bigint,
       coalesce(sum(s.on_hand - s.reserved) FILTER (WHERE s.status = 0 AND s.owner = 0), 0)::bigint
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[]) k (part, item)
JOIN stock s ON s.part = k.part AND s.item = k.item
JOIN location l ON l.id = s.loc
WHERE s.status <> 6
GROUP BY s.item, s.loc, l.code
ORDER BY s.item, s.loc;

-- name: waiting
-- Units that came and are not yet sold, by location and what they wait for.
SELECT r.item, r.loc, l.code, r.lands, sum(r.waiting)::bigint
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[]) k (part, item)
JOIN received r ON r.part = k.part AND r.item = k.item AND r.waiting > 0
JOIN location l ON l.id = r.loc
GROUP BY r.item, r.loc, l.code, r.lands
ORDER BY r.item, r.loc, r.lands;

-- name: shorts
SELECT s.item, s.channel, c.code, sum(s.qty - s.filled - s.cancelled)::bigint, count(DISTINCT s.order_id), min(s.since)
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[]) k (part, item)
JOIN short s ON s.part = k.part AND s.item = k.item AND s.filled + s.cancelled < s.qty
JOIN channel c ON c.id = s.channel
GROUP BY s.item, s.channel, c.code
ORDER BY s.item, s.channel;

-- name: sold_for
-- The price of one unit of what is owed on a channel's own orders, before discounts; a bundle's is that of all its units
-- alike. The most common currency comes last.
SELECT k.item, k.channel, avg(v.each), v.currency
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(channels)s::integer[]) k (part, item, channel)
CROSS JOIN LATERAL (
    SELECT s.order_id, s.line FROM short s
    WHERE s.part = k.part AND s.item = k.item AND s.channel = k.channel AND s.filled + s.cancelled < s.qty
    LIMIT 20
) s
CROSS JOIN LATERAL (
    SELECT z.price / (SELECT sum(b.units) FROM order_line b WHERE b.part = o.part AND b.order_id = o.id AND b.n = l.n)
               AS each, x.currency
    FROM orders o
    JOIN order_line l ON l.part = o.part AND l.order_id = o.id AND l.n = s.line AND l.item = k.item
    JOIN taken_order t ON t.ref = o.ref
    JOIN channel_order x ON x.part = t.part AND x.id = t.order_id AND x.channel = o.channel
    JOIN taken_line y ON y.part = t.part AND y.order_id = t.order_id AND y.k = t.k AND y.n = l.n
    JOIN channel_order_line z ON z.part = y.part AND z.order_id = y.order_id AND z.line = y.line
    WHERE o.part = get_byte(uuid_send(s.order_id), 0) AND o.id = s.order_id
    LIMIT 1
) v
GROUP BY k.item, k.channel, v.currency
ORDER BY k.item, k.channel, count(*);

-- name: listings
-- Of a kit's listing at each of the kit's items, since it is those that change.
SELECT p.item, l.id, l.channel, c.code, l.sku, p.units
FROM (
    SELECT d.item, d.listing, d.units FROM component d WHERE d.item = ANY (%(items)s::bigint[]) AND d.recorded_to IS NULL
    UNION ALL
    SELECT x.item, d.listing, d.units * x.units
    FROM kit_component x
    JOIN component d ON d.item = x.kit AND d.recorded_to IS NULL
    WHERE x.item = ANY (%(items)s::bigint[]) AND x.recorded_to IS NULL
) p
JOIN listing l ON l.id = p.listing
JOIN channel c ON c.id = l.channel
WHERE c.mode <> 'off'
ORDER BY p.item, l.id;

-- name: numbers
-- A channel that keeps numbers by location shows the sum of them.
SELECT o.listing, (o.made_from ->> 'atp')::bigint,
       coalesce(o.shown, (SELECT sum(h.shown) FROM outbound h
                          WHERE h.part = o.part AND h.listing = o.listing AND h.place <> 0))::bigint
FROM unnest(%(parts)s::smallint[], %(listings)s::bigint[]) k (part, listing)
JOIN outbound o ON o.part = k.part AND o.listing = k.listing AND o.place = 0 AND o.rev > 0;

-- name: sold_lately
-- By channel and its own SKU, over the channel's last orders of a window: units, hours that they span, and within how
-- many seconds nearly all of them (19 of 20) came.
WITH lately AS MATERIALIZED (
    SELECT n.channel, o.part, o.id, o.first_read_at, o.placed_at, greatest(n.orders_from, %(since)s::timestamptz) AS begun
    FROM connection n
    CROSS JOIN LATERAL (
        SELECT c.part, c.id, c.first_read_at, c.placed_at
        FROM channel_order c
        WHERE c.channel = n.channel AND c.first_read_at > %(since)s::timestamptz AND c.placed_at >= n.orders_from
          AND c.state <> 'cancelled'
        ORDER BY c.first_read_at DESC
        LIMIT %(orders)s::integer
    ) o
),
spans AS (
    SELECT channel,
           percentile_cont(0.95) WITHIN GROUP (ORDER BY greatest(0, extract(epoch FROM first_read_at - placed_at))::float8)
               AS lag_s,
           CASE WHEN count(*) < %(orders)s::integer THEN min(begun) ELSE min(first_read_at) END AS begun
    FROM lately
    GROUP BY channel
)
SELECT s.channel, l.sku, sum(l.qty)::bigint,
       greatest(extract(epoch FROM %(now)s::timestamptz - s.begun) / 3600, 0.01)::float8, s.lag_s
FROM spans s
JOIN lately o ON o.channel = s.channel
JOIN channel_order_line l ON l.part = o.part AND l.order_id = o.id AND l.qty > 0
GROUP BY s.channel, l.sku, s.begun, s.lag_s;

-- name: sales
-- By channel and currency, over the channel's last orders of a window: units an hour, and what was paid for them.
WITH lately AS MATERIALIZED (
    SELECT n.channel, o.part, o.id, o.currency, o.first_read_at,
           greatest(n.orders_from, %(since)s::timestamptz) AS begun
    FROM connection n
    CROSS JOIN LATERAL (
        SELECT c.part, c.id, c.currency, c.first_read_at
        FROM channel_order c
        WHERE c.channel = n.channel AND c.first_read_at > %(since)s::timestamptz AND c.placed_at >= n.orders_from
          AND c.state <> 'cancelled'
        ORDER BY c.first_read_at DESC
        LIMIT %(orders)s::integer
    ) o
), spans AS (
    SELECT channel,
           greatest(extract(epoch FROM %(now)s::timestamptz - CASE WHEN count(*) < %(orders)s::integer THEN min(begun)
                                                                   ELSE min(first_read_at) END) / 3600, 0.01) AS hours
    FROM lately
    GROUP BY channel
)
SELECT s.channel, o.currency, (sum(l.qty) / s.hours)::float8, sum(l.price * l.qty - l.discount) / s.hours
FROM spans s
JOIN lately o ON o.channel = s.channel
JOIN channel_order_line l ON l.part = o.part AND l.order_id = o.id AND l.qty > 0
GROUP BY s.channel, o.currency, s.hours
ORDER BY s.channel, o.currency;

-- name: items_at_pace
-- Of listings that sell, the items whose units are few beside what is not known of yet; and those with alerts of it.
SELECT coalesce(x.item, p.item)
FROM unnest(%(channels)s::integer[], %(skus)s::text[], %(unheard)s::bigint[]) k (channel, sku, unheard)
JOIN listing l ON l.channel = k.channel AND l.sku = k.sku
JOIN component p ON p.listing = l.id AND p.recorded_to IS NULL
LEFT JOIN kit_component x ON x.kit = p.item AND x.recorded_to IS NULL
JOIN outbound o ON o.channel = k.channel AND o.listing = l.id AND o.place = 0
WHERE (o.made_from ->> 'atp')::bigint < k.unheard
UNION
SELECT a.item FROM alert a WHERE a.rule = ANY (%(rules)s::integer[]) AND a.state <> 'resolved' AND a.item IS NOT NULL
LIMIT %(limit)s::integer;

-- ============================================================ what time brings

-- name: backlogs
-- Of channels that are not paused by somebody. A number that has to fall is what may be sold twice.
SELECT c.id, c.code, w.listings, w.since, w.units, n.trouble
FROM connection n
JOIN channel c ON c.id = n.channel
CROSS JOIN LATERAL (
    SELECT count(*) AS listings, min(o.desired_at) AS since,
           coalesce(sum(greatest(coalesce(o.shown, 0) - o.desired, 0)), 0)::bigint AS units
    FROM outbound o
    WHERE o.channel = n.channel AND o.acked_rev < o.rev
      AND (o.place <> 0) = EXISTS (SELECT FROM place p WHERE p.channel = o.channel)
) w
WHERE NOT n.paused AND c.mode = 'live' AND w.since IS NOT NULL
ORDER BY w.since
LIMIT %(limit)s::integer;

-- name: drifts
SELECT c.id, c.code, o.drift, count(*), min(o.drift_since),
       sum(abs(coalesce(o.observed, 0) - coalesce(o.acked, 0)))::bigint
FROM outbound o
JOIN channel c ON c.id = o.channel
WHERE o.drift = ANY (%(drifts)s::text[]) AND o.drift <> '' AND o.drift_since IS NOT NULL
GROUP BY c.id, c.code, o.drift
ORDER BY 5
LIMIT %(limit)s::integer;

-- name: alerted_items
-- Here and below: the next items, in the order of their keys, of which something was not well, or may not be.
SELECT DISTINCT i.part, i.id FROM alert a JOIN item i ON i.id = a.item
WHERE a.rule = ANY (%(rules)s::integer[]) AND a.state <> 'resolved'
  AND (i.part, i.id) > (%(part)s::smallint, %(item)s::bigint)
ORDER BY i.part, i.id
LIMIT %(limit)s::integer;

-- name: overdue_items
SELECT DISTINCT e.part, e.item FROM expected e
WHERE e.state = 'open' AND e.kind IN ('purchase', 'transfer') AND e.due_at < %(now)s::timestamptz
  AND (e.part, e.item) > (%(part)s::smallint, %(item)s::bigint)
ORDER BY e.part, e.item
LIMIT %(limit)s::integer;

-- name: overdue
SELECT i.id, i.sku, i.category, l.id, l.code, e.ref, e.qty - e.received, e.due_at, e.kind,
       p.price, coalesce(p.currency, ''), i.cost
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[]) k (part, item)
JOIN expected e ON e.part = k.part AND e.item = k.item AND e.state = 'open' AND e.due_at < %(now)s::timestamptz
JOIN item i ON i.id = e.item
JOIN location l ON l.id = e.loc
LEFT JOIN content p ON p.channel = 0 AND p.kind = 'variant' AND p.code = i.sku
WHERE e.kind IN ('purchase', 'transfer') AND e.qty > e.received
ORDER BY e.part, e.item, e.id;

-- name: expiring_items
SELECT DISTINCT t.part, t.item FROM lot t
WHERE t.expires_at < %(until)s::timestamptz AND (t.part, t.item) > (%(part)s::smallint, %(item)s::bigint)
ORDER BY t.part, t.item
LIMIT %(limit)s::integer;

-- name: expiring
-- A lot that is held before it expires is sold no more: somebody has dealt with it until it does.
SELECT i.id, i.sku, i.category, l.id, l.code, t.code, s.units, t.expires_at, p.price, coalesce(p.currency, ''), i.cost
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[]) k (part, item)
JOIN lot t ON t.part = k.part AND t.item = k.item AND t.expires_at < %(until)s::timestamptz
CROSS JOIN LATERAL (
    SELECT s.loc, sum(s.on_hand)::bigint AS units FROM stock s
    WHERE s.part = t.part AND s.item = t.item AND s.lot = t.id AND s.status = 0 AND s.on_hand > 0
    GROUP BY s.loc
) s
JOIN item i ON i.id = t.item
JOIN location l ON l.id = s.loc
LEFT JOIN content p ON p.channel = 0 AND p.kind = 'variant' AND p.code = i.sku
WHERE t.expires_at <= %(now)s::timestamptz OR NOT EXISTS (
    SELECT FROM lot_hold h WHERE h.part = t.part AND h.item = t.item AND h.lot = t.id AND h.recorded_to IS NULL
)
ORDER BY t.part, t.item, t.id, s.loc;

-- name: differing_items
SELECT DISTINCT d.part, d.item FROM discrepancy d
WHERE d.state IN ('open', 'review') AND NOT d.within_tolerance AND d.kind = 'stock'
  AND (d.part, d.item) > (%(part)s::smallint, %(item)s::bigint)
ORDER BY d.part, d.item
LIMIT %(limit)s::integer;

-- name: differing
-- Those that nobody has decided and that are past the tolerance.
SELECT i.id, i.sku, i.category, l.id, l.code, d.id, d.source, d.stated, d.expected, d.cause,
       p.price, coalesce(p.currency, ''), i.cost
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[]) k (part, item)
JOIN discrepancy d ON d.part = k.part AND d.item = k.item AND d.state IN ('open', 'review') AND NOT d.within_tolerance
    AND d.kind = 'stock'
JOIN item i ON i.id = d.item
JOIN location l ON l.id = d.loc
LEFT JOIN content p ON p.channel = 0 AND p.kind = 'variant' AND p.code = i.sku
ORDER BY d.id;

-- name: silent
-- Servers that said that they run, and work that somebody should have taken. Mail may wait for its server, and jobs for one
-- that has just been started.
SELECT h.name, h.at, 'what this server did is left to others, if there are any' FROM heartbeat h
UNION ALL
SELECT 'publisher', min(c.recorded_at), 'channels are not told of what has changed'
FROM (SELECT recorded_at FROM changed LIMIT 10000) c
HAVING count(*) > 0
UNION ALL
SELECT 'jobs', greatest(s.next_run, b.since), 'what is scheduled is not done'
FROM (SELECT next_run FROM schedule ORDER BY next_run LIMIT 1) s
CROSS JOIN (SELECT min(since) AS since FROM heartbeat WHERE at > clock_timestamp() - interval '1 minute') b
UNION ALL
SELECT 'webhooks', e.recorded_at, 'other systems are not told of what has happened'
FROM (SELECT recorded_at FROM event ORDER BY recorded_at LIMIT 1) e
UNION ALL
SELECT 'messages', m.next_try_at, 'shoppers are not told of their orders'
FROM (SELECT m.next_try_at FROM message m
      WHERE m.state = 'waiting' AND EXISTS (SELECT FROM message_rule r WHERE r.channel = m.channel AND r.kind = m.kind
                                                                      AND NOT r.paused AND r.via <> 'email')
      ORDER BY m.next_try_at LIMIT 1) m;

-- name: failing_sources
SELECT s.code, s.trouble_since, s.trouble FROM file_source s
WHERE NOT s.paused AND s.trouble <> '' AND s.trouble_since IS NOT NULL
ORDER BY s.trouble_since
LIMIT %(limit)s::integer;

-- name: failing_feeds
-- In trouble; late for when it is due; with a run that waits for an answer.
SELECT f.code, w.since, w.why
FROM feed f
CROSS JOIN LATERAL (
    SELECT f.trouble_since AS since, f.trouble AS why WHERE f.trouble <> ''
    UNION ALL
    SELECT coalesce(f.arrived_at, f.added_at) + make_interval(mins => f.due_every_minutes),
           'nothing has come of what is due every ' || f.due_every_minutes || ' minutes'
    WHERE coalesce(f.arrived_at, f.added_at) + make_interval(mins => f.due_every_minutes) < %(now)s::timestamptz
    UNION ALL
    SELECT max(r.began_at), 'a run waits for somebody to say whether it is meant'
    FROM feed_run r WHERE r.feed = f.id AND r.state = 'asks' HAVING count(*) > 0
) w
WHERE NOT f.paused AND w.since IS NOT NULL
ORDER BY w.since
LIMIT %(limit)s::integer;

-- ============================================================ what movements did

-- name: mishaps
SELECT m.part, m.item, m.id, m.kind, i.sku, i.category, m.loc, coalesce(l.code, ''), m.channel, coalesce(c.code, ''),
       coalesce(o.ref, ''), m.qty, m.movement, p.price, coalesce(p.currency, ''), i.cost
FROM (SELECT * FROM mishap WHERE taken_at IS NULL ORDER BY opened_at LIMIT %(limit)s::integer) m
JOIN item i ON i.id = m.item
LEFT JOIN location l ON l.id = m.loc
LEFT JOIN channel c ON c.id = m.channel
LEFT JOIN orders o ON o.id = m.order_id AND o.part = get_byte(uuid_send(m.order_id), 0)
LEFT JOIN content p ON p.channel = 0 AND p.kind = 'variant' AND p.code = i.sku
ORDER BY m.part, m.item, m.id;

-- name: take_mishaps
UPDATE mishap m SET taken_at = %(now)s::timestamptz
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(ids)s::bigint[]) k (part, item, id)
WHERE m.part = k.part AND m.item = k.item AND m.id = k.id;

-- ============================================================ what is looked at next

-- name: lock_lane
-- Left out while another process looks: there is nothing to do for two.
SELECT seq FROM lane WHERE name = 'alerts' FOR NO KEY UPDATE SKIP LOCKED;

-- name: clock
SELECT clock_timestamp(), rules FROM epoch;

-- name: set_epoch
UPDATE lane SET seq = %(epoch)s::bigint WHERE name = 'alerts';

-- name: looks
-- In the order of the heap, which is nearly that of writing.
SELECT part, item, at FROM alert_look LIMIT %(limit)s::integer;

-- name: drop_looks
DELETE FROM alert_look l
USING unnest(%(parts)s::smallint[], %(items)s::bigint[], %(ats)s::timestamptz[]) k (part, item, at)
WHERE l.part = k.part AND l.item = k.item AND l.at = k.at;

-- name: items_after
SELECT id FROM item WHERE id > %(after)s::bigint ORDER BY id LIMIT %(limit)s::integer;

-- name: add_due
INSERT INTO alert_due (kind, at)
SELECT kind, %(now)s::timestamptz FROM unnest(%(kinds)s::text[]) k (kind)
ON CONFLICT (kind) DO NOTHING;

-- name: due
SELECT kind, after FROM alert_due WHERE at <= %(now)s::timestamptz ORDER BY at, kind;

-- name: set_due
UPDATE alert_due d SET at = k.at, after = k.after
FROM unnest(%(kinds)s::text[], %(ats)s::timestamptz[], %(afters)s::bigint[]) k (kind, at, after)
WHERE d.kind = k.kind;

-- ============================================================ heartbeats

-- name: forget_beats
-- A server that has not come back by then was taken away.
DELETE FROM heartbeat WHERE at < %(before)s::timestamptz;
