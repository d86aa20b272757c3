-- Each law is one statement that returns what breaks it; an empty answer is the proof.
-- Columns: part, item, where, found, wanted.

-- name: rows_equal_entries
-- Per stock row the entries sum to the row.
SELECT part, item, format('location %%s, lot %%s, status %%s, owner %%s', loc, lot, status, owner),
       format('%%s on hand, %%s reserved', coalesce(s.on_hand, 0), coalesce(s.reserved, 0)),
       format('%%s on hand, %%s reserved', coalesce(e.on_hand, 0), coalesce(e.reserved, 0))
FROM stock s
FULL JOIN (SELECT part, item, loc, lot, status, owner, sum(d_on_hand) AS on_hand, sum(d_reserved) AS reserved
           FROM entry WHERE loc > 0 GROUP BY part, item, loc, lot, status, owner) e
     USING (part, item, loc, lot, status, owner)
WHERE coalesce(s.on_hand, 0) <> coalesce(e.on_hand, 0) OR coalesce(s.reserved, 0) <> coalesce(e.reserved, 0)
LIMIT %(limit)s::integer;

-- name: promises_equal_reserved
-- The open promises of a row sum to its reserved.
SELECT part, item, format('location %%s, lot %%s, owner %%s', loc, lot, owner),
       format('%%s reserved', coalesce(s.reserved, 0)), format('%%s promised', coalesce(p.open, 0))
FROM (SELECT part, item, loc, lot, owner, reserved FROM stock WHERE status = 0) s
FULL JOIN (SELECT part, item, loc, lot, owner, sum(qty - posted - voided) AS open FROM promise
           WHERE posted + voided < qty GROUP BY part, item, loc, lot, owner) p
     USING (part, item, loc, lot, owner)
WHERE coalesce(s.reserved, 0) <> coalesce(p.open, 0)
LIMIT %(limit)s::integer;

-- name: units_come_from_somewhere
-- Over all places on-hand movements of an item sum to zero.
SELECT part, item, 'all places', format('%%s units from nowhere', sum(d_on_hand)), '0'
FROM entry GROUP BY part, item HAVING sum(d_on_hand) <> 0
LIMIT %(limit)s::integer;

-- name: shorts_equal_entries
-- What is owed is what the entries say is owed.
SELECT part, item, format('channel %%s', channel), format('%%s owed', coalesce(s.open, 0)),
       format('%%s owed by the entries', coalesce(e.short, 0))
FROM (SELECT part, item, channel, sum(qty - filled - cancelled) AS open FROM short GROUP BY part, item, channel) s
FULL JOIN (SELECT part, item, channel, sum(d_short) AS short FROM entry WHERE d_short <> 0
           GROUP BY part, item, channel) e USING (part, item, channel)
WHERE coalesce(s.open, 0) <> coalesce(e.short, 0)
LIMIT %(limit)s::integer;

-- name: holds_equal_promises
-- A cart's hold has as many units as its promise still has.
SELECT h.part, h.item, format('order %%s, line %%s', h.order_id, h.line), format('%%s held', h.qty),
       format('%%s promised', coalesce(p.qty - p.posted - p.voided, 0))
FROM hold h
LEFT JOIN promise p USING (part, item, order_id, line, n)
WHERE h.qty <> coalesce(p.qty - p.posted - p.voided, 0)
LIMIT %(limit)s::integer;

-- name: heads_lead_entries
-- No entry is newer than its item's head, and every item has one.
SELECT part, item, 'head', format('version %%s', coalesce(h.version, -1)), format('version %%s', e.version)
FROM (SELECT part, item, max(version) AS version FROM entry GROUP BY part, item) e
LEFT JOIN head h USING (part, item)
WHERE h.version IS NULL OR h.version < e.version
LIMIT %(limit)s::integer;

-- name: movements_have_heads
-- Every entry's movement says who, from where and why.
SELECT e.part, e.item, format('movement %%s', e.movement), 'no movement', 'a movement'
FROM (SELECT DISTINCT ON (movement) part, item, movement FROM entry) e
WHERE NOT EXISTS (SELECT FROM movement m WHERE m.id = e.movement)
LIMIT %(limit)s::integer;

-- name: kept_equals_entries
-- Protection used is the channel's net promises since it was set.
SELECT k.part, k.item, format('channel %%s', k.channel), format('%%s used', k.used),
       format('%%s promised since', coalesce(e.net, 0))
FROM kept k
LEFT JOIN LATERAL (
    SELECT sum(e.d_reserved) AS net FROM entry e
    WHERE e.part = k.part AND e.item = k.item AND e.channel = k.channel AND e.recorded_at > k.set_at
      AND e.kind IN (30, 31, 32, 33, 34)
) e ON true
WHERE k.used <> coalesce(e.net, 0)
LIMIT %(limit)s::integer;

-- name: bins_equal_entries
-- What a bin holds is what was laid into it less what was taken.
SELECT part, item, format('location %%s, lot %%s, bin %%s', loc, lot, bin), format('%%s in the bin', coalesce(b.qty, 0)),
       format('%%s by the entries', coalesce(e.qty, 0))
FROM bin_stock b
FULL JOIN (SELECT part, item, loc, lot, bin, sum(d_bin) AS qty FROM entry WHERE bin IS NOT NULL
           GROUP BY part, item, loc, lot, bin) e USING (part, item, loc, lot, bin)
WHERE coalesce(b.qty, 0) <> coalesce(e.qty, 0)
LIMIT %(limit)s::integer;

-- name: bins_hold_what_is_there
-- The bins of a location hold no more of a lot than lies there, whoever it belongs to; what is on its way lies in none.
SELECT part, item, format('location %%s, lot %%s', loc, lot), format('%%s in bins', b.qty),
       format('at most %%s', greatest(coalesce(s.on_hand, 0), 0))
FROM (SELECT part, item, loc, lot, sum(qty) AS qty FROM bin_stock GROUP BY part, item, loc, lot) b
LEFT JOIN (SELECT part, item, loc, lot, sum(on_hand) AS on_hand FROM stock WHERE status <> 6
           GROUP BY part, item, loc, lot) s USING (part, item, loc, lot)
WHERE b.qty > greatest(coalesce(s.on_hand, 0), 0)
LIMIT %(limit)s::integer;

-- name: waiting_lies_there
-- What waits to be approved, inspected or put away is what lies in receiving and inspection.
SELECT part, item, format('location %%s, lot %%s, %%s', loc, lot, CASE status WHEN 1 THEN 'receiving' ELSE 'inspection' END),
       format('%%s wait', coalesce(w.waiting, 0)), greatest(coalesce(s.on_hand, 0), 0)::text
FROM (SELECT part, item, loc, lot, CASE lands WHEN 'inspection' THEN 2 ELSE 1 END AS status, sum(waiting) AS waiting
      FROM received WHERE waiting > 0 GROUP BY 1, 2, 3, 4, 5) w
FULL JOIN (SELECT part, item, loc, lot, status::integer AS status, sum(on_hand) AS on_hand
           FROM stock WHERE status IN (1, 2) GROUP BY 1, 2, 3, 4, 5) s USING (part, item, loc, lot, status)
WHERE coalesce(w.waiting, 0) <> greatest(coalesce(s.on_hand, 0), 0)
LIMIT %(limit)s::integer;

-- name: lock_heads
SELECT h.item
FROM head h
JOIN unnest(%(parts)s::smallint[], %(items)s::bigint[]) k (part, item) ON h.part = k.part AND h.item = k.item
ORDER BY h.part, h.item
FOR NO KEY UPDATE OF h;

-- name: rows_that_differ
WITH k AS (SELECT * FROM unnest(%(parts)s::smallint[], %(items)s::bigint[]) k (part, item)),
said AS (
    SELECT part, item, loc, lot, status, owner, sum(on_hand) AS on_hand, sum(reserved) AS reserved
    FROM (SELECT e.part, e.item, e.loc, e.lot, e.status, e.owner, e.d_on_hand AS on_hand, 0 AS reserved
          FROM k JOIN entry e USING (part, item) WHERE e.loc > 0
          UNION ALL
          SELECT p.part, p.item, p.loc, p.lot, 0, p.owner, 0, p.qty - p.posted - p.voided
          FROM k JOIN promise p USING (part, item)) s
    GROUP BY part, item, loc, lot, status, owner
)
SELECT item, loc, lot, status, owner, coalesce(s.on_hand, 0), coalesce(s.reserved, 0),
       coalesce(said.on_hand, 0)::bigint, coalesce(said.reserved, 0)::bigint
FROM said FULL JOIN (SELECT s.* FROM k JOIN stock s USING (part, item)) s USING (part, item, loc, lot, status, owner)
WHERE coalesce(s.on_hand, 0) <> coalesce(said.on_hand, 0) OR coalesce(s.reserved, 0) <> coalesce(said.reserved, 0)
ORDER BY item, loc, lot, status, owner;

-- name: mend_rows
WITH k AS (SELECT * FROM unnest(%(parts)s::smallint[], %(items)s::bigint[]) k (part, item)),
said AS (
    SELECT part, item, loc, lot, status, owner, sum(on_hand) AS on_hand, sum(reserved) AS reserved
    FROM (SELECT e.part, e.item, e.loc, e.lot, e.status, e.owner, e.d_on_hand AS on_hand, 0 AS reserved
          FROM k JOIN entry e USING (part, item) WHERE e.loc > 0
          UNION ALL
          SELECT p.part, p.item, p.loc, p.lot, 0, p.owner, 0, p.qty - p.posted - p.voided
          FROM k JOIN promise p USING (part, item)
          UNION ALL
          SELECT s.part, s.item, s.loc, s.lot, s.status, s.owner, 0, 0 FROM k JOIN stock s USING (part, item)) s
    GROUP BY part, item, loc, lot, status, owner
)
INSERT INTO stock (part, item, loc, lot, status, owner, on_hand, reserved)
SELECT part, item, loc, lot, status, owner, on_hand, reserved FROM said
ON CONFLICT (part, item, loc, lot, status, owner)
DO UPDATE SET on_hand = excluded.on_hand, reserved = excluded.reserved
WHERE (stock.on_hand, stock.reserved) <> (excluded.on_hand, excluded.reserved);

-- name: log_repair
-- The version rises, so that every cached book of the items is read anew; the movement and a mishap say why.
WITH now AS MATERIALIZED (SELECT clock_timestamp() AS at),
k AS (SELECT * FROM unnest(%(parts)s::smallint[], %(items)s::bigint[]) k (part, item)),
raised AS (
    UPDATE head h SET version = h.version + 1, recorded_at = greatest(h.recorded_at, now.at)
    FROM k, now WHERE h.part = k.part AND h.item = k.item
    RETURNING h.part, h.item, h.version
),
changes AS (
    INSERT INTO changed (part, item, version, recorded_at)
    SELECT r.part, r.item, r.version, now.at FROM raised r, now
),
mishaps AS (
    INSERT INTO mishap (part, item, id, kind, loc, channel, qty, movement, opened_at)
    SELECT r.part, r.item, r.version << 20, 'repaired', 0, 0, 0, %(id)s::bigint, now.at FROM raised r, now
)
INSERT INTO movement (part, id, kind, actor, source, ref, reason, effective_at, recorded_at, items)
SELECT %(part)s::smallint, %(id)s::bigint, %(kind)s::smallint, %(actor)s::text, 'repair', '', %(reason)s::text,
       now.at, now.at, %(items)s::bigint[]
FROM now;
