-- ============================================================ what is measured
-- Orders placed before the hub took over a channel's orders say nothing about lag or pace.

-- name: clock
-- And the rules' epoch, and whether any of them, also one whose dates are to come, has guards computed.
SELECT clock_timestamp(), rules, EXISTS (SELECT FROM policy WHERE kind = 'guard_service' AND recorded_to IS NULL)
FROM epoch;

-- name: lags
-- By channel whose orders are read: of its last orders, from the sale to the first reading; of its last numbers, from
-- computing to the channel's word that they are in force. Each as quantiles, in seconds. Then since when orders have
-- been read, how many were measured, and for how long a channel that does not answer has not been read.
SELECT n.channel, o.lags, o.measured, p.lags, n.orders_from,
       CASE WHEN n.trouble = '' THEN 0
            ELSE greatest(0, extract(epoch FROM %(now)s::timestamptz - coalesce(n.orders_read_at, n.trouble_since)))
       END::float8
FROM connection n
CROSS JOIN LATERAL (
    SELECT percentile_cont(%(quantiles)s::float8[]) WITHIN GROUP (ORDER BY x.lag_s) AS lags, count(*) AS measured
    FROM (SELECT greatest(0, extract(epoch FROM c.first_read_at - c.placed_at))::float8 AS lag_s
          FROM channel_order c
          WHERE c.channel = n.channel AND c.first_read_at > %(since)s::timestamptz AND c.placed_at >= n.orders_from
          ORDER BY c.first_read_at DESC
          LIMIT %(limit)s::integer) x
) o
CROSS JOIN LATERAL (
    SELECT percentile_cont(%(quantiles)s::float8[]) WITHIN GROUP (ORDER BY x.lag_s) AS lags
    FROM (SELECT extract(epoch FROM b.acked_at - b.desired_at)::float8 AS lag_s
          FROM outbound b
          WHERE b.channel = n.channel AND b.acked_at >= b.desired_at AND b.acked_at > %(since)s::timestamptz
          ORDER BY b.acked_at DESC
          LIMIT %(limit)s::integer) x
) p
WHERE o.measured > 0
ORDER BY n.channel;

-- name: sold
-- Units by channel and the channel's own SKU that came in over the window, and over its last hours; the sum of squared
-- quantities of orders.
SELECT q.channel, q.sku, sum(q.units)::bigint, coalesce(sum(q.units) FILTER (WHERE q.recent), 0)::bigint,
       sum(q.units * q.units)::float8
FROM (
    SELECT c.channel, l.sku, sum(l.qty) AS units, c.first_read_at > %(recent)s::timestamptz AS recent
    FROM connection n
    JOIN channel_order c ON c.channel = n.channel AND c.placed_at >= n.orders_from
    JOIN channel_order_line l ON l.part = c.part AND l.order_id = c.id
    WHERE c.first_read_at > %(since)s::timestamptz AND c.state <> 'cancelled' AND l.qty > 0
    GROUP BY c.part, c.id, c.channel, l.sku, c.first_read_at
) q
GROUP BY q.channel, q.sku
ORDER BY q.channel, q.sku;

-- ============================================================ what stands

-- name: open_guards
SELECT item, channel, units, recorded_from FROM guard WHERE recorded_to IS NULL;

-- name: close_guards
-- Under the locks of the items' heads, which order all that ATP reads.
UPDATE guard g SET recorded_to = k.at
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(channels)s::integer[], %(ats)s::timestamptz[])
         k (part, item, channel, at)
WHERE g.part = k.part AND g.item = k.item AND g.channel = k.channel AND g.recorded_to IS NULL;

-- name: add_guards
INSERT INTO guard (part, item, channel, units, made_from, recorded_from)
SELECT part, item, channel, units, made_from::jsonb, at
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(channels)s::integer[], %(units)s::bigint[],
            %(made_from)s::text[], %(ats)s::timestamptz[])
         g (part, item, channel, units, made_from, at);

-- name: list_guards
-- One channel's, most units first.
SELECT i.sku, g.units, (g.made_from ->> 'percent')::integer, (g.made_from ->> 'per_hour')::float8,
       (g.made_from ->> 'dispersion')::float8, (g.made_from ->> 'lag_p50_s')::float8,
       (g.made_from ->> 'lag_p95_s')::float8, (g.made_from ->> 'orders')::integer, g.recorded_from
FROM guard g
JOIN item i ON i.id = g.item
WHERE g.channel = %(channel)s::integer AND g.recorded_to IS NULL
ORDER BY g.units DESC, i.sku
LIMIT %(limit)s::integer;

-- name: trim_guards
DELETE FROM guard WHERE part = %(part)s::smallint AND recorded_to < %(before)s::timestamptz;
