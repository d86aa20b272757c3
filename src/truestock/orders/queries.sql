-- name: orders_by_id
SELECT replace(o.id::text, '-', ''), o.content, o.mode, o.state, o.expires_at, o.channel, o.ref, o.priority, o.placed_at
FROM unnest(%(parts)s::smallint[], %(ids)s::uuid[]) k (part, id)
JOIN orders o ON o.part = k.part AND o.id = k.id;

-- name: lines_of_orders
SELECT replace(l.order_id::text, '-', ''), l.n, l.item, l.units, l.listing, l.qty, l.granted, l.available
FROM unnest(%(parts)s::smallint[], %(ids)s::uuid[]) k (part, id)
JOIN order_line l ON l.part = k.part AND l.order_id = k.id
ORDER BY l.order_id, l.n, l.item;

-- name: add_orders
-- Orders and their lines, as one statement.
WITH lines AS (
    INSERT INTO order_line (part, order_id, n, item, units, listing, qty, granted, available)
    SELECT * FROM unnest(%(l_parts)s::smallint[], %(l_orders)s::uuid[], %(l_ns)s::integer[], %(l_items)s::bigint[],
                         %(l_units)s::integer[], %(l_listings)s::bigint[], %(l_qtys)s::bigint[],
                         %(l_granted)s::bigint[], %(l_available)s::bigint[])
)
INSERT INTO orders (part, channel, ref, id, content, mode, state, priority, placed_at, recorded_at, expires_at, lat,
                    lng, actor)
SELECT part, channel, ref, id, content, mode, state, priority, coalesce(placed_at, %(now)s::timestamptz),
       %(now)s::timestamptz, expires_at, lat, lng, actor
FROM unnest(%(parts)s::smallint[], %(channels)s::integer[], %(refs)s::text[], %(ids)s::uuid[], %(contents)s::bytea[],
            %(modes)s::text[], %(states)s::text[], %(priorities)s::smallint[], %(placed)s::timestamptz[],
            %(expires)s::timestamptz[], %(lats)s::double precision[], %(lngs)s::double precision[],
            %(actors)s::text[])
         o (part, channel, ref, id, content, mode, state, priority, placed_at, expires_at, lat, lng, actor);

-- name: set_states
UPDATE orders o SET state = s.state
FROM unnest(%(parts)s::smallint[], %(orders)s::uuid[], %(states)s::text[]) s (part, id, state)
WHERE o.part = s.part AND o.id = s.id;

-- name: copy_order
INSERT INTO orders (part, channel, ref, id, content, mode, state, priority, placed_at, recorded_at, lat, lng, actor)
SELECT %(part)s::smallint, channel, %(ref)s::text, %(id)s::uuid, content, mode, 'open', priority, placed_at, %(now)s::timestamptz, lat, lng, actor
FROM orders WHERE part = %(from_part)s::smallint AND id = %(from_id)s::uuid;

-- name: copy_lines
INSERT INTO order_line (part, order_id, n, item, units, listing, qty, granted, available)
SELECT %(part)s::smallint, %(id)s::uuid, n, item, units, listing, qty, granted, available
FROM order_line WHERE part = %(from_part)s::smallint AND order_id = %(from_id)s::uuid;

-- name: rename_promises
UPDATE promise p SET order_id = %(id)s::uuid
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[]) k (part, item)
WHERE p.part = k.part AND p.item = k.item AND p.order_id = %(from_id)s::uuid;

-- name: rename_shorts
UPDATE short s SET order_id = %(id)s::uuid
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[]) k (part, item)
WHERE s.part = k.part AND s.item = k.item AND s.order_id = %(from_id)s::uuid;
