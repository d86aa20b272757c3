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
