-- name: items_by_gtin
SELECT b.gtin, i.part, i.id, i.sku, i.name, i.lot_tracked, b.units
FROM barcode b
JOIN item i ON i.id = b.item
WHERE b.gtin = ANY (%(gtins)s::text[]) AND NOT i.kit;

-- name: items_by_sku
SELECT i.sku, i.part, i.id, i.sku, i.name, i.lot_tracked, 1
FROM item i
WHERE i.sku = ANY (%(skus)s::text[]) AND NOT i.kit;

-- name: places_by_label
-- A bin's code means one at the location that is asked about; without a location only where no two have it.
SELECT p.code, min(p.location), min(p.bin)
FROM (
    SELECT l.code, l.code AS location, NULL::text AS bin FROM location l WHERE l.code = ANY (%(labels)s::text[])
    UNION ALL
    SELECT b.code, l.code, b.code
    FROM bin b
    JOIN location l ON l.id = b.loc
    WHERE b.code = ANY (%(labels)s::text[]) AND (%(location)s::text IS NULL OR l.code = %(location)s::text)
) p
GROUP BY p.code
HAVING count(*) = 1;
