-- Lists for people: codes instead of numbers, and always a page.

-- name: stock_after
-- Rows by key; what expired holds still keep is given back, since they are no promise any more.
SELECT s.part, s.item, s.loc, s.lot, s.status, s.owner, i.sku, l.code, coalesce(t.code, ''), coalesce(c.code, ''),
       s.on_hand, s.reserved - coalesce(x.expired, 0)::bigint
FROM stock s
JOIN item i ON i.id = s.item
JOIN location l ON l.id = s.loc
LEFT JOIN lot t ON t.part = s.part AND t.item = s.item AND t.id = s.lot
LEFT JOIN channel c ON c.id = s.owner
LEFT JOIN LATERAL (
    SELECT sum(p.qty - p.posted - p.voided) AS expired
    FROM hold h
    JOIN promise p ON p.part = h.part AND p.item = h.item AND p.order_id = h.order_id AND p.line = h.line AND p.n = h.n
    WHERE h.part = s.part AND h.item = s.item AND h.expires_at <= now()
      AND p.loc = s.loc AND p.lot = s.lot AND p.owner = s.owner
) x ON s.reserved > 0
WHERE (s.part, s.item, s.loc, s.lot, s.status, s.owner)
      > (%(part)s::smallint, %(item)s::bigint, %(loc)s::integer, %(lot)s::bigint, %(status)s::smallint, %(owner)s::integer)
  AND (%(only_item)s::bigint IS NULL OR (s.item = %(only_item)s::bigint AND s.part = %(only_part)s::smallint))
  AND (%(only_loc)s::text IS NULL OR l.code = %(only_loc)s::text)
  AND (%(only_status)s::smallint IS NULL OR s.status = %(only_status)s::smallint)
  AND (%(empty)s::boolean OR s.on_hand <> 0 OR s.reserved <> 0)
ORDER BY s.part, s.item, s.loc, s.lot, s.status, s.owner
LIMIT %(limit)s::integer;

-- name: item_by_sku
SELECT part, id FROM item WHERE sku = %(sku)s::text;

-- name: movements_before
-- The newest first.
SELECT m.id, m.kind, m.recorded_at, m.effective_at, m.actor, m.source, m.ref, m.reason, m.reverses,
       cardinality(m.items)
FROM movement m
WHERE (%(at)s::timestamptz IS NULL OR (m.recorded_at, m.id) < (%(at)s::timestamptz, %(id)s::bigint))
  AND (%(kind)s::smallint IS NULL OR m.kind = %(kind)s::smallint)
  AND (%(source)s::text IS NULL OR m.source = %(source)s::text)
  AND (%(ref)s::text IS NULL OR m.ref = %(ref)s::text)
ORDER BY m.recorded_at DESC, m.id DESC
LIMIT %(limit)s::integer;

-- name: movement_by_id
SELECT m.id, m.kind, m.recorded_at, m.effective_at, m.actor, m.source, m.ref, m.reason, m.reverses,
       cardinality(m.items), m.items
FROM movement m
WHERE m.part = %(part)s::smallint AND m.id = %(id)s::bigint;

-- name: entries_of_movement
SELECT e.version, e.n, e.movement, e.kind, e.recorded_at, e.effective_at, i.sku, e.loc, coalesce(l.code, ''),
       coalesce(t.code, ''), e.status, coalesce(o.code, ''), coalesce(c.code, ''), e.d_on_hand, e.d_reserved, e.d_short,
       coalesce(b.code, ''), coalesce(e.d_bin, 0)
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[]) k (part, item)
JOIN entry e ON e.part = k.part AND e.item = k.item AND e.movement = %(movement)s::bigint
            AND e.recorded_at = %(at)s::timestamptz
JOIN item i ON i.id = e.item
LEFT JOIN location l ON l.id = e.loc
LEFT JOIN lot t ON t.part = e.part AND t.item = e.item AND t.id = e.lot
LEFT JOIN channel o ON o.id = e.owner
LEFT JOIN channel c ON c.id = e.channel
LEFT JOIN bin b ON b.id = e.bin
ORDER BY i.sku, e.version, e.n;

-- name: entries_of_item
-- The newest first.
SELECT e.version, e.n, e.movement, e.kind, e.recorded_at, e.effective_at, i.sku, e.loc, coalesce(l.code, ''),
       coalesce(t.code, ''), e.status, coalesce(o.code, ''), coalesce(c.code, ''), e.d_on_hand, e.d_reserved, e.d_short,
       coalesce(b.code, ''), coalesce(e.d_bin, 0)
FROM entry e
JOIN item i ON i.id = e.item
LEFT JOIN location l ON l.id = e.loc
LEFT JOIN lot t ON t.part = e.part AND t.item = e.item AND t.id = e.lot
LEFT JOIN channel o ON o.id = e.owner
LEFT JOIN channel c ON c.id = e.channel
LEFT JOIN bin b ON b.id = e.bin
WHERE e.part = %(part)s::smallint AND e.item = %(item)s::bigint
  AND (e.version, e.n) < (%(version)s::bigint, %(n)s::integer)
ORDER BY e.version DESC, e.n DESC
LIMIT %(limit)s::integer;

-- name: orders_before
-- The newest first; a cart whose hold has run out is told as expired.
SELECT replace(o.id::text, '-', ''), c.code, o.ref, s.state,
       o.mode, o.priority, o.placed_at, o.recorded_at, o.expires_at, o.actor
FROM orders o
JOIN channel c ON c.id = o.channel
CROSS JOIN LATERAL (
    SELECT CASE WHEN o.state = 'held' AND o.expires_at <= now() THEN 'expired' ELSE o.state END AS state
) s
WHERE (%(at)s::timestamptz IS NULL OR (o.recorded_at, o.id) < (%(at)s::timestamptz, %(id)s::uuid))
  AND (%(channel)s::text IS NULL OR c.code = %(channel)s::text)
  AND (%(state)s::text IS NULL OR s.state = %(state)s::text)
ORDER BY o.recorded_at DESC, o.id DESC
LIMIT %(limit)s::integer;

-- name: channel_by_code
SELECT id FROM channel WHERE code = %(code)s::text;

-- name: order_by_id
SELECT replace(o.id::text, '-', ''), c.code, o.ref, CASE WHEN o.state = 'held' AND o.expires_at <= now() THEN 'expired' ELSE o.state END,
       o.mode, o.priority, o.placed_at, o.recorded_at, o.expires_at, o.actor
FROM orders o
JOIN channel c ON c.id = o.channel
WHERE o.part = %(part)s::smallint AND o.id = %(id)s::uuid;

-- name: lines_of_order
SELECT l.n, coalesce(g.sku, i.sku), i.sku, i.part, i.id, l.units, l.qty, l.granted
FROM order_line l
JOIN item i ON i.id = l.item
LEFT JOIN listing g ON g.id = l.listing
WHERE l.part = %(part)s::smallint AND l.order_id = %(id)s::uuid
ORDER BY l.n, i.sku;

-- name: promises_of_order
SELECT p.line, i.sku, l.code, coalesce(t.code, ''), coalesce(c.code, ''), p.qty, p.posted, p.voided, p.picked,
       p.qty - p.posted - p.voided, p.made_at
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[]) k (part, item)
JOIN promise p ON p.part = k.part AND p.item = k.item AND p.order_id = %(id)s::uuid
JOIN item i ON i.id = p.item
JOIN location l ON l.id = p.loc
LEFT JOIN lot t ON t.part = p.part AND t.item = p.item AND t.id = p.lot
LEFT JOIN channel c ON c.id = p.owner
ORDER BY p.line, i.sku, p.n;

-- name: shorts_of_order
SELECT s.line, i.sku, s.qty, s.filled, s.cancelled, s.since
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[]) k (part, item)
JOIN short s ON s.part = k.part AND s.item = k.item AND s.order_id = %(id)s::uuid
JOIN item i ON i.id = s.item
ORDER BY s.line, i.sku, s.since;

-- name: money_of_order
-- The order as its channel has it: of what it grew by there, which is an order of its own here, the whole.
SELECT o.part, replace(o.id::text, '-', ''), o.currency, o.shipping, o.shipping_tax
FROM (SELECT %(part)s::smallint AS part, %(id)s::uuid AS id
      UNION
      SELECT t.part, t.order_id FROM taken_order t WHERE t.ref = %(ref)s::text) k
JOIN channel_order o ON o.part = k.part AND o.id = k.id AND o.channel = %(channel)s::integer
ORDER BY o.id <> %(id)s::uuid
LIMIT 1;

-- name: lines_sold
SELECT l.line, l.sku, l.title, l.qty, l.price, l.discount, l.tax
FROM channel_order_line l
WHERE l.part = %(part)s::smallint AND l.order_id = %(id)s::uuid
ORDER BY l.place, l.line;

-- name: fees_of_order
-- Settled ones at the line that they name, or at the only one of their SKU.
SELECT f.line, f.kind, sum(f.amount), f.currency, f.source, f.settlement, max(f.posted_at)
FROM (SELECT e.line, e.kind, e.amount, o.currency, 'order' AS source, '' AS settlement, NULL::timestamptz AS posted_at
      FROM channel_order_fee e
      JOIN channel_order o ON o.part = e.part AND o.id = e.order_id
      WHERE e.part = %(part)s::smallint AND e.order_id = %(id)s::uuid
      UNION ALL
      SELECT coalesce(
                 (SELECT l.line FROM channel_order_line l
                  WHERE l.part = s.part AND l.order_id = s.order_id AND l.line = s.line),
                 (SELECT min(l.line) FROM channel_order_line l
                  WHERE l.part = s.part AND l.order_id = s.order_id AND l.sku = s.sku AND s.sku <> ''
                  HAVING count(*) = 1),
                 ''),
             s.kind, s.amount, s.currency, s.source, s.settlement, s.posted_at
      FROM settled_fee s
      WHERE s.part = %(part)s::smallint AND s.order_id = %(id)s::uuid) f
GROUP BY f.line, f.kind, f.currency, f.source, f.settlement
ORDER BY f.line, f.source, f.kind, f.settlement, f.currency;

-- name: fees_before
-- The newest first, with whether their order is here.
SELECT s.ref, s.id, k.known, s.line, s.sku, s.kind, s.amount, s.currency, s.posted_at, s.settlement, s.source, s.recorded_at
FROM settled_fee s
CROSS JOIN LATERAL (
    SELECT EXISTS (SELECT FROM channel_order o WHERE o.part = s.part AND o.id = s.order_id)
           OR EXISTS (SELECT FROM orders o WHERE o.part = s.part AND o.id = s.order_id) AS known
) k
WHERE s.channel = %(channel)s::integer
  AND (%(at)s::timestamptz IS NULL OR (s.posted_at, s.ref, s.id) < (%(at)s::timestamptz, %(ref)s::text, %(id)s::text))
  AND (%(settlement)s::text IS NULL OR s.settlement = %(settlement)s::text)
  AND NOT (%(unmatched)s::boolean AND k.known)
ORDER BY s.posted_at DESC, s.ref DESC, s.id DESC
LIMIT %(limit)s::integer;

-- name: fee_totals
-- Fees that orders tell count when their order was placed, settled ones when they were posted.
SELECT c.code, f.currency, f.source, f.kind, count(*), sum(f.amount)
FROM (SELECT o.channel, o.currency, 'order' AS source, e.kind, e.amount
      FROM channel_order o
      JOIN channel_order_fee e ON e.part = o.part AND e.order_id = o.id
      WHERE (%(channel)s::integer IS NULL OR o.channel = %(channel)s::integer)
        AND (%(since)s::timestamptz IS NULL OR o.placed_at >= %(since)s::timestamptz)
        AND (%(until)s::timestamptz IS NULL OR o.placed_at < %(until)s::timestamptz)
      UNION ALL
      SELECT s.channel, s.currency, s.source, s.kind, s.amount
      FROM settled_fee s
      WHERE (%(channel)s::integer IS NULL OR s.channel = %(channel)s::integer)
        AND (%(since)s::timestamptz IS NULL OR s.posted_at >= %(since)s::timestamptz)
        AND (%(until)s::timestamptz IS NULL OR s.posted_at < %(until)s::timestamptz)) f
JOIN channel c ON c.id = f.channel
GROUP BY c.code, f.currency, f.source, f.kind
ORDER BY c.code, f.currency, f.source, f.kind;

-- name: fee_readings
SELECT c.code, r.read_at, r.trouble, r.unread
FROM fee_reading r
JOIN channel c ON c.id = r.channel
WHERE %(channel)s::integer IS NULL OR r.channel = %(channel)s::integer
ORDER BY c.code;

-- name: bin_stock_after
-- What lies in bins, and at the locations that have bins what lies in none (bin 0), below zero where more was taken than
-- there was.
SELECT p.part, p.item, p.loc, p.lot, p.bin, i.sku, l.code, coalesce(b.code, ''), coalesce(b.zone, ''),
       coalesce(t.code, ''), p.qty
FROM (SELECT s.part, s.item, s.loc, s.lot, s.bin, s.qty
      FROM bin_stock s
      WHERE s.qty > 0 AND (%(only_item)s::bigint IS NULL OR s.item = %(only_item)s::bigint)
        AND (%(only_loc)s::integer IS NULL OR s.loc = %(only_loc)s::integer)
      UNION ALL
      SELECT s.part, s.item, s.loc, s.lot, 0, (sum(s.on_hand) - coalesce(max(x.qty), 0))::bigint
      FROM stock s
      LEFT JOIN LATERAL (SELECT sum(h.qty) AS qty FROM bin_stock h
                         WHERE h.part = s.part AND h.item = s.item AND h.loc = s.loc AND h.lot = s.lot) x ON true
      WHERE s.status <> 6 AND (%(only_item)s::bigint IS NULL OR s.item = %(only_item)s::bigint)
        AND (%(only_loc)s::integer IS NULL OR s.loc = %(only_loc)s::integer)
        AND EXISTS (SELECT FROM bin h WHERE h.loc = s.loc)
      GROUP BY s.part, s.item, s.loc, s.lot
      HAVING sum(s.on_hand) <> coalesce(max(x.qty), 0)) p
JOIN item i ON i.id = p.item
JOIN location l ON l.id = p.loc
LEFT JOIN bin b ON b.id = p.bin
LEFT JOIN lot t ON t.part = p.part AND t.item = p.item AND t.id = p.lot
WHERE (p.part, p.item, p.loc, p.lot, p.bin)
      > (%(part)s::smallint, %(item)s::bigint, %(loc)s::integer, %(lot)s::bigint, %(bin)s::integer)
  AND (%(code)s::text IS NULL OR b.code = %(code)s::text)
ORDER BY p.part, p.item, p.loc, p.lot, p.bin
LIMIT %(limit)s::integer;

-- name: location_by_code
SELECT id FROM location WHERE code = %(code)s::text;

-- name: bin_gaps_after
SELECT g.movement, g.item, g.id, i.sku, l.code, b.code, coalesce(t.code, ''), g.qty, g.opened_at
FROM bin_gap g
JOIN item i ON i.id = g.item
JOIN location l ON l.id = g.loc
JOIN bin b ON b.id = g.bin
LEFT JOIN lot t ON t.part = g.part AND t.item = g.item AND t.id = g.lot
WHERE g.closed_at IS NULL AND (%(location)s::text IS NULL OR l.code = %(location)s::text)
  AND (g.movement, g.item, g.id) > (%(movement)s::bigint, %(item)s::bigint, %(id)s::bigint)
ORDER BY g.movement, g.item, g.id
LIMIT %(limit)s::integer;

-- name: received_after
SELECT r.id, i.sku, l.code, coalesce(t.code, ''), r.receipt, r.document, r.supplier, r.outcome, r.lands, r.qty,
       r.waiting, r.actor, r.received_at, r.kind, r.source, r.movement,
       floor(extract(epoch FROM clock_timestamp() - r.received_at) / 3600)::bigint
FROM received r
JOIN item i ON i.id = r.item
JOIN location l ON l.id = r.loc
LEFT JOIN lot t ON t.part = r.part AND t.item = r.item AND t.id = r.lot
WHERE (r.received_at, r.id) > (%(after_at)s::timestamptz, %(after)s::bigint) AND r.outcome <> 'none'
  AND (%(location)s::text IS NULL OR l.code = %(location)s::text)
  AND (%(sku)s::text IS NULL OR i.sku = %(sku)s::text) AND (%(receipt)s::text IS NULL OR r.receipt = %(receipt)s::text)
  AND (%(lands)s::text IS NULL OR r.lands = %(lands)s::text)
ORDER BY r.received_at, r.id
LIMIT %(limit)s::integer;

-- name: waiting_after
SELECT r.id, i.sku, l.code, coalesce(t.code, ''), r.receipt, r.document, r.supplier, r.outcome, r.lands, r.qty,
       r.waiting, r.actor, r.received_at, r.kind, r.source, r.movement,
       floor(extract(epoch FROM clock_timestamp() - r.received_at) / 3600)::bigint
FROM received r
JOIN item i ON i.id = r.item
JOIN location l ON l.id = r.loc
LEFT JOIN lot t ON t.part = r.part AND t.item = r.item AND t.id = r.lot
WHERE r.waiting > 0 AND (r.received_at, r.id) > (%(after_at)s::timestamptz, %(after)s::bigint)
  AND (%(location)s::text IS NULL OR l.code = %(location)s::text)
  AND (%(sku)s::text IS NULL OR i.sku = %(sku)s::text) AND (%(receipt)s::text IS NULL OR r.receipt = %(receipt)s::text)
  AND (%(lands)s::text IS NULL OR r.lands = %(lands)s::text)
ORDER BY r.received_at, r.id
LIMIT %(limit)s::integer;

-- name: waiting_totals
SELECT r.lands, count(*), sum(r.waiting)::bigint,
       floor(extract(epoch FROM clock_timestamp() - min(r.received_at)) / 3600)::bigint
FROM received r
JOIN item i ON i.id = r.item
JOIN location l ON l.id = r.loc
WHERE r.waiting > 0 AND (%(location)s::text IS NULL OR l.code = %(location)s::text)
  AND (%(sku)s::text IS NULL OR i.sku = %(sku)s::text)
GROUP BY r.lands;

-- name: decisions_on
SELECT d.received, d.movement, i.sku, d.decision, d.goes_to, d.qty, d.sampled, d.actor, d.reason, d.recorded_at
FROM receiving_decision d
JOIN item i ON i.id = d.item
WHERE d.received = ANY (%(received)s::bigint[])
ORDER BY d.recorded_at, d.received;
