-- name: channel_by_code
SELECT id FROM channel WHERE code = %(code)s::text;

-- name: add_fees
-- Fees that are kept already stay as they are; answered are those that are new.
INSERT INTO settled_fee (part, channel, ref, id, order_id, line, sku, kind, amount, currency, posted_at, settlement,
                         source, recorded_at)
SELECT part, %(channel)s::integer, ref, id, order_id, line, sku, kind, amount, currency, posted_at, settlement,
       %(source)s::text, clock_timestamp()
FROM unnest(%(parts)s::smallint[], %(refs)s::text[], %(ids)s::text[], %(orders)s::uuid[], %(lines)s::text[],
            %(skus)s::text[], %(kinds)s::text[], %(amounts)s::numeric[], %(currencies)s::text[],
            %(posted)s::timestamptz[], %(settlements)s::text[])
         f (part, ref, id, order_id, line, sku, kind, amount, currency, posted_at, settlement)
ORDER BY part, ref, id
ON CONFLICT (part, channel, ref, id) DO NOTHING
RETURNING ref, id;

-- name: kept_fees
SELECT s.ref, s.id, s.line, s.sku, s.kind, s.amount, s.currency, s.posted_at, s.settlement
FROM unnest(%(parts)s::smallint[], %(refs)s::text[], %(ids)s::text[]) k (part, ref, id)
JOIN settled_fee s ON s.part = k.part AND s.channel = %(channel)s::integer AND s.ref = k.ref AND s.id = k.id;

-- name: drop_fees
-- What a file has brought; what a channel told stays.
DELETE FROM settled_fee s
USING unnest(%(parts)s::smallint[], %(refs)s::text[], %(ids)s::text[]) k (part, ref, id)
WHERE s.part = k.part AND s.channel = %(channel)s::integer AND s.ref = k.ref AND s.id = k.id AND s.source = 'file'
RETURNING s.ref, s.id;

-- name: reading
-- From where to read on, and whether it is time to; from the beginning where the channel is connected otherwise now.
SELECT coalesce(r.cursor, ''), coalesce(r.read_at <= clock_timestamp() - %(every)s::interval, true)
FROM (SELECT) one
LEFT JOIN fee_reading r ON r.channel = %(channel)s::integer AND r.read_with = %(read_with)s::text;

-- name: set_reading
INSERT INTO fee_reading (channel, cursor, read_at, unread, read_with)
VALUES (%(channel)s::integer, %(cursor)s::text, CASE WHEN %(through)s::boolean THEN clock_timestamp() END,
        %(unread)s::text, %(read_with)s::text)
ON CONFLICT (channel) DO UPDATE
SET cursor = excluded.cursor, trouble = '', read_with = excluded.read_with,
    read_at = CASE WHEN fee_reading.read_with = excluded.read_with
                   THEN coalesce(excluded.read_at, fee_reading.read_at) ELSE excluded.read_at END,
    unread = CASE WHEN fee_reading.read_with = excluded.read_with AND excluded.unread = ''
                  THEN fee_reading.unread ELSE excluded.unread END;

-- name: set_trouble
INSERT INTO fee_reading (channel, trouble)
VALUES (%(channel)s::integer, %(trouble)s::text)
ON CONFLICT (channel) DO UPDATE SET trouble = excluded.trouble WHERE fee_reading.trouble <> excluded.trouble;
