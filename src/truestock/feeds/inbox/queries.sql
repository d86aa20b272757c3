-- ============================================================ the inbox

-- name: page
SELECT i.kind, c.code, i.key, i.title, i.barcode, i.orders, i.units, i.oldest, i.shown, i.reason
FROM inbox i
JOIN channel c ON c.id = i.channel
WHERE (%(channel)s::text IS NULL OR c.code = %(channel)s::text)
  AND (%(kind)s::text IS NULL OR i.kind = %(kind)s::text)
  AND (array_position(%(kinds)s::text[], i.kind), c.code, i.key)
      > (%(after_kind)s::integer, %(after_channel)s::text, %(after_key)s::text)
ORDER BY array_position(%(kinds)s::text[], i.kind), c.code, i.key
LIMIT %(limit)s::integer;

-- name: sizes
SELECT c.code, i.kind, count(*)
FROM inbox i
JOIN channel c ON c.id = i.channel
GROUP BY c.code, i.kind
ORDER BY c.code, i.kind;

-- name: channel_ids
SELECT code, id FROM channel WHERE code = ANY(%(codes)s::text[]);

-- name: candidates
SELECT sku, name FROM item ORDER BY sku;

-- name: barcodes
SELECT b.gtin, i.sku, b.units FROM barcode b JOIN item i ON i.id = b.item;

-- name: unmapped_listings
SELECT i.key, i.title, i.barcode FROM inbox i
WHERE i.channel = %(channel)s::integer AND i.kind = 'unmapped_listing'
ORDER BY i.key;

-- name: meaning
-- Those of the SKUs that a channel has a listing for, or that are an item's.
SELECT w.sku
FROM unnest(%(skus)s::text[]) w (sku)
WHERE EXISTS (SELECT FROM item i WHERE i.sku = w.sku) OR EXISTS (
    SELECT FROM listing l JOIN component p ON p.listing = l.id AND p.recorded_to IS NULL
    WHERE l.channel = %(channel)s::integer AND l.sku = w.sku);

-- ============================================================ what is no stock

-- name: ignored
SELECT c.code, g.sku, g.reason, g.actor, g.since
FROM listing_ignored g
JOIN channel c ON c.id = g.channel
WHERE (%(channel)s::text IS NULL OR c.code = %(channel)s::text)
  AND (c.code, g.sku) > (%(after_channel)s::text, %(after_sku)s::text)
ORDER BY c.code, g.sku
LIMIT %(limit)s::integer;

-- name: put_ignored
INSERT INTO listing_ignored (channel, sku, reason, actor, since)
SELECT %(channel)s::integer, sku, %(reason)s::text, %(actor)s::text, clock_timestamp()
FROM unnest(%(skus)s::text[]) w (sku)
ON CONFLICT (channel, sku) DO UPDATE SET reason = excluded.reason, actor = excluded.actor;

-- name: drop_ignored
DELETE FROM listing_ignored WHERE channel = %(channel)s::integer AND sku = ANY(%(skus)s::text[]) RETURNING sku;

-- name: lock_and_unsettle
-- Orders of which something was left out are looked at anew. They are held in the order in which takers hold them.
WITH k AS (
    SELECT part, id FROM channel_order
    WHERE channel = %(channel)s::integer AND ignored <> '{}' AND ignored && %(skus)s::text[]
    ORDER BY part, id
    FOR NO KEY UPDATE
)
UPDATE channel_order o SET settled = false FROM k WHERE o.part = k.part AND o.id = k.id;

-- name: concerned
-- Orders that wait for these SKUs, or had left them out, the longest placed first.
SELECT replace(id::text, '-', '')
FROM channel_order
WHERE channel = %(channel)s::integer AND NOT settled
  AND (waiting && %(skus)s::text[] OR ignored && %(skus)s::text[])
ORDER BY placed_at, id
LIMIT %(limit)s::integer;

-- name: still_waiting
SELECT count(*) FROM channel_order
WHERE channel = %(channel)s::integer AND NOT settled AND waiting && %(skus)s::text[];

-- ============================================================ rules

-- name: lock_rules
-- Who changes a channel's rules is the only one for the moment.
SELECT id FROM channel WHERE code = %(channel)s::text ORDER BY id FOR NO KEY UPDATE;

-- name: rules
SELECT r.ord, r.by, r.pattern, r.replace, r.units
FROM mapping_rule r
JOIN channel c ON c.id = r.channel
WHERE c.code = %(channel)s::text
ORDER BY r.ord;

-- name: drop_rules
DELETE FROM mapping_rule WHERE channel = %(channel)s::integer;

-- name: add_rules
INSERT INTO mapping_rule (channel, ord, by, pattern, replace, units)
SELECT %(channel)s::integer, w.*
FROM unnest(%(ords)s::integer[], %(bys)s::text[], %(patterns)s::text[], %(replaces)s::text[], %(units)s::integer[]) w;

-- name: is_automatic
SELECT n.maps_by_rules FROM connection n JOIN channel c ON c.id = n.channel WHERE c.code = %(channel)s::text;

-- name: set_automatic
UPDATE connection n SET maps_by_rules = %(automatic)s::boolean
FROM channel c WHERE c.id = n.channel AND c.code = %(channel)s::text
RETURNING c.code;

-- name: told_of
-- Everything that a channel sells, as far as is known: what orders wait for, and its own listings, with what each means.
SELECT w.sku, w.title, w.barcode, w.unknown,
       coalesce((SELECT array_agg(i.sku ORDER BY i.sku) FROM component p JOIN item i ON i.id = p.item
                 WHERE p.listing = l.id AND p.recorded_to IS NULL), '{}'),
       coalesce((SELECT array_agg(p.units ORDER BY i.sku) FROM component p JOIN item i ON i.id = p.item
                 WHERE p.listing = l.id AND p.recorded_to IS NULL), '{}')
FROM (
    SELECT i.channel, i.key AS sku, i.title, i.barcode, true AS unknown FROM inbox i
    WHERE i.kind IN ('unmapped_sku', 'unmapped_listing')
    UNION ALL
    SELECT c.channel, c.sku, c.title, c.barcode, false FROM channel_listing c
    WHERE NOT %(only_unknown)s::boolean AND EXISTS (
        SELECT FROM listing l JOIN component p ON p.listing = l.id AND p.recorded_to IS NULL
        WHERE l.channel = c.channel AND l.sku = c.sku)
) w
LEFT JOIN listing l ON l.channel = w.channel AND l.sku = w.sku
WHERE w.channel = %(channel)s::integer
ORDER BY w.sku;

-- name: items_among
SELECT sku FROM item WHERE sku = ANY(%(skus)s::text[]);

-- name: barcodes_among
SELECT b.gtin, i.sku, b.units FROM barcode b JOIN item i ON i.id = b.item WHERE b.gtin = ANY(%(gtins)s::text[]);

-- ============================================================ channels' own listings

-- name: reading_due
-- Whether a channel's listings are to be read now, and the instant.
SELECT n.channel IS NOT NULL AND coalesce(n.listings_due_at <= c.now, true), coalesce(n.maps_by_rules, false), c.now
FROM (SELECT clock_timestamp() AS now) c
LEFT JOIN connection n ON n.channel = %(channel)s::integer;

-- name: ask_to_read
UPDATE connection n SET listings_due_at = clock_timestamp()
FROM channel c WHERE c.id = n.channel AND c.code = %(channel)s::text
RETURNING c.code, n.listings_read_at, n.listings_without_sku, n.listings_trouble;

-- name: set_listings_trouble
UPDATE connection SET listings_trouble = %(trouble)s::text
WHERE channel = %(channel)s::integer AND listings_trouble <> %(trouble)s::text;

-- name: put_listed
INSERT INTO channel_listing (channel, sku, title, barcode, shown, first_seen_at, seen_at)
SELECT %(channel)s::integer, w.*, %(begun)s::timestamptz, %(begun)s::timestamptz
FROM unnest(%(skus)s::text[], %(titles)s::text[], %(barcodes)s::text[], %(shown)s::bigint[]) w
ON CONFLICT (channel, sku) DO UPDATE
SET title = excluded.title, barcode = excluded.barcode, shown = excluded.shown, seen_at = excluded.seen_at;

-- name: drop_unlisted
-- What a whole reading has not found is no longer listed.
DELETE FROM channel_listing WHERE channel = %(channel)s::integer AND seen_at < %(begun)s::timestamptz;

-- name: read_through
-- Who has asked for one since it began is owed another.
UPDATE connection
SET listings_read_at = %(begun)s::timestamptz, listings_without_sku = %(without_sku)s::integer, listings_trouble = '',
    listings_due_at = CASE WHEN listings_due_at > %(begun)s::timestamptz THEN listings_due_at
                           ELSE clock_timestamp() + %(again)s::interval END
WHERE channel = %(channel)s::integer;
