-- What pages show, and what channels ask of it. A channel of 0 is content that holds wherever an item is sold.

-- name: content_channels
SELECT code, id FROM channel;

-- name: content_by_key
-- OFFSET 0 keeps each lookup on its index even under a plan that was made while the table was empty.
SELECT t.code, t.kind, c.code, t.product, t.options::text, t.title, t.summary, t.description, t.brand, t.category,
       t.images::text, t.attributes::text, t.price, t.compare_at_price, t.currency, t.tax_class, t.cells::text, t.id,
       t.changed_at
FROM unnest(%(channels)s::text[], %(kinds)s::text[], %(codes)s::text[]) AS w (channel, kind, code)
LEFT JOIN channel c ON c.code = w.channel
CROSS JOIN LATERAL (
    SELECT * FROM content WHERE channel = coalesce(c.id, 0) AND kind = w.kind AND code = w.code OFFSET 0
) t
WHERE (c.id IS NULL) = (w.channel IS NULL);

-- name: lock_content
SELECT id FROM content WHERE id = ANY(%(ids)s::bigint[]) ORDER BY id FOR NO KEY UPDATE;

-- name: list_content
SELECT t.code, t.kind, c.code, t.product, t.options::text, t.title, t.summary, t.description, t.brand, t.category,
       t.images::text, t.attributes::text, t.price, t.compare_at_price, t.currency, t.tax_class, t.cells::text, t.id,
       t.changed_at
FROM content t
LEFT JOIN channel c ON c.id = t.channel
WHERE t.id > %(after)s::bigint AND c.code IS NOT DISTINCT FROM %(channel)s::text
ORDER BY t.id
LIMIT %(limit)s::integer;

-- name: insert_content
INSERT INTO content (id, channel, kind, code, product, options, title, summary, description, brand, category, images,
                     attributes, price, compare_at_price, currency, tax_class, cells, changed_at)
SELECT w.*, %(at)s::timestamptz
FROM unnest(%(id)s::bigint[], %(numbers)s::integer[], %(kind)s::text[], %(code)s::text[], %(product)s::text[],
    %(options)s::jsonb[], %(title)s::text[], %(summary)s::text[], %(description)s::text[], %(brand)s::text[],
    %(category)s::text[], %(images)s::jsonb[], %(attributes)s::jsonb[], %(price)s::numeric[],
    %(compare_at_price)s::numeric[], %(currency)s::text[], %(tax_class)s::text[], %(cells)s::jsonb[]) w;

-- name: update_content
UPDATE content t
SET product = w.product, options = w.options, title = w.title, summary = w.summary, description = w.description,
    brand = w.brand, category = w.category, images = w.images, attributes = w.attributes, price = w.price,
    compare_at_price = w.compare_at_price, currency = w.currency, tax_class = w.tax_class, cells = w.cells,
    changed_at = %(at)s::timestamptz
FROM unnest(%(id)s::bigint[], %(product)s::text[], %(options)s::jsonb[], %(title)s::text[], %(summary)s::text[],
    %(description)s::text[], %(brand)s::text[], %(category)s::text[], %(images)s::jsonb[], %(attributes)s::jsonb[],
    %(price)s::numeric[], %(compare_at_price)s::numeric[], %(currency)s::text[], %(tax_class)s::text[],
    %(cells)s::jsonb[])
    AS w (id, product, options, title, summary, description, brand, category, images, attributes, price,
          compare_at_price, currency, tax_class, cells)
WHERE t.id = w.id;

-- ============================================================ what channels ask of content

-- name: content_rules
SELECT c.id, c.code, r.field, r.called, r.required, r.allowed, r.at_least, r.at_most, r.pixels
FROM content_rule r
JOIN channel c ON c.id = r.channel
WHERE c.code = ANY(%(channels)s::text[])
ORDER BY c.code, r.field;

-- name: put_content_rules
INSERT INTO content_rule (channel, field, called, required, allowed, at_least, at_most, pixels)
SELECT c.id, w.field, w.called, w.required, ARRAY(SELECT jsonb_array_elements_text(w.allowed)), w.at_least, w.at_most,
       w.pixels
FROM unnest(%(channel)s::text[], %(field)s::text[], %(called)s::text[], %(required)s::boolean[], %(allowed)s::jsonb[],
    %(at_least)s::integer[], %(at_most)s::integer[], %(pixels)s::integer[])
    AS w (channel, field, called, required, allowed, at_least, at_most, pixels)
JOIN channel c ON c.code = w.channel
ON CONFLICT (channel, field) DO UPDATE
SET called = excluded.called, required = excluded.required, allowed = excluded.allowed, at_least = excluded.at_least,
    at_most = excluded.at_most, pixels = excluded.pixels;

-- name: end_content_rules
DELETE FROM content_rule r
USING unnest(%(channels)s::text[], %(fields)s::text[]) AS w (channel, field), channel c
WHERE c.code = w.channel AND r.channel = c.id AND r.field = w.field
RETURNING c.code, r.field;

-- ============================================================ what suppliers call their columns

-- name: column_mappings
SELECT 0, name, field, header FROM column_mapping WHERE name = ANY(%(names)s::text[]) ORDER BY name, field;

-- name: put_column_mappings
INSERT INTO column_mapping (name, field, header)
SELECT * FROM unnest(%(name)s::text[], %(field)s::text[], %(header)s::text[])
ON CONFLICT (name, field) DO UPDATE SET header = excluded.header;

-- ============================================================ what sources call items and locations

-- name: item_aliases
SELECT i.id, a.source, a.alias, i.sku
FROM unnest(%(sources)s::text[], %(aliases)s::text[]) AS w (source, alias)
JOIN item_alias a ON a.source = w.source AND a.alias = w.alias
JOIN item i ON i.id = a.item;

-- name: location_aliases
SELECT l.id, a.source, a.alias, l.code
FROM unnest(%(sources)s::text[], %(aliases)s::text[]) AS w (source, alias)
JOIN location_alias a ON a.source = w.source AND a.alias = w.alias
JOIN location l ON l.id = a.location;

-- name: location_ids
SELECT code, id FROM location WHERE code = ANY(%(codes)s::text[]);

-- name: list_item_aliases
SELECT i.id, a.source, a.alias, i.sku
FROM item_alias a
JOIN item i ON i.id = a.item
WHERE a.source = %(source)s::text AND a.alias > %(after)s::text
ORDER BY a.alias
LIMIT %(limit)s::integer;

-- name: list_location_aliases
SELECT l.id, a.source, a.alias, l.code
FROM location_alias a
JOIN location l ON l.id = a.location
WHERE a.source = %(source)s::text AND a.alias > %(after)s::text
ORDER BY a.alias
LIMIT %(limit)s::integer;

-- name: put_item_aliases
INSERT INTO item_alias (source, alias, item)
SELECT w.source, w.alias, i.id
FROM unnest(%(source)s::text[], %(alias)s::text[], %(item)s::text[]) AS w (source, alias, sku)
JOIN item i ON i.sku = w.sku
ON CONFLICT (source, alias) DO UPDATE SET item = excluded.item;

-- name: put_location_aliases
INSERT INTO location_alias (source, alias, location)
SELECT w.source, w.alias, l.id
FROM unnest(%(source)s::text[], %(alias)s::text[], %(location)s::text[]) AS w (source, alias, code)
JOIN location l ON l.code = w.code
ON CONFLICT (source, alias) DO UPDATE SET location = excluded.location;

-- name: delete_item_aliases
DELETE FROM item_alias a
USING unnest(%(sources)s::text[], %(aliases)s::text[]) AS w (source, alias)
WHERE a.source = w.source AND a.alias = w.alias
RETURNING a.source, a.alias;

-- name: delete_location_aliases
DELETE FROM location_alias a
USING unnest(%(sources)s::text[], %(aliases)s::text[]) AS w (source, alias)
WHERE a.source = w.source AND a.alias = w.alias
RETURNING a.source, a.alias;

-- name: every_item_alias
SELECT a.alias, i.sku FROM item_alias a JOIN item i ON i.id = a.item WHERE a.source = %(source)s::text;

-- name: every_location_alias
SELECT a.alias, l.code FROM location_alias a JOIN location l ON l.id = a.location WHERE a.source = %(source)s::text;

-- name: every_barcode
SELECT b.gtin, i.sku, b.units FROM barcode b JOIN item i ON i.id = b.item;
