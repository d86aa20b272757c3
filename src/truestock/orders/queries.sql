-- name: orders_by_id
SELECT replace(o.id::text, '-', ''), o.content, o.mode, o.state, o.expires_at, o.channel, o.ref, o.priority, o.placed_at,
       o.lines
FROM unnest(%(parts)s::smallint[], %(ids)s::uuid[]) k (part, id)
JOIN orders o ON o.part = k.part AND o.id = k.id;

-- name: none_known
-- Fails (it divides by zero) when one of these orders is there.
SELECT 1 / (count(*) = 0)::integer
FROM unnest(%(parts)s::smallint[], %(ids)s::uuid[]) k (part, id)
JOIN orders o ON o.part = k.part AND o.id = k.id;

-- name: add_orders
INSERT INTO orders (part, channel, ref, id, content, mode, state, priority, placed_at, recorded_at, expires_at, lat,
                    lng, actor, lines)
SELECT part, channel, ref, id, content, mode, state, priority, coalesce(placed_at, %(now)s::timestamptz),
       %(now)s::timestamptz, expires_at, lat, lng, actor, lines::bigint[]
FROM unnest(%(parts)s::smallint[], %(channels)s::integer[], %(refs)s::text[], %(ids)s::uuid[], %(contents)s::bytea[],
            %(modes)s::text[], %(states)s::text[], %(priorities)s::smallint[], %(placed)s::timestamptz[],
            %(expires)s::timestamptz[], %(lats)s::double precision[], %(lngs)s::double precision[],
            %(actors)s::text[], %(lines)s::text[])
         o (part, channel, ref, id, content, mode, state, priority, placed_at, expires_at, lat, lng, actor, lines);

-- name: set_states
UPDATE orders o SET state = s.state
FROM unnest(%(parts)s::smallint[], %(orders)s::uuid[], %(states)s::text[]) s (part, id, state)
WHERE o.part = s.part AND o.id = s.id;

-- name: copy_order
INSERT INTO orders (part, channel, ref, id, content, mode, state, priority, placed_at, recorded_at, lat, lng, actor,
                    lines)
SELECT %(part)s::smallint, channel, %(ref)s::text, %(id)s::uuid, content, mode, 'open', priority, placed_at,
       %(now)s::timestamptz, lat, lng, actor, lines
FROM orders WHERE part = %(from_part)s::smallint AND id = %(from_id)s::uuid;

-- name: rename_promises
UPDATE promise p SET order_id = %(id)s::uuid
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[]) k (part, item)
WHERE p.part = k.part AND p.item = k.item AND p.order_id = %(from_id)s::uuid;

-- name: rename_shorts
UPDATE short s SET order_id = %(id)s::uuid
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[]) k (part, item)
WHERE s.part = k.part AND s.item = k.item AND s.order_id = %(from_id)s::uuid;

-- name: add_steps
INSERT INTO order_step (part, order_id, movement, channel, ref, kind, happened_at, recorded_at, carrier, tracking,
                        tracking_url, reason, lines, told_at)
SELECT part, order_id, movement, channel, ref, kind, at, %(now)s::timestamptz, carrier, tracking, url, reason,
       lines::bigint[], CASE WHEN known THEN %(now)s::timestamptz END
FROM unnest(%(parts)s::smallint[], %(orders)s::uuid[], %(movements)s::bigint[], %(channels)s::integer[],
            %(refs)s::text[], %(kinds)s::text[], %(at)s::timestamptz[], %(carriers)s::text[], %(trackings)s::text[],
            %(urls)s::text[], %(reasons)s::text[], %(lines)s::text[], %(known)s::boolean[])
         s (part, order_id, movement, channel, ref, kind, at, carrier, tracking, url, reason, lines, known);

-- name: standing
-- The lines of these orders in listing units: sold, open (promised or owed) and shipped; what is left was given back.
-- Of a line that takes several items the slowest counts.
SELECT replace(o.id::text, '-', ''), o.state, l.n, min(coalesce(g.sku, i.sku)), min(l.qty),
       max(-((-coalesce(p.open, 0) - coalesce(s.open, 0)) / l.units))::bigint, min(coalesce(p.posted, 0) / l.units)::bigint,
       bool_or(coalesce(s.open, 0) > 0)
FROM unnest(%(parts)s::smallint[], %(ids)s::uuid[]) k (part, id)
JOIN orders o ON o.part = k.part AND o.id = k.id
JOIN order_line l ON l.part = o.part AND l.order_id = o.id
JOIN item i ON i.id = l.item
LEFT JOIN listing g ON g.id = l.listing
LEFT JOIN LATERAL (
    SELECT sum(x.qty - x.posted - x.voided)::bigint AS open, sum(x.posted)::bigint AS posted
    FROM promise x WHERE x.part = i.part AND x.item = i.id AND x.order_id = o.id AND x.line = l.n
) p ON true
LEFT JOIN LATERAL (
    SELECT sum(x.qty - x.filled - x.cancelled)::bigint AS open
    FROM short x WHERE x.part = i.part AND x.item = i.id AND x.order_id = o.id AND x.line = l.n
) s ON true
GROUP BY o.id, o.state, l.n
ORDER BY o.id, l.n;

-- name: add_rejected
INSERT INTO rejected_pick (part, item, movement, lot, loc, order_id, line, reason, qty, actor, recorded_at)
SELECT part, item, movement, lot, loc, order_id, line, reason, qty, actor, %(now)s::timestamptz
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(movements)s::bigint[], %(lots)s::bigint[],
            %(locs)s::integer[], %(orders)s::uuid[], %(lines)s::integer[], %(reasons)s::text[], %(qtys)s::bigint[],
            %(actors)s::text[])
         r (part, item, movement, lot, loc, order_id, line, reason, qty, actor);
