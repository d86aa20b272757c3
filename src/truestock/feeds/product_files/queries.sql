-- What a channel's files are written from.

-- name: clock
SELECT clock_timestamp();

-- name: clock_and_rules
SELECT clock_timestamp(), rules FROM epoch;

-- name: is_published
-- Whether all that changed up to an instant, and the rules of then, are in what channels shall show.
SELECT NOT EXISTS (SELECT FROM changed WHERE recorded_at <= %(at)s::timestamptz)
   AND EXISTS (SELECT FROM lane WHERE name = 'atp_rules' AND seq >= %(rules)s::bigint)
   AND EXISTS (SELECT FROM lane WHERE name = 'atp_listing' AND seq = -1);

-- name: listings_to_export
-- The open listings with their product's code, what is shown of them at a place (0: as a whole), and when what the
-- file has of them last changed. Products come in the order in which they were first told of.
SELECT l.sku, l.title, coalesce(own.product, general.product, ''), i.sku, i.name, i.weight_g, i.cost,
       array(SELECT b.gtin FROM barcode b WHERE b.item = i.id ORDER BY b.gtin),
       o.desired, o.desired_at,
       greatest(own.changed_at, general.changed_at, page.changed_at, shared.changed_at)
FROM channel c
JOIN listing l ON l.channel = c.id
JOIN LATERAL (
    SELECT count(*) AS items, min(p.item) AS item, min(p.units) AS units
    FROM component p
    WHERE p.listing = l.id AND p.recorded_to IS NULL
) t ON t.items > 0
LEFT JOIN item i ON i.id = t.item AND t.items = 1 AND t.units = 1
LEFT JOIN content own ON own.channel = c.id AND own.kind = 'variant' AND own.code = l.sku
LEFT JOIN content general ON general.channel = 0 AND general.kind = 'variant' AND general.code = i.sku
LEFT JOIN content page
    ON page.channel = c.id AND page.kind = 'product' AND page.code = coalesce(own.product, general.product)
LEFT JOIN content shared
    ON shared.channel = 0 AND shared.kind = 'product' AND shared.code = coalesce(own.product, general.product)
LEFT JOIN outbound o ON o.channel = c.id AND o.listing = l.id AND o.place = %(place)s::integer
WHERE c.code = %(channel)s::text
ORDER BY coalesce(page.id, shared.id, own.id, general.id), own.id, l.id;

-- name: place_called
SELECT p.id
FROM place p
JOIN channel c ON c.id = p.channel
WHERE c.code = %(channel)s::text AND p.code = %(code)s::text;

-- name: products_to_export
SELECT t.code, t.changed_at
FROM content t
JOIN channel c ON c.id = t.channel
WHERE c.code = %(channel)s::text AND t.kind = 'product'
ORDER BY t.id;

-- name: kept_columns
SELECT DISTINCT k.name
FROM content t
JOIN channel c ON c.id = t.channel
CROSS JOIN LATERAL jsonb_object_keys(t.cells -> %(format)s::text) AS k (name)
WHERE c.code = %(channel)s::text AND t.cells ? %(format)s::text;

-- name: most_attributes
SELECT coalesce(max(greatest(jsonb_array_length(t.attributes), jsonb_array_length(t.options))), 0)
FROM content t
WHERE t.channel = 0 OR t.channel = (SELECT c.id FROM channel c WHERE c.code = %(channel)s::text);
