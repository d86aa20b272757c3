-- ============================================================ what was heard

-- name: add_notices
-- The same message twice is one: its id is made of what makes it the same.
INSERT INTO notice (part, id, channel, topic, about, object, changed_at, body, received_at, sent)
SELECT part, id, channel, topic, about, object, changed_at, body, clock_timestamp(), nullif(sent, '')
FROM unnest(%(parts)s::smallint[], %(ids)s::uuid[], %(channels)s::integer[], %(topics)s::text[], %(abouts)s::text[],
            %(objects)s::text[], %(changed)s::text[], %(bodies)s::bytea[], %(sent)s::text[])
         n (part, id, channel, topic, about, object, changed_at, body, sent)
ON CONFLICT (part, id) DO NOTHING;

-- name: objects_heard_of
-- Orders to be read, the longest heard of first; any number of messages about one ask for one reading.
SELECT n.object
FROM notice n
WHERE n.channel = %(channel)s::integer AND n.done_at IS NULL AND n.about = 'order' AND n.object <> ''
GROUP BY n.object
ORDER BY min(n.received_at), n.object
LIMIT %(limit)s::integer;

-- name: sent_orders
-- Orders that came whole, in the order of coming.
SELECT replace(n.id::text, '-', ''), n.sent
FROM notice n
WHERE n.channel = %(channel)s::integer AND n.done_at IS NULL AND n.sent IS NOT NULL
ORDER BY n.received_at, n.id
LIMIT %(limit)s::integer;

-- name: settle_sent
UPDATE notice SET done_at = clock_timestamp()
FROM unnest(%(parts)s::smallint[], %(ids)s::uuid[]) k (part, id)
WHERE notice.part = k.part AND notice.id = k.id;

-- name: settle_notices
-- Only what had been received when the reading began: what comes during it asks for another one.
UPDATE notice SET done_at = clock_timestamp(), trouble = coalesce(t.trouble, '')
FROM unnest(%(objects)s::text[], %(troubles)s::text[]) t (object, trouble)
WHERE notice.channel = %(channel)s::integer AND notice.done_at IS NULL AND notice.object = t.object
  AND notice.received_at <= %(before)s::timestamptz;

-- name: settle_other_notices
UPDATE notice SET done_at = clock_timestamp()
WHERE channel = %(channel)s::integer AND done_at IS NULL AND (about <> 'order' OR object = '');

-- name: clock
SELECT clock_timestamp();

-- ============================================================ how far a channel has been read

-- name: progress
SELECT orders_phase, orders_cursor, orders_from, coalesce(orders_read_at, orders_from) FROM connection WHERE channel = %(channel)s::integer;

-- name: begin_reading
UPDATE connection SET orders_from = clock_timestamp()
WHERE channel = %(channel)s::integer AND orders_from IS NULL
RETURNING orders_from;

-- name: set_progress
UPDATE connection
SET orders_phase = %(phase)s::text, orders_cursor = %(cursor)s::text,
    orders_read_at = coalesce(%(read_at)s::timestamptz, orders_read_at)
WHERE channel = %(channel)s::integer;

-- name: orders_wanted
-- Whether somebody waits for a look that began after the last one.
SELECT coalesce(orders_wanted_at > coalesce(orders_read_at, '-infinity'), false)
FROM connection WHERE channel = %(channel)s::integer;

-- name: want_orders
UPDATE connection n SET orders_wanted_at = greatest(n.orders_wanted_at, %(asked)s::timestamptz)
FROM channel c
WHERE c.id = n.channel AND (%(code)s::text IS NULL OR c.code = %(code)s::text);

-- name: how_far_read
SELECT n.channel, coalesce(n.orders_read_at >= %(asked)s::timestamptz, false),
       (SELECT count(*) FROM notice x
        WHERE x.channel = n.channel AND x.done_at IS NULL AND x.received_at <= %(asked)s::timestamptz
          AND (x.sent IS NOT NULL OR x.about = 'order' AND x.object <> '')),
       n.trouble,
       n.trouble <> '' AND greatest(n.trouble_since, %(asked)s::timestamptz)
                           <= clock_timestamp() - %(trouble_for)s::interval,
       u.orders, u.tried_again
FROM connection n
CROSS JOIN LATERAL (
    SELECT count(*) AS orders, count(*) FILTER (WHERE o.waiting = '{}') AS tried_again
    FROM channel_order o WHERE o.channel = n.channel AND NOT o.settled
) u;

-- ============================================================ orders as their channels have them

-- name: lock_seen
-- What is known of these orders; they are held until their new state is written.
SELECT replace(o.id::text, '-', ''), o.changed_at, o.content
FROM unnest(%(parts)s::smallint[], %(ids)s::uuid[]) k (part, id)
JOIN channel_order o ON o.part = k.part AND o.id = k.id
ORDER BY o.part, o.id
FOR NO KEY UPDATE OF o;

-- name: put_orders
INSERT INTO channel_order (part, id, channel, ref, name, state, placed_at, changed_at, read_at, content, currency,
                           shipping, shipping_tax, lat, lng, settled)
SELECT part, id, %(channel)s::integer, ref, name, state, placed_at, changed_at, clock_timestamp(), content, currency,
       shipping, shipping_tax, lat, lng, false
FROM unnest(%(parts)s::smallint[], %(ids)s::uuid[], %(refs)s::text[], %(names)s::text[], %(states)s::text[],
            %(placed)s::timestamptz[], %(changed)s::timestamptz[], %(contents)s::bytea[], %(currencies)s::text[],
            %(shippings)s::numeric[], %(taxes)s::numeric[], %(lats)s::float8[], %(lngs)s::float8[])
         o (part, id, ref, name, state, placed_at, changed_at, content, currency, shipping, shipping_tax, lat, lng)
ON CONFLICT (part, id) DO UPDATE
SET name = excluded.name, state = excluded.state, changed_at = excluded.changed_at, read_at = excluded.read_at,
    content = excluded.content, currency = excluded.currency, shipping = excluded.shipping,
    shipping_tax = excluded.shipping_tax, settled = false;

-- name: forget_erased
-- Where orders went whose buyers have been erased.
UPDATE channel_order o SET lat = NULL, lng = NULL
FROM unnest(%(parts)s::smallint[], %(ids)s::uuid[]) k (part, id)
JOIN buyer b ON b.part = k.part AND b.order_id = k.id AND b.data = '{}'
WHERE o.part = k.part AND o.id = k.id AND o.lat IS NOT NULL;

-- name: zero_lines
-- A line that the channel no longer has is wanted no more; what it was sold for stays.
UPDATE channel_order_line l SET qty = 0, qty_at = clock_timestamp()
FROM unnest(%(parts)s::smallint[], %(ids)s::uuid[]) k (part, id)
WHERE l.part = k.part AND l.order_id = k.id AND l.qty > 0
  AND NOT EXISTS (
      SELECT FROM unnest(%(line_parts)s::smallint[], %(line_ids)s::uuid[], %(lines)s::text[]) n (part, id, line)
      WHERE n.part = l.part AND n.id = l.order_id AND n.line = l.line);

-- name: put_lines
INSERT INTO channel_order_line (part, order_id, line, place, sku, title, qty, returned, price, discount, tax, outside,
                                shipped, qty_at, left_at, left_by)
SELECT l.*, clock_timestamp(), CASE WHEN l.shipped > 0 THEN clock_timestamp() ELSE '-infinity' END, l.shipped
FROM unnest(%(parts)s::smallint[], %(ids)s::uuid[], %(lines)s::text[], %(places)s::integer[],
            %(skus)s::text[], %(titles)s::text[], %(qtys)s::bigint[], %(returned)s::bigint[],
            %(prices)s::numeric[], %(discounts)s::numeric[], %(taxes)s::numeric[], %(outsides)s::bigint[],
            %(shipped)s::bigint[])
         l (part, order_id, line, place, sku, title, qty, returned, price, discount, tax, outside, shipped)
ON CONFLICT (part, order_id, line) DO UPDATE
SET place = excluded.place, sku = excluded.sku, title = excluded.title, qty = excluded.qty,
    returned = excluded.returned, shipped = excluded.shipped, price = excluded.price, discount = excluded.discount,
    tax = excluded.tax,
    qty_at = CASE WHEN excluded.qty <> channel_order_line.qty THEN excluded.qty_at ELSE channel_order_line.qty_at END,
    left_at = CASE WHEN excluded.shipped > channel_order_line.shipped THEN excluded.left_at
                   ELSE channel_order_line.left_at END,
    left_by = CASE WHEN excluded.shipped > channel_order_line.shipped THEN excluded.shipped - channel_order_line.shipped
                   ELSE channel_order_line.left_by END;

-- name: drop_details
WITH k AS (SELECT * FROM unnest(%(parts)s::smallint[], %(ids)s::uuid[]) k (part, id)), fees AS (
    DELETE FROM channel_order_fee f USING k WHERE f.part = k.part AND f.order_id = k.id
)
DELETE FROM channel_parcel p USING k WHERE p.part = k.part AND p.order_id = k.id;

-- name: add_fees
INSERT INTO channel_order_fee (part, order_id, n, kind, line, amount)
SELECT * FROM unnest(%(parts)s::smallint[], %(ids)s::uuid[], %(ns)s::integer[], %(kinds)s::text[], %(lines)s::text[],
                     %(amounts)s::numeric[]);

-- name: add_parcels
INSERT INTO channel_parcel (part, order_id, n, parcel, lines, shipped_at, place, carrier, tracking)
SELECT part, order_id, n, parcel, lines::jsonb, shipped_at, place, carrier, tracking
FROM unnest(%(parts)s::smallint[], %(ids)s::uuid[], %(ns)s::integer[], %(parcels)s::text[], %(lines)s::text[],
            %(shipped)s::timestamptz[], %(places)s::text[], %(carriers)s::text[], %(trackings)s::text[])
         p (part, order_id, n, parcel, lines, shipped_at, place, carrier, tracking);

-- name: put_buyers
-- Who has been erased stays so.
INSERT INTO buyer (part, order_id, channel, placed_at, data)
SELECT part, id, %(channel)s::integer, placed_at, data::jsonb
FROM unnest(%(parts)s::smallint[], %(ids)s::uuid[], %(placed)s::timestamptz[], %(data)s::text[]) b (part, id, placed_at, data)
ON CONFLICT (part, order_id) DO UPDATE SET data = excluded.data
WHERE buyer.data <> '{}';

-- ============================================================ what they were taken as

-- name: lock_orders
SELECT replace(o.id::text, '-', ''), o.ref, o.state, o.placed_at, o.lat, o.lng
FROM unnest(%(parts)s::smallint[], %(ids)s::uuid[]) k (part, id)
JOIN channel_order o ON o.part = k.part AND o.id = k.id
ORDER BY o.part, o.id
FOR NO KEY UPDATE OF o;

-- name: lines_seen
-- A line without a SKU goes by its title, so that what is said of one gift wrap holds for the next one too.
SELECT replace(l.order_id::text, '-', ''), l.line, n.sku, l.qty, l.outside, EXISTS (
    SELECT FROM listing_ignored g WHERE g.channel = o.channel AND g.sku = n.sku)
FROM unnest(%(parts)s::smallint[], %(ids)s::uuid[]) k (part, id)
JOIN channel_order o ON o.part = k.part AND o.id = k.id
JOIN channel_order_line l ON l.part = k.part AND l.order_id = k.id
CROSS JOIN LATERAL (
    SELECT CASE WHEN l.sku <> '' THEN l.sku WHEN l.title <> '' THEN 'title:' || l.title ELSE 'line:' || l.line END
) n (sku)
ORDER BY l.part, l.order_id, l.place, l.line;

-- name: legs_seen
-- What left, line by line, in the order of leaving.
SELECT replace(p.order_id::text, '-', ''), u.key, u.value::bigint, p.place, p.shipped_at, p.carrier, p.tracking
FROM unnest(%(parts)s::smallint[], %(ids)s::uuid[]) k (part, id)
JOIN channel_parcel p ON p.part = k.part AND p.order_id = k.id
CROSS JOIN LATERAL jsonb_each_text(p.lines) u
ORDER BY p.part, p.order_id, p.shipped_at NULLS LAST, p.n, u.key;

-- name: taken_orders
SELECT replace(t.order_id::text, '-', ''), t.k, t.ref, t.content
FROM unnest(%(parts)s::smallint[], %(ids)s::uuid[]) k (part, id)
JOIN taken_order t ON t.part = k.part AND t.order_id = k.id
ORDER BY t.part, t.order_id, t.k;

-- name: taken_lines
SELECT replace(t.order_id::text, '-', ''), t.k, t.n, t.line, t.qty, t.released
FROM unnest(%(parts)s::smallint[], %(ids)s::uuid[]) k (part, id)
JOIN taken_line t ON t.part = k.part AND t.order_id = k.id
ORDER BY t.part, t.order_id, t.k, t.n;

-- name: add_taken_orders
INSERT INTO taken_order (part, order_id, k, ref, content)
SELECT * FROM unnest(%(parts)s::smallint[], %(ids)s::uuid[], %(ks)s::integer[], %(refs)s::text[], %(contents)s::text[]);

-- name: add_taken_lines
INSERT INTO taken_line (part, order_id, k, n, line, qty)
SELECT * FROM unnest(%(parts)s::smallint[], %(ids)s::uuid[], %(ks)s::integer[], %(ns)s::integer[], %(lines)s::text[],
                     %(qtys)s::bigint[]);

-- name: drop_taken
-- What was planned and could not be: another way is found next time.
WITH k AS (SELECT * FROM unnest(%(parts)s::smallint[], %(ids)s::uuid[], %(ks)s::integer[]) k (part, id, k)), l AS (
    DELETE FROM taken_line t USING k WHERE t.part = k.part AND t.order_id = k.id AND t.k = k.k
)
DELETE FROM taken_order t USING k WHERE t.part = k.part AND t.order_id = k.id AND t.k = k.k;

-- name: set_released
UPDATE taken_line t SET released = r.released
FROM unnest(%(parts)s::smallint[], %(ids)s::uuid[], %(ks)s::integer[], %(ns)s::integer[], %(released)s::bigint[])
         r (part, id, k, n, released)
WHERE t.part = r.part AND t.order_id = r.id AND t.k = r.k AND t.n = r.n;

-- name: set_outcome
UPDATE channel_order o
SET settled = s.settled, waiting = s.waiting::text[], ignored = s.ignored::text[], trouble = ''
FROM unnest(%(parts)s::smallint[], %(ids)s::uuid[], %(settled)s::boolean[], %(waiting)s::text[], %(ignored)s::text[])
         s (part, id, settled, waiting, ignored)
WHERE o.part = s.part AND o.id = s.id;

-- name: set_troubles
UPDATE channel_order o SET trouble = s.trouble
FROM unnest(%(parts)s::smallint[], %(ids)s::uuid[], %(troubles)s::text[]) s (part, id, trouble)
WHERE o.part = s.part AND o.id = s.id;

-- name: give_up_taken
-- A cart that ran out before it was paid: what it held is sold anew.
UPDATE taken_line t SET released = t.qty
FROM unnest(%(parts)s::smallint[], %(ids)s::uuid[], %(ks)s::integer[]) k (part, id, k)
WHERE t.part = k.part AND t.order_id = k.id AND t.k = k.k;

-- name: places
-- Where the channel's own locations are here; of several the first in the channel's order.
SELECT DISTINCT ON (p.code) p.code, l.code
FROM place p
JOIN place_location x ON x.place = p.id
JOIN location l ON l.id = x.loc
JOIN channel_location c ON c.channel = p.channel AND c.loc = x.loc AND c.recorded_to IS NULL
WHERE p.channel = %(channel)s::integer
ORDER BY p.code, c.ord, l.tier, l.rank, l.id;

-- name: unsettled
-- What is not here as it is there: a command that did not come through, or a SKU that may mean something by now.
SELECT replace(o.id::text, '-', '')
FROM channel_order o
WHERE o.channel = %(channel)s::integer AND NOT o.settled
  AND (o.waiting = '{}' OR o.trouble <> '' OR EXISTS (
      SELECT FROM listing l WHERE l.channel = o.channel AND l.sku = ANY(o.waiting)
      UNION ALL
      SELECT FROM listing_ignored g WHERE g.channel = o.channel AND g.sku = ANY(o.waiting)
      UNION ALL
      SELECT FROM item i WHERE i.sku = ANY(o.waiting)))
  AND (o.part, o.id) > (%(after_part)s::smallint, %(after_id)s::uuid)
ORDER BY o.part, o.id
LIMIT %(limit)s::integer;

-- name: drop_unread
DELETE FROM unread_order u USING unnest(%(refs)s::text[]) k (ref) WHERE u.channel = %(channel)s::integer AND u.ref = k.ref;

-- name: put_unread
INSERT INTO unread_order (channel, ref, reason, since)
SELECT %(channel)s::integer, ref, left(reason, 500), clock_timestamp()
FROM unnest(%(refs)s::text[], %(reasons)s::text[]) u (ref, reason)
ON CONFLICT (channel, ref) DO UPDATE SET reason = excluded.reason;
