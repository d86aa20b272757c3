-- The catalog's statements: arrays in, sets out. `at` is 'infinity' for the rules of now.

-- ============================================================ the rule book

-- name: epoch
SELECT rules FROM epoch;

-- name: network_locations
SELECT id, code, kind, tier, rank, lat, lng, ships, pickup, only_channel
FROM location
ORDER BY id;

-- name: network_channels
SELECT c.id, c.code, c.grp, c.rank, c.mode,
       array(SELECT l.id
             FROM channel_location cl
             JOIN location l ON l.id = cl.loc
             WHERE cl.channel = c.id
               AND cl.recorded_from <= %(at)s::timestamptz
               AND (cl.recorded_to IS NULL OR cl.recorded_to > %(at)s::timestamptz)
               AND (l.only_channel IS NULL OR l.only_channel = c.id)
             ORDER BY cl.ord, array_position(ARRAY['primary', 'secondary', 'virtual'], l.tier), l.rank, l.id)
FROM channel c
ORDER BY c.id;

-- name: general_policies
SELECT id, kind, value, recorded_from, unit, channel, item, category, loc, tier, starts_at, ends_at, recorded_to
FROM policy
WHERE item IS NULL AND recorded_to IS NULL
ORDER BY id;

-- name: general_policies_as_of
SELECT id, kind, value, recorded_from, unit, channel, item, category, loc, tier, starts_at, ends_at, recorded_to
FROM policy
WHERE item IS NULL
  AND recorded_from <= %(at)s::timestamptz
  AND (recorded_to IS NULL OR recorded_to > %(at)s::timestamptz)
ORDER BY id;

-- name: item_policies
SELECT id, kind, value, recorded_from, unit, channel, item, category, loc, tier, starts_at, ends_at, recorded_to
FROM policy
WHERE item = ANY(%(items)s::bigint[]) AND recorded_to IS NULL
ORDER BY id;

-- name: item_policies_as_of
SELECT id, kind, value, recorded_from, unit, channel, item, category, loc, tier, starts_at, ends_at, recorded_to
FROM policy
WHERE item = ANY(%(items)s::bigint[])
  AND recorded_from <= %(at)s::timestamptz
  AND (recorded_to IS NULL OR recorded_to > %(at)s::timestamptz)
ORDER BY id;

-- name: item_traits
SELECT id, part, sku, category, lot_tracked, rotation
FROM item
WHERE id = ANY(%(items)s::bigint[]);

-- name: item_ids
SELECT sku, id FROM item WHERE sku = ANY(%(skus)s::text[]);

-- name: resolved_listings
-- A listing whose SKU the channel does not list, but which is an item's, is the item ordered as itself. A kit
-- without components at the instant resolves to nothing rather than to too little.
WITH wanted AS (
    SELECT channel, sku FROM unnest(%(channels)s::integer[], %(skus)s::text[]) AS w (channel, sku)
), taken AS (
    SELECT w.channel, w.sku, l.id AS listing, l.together, c.item, c.units
    FROM wanted w
    JOIN listing l ON l.channel = w.channel AND l.sku = w.sku
    JOIN component c ON c.listing = l.id
    WHERE c.recorded_from <= %(at)s::timestamptz
      AND (c.recorded_to IS NULL OR c.recorded_to > %(at)s::timestamptz)
    UNION ALL
    SELECT w.channel, w.sku, 0, false, i.id, 1
    FROM wanted w
    JOIN item i ON i.sku = w.sku
    WHERE NOT EXISTS (SELECT FROM listing l WHERE l.channel = w.channel AND l.sku = w.sku)
)
SELECT t.channel, t.sku, t.listing, t.together, coalesce(k.item, t.item), t.units * coalesce(k.units, 1)
FROM taken t
JOIN item i ON i.id = t.item
LEFT JOIN kit_component k ON k.kit = t.item
    AND k.recorded_from <= %(at)s::timestamptz
    AND (k.recorded_to IS NULL OR k.recorded_to > %(at)s::timestamptz)
WHERE NOT i.kit OR k.item IS NOT NULL
ORDER BY t.channel, t.sku;

-- ============================================================ the frame of a change

-- name: lock_epoch
SELECT rules FROM epoch FOR UPDATE;

-- name: raise_epoch
UPDATE epoch SET rules = rules + 1;

-- name: clock
SELECT clock_timestamp();

-- name: take_ids
INSERT INTO counter (name, next) VALUES (%(name)s::text, 1 + %(count)s::bigint)
ON CONFLICT (name) DO UPDATE SET next = counter.next + %(count)s::bigint
RETURNING counter.next - %(count)s::bigint;

-- name: lock_heads
SELECT h.item
FROM head h
JOIN unnest(%(parts)s::smallint[], %(items)s::bigint[]) AS w (part, item) ON h.part = w.part AND h.item = w.item
ORDER BY h.part, h.item
FOR NO KEY UPDATE OF h;

-- name: raise_heads
WITH raised AS (
    UPDATE head h
    SET version = h.version + 1, recorded_at = greatest(h.recorded_at, %(at)s::timestamptz)
    FROM unnest(%(parts)s::smallint[], %(items)s::bigint[]) AS w (part, item)
    WHERE h.part = w.part AND h.item = w.item
    RETURNING h.part, h.item, h.version, h.recorded_at
)
INSERT INTO changed (part, item, version, recorded_at)
SELECT part, item, version, recorded_at FROM raised
RETURNING item, recorded_at;

-- ============================================================ items

-- name: items_by_sku
SELECT id, sku, name, category, unit, weight_g, cost, lot_tracked, rotation, kit
FROM item
WHERE sku = ANY(%(skus)s::text[]);

-- name: lock_items_by_sku
SELECT id
FROM item
WHERE sku = ANY(%(skus)s::text[])
ORDER BY id
FOR NO KEY UPDATE;

-- name: items_in_use
SELECT w.item
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[]) AS w (part, item)
WHERE EXISTS (SELECT FROM entry e WHERE e.part = w.part AND e.item = w.item)
   OR EXISTS (SELECT FROM stock s WHERE s.part = w.part AND s.item = w.item);

-- name: insert_items
INSERT INTO item (id, part, sku, name, category, unit, weight_g, cost, lot_tracked, rotation)
SELECT * FROM unnest(%(id)s::bigint[], %(part)s::smallint[], %(sku)s::text[], %(name)s::text[], %(category)s::text[],
    %(unit)s::text[], %(weight_g)s::integer[], %(cost)s::numeric[], %(lot_tracked)s::boolean[], %(rotation)s::text[]);

-- name: insert_heads
INSERT INTO head (part, item) SELECT * FROM unnest(%(part)s::smallint[], %(id)s::bigint[]);

-- name: update_items
UPDATE item i
SET name = w.name, category = w.category, unit = w.unit, weight_g = w.weight_g, cost = w.cost,
    lot_tracked = w.lot_tracked, rotation = w.rotation
FROM unnest(%(id)s::bigint[], %(name)s::text[], %(category)s::text[], %(unit)s::text[], %(weight_g)s::integer[],
    %(cost)s::numeric[], %(lot_tracked)s::boolean[], %(rotation)s::text[])
    AS w (id, name, category, unit, weight_g, cost, lot_tracked, rotation)
WHERE i.id = w.id;

-- name: read_items
SELECT i.id, i.sku, i.name, i.category, i.unit, i.weight_g, i.cost, i.lot_tracked, i.rotation, i.kit,
       array(SELECT b.gtin FROM barcode b WHERE b.item = i.id ORDER BY b.gtin),
       array(SELECT c.sku FROM kit_component k JOIN item c ON c.id = k.item
             WHERE k.kit = i.id AND k.recorded_to IS NULL ORDER BY k.item),
       array(SELECT k.units FROM kit_component k
             WHERE k.kit = i.id AND k.recorded_to IS NULL ORDER BY k.item)
FROM item i
WHERE i.sku = ANY(%(skus)s::text[])
ORDER BY i.sku;

-- name: search_items
SELECT i.sku
FROM item i
WHERE i.sku > %(after)s::text
  AND (%(category)s::text IS NULL OR i.category = %(category)s::text)
  AND (%(like)s::text IS NULL OR i.sku ILIKE %(like)s::text OR i.name ILIKE %(like)s::text
       OR i.id IN (SELECT b.item FROM barcode b WHERE b.gtin LIKE %(digits)s::text))
ORDER BY i.sku
LIMIT %(limit)s::integer;
