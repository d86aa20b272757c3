-- What partners are told: read, and nothing written.

-- name: channel_of
SELECT id FROM channel WHERE code = %(channel)s::text;

-- name: location_of
SELECT id, name FROM location WHERE code = %(location)s::text;

-- name: order_there
SELECT o.state FROM orders o WHERE o.part = %(part)s::smallint AND o.id = %(id)s::uuid;

-- name: goes_to
SELECT b.data::text FROM buyer b WHERE b.part = %(part)s::smallint AND b.order_id = %(id)s::uuid;

-- name: to_ship
-- What an order is promised at a location and has not left, by item and lot.
SELECT i.sku, sum(p.qty - p.posted - p.voided)::bigint,
       coalesce((SELECT min(b.gtin) FROM barcode b WHERE b.item = i.id AND b.units = 1), ''), coalesce(t.code, '')
FROM (
    SELECT DISTINCT l.item FROM order_line l WHERE l.part = %(part)s::smallint AND l.order_id = %(id)s::uuid
) l
JOIN item i ON i.id = l.item
JOIN promise p ON p.part = i.part AND p.item = i.id AND p.order_id = %(id)s::uuid
LEFT JOIN lot t ON t.part = p.part AND t.item = p.item AND t.id = p.lot
WHERE p.loc = %(loc)s::integer
GROUP BY i.id, i.sku, t.code
HAVING sum(p.qty - p.posted - p.voided) > 0
ORDER BY i.sku, t.code NULLS FIRST;

-- name: on_its_way
-- What is still to come of a document to a location, with when the first of it is due.
SELECT i.sku, sum(e.qty - e.received)::bigint,
       coalesce((SELECT min(b.gtin) FROM barcode b WHERE b.item = i.id AND b.units = 1), ''), min(e.due_at)
FROM expected e
JOIN item i ON i.id = e.item
WHERE e.ref = %(ref)s::text AND e.kind <> 'demand' AND e.state = 'open' AND e.loc = %(loc)s::integer
GROUP BY i.id, i.sku
HAVING sum(e.qty - e.received) > 0
ORDER BY i.sku;

-- name: lies
-- What lies at a location, and what of it nobody was promised; units on their way to it (status 6) do not lie there.
SELECT i.sku, coalesce(sum(s.on_hand - s.reserved) FILTER (WHERE s.status = 0), 0)::bigint, sum(s.on_hand)::bigint,
       coalesce((SELECT min(b.gtin) FROM barcode b WHERE b.item = i.id AND b.units = 1), '')
FROM stock s
JOIN item i ON i.part = s.part AND i.id = s.item
WHERE s.loc = %(loc)s::integer AND s.status <> 6
GROUP BY i.id, i.sku
ORDER BY i.sku;
