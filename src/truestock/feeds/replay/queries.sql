-- What an audit needs to know of promises: at which locations the units of an order were promised.

-- name: places_of_orders
SELECT replace(p.order_id::text, '-', ''), p.line, l.code, sum(p.qty)::bigint
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(orders)s::uuid[]) k (part, item, order_id)
JOIN promise p ON p.part = k.part AND p.item = k.item AND p.order_id = k.order_id
JOIN location l ON l.id = p.loc
GROUP BY p.order_id, p.line, l.code;

-- name: units_on_shelves
SELECT i.sku, l.code, sum(greatest(s.on_hand - s.reserved, 0))::bigint
FROM stock s
JOIN item i ON i.id = s.item
JOIN location l ON l.id = s.loc
WHERE s.status = 0 AND s.owner = 0
GROUP BY i.sku, l.code;
