-- The catalog's statements: arrays in, sets out. `at` is 'infinity' for the rules of now.

-- ============================================================ the rule book

-- name: epoch
SELECT rules FROM epoch;

-- name: network_locations
SELECT id, code, kind, tier, rank, lat, lng, ships, pickup, only_channel
FROM location
ORDER BY id;

-- name: binned_locations
SELECT DISTINCT loc FROM bin;

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

-- name: network_places
-- The first in a channel's order come first.
SELECT p.channel, p.id, coalesce(array_agg(x.loc) FILTER (WHERE x.loc IS NOT NULL), '{}')
FROM place p
LEFT JOIN place_location x ON x.place = p.id
LEFT JOIN channel_location c ON c.channel = p.channel AND c.loc = x.loc AND c.recorded_to IS NULL
GROUP BY p.channel, p.id
ORDER BY p.channel, min(c.ord), p.id;

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
SELECT id, part, sku, category, lot_tracked, rotation, kit
FROM item
WHERE id = ANY(%(items)s::bigint[]);

-- name: item_ids
SELECT sku, id FROM item WHERE sku = ANY(%(skus)s::text[]);

-- name: resolved_listings
-- A listing whose SKU the channel does not list, but which is an item's, is the item ordered as itself. A kit
-- without components at the instant resolves to nothing rather than to too little. OFFSET 0 keeps each lookup on
-- its index even under a plan that was made while the tables were empty.
SELECT w.channel, w.sku, coalesce(l.id, 0), coalesce(l.together, false), coalesce(k.item, t.item),
       t.units * coalesce(k.units, 1)
FROM unnest(%(channels)s::integer[], %(skus)s::text[]) AS w (channel, sku)
LEFT JOIN LATERAL (
    SELECT id, together FROM listing WHERE channel = w.channel AND sku = w.sku OFFSET 0
) l ON true
CROSS JOIN LATERAL (
    SELECT c.item, c.units
    FROM component c
    WHERE c.listing = l.id
      AND c.recorded_from <= %(at)s::timestamptz
      AND (c.recorded_to IS NULL OR c.recorded_to > %(at)s::timestamptz)
    UNION ALL
    SELECT i.id, 1 FROM item i WHERE l.id IS NULL AND i.sku = w.sku
    OFFSET 0
) t
CROSS JOIN LATERAL (SELECT kit FROM item WHERE id = t.item OFFSET 0) i
LEFT JOIN LATERAL (
    SELECT c.item, c.units
    FROM kit_component c
    WHERE i.kit AND c.kit = t.item
      AND c.recorded_from <= %(at)s::timestamptz
      AND (c.recorded_to IS NULL OR c.recorded_to > %(at)s::timestamptz)
    OFFSET 0
) k ON true
WHERE NOT i.kit OR k.item IS NOT NULL;

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
   OR EXISTS (SELECT FROM stock s WHERE s.part = w.part AND s.item = w.item)
   OR EXISTS (SELECT FROM lot o WHERE o.part = w.part AND o.item = w.item);

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

-- ============================================================ barcodes

-- name: barcodes
SELECT i.id, b.gtin, i.sku, b.units
FROM barcode b
JOIN item i ON i.id = b.item
WHERE b.gtin = ANY(%(gtins)s::text[]);

-- name: insert_barcodes
INSERT INTO barcode (gtin, item, units)
SELECT * FROM unnest(%(gtin)s::text[], %(id)s::bigint[], %(units)s::integer[]);

-- name: update_barcodes
UPDATE barcode b
SET units = w.units
FROM unnest(%(gtin)s::text[], %(units)s::integer[]) AS w (gtin, units)
WHERE b.gtin = w.gtin;

-- name: delete_barcodes
DELETE FROM barcode WHERE gtin = ANY(%(gtins)s::text[]) RETURNING gtin, item;

-- ============================================================ kits

-- name: set_kits
UPDATE item SET kit = true WHERE id = ANY(%(items)s::bigint[]) AND NOT kit;

-- name: items_inside_kits
SELECT DISTINCT item FROM kit_component WHERE item = ANY(%(items)s::bigint[]) AND recorded_to IS NULL;

-- name: close_kit_components
UPDATE kit_component p
SET recorded_to = %(at)s::timestamptz
FROM unnest(%(owners)s::bigint[], %(items)s::bigint[]) AS w (owner, item)
WHERE p.kit = w.owner AND p.item = w.item AND p.recorded_to IS NULL;

-- name: insert_kit_components
INSERT INTO kit_component (kit, item, units, recorded_from)
SELECT w.owner, w.item, w.units, %(at)s::timestamptz
FROM unnest(%(owners)s::bigint[], %(items)s::bigint[], %(units)s::integer[]) AS w (owner, item, units);

-- ============================================================ listings

-- name: channel_codes
SELECT code FROM channel;

-- name: listings_by_key
SELECT l.id, c.code, l.sku, l.title, l.together,
       array(SELECT i.sku FROM component p JOIN item i ON i.id = p.item
             WHERE p.listing = l.id AND p.recorded_to IS NULL ORDER BY p.item),
       array(SELECT p.units FROM component p WHERE p.listing = l.id AND p.recorded_to IS NULL ORDER BY p.item)
FROM unnest(%(channels)s::text[], %(skus)s::text[]) AS w (channel, sku)
JOIN channel c ON c.code = w.channel
CROSS JOIN LATERAL (SELECT * FROM listing WHERE channel = c.id AND sku = w.sku OFFSET 0) l;

-- name: search_listings
SELECT l.id, c.code, l.sku, l.title, l.together,
       array(SELECT i.sku FROM component p JOIN item i ON i.id = p.item
             WHERE p.listing = l.id AND p.recorded_to IS NULL ORDER BY p.item),
       array(SELECT p.units FROM component p WHERE p.listing = l.id AND p.recorded_to IS NULL ORDER BY p.item)
FROM listing l
JOIN channel c ON c.id = l.channel
WHERE l.id > %(after)s::bigint
  AND (%(channel)s::text IS NULL OR c.code = %(channel)s::text)
  AND (%(like)s::text IS NULL OR l.sku ILIKE %(like)s::text OR l.title ILIKE %(like)s::text)
  AND (%(item)s::text IS NULL OR l.id IN (
      SELECT p.listing
      FROM item i
      LEFT JOIN kit_component k ON k.item = i.id AND k.recorded_to IS NULL
      JOIN component p ON p.item IN (i.id, k.kit) AND p.recorded_to IS NULL
      WHERE i.sku = %(item)s::text))
ORDER BY l.id
LIMIT %(limit)s::integer;

-- name: insert_listings
INSERT INTO listing (id, channel, sku, title, together)
SELECT w.id, c.id, w.sku, w.title, w.together
FROM unnest(%(id)s::bigint[], %(channel)s::text[], %(sku)s::text[], %(title)s::text[], %(together)s::boolean[])
    AS w (id, channel, sku, title, together)
JOIN channel c ON c.code = w.channel;

-- name: update_listings
UPDATE listing l
SET title = w.title, together = w.together
FROM unnest(%(id)s::bigint[], %(title)s::text[], %(together)s::boolean[]) AS w (id, title, together)
WHERE l.id = w.id;

-- name: close_components
UPDATE component p
SET recorded_to = %(at)s::timestamptz
FROM unnest(%(owners)s::bigint[], %(items)s::bigint[]) AS w (owner, item)
WHERE p.listing = w.owner AND p.item = w.item AND p.recorded_to IS NULL;

-- name: insert_components
INSERT INTO component (listing, item, units, recorded_from)
SELECT w.owner, w.item, w.units, %(at)s::timestamptz
FROM unnest(%(owners)s::bigint[], %(items)s::bigint[], %(units)s::integer[]) AS w (owner, item, units);

-- ============================================================ locations and bins

-- name: locations_by_code
SELECT l.id, l.code, l.name, l.kind, l.tier, l.rank, l.lat, l.lng, l.ships, l.pickup, l.capacity_per_day, l.cut_off,
       c.code
FROM location l
LEFT JOIN channel c ON c.id = l.only_channel
WHERE l.code = ANY(%(codes)s::text[]);

-- name: list_locations
SELECT l.id, l.code, l.name, l.kind, l.tier, l.rank, l.lat, l.lng, l.ships, l.pickup, l.capacity_per_day, l.cut_off,
       c.code
FROM location l
LEFT JOIN channel c ON c.id = l.only_channel
WHERE l.code > %(after)s::text
ORDER BY l.code
LIMIT %(limit)s::integer;

-- name: channels_of_locations
SELECT l.code, array_agg(c.code)
FROM location l
JOIN channel_location cl ON cl.loc = l.id AND cl.recorded_to IS NULL
JOIN channel c ON c.id = cl.channel
WHERE l.code = ANY(%(codes)s::text[])
GROUP BY l.code;

-- name: insert_locations
INSERT INTO location (id, code, name, kind, tier, rank, lat, lng, ships, pickup, capacity_per_day, cut_off,
                      only_channel)
SELECT w.id, w.code, w.name, w.kind, w.tier, w.rank, w.lat, w.lng, w.ships, w.pickup, w.capacity_per_day, w.cut_off,
       c.id
FROM unnest(%(id)s::integer[], %(code)s::text[], %(name)s::text[], %(kind)s::text[], %(tier)s::text[],
    %(rank)s::integer[], %(lat)s::float8[], %(lng)s::float8[], %(ships)s::boolean[], %(pickup)s::boolean[],
    %(capacity_per_day)s::integer[], %(cut_off)s::time[], %(only_channel)s::text[])
    AS w (id, code, name, kind, tier, rank, lat, lng, ships, pickup, capacity_per_day, cut_off, only_channel)
LEFT JOIN channel c ON c.code = w.only_channel;

-- name: update_locations
UPDATE location l
SET name = w.name, kind = w.kind, tier = w.tier, rank = w.rank, lat = w.lat, lng = w.lng, ships = w.ships,
    pickup = w.pickup, capacity_per_day = w.capacity_per_day, cut_off = w.cut_off,
    only_channel = (SELECT c.id FROM channel c WHERE c.code = w.only_channel)
FROM unnest(%(id)s::integer[], %(name)s::text[], %(kind)s::text[], %(tier)s::text[], %(rank)s::integer[],
    %(lat)s::float8[], %(lng)s::float8[], %(ships)s::boolean[], %(pickup)s::boolean[],
    %(capacity_per_day)s::integer[], %(cut_off)s::time[], %(only_channel)s::text[])
    AS w (id, name, kind, tier, rank, lat, lng, ships, pickup, capacity_per_day, cut_off, only_channel)
WHERE l.id = w.id;

-- name: bins_of
SELECT b.id, l.code, b.code, b.zone
FROM bin b
JOIN location l ON l.id = b.loc
WHERE l.code = ANY(%(codes)s::text[]);

-- name: list_bins
SELECT b.id, l.code, b.code, b.zone
FROM bin b
JOIN location l ON l.id = b.loc
WHERE l.code = %(location)s::text AND b.code > %(after)s::text
ORDER BY b.code
LIMIT %(limit)s::integer;

-- name: insert_bins
INSERT INTO bin (id, loc, zone, code)
SELECT w.id, l.id, w.zone, w.code
FROM unnest(%(id)s::integer[], %(location)s::text[], %(zone)s::text[], %(code)s::text[]) AS w (id, location, zone, code)
JOIN location l ON l.code = w.location;

-- name: update_bins
UPDATE bin b SET zone = w.zone FROM unnest(%(id)s::integer[], %(zone)s::text[]) AS w (id, zone) WHERE b.id = w.id;

-- ============================================================ channels

-- name: channels_by_code
SELECT c.id, c.code, c.name, c.grp, c.rank, c.mode,
       array(SELECT l.code
             FROM channel_location cl
             JOIN location l ON l.id = cl.loc
             WHERE cl.channel = c.id AND cl.recorded_to IS NULL
             ORDER BY cl.ord, array_position(ARRAY['primary', 'secondary', 'virtual'], l.tier), l.rank, l.id)
FROM channel c
WHERE c.code = ANY(%(codes)s::text[]);

-- name: list_channel_codes
SELECT code FROM channel WHERE code > %(after)s::text ORDER BY code LIMIT %(limit)s::integer;

-- name: insert_channels
INSERT INTO channel (id, code, name, grp, rank, mode)
SELECT * FROM unnest(%(id)s::integer[], %(code)s::text[], %(name)s::text[], %(group)s::text[], %(rank)s::integer[],
    %(mode)s::text[]);

-- name: update_channels
UPDATE channel c
SET name = w.name, grp = w.grp, rank = w.rank, mode = w.mode
FROM unnest(%(id)s::integer[], %(name)s::text[], %(group)s::text[], %(rank)s::integer[], %(mode)s::text[])
    AS w (id, name, grp, rank, mode)
WHERE c.id = w.id;

-- name: only_channels
SELECT l.code, c.code FROM location l LEFT JOIN channel c ON c.id = l.only_channel;

-- name: links_of_channels
SELECT c.id, c.code, l.code, cl.ord
FROM channel c
JOIN channel_location cl ON cl.channel = c.id AND cl.recorded_to IS NULL
JOIN location l ON l.id = cl.loc
WHERE c.code = ANY(%(codes)s::text[]);

-- name: close_channel_locations
UPDATE channel_location cl
SET recorded_to = %(at)s::timestamptz
FROM unnest(%(id)s::integer[], %(location)s::text[]) AS w (channel, location)
JOIN location l ON l.code = w.location
WHERE cl.channel = w.channel AND cl.loc = l.id AND cl.recorded_to IS NULL;

-- name: close_other_channel_locations
UPDATE channel_location cl
SET recorded_to = %(at)s::timestamptz
WHERE cl.channel = ANY(%(all)s::integer[]) AND cl.recorded_to IS NULL
  AND NOT EXISTS (SELECT FROM unnest(%(id)s::integer[], %(location)s::text[], %(ord)s::integer[])
                      AS w (channel, location, ord)
                  JOIN location l ON l.code = w.location
                  WHERE w.channel = cl.channel AND l.id = cl.loc AND w.ord = cl.ord);

-- name: insert_channel_locations
INSERT INTO channel_location (channel, loc, ord, recorded_from)
SELECT w.channel, l.id, w.ord, %(at)s::timestamptz
FROM unnest(%(id)s::integer[], %(location)s::text[], %(ord)s::integer[]) AS w (channel, location, ord)
JOIN location l ON l.code = w.location
WHERE NOT EXISTS (SELECT FROM channel_location cl
                  WHERE cl.channel = w.channel AND cl.loc = l.id AND cl.recorded_to IS NULL);

-- ============================================================ policies

-- name: open_policies
SELECT p.id, p.kind, p.value, p.unit, c.code, i.sku, p.category, l.code, p.tier, p.starts_at, p.ends_at, p.reason,
       p.recorded_from, p.recorded_to, p.specificity
FROM policy p
LEFT JOIN channel c ON c.id = p.channel
LEFT JOIN item i ON i.id = p.item
LEFT JOIN location l ON l.id = p.loc
WHERE p.recorded_to IS NULL AND (p.item IS NULL OR p.item = ANY(%(items)s::bigint[]));

-- name: policies_by_id
SELECT p.id, p.kind, p.value, p.unit, c.code, i.sku, p.category, l.code, p.tier, p.starts_at, p.ends_at, p.reason,
       p.recorded_from, p.recorded_to, p.specificity
FROM policy p
LEFT JOIN channel c ON c.id = p.channel
LEFT JOIN item i ON i.id = p.item
LEFT JOIN location l ON l.id = p.loc
WHERE p.id = ANY(%(ids)s::bigint[]);

-- name: search_policies
SELECT p.id, p.kind, p.value, p.unit, c.code, i.sku, p.category, l.code, p.tier, p.starts_at, p.ends_at, p.reason,
       p.recorded_from, p.recorded_to, p.specificity
FROM policy p
LEFT JOIN channel c ON c.id = p.channel
LEFT JOIN item i ON i.id = p.item
LEFT JOIN location l ON l.id = p.loc
WHERE p.id > %(after)s::bigint
  AND (%(ended)s::boolean OR p.recorded_to IS NULL)
  AND (%(kind)s::text IS NULL OR p.kind = %(kind)s::text)
  AND (%(channel)s::text IS NULL OR c.code = %(channel)s::text)
  AND (%(item)s::text IS NULL OR i.sku = %(item)s::text)
  AND (%(category)s::text IS NULL OR p.category = %(category)s::text)
  AND (%(location)s::text IS NULL OR l.code = %(location)s::text)
ORDER BY p.id
LIMIT %(limit)s::integer;

-- name: insert_policies
INSERT INTO policy (id, kind, channel, item, category, loc, tier, value, unit, starts_at, ends_at, reason,
                    recorded_from)
SELECT w.id, w.kind, c.id, i.id, w.category, l.id, w.tier, w.value, w.unit, w.starts_at, w.ends_at, w.reason,
       %(at)s::timestamptz
FROM unnest(%(id)s::bigint[], %(kind)s::text[], %(channel)s::text[], %(item)s::text[], %(category)s::text[],
    %(location)s::text[], %(tier)s::text[], %(value)s::bigint[], %(unit)s::text[], %(starts_at)s::timestamptz[],
    %(ends_at)s::timestamptz[], %(reason)s::text[])
    AS w (id, kind, channel, item, category, location, tier, value, unit, starts_at, ends_at, reason)
LEFT JOIN channel c ON c.code = w.channel
LEFT JOIN item i ON i.sku = w.item
LEFT JOIN location l ON l.code = w.location;

-- name: close_policies
UPDATE policy SET recorded_to = %(at)s::timestamptz WHERE id = ANY(%(ids)s::bigint[]) AND recorded_to IS NULL;

-- name: open_protections
SELECT id, kind, item, channel FROM policy WHERE id = ANY(%(ids)s::bigint[]) AND recorded_to IS NULL;

-- name: set_kept
INSERT INTO kept (part, item, channel, target, used, set_at)
SELECT w.part, w.item, c.id, w.target, 0, w.set_at
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(channels)s::text[], %(targets)s::bigint[],
    %(set_at)s::timestamptz[]) AS w (part, item, channel, target, set_at)
JOIN channel c ON c.code = w.channel
ON CONFLICT (part, item, channel) DO UPDATE SET target = excluded.target, used = 0, set_at = excluded.set_at;

-- name: delete_kept
DELETE FROM kept k
USING unnest(%(parts)s::smallint[], %(items)s::bigint[], %(channels)s::integer[]) AS w (part, item, channel)
WHERE k.part = w.part AND k.item = w.item AND k.channel = w.channel;

-- ============================================================ lots

-- name: lots_by_key
SELECT o.id, i.sku, o.code, o.expires_at, o.received_at, h.reason
FROM unnest(%(items)s::text[], %(codes)s::text[]) AS w (item, code)
JOIN item i ON i.sku = w.item
JOIN lot o ON o.part = i.part AND o.item = i.id AND o.code = w.code
LEFT JOIN lot_hold h ON h.part = o.part AND h.item = o.item AND h.lot = o.id AND h.recorded_to IS NULL;

-- name: list_lots
SELECT o.id, i.sku, o.code, o.expires_at, o.received_at, h.reason
FROM item i
JOIN lot o ON o.part = i.part AND o.item = i.id
LEFT JOIN lot_hold h ON h.part = o.part AND h.item = o.item AND h.lot = o.id AND h.recorded_to IS NULL
WHERE i.sku = %(item)s::text AND o.id > %(after)s::bigint
ORDER BY o.id
LIMIT %(limit)s::integer;

-- name: last_lots
SELECT w.item, coalesce(max(o.id), 0)
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[]) AS w (part, item)
LEFT JOIN lot o ON o.part = w.part AND o.item = w.item
GROUP BY w.item;

-- name: insert_lots
INSERT INTO lot (part, item, id, code, expires_at, received_at)
SELECT * FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(id)s::bigint[], %(code)s::text[],
    %(expires_at)s::timestamptz[], %(received_at)s::timestamptz[]);

-- name: update_lots
UPDATE lot o
SET expires_at = w.expires_at, received_at = w.received_at
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(id)s::bigint[], %(expires_at)s::timestamptz[],
    %(received_at)s::timestamptz[]) AS w (part, item, id, expires_at, received_at)
WHERE o.part = w.part AND o.item = w.item AND o.id = w.id;

-- name: close_lot_holds
UPDATE lot_hold h
SET recorded_to = w.at
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(id)s::bigint[], %(at)s::timestamptz[])
    AS w (part, item, lot, at)
WHERE h.part = w.part AND h.item = w.item AND h.lot = w.lot AND h.recorded_to IS NULL;

-- name: insert_lot_holds
INSERT INTO lot_hold (part, item, lot, reason, recorded_from)
SELECT w.part, w.item, w.lot, w.reason, w.at
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(id)s::bigint[], %(held)s::text[], %(at)s::timestamptz[])
    AS w (part, item, lot, reason, at)
WHERE w.reason IS NOT NULL;

-- ============================================================ API keys

-- name: insert_key
INSERT INTO api_key (id, name, digest, scopes, channel, created_at, expires_at)
VALUES (%(id)s::text, %(name)s::text, %(digest)s::bytea, %(scopes)s::text[],
        (SELECT id FROM channel WHERE code = %(channel)s::text), now(), %(expires_at)s::timestamptz);

-- name: keys_by_id
SELECT k.id, k.name, k.scopes, c.code, k.created_at, k.expires_at, k.revoked_at, k.last_used_at
FROM api_key k
LEFT JOIN channel c ON c.id = k.channel
WHERE k.id = ANY(%(ids)s::text[]);

-- name: list_keys
SELECT k.id, k.name, k.scopes, c.code, k.created_at, k.expires_at, k.revoked_at, k.last_used_at
FROM api_key k
LEFT JOIN channel c ON c.id = k.channel
WHERE k.id > %(after)s::text
ORDER BY k.id
LIMIT %(limit)s::bigint;

-- name: live_keys
SELECT k.id, k.digest, k.name, k.scopes, c.code, k.expires_at
FROM api_key k
LEFT JOIN channel c ON c.id = k.channel
WHERE k.revoked_at IS NULL AND (k.expires_at IS NULL OR k.expires_at > now());

-- name: count_keys
SELECT count(*) FROM api_key;

-- name: revoke_keys
UPDATE api_key
SET revoked_at = now()
WHERE id = ANY(%(ids)s::text[]) AND revoked_at IS NULL;

-- name: note_key_use
UPDATE api_key k
SET last_used_at = w.at
FROM unnest(%(ids)s::text[], %(at)s::timestamptz[]) AS w (id, at)
WHERE k.id = w.id AND (k.last_used_at IS NULL OR k.last_used_at < w.at);
