-- What channels list that means nothing here, what of it is no stock, and the rules that say what it means.

ALTER TABLE channel_order ADD COLUMN ignored text[] NOT NULL DEFAULT '{}';
CREATE INDEX channel_order_ignored ON channel_order (channel) WHERE ignored <> '{}';

-- Lines without a SKU go by their titles from now on: orders that wait for one are looked at anew.
UPDATE channel_order SET waiting = '{}' WHERE NOT settled AND waiting <> '{}';

ALTER TABLE connection
    ADD COLUMN listings_due_at timestamptz,
    ADD COLUMN listings_read_at timestamptz,
    ADD COLUMN listings_without_sku integer NOT NULL DEFAULT 0,
    ADD COLUMN maps_by_rules boolean NOT NULL DEFAULT false;

CREATE TABLE channel_listing (
    channel integer NOT NULL REFERENCES channel,
    sku text NOT NULL CHECK (sku <> ''),
    title text NOT NULL,
    barcode text NOT NULL,
    shown bigint,
    first_seen_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    PRIMARY KEY (channel, sku)
);

CREATE TABLE listing_ignored (
    channel integer NOT NULL REFERENCES channel,
    sku text NOT NULL CHECK (sku <> ''),
    reason text NOT NULL,
    actor text NOT NULL,
    since timestamptz NOT NULL,
    PRIMARY KEY (channel, sku)
);

CREATE TABLE mapping_rule (
    channel integer NOT NULL REFERENCES channel,
    ord integer NOT NULL CHECK (ord > 0),
    by text NOT NULL CHECK (by IN ('sku', 'barcode', 'prefix', 'suffix', 'regex')),
    pattern text NOT NULL,
    replace text NOT NULL,
    units integer NOT NULL CHECK (units > 0),
    PRIMARY KEY (channel, ord)
);

CREATE VIEW inbox AS
WITH asked AS (
    SELECT o.channel, w.sku, max(l.title) AS title, count(DISTINCT o.id) AS orders,
           sum(greatest(l.qty - l.outside - coalesce(t.units, 0), 0))::bigint AS units, min(o.placed_at) AS oldest
    FROM channel_order o
    CROSS JOIN LATERAL (SELECT DISTINCT u.sku FROM unnest(o.waiting) u (sku)) w
    JOIN channel_order_line l ON l.part = o.part AND l.order_id = o.id
     AND CASE WHEN l.sku <> '' THEN l.sku WHEN l.title <> '' THEN 'title:' || l.title ELSE 'line:' || l.line END = w.sku
    LEFT JOIN LATERAL (
        SELECT sum(t.qty - t.released) AS units FROM taken_line t
        WHERE t.part = l.part AND t.order_id = l.order_id AND t.line = l.line
    ) t ON true
    WHERE NOT o.settled AND o.waiting <> '{}'
    GROUP BY o.channel, w.sku
)
SELECT 'unmapped_sku' AS kind, a.channel, a.sku AS key, coalesce(nullif(a.title, ''), c.title, '') AS title,
       coalesce(c.barcode, '') AS barcode, a.orders, a.units, a.oldest, c.shown, '' AS reason
FROM asked a
LEFT JOIN channel_listing c ON c.channel = a.channel AND c.sku = a.sku
UNION ALL
SELECT 'unread_order', channel, ref, '', '', 1, NULL, since, NULL, reason FROM unread_order
UNION ALL
SELECT 'order_trouble', channel, ref, name, '', 1, NULL, placed_at, NULL, trouble
FROM channel_order
WHERE NOT settled AND trouble <> ''
UNION ALL
SELECT 'unmapped_listing', c.channel, c.sku, c.title, c.barcode, 0, NULL, c.first_seen_at, c.shown, ''
FROM channel_listing c
LEFT JOIN asked a ON a.channel = c.channel AND a.sku = c.sku
LEFT JOIN listing_ignored g ON g.channel = c.channel AND g.sku = c.sku
WHERE a.sku IS NULL AND g.sku IS NULL AND NOT EXISTS (
    SELECT FROM listing l JOIN component p ON p.listing = l.id AND p.recorded_to IS NULL
    WHERE l.channel = c.channel AND l.sku = c.sku)
UNION ALL
SELECT 'missing_listing', l.channel, l.sku, l.title, '', 0, NULL, p.since, b.shown, 
       CASE WHEN b.trouble <> '' THEN b.trouble ELSE 'the channel does not list it' END
FROM listing l
JOIN connection n ON n.channel = l.channel
JOIN LATERAL (
    SELECT min(recorded_from) AS since FROM component WHERE listing = l.id AND recorded_to IS NULL
) p ON p.since IS NOT NULL
LEFT JOIN LATERAL (
    SELECT max(b.shown) AS shown, max(b.trouble) AS trouble, max(b.drift) AS drift, max(b.acked_rev) AS acked
    FROM outbound b
    WHERE b.channel = l.channel AND b.listing = l.id
) b ON true
LEFT JOIN channel_listing c ON c.channel = l.channel AND c.sku = l.sku
WHERE c.sku IS NULL AND (
    p.since < n.listings_read_at OR b.drift = 'missing' OR (b.acked = 0 AND b.trouble <> ''));
