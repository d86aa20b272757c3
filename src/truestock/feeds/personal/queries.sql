-- name: trim_notices
DELETE FROM notice WHERE part = %(part)s::smallint AND received_at < %(before)s::timestamptz;

-- name: buyers_before
SELECT replace(b.order_id::text, '-', '') FROM buyer b
WHERE b.part = %(part)s::smallint AND b.placed_at < %(before)s::timestamptz;

-- name: buyers_like
-- Who bought, by what is told: an address of mail, a phone's digits, a channel's own id of a buyer or of an order.
SELECT replace(b.order_id::text, '-', '')
FROM buyer b
JOIN channel_order o ON o.part = b.part AND o.id = b.order_id
WHERE b.part = %(part)s::smallint AND b.data <> '{}'
  AND (lower(b.data ->> 'email') = lower(%(email)s::text)
       OR regexp_replace(b.data ->> 'phone', '[^0-9]', '', 'g') = %(phone)s::text
       OR (b.channel = %(channel)s::integer AND (b.data ->> 'id' = %(buyer)s::text OR o.ref = %(order)s::text)));

-- name: channel_id
SELECT id FROM channel WHERE code = %(code)s::text;

-- name: names_of
-- Orders as their channels call them.
SELECT o.channel, o.ref
FROM unnest(%(parts)s::smallint[], %(ids)s::uuid[]) k (part, id)
JOIN channel_order o ON o.part = k.part AND o.id = k.id;

-- name: lock_orders
-- In the order in which whoever takes orders in holds them.
SELECT replace(o.id::text, '-', '')
FROM unnest(%(parts)s::smallint[], %(ids)s::uuid[]) k (part, id)
JOIN channel_order o ON o.part = k.part AND o.id = k.id
ORDER BY o.part, o.id
FOR NO KEY UPDATE OF o;

-- name: forget_places
-- Where the orders went, as their channels have them.
UPDATE channel_order o SET lat = NULL, lng = NULL
FROM unnest(%(parts)s::smallint[], %(ids)s::uuid[]) k (part, id)
WHERE o.part = k.part AND o.id = k.id AND o.lat IS NOT NULL;

-- name: forget_asked
-- And as they were asked for when they were taken.
UPDATE taken_order t SET content = (t.content::jsonb - 'lat' - 'lng')::text
FROM unnest(%(parts)s::smallint[], %(ids)s::uuid[]) k (part, id)
WHERE t.part = k.part AND t.order_id = k.id AND position('"lat"' IN t.content) > 0;

-- name: taken_as
SELECT o.channel, t.ref
FROM unnest(%(parts)s::smallint[], %(ids)s::uuid[]) k (part, id)
JOIN channel_order o ON o.part = k.part AND o.id = k.id
JOIN taken_order t ON t.part = k.part AND t.order_id = k.id;

-- name: forget_destinations
-- And as orders of ours.
UPDATE orders o SET lat = NULL, lng = NULL
FROM unnest(%(parts)s::smallint[], %(ids)s::uuid[]) k (part, id)
WHERE o.part = k.part AND o.id = k.id AND o.lat IS NOT NULL;

-- name: drop_buyers
DELETE FROM buyer b USING unnest(%(parts)s::smallint[], %(ids)s::uuid[]) k (part, id)
WHERE b.part = k.part AND b.order_id = k.id;

-- name: empty_buyers
-- The row stays, so that the channel's next word about the order does not bring the person back.
UPDATE buyer b SET data = '{}'
FROM unnest(%(parts)s::smallint[], %(ids)s::uuid[]) k (part, id)
WHERE b.part = k.part AND b.order_id = k.id;

-- name: count_notices
SELECT count(*) FROM notice n
WHERE n.part = %(part)s::smallint AND (n.body <> '' OR position('"buyer"' IN n.sent) > 0)
  AND (EXISTS (SELECT FROM unnest(%(channels)s::integer[], %(objects)s::text[]) k (channel, object)
               WHERE k.channel = n.channel AND k.object = n.object)
       OR position(lower(%(email)s::text) IN lower(encode(n.body, 'escape'))) > 0
       OR position(lower(%(email)s::text) IN lower(n.sent)) > 0);

-- name: empty_notices
-- That it was heard, and which order is to be read, stays; of an order that came whole and is still to be taken all but
-- who bought it.
UPDATE notice n SET body = '', sent = CASE WHEN n.done_at IS NULL THEN (n.sent::jsonb - 'buyer')::text END
WHERE n.part = %(part)s::smallint AND (n.body <> '' OR position('"buyer"' IN n.sent) > 0)
  AND (EXISTS (SELECT FROM unnest(%(channels)s::integer[], %(objects)s::text[]) k (channel, object)
               WHERE k.channel = n.channel AND k.object = n.object)
       OR position(lower(%(email)s::text) IN lower(encode(n.body, 'escape'))) > 0
       OR position(lower(%(email)s::text) IN lower(n.sent)) > 0);
