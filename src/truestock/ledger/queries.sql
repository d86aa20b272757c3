-- Arrays in, sets out. Every statement of the hot path is found by (part, item).

-- name: lock_heads
-- THE lock, alone in its statement: a read here would see rows as they were before the wait.
SELECT h.item, h.version, h.recorded_at
FROM head h
JOIN unnest(%(parts)s::smallint[], %(items)s::bigint[]) k (part, item) ON h.part = k.part AND h.item = k.item
ORDER BY h.part, h.item
FOR NO KEY UPDATE OF h;

-- name: lock_free_heads
-- Leaves out what another process holds; the requests that want it wait for the next batch.
SELECT h.item, h.version, h.recorded_at
FROM head h
JOIN unnest(%(parts)s::smallint[], %(items)s::bigint[]) k (part, item) ON h.part = k.part AND h.item = k.item
ORDER BY h.part, h.item
FOR NO KEY UPDATE OF h SKIP LOCKED;

-- name: lock_unchanged
-- Locks the heads, and fails (it divides by zero) unless all that was decided without the lock still stands under it.
WITH locked AS (
    SELECT h.version = k.version AS same, h.recorded_at
    FROM head h
    JOIN unnest(%(parts)s::smallint[], %(items)s::bigint[], %(versions)s::bigint[]) k (part, item, version)
        ON h.part = k.part AND h.item = k.item
    ORDER BY h.part, h.item
    FOR NO KEY UPDATE OF h SKIP LOCKED
)
SELECT clock_timestamp(),
       1 / (count(*) = %(count)s::bigint AND bool_and(same) AND max(recorded_at) <= %(now)s::timestamptz
            AND clock_timestamp() >= %(now)s::timestamptz AND (SELECT rules FROM epoch) = %(epoch)s::bigint)::integer
FROM locked;

-- name: clock
SELECT clock_timestamp(), rules FROM epoch;

-- name: most_moved
SELECT item FROM head ORDER BY version DESC, item LIMIT %(count)s::bigint;

-- name: books
-- One row an item: its version; its stock rows column by column (loc, on_hand, reserved, lot, status, owner), each number
-- in eight bytes, ordered by their key; when its first hold ends; what is kept for whom (channel, target, used); the
-- guards computed (channel, units); whether units are owed. Row by row, 500 locations took fifty times as long to build.
-- The first hold is the first one at or behind the item in the part: min() would let a plan that was made while there
-- were few holds read those of all items, by expiry.
SELECT k.item, h.version, a.numbers,
       (SELECT CASE WHEN o.item = k.item THEN o.expires_at END
        FROM hold o
        WHERE o.part = k.part AND (o.item, o.expires_at) >= (k.item, '-infinity'::timestamptz)
        ORDER BY o.item, o.expires_at
        LIMIT 1),
       (SELECT array_agg(ARRAY[p.channel, p.target, p.used]) FROM kept p WHERE p.part = k.part AND p.item = k.item),
       (SELECT array_agg(ARRAY[g.channel, g.units]) FROM guard g
        WHERE g.part = k.part AND g.item = k.item AND g.recorded_to IS NULL),
       EXISTS (SELECT FROM short s WHERE s.part = k.part AND s.item = k.item AND s.filled + s.cancelled < s.qty)
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[]) k (part, item)
JOIN head h ON h.part = k.part AND h.item = k.item
CROSS JOIN LATERAL (
    SELECT string_agg(int8send(s.loc), '') || string_agg(int8send(s.on_hand), '')
           || string_agg(int8send(s.reserved), '') || string_agg(int8send(s.lot), '')
           || string_agg(int8send(s.status), '') || string_agg(int8send(s.owner), '') AS numbers
    FROM (SELECT * FROM stock s
          WHERE s.part = k.part AND s.item = k.item AND (s.status = 0 OR NOT %(sellable_only)s::boolean)
          ORDER BY s.loc, s.lot, s.status, s.owner) s
) a;

-- name: lots
SELECT l.item, l.id, l.expires_at, l.received_at,
       EXISTS (SELECT FROM lot_hold h
               WHERE h.part = l.part AND h.item = l.item AND h.lot = l.id AND h.recorded_to IS NULL)
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[]) k (part, item)
JOIN lot l ON l.part = k.part AND l.item = k.item;

-- name: expired_holds
SELECT h.item, h.expires_at, replace(h.order_id::text, '-', ''), h.line, h.n, p.channel, p.priority, p.loc, p.lot, p.owner,
       p.qty, p.posted, p.voided, p.picked, p.made_at
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[]) k (part, item)
JOIN hold h ON h.part = k.part AND h.item = k.item AND h.expires_at <= (SELECT clock_timestamp())
JOIN promise p ON p.part = h.part AND p.item = h.item AND p.order_id = h.order_id AND p.line = h.line AND p.n = h.n;

-- name: open_shorts
SELECT s.item, s.priority, s.since, replace(s.order_id::text, '-', ''), s.line, s.channel, s.qty, s.filled, s.cancelled
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[]) k (part, item)
JOIN short s ON s.part = k.part AND s.item = k.item
WHERE s.filled + s.cancelled < s.qty;

-- name: order_promises
-- The open promises of some orders.
SELECT p.item, p.expires_at, replace(p.order_id::text, '-', ''), p.line, p.n, p.channel, p.priority, p.loc, p.lot, p.owner,
       p.qty, p.posted, p.voided, p.picked, p.made_at
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(orders)s::uuid[]) k (part, item, order_id)
JOIN promise p ON p.part = k.part AND p.item = k.item AND p.order_id = k.order_id
WHERE p.posted + p.voided < p.qty;

-- name: displaceable
-- Open promises at a location (lot -1: of any lot), in the order in which facts displace them; a bounded number.
SELECT p.item, p.expires_at, replace(p.order_id::text, '-', ''), p.line, p.n, p.channel, p.priority, p.loc, p.lot, p.owner,
       p.qty, p.posted, p.voided, p.picked, p.made_at
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(locs)s::integer[], %(lots)s::bigint[], %(units)s::bigint[])
         k (part, item, loc, lot, units)
CROSS JOIN LATERAL (
    SELECT o.*,
           sum(o.qty - o.posted - o.voided - o.picked)
               OVER (ORDER BY o.expires_at IS NULL, o.priority, o.made_at DESC, o.order_id, o.line, o.n)
               - (o.qty - o.posted - o.voided - o.picked) AS before
    FROM promise o
    WHERE o.part = k.part AND o.item = k.item AND o.loc = k.loc AND (k.lot = -1 OR o.lot = k.lot)
      AND o.posted + o.voided + o.picked < o.qty
) p
WHERE p.before < k.units;

-- name: lock_displaced_carts
-- Locked in their order: two facts about different items may displace the same carts.
WITH carts AS (
    SELECT o.part, o.id
    FROM unnest(%(parts)s::smallint[], %(orders)s::uuid[]) k (part, id)
    JOIN orders o ON o.part = k.part AND o.id = k.id AND o.state = 'held'
    ORDER BY o.part, o.id FOR NO KEY UPDATE OF o
)
UPDATE orders o SET state = 'displaced' FROM carts c WHERE o.part = c.part AND o.id = c.id;

-- name: lock_filled_orders
-- Locked before it is looked whether one still owes something: two transactions may each fill the last of an item.
SELECT o.id
FROM unnest(%(parts)s::smallint[], %(orders)s::uuid[]) k (part, id)
JOIN orders o ON o.part = k.part AND o.id = k.id
WHERE EXISTS (SELECT FROM webhook w WHERE 'order.filled' = ANY (w.kinds))
ORDER BY o.part, o.id
FOR NO KEY UPDATE OF o;

-- name: announce_filled
-- Of these orders those that owe nothing any more.
INSERT INTO event (part, id, kind, subject, data, recorded_at)
SELECT k.event_part, k.event, 'order.filled', c.code || '/' || o.ref,
       jsonb_build_object('channel', c.code, 'ref', o.ref, 'id', replace(o.id::text, '-', '')), clock_timestamp()
FROM unnest(%(parts)s::smallint[], %(orders)s::uuid[], %(event_parts)s::smallint[], %(events)s::bigint[])
         k (part, id, event_part, event)
JOIN orders o ON o.part = k.part AND o.id = k.id
JOIN channel c ON c.id = o.channel
WHERE EXISTS (SELECT FROM webhook w WHERE 'order.filled' = ANY (w.kinds))
  AND NOT EXISTS (
      SELECT FROM order_line l
      JOIN item i ON i.id = l.item
      JOIN short s ON s.part = i.part AND s.item = i.id AND s.order_id = l.order_id AND s.line = l.n
      WHERE l.part = o.part AND l.order_id = o.id AND s.filled + s.cancelled < s.qty);

-- name: posted_units
SELECT coalesce(sum(p.posted), 0)::bigint
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[]) k (part, item)
JOIN promise p ON p.part = k.part AND p.item = k.item AND p.order_id = %(order)s::uuid;

-- name: marks
-- The newest absolute statements: counts, and what feeds said last, each with up to when it had seen our documents,
-- and whether it is net of our orders.
SELECT m.item, m.loc, m.lot, m.status, m.as_of, m.as_of, false
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[]) k (part, item)
JOIN mark m ON m.part = k.part AND m.item = k.item
UNION ALL
SELECT f.item, f.loc, f.lot, f.status, f.as_of, f.booked_until, f.net
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[]) k (part, item)
JOIN feed_mark f ON f.part = k.part AND f.item = k.item;

-- name: marks_at
-- The same of some places alone, each with all its lots.
SELECT m.item, m.loc, m.lot, m.status, m.as_of, m.as_of, false
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(locs)s::integer[], %(statuses)s::smallint[])
         k (part, item, loc, status)
JOIN mark m ON m.part = k.part AND m.item = k.item AND m.loc = k.loc AND m.status = k.status
UNION ALL
SELECT f.item, f.loc, f.lot, f.status, f.as_of, f.booked_until, f.net
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(locs)s::integer[], %(statuses)s::smallint[])
         k (part, item, loc, status)
JOIN feed_mark f ON f.part = k.part AND f.item = k.item AND f.loc = k.loc AND f.status = k.status;

-- name: moved_since
-- On-hand movements of counted cells effective after the count, one sum a count.
SELECT k.n, coalesce(sum(e.d_on_hand), 0)::bigint
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(locs)s::integer[], %(lots)s::bigint[],
            %(statuses)s::smallint[], %(as_ofs)s::timestamptz[]) WITH ORDINALITY
         k (part, item, loc, lot, status, as_of, n)
LEFT JOIN entry e ON e.part = k.part AND e.item = k.item AND e.loc = k.loc AND e.status = k.status
    AND (k.lot = -1 OR e.lot = k.lot) AND e.effective_at > k.as_of AND e.recorded_at > k.as_of
GROUP BY k.n;

-- name: cells_then
-- Of stated cells (lot -1: all lots): on-hand movements effective after the statement; of shipments those before it
-- that its source had not booked; what was reserved and released since its source had booked our documents.
SELECT k.n, coalesce(sum(e.d_on_hand) FILTER (WHERE e.effective_at > k.as_of), 0)::bigint,
       coalesce(sum(e.d_on_hand) FILTER (WHERE e.effective_at <= k.as_of AND e.kind = 10), 0)::bigint,
       coalesce(sum(e.d_reserved), 0)::bigint
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(locs)s::integer[], %(lots)s::bigint[],
            %(statuses)s::smallint[], %(as_ofs)s::timestamptz[], %(untils)s::timestamptz[]) WITH ORDINALITY
         k (part, item, loc, lot, status, as_of, until, n)
JOIN entry e ON e.part = k.part AND e.item = k.item AND e.loc = k.loc AND e.status = k.status
    AND (k.lot = -1 OR e.lot = k.lot) AND e.effective_at > k.until AND e.recorded_at > k.until
GROUP BY k.n;

-- name: carts_then
-- Units that lay in carts at these instants, of which sources know nothing, without what those had given up by then: carts
-- that are held still, or were until later, or became orders later, under their own name (which a movement tells) or
-- another.
SELECT k.n, coalesce(sum(p.qty - coalesce(g.qty, 0)), 0)::bigint
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(locs)s::integer[], %(lots)s::bigint[],
            %(untils)s::timestamptz[]) WITH ORDINALITY
         k (part, item, loc, lot, until, n)
JOIN promise p ON p.part = k.part AND p.item = k.item AND p.loc = k.loc AND (k.lot = -1 OR p.lot = k.lot)
    AND p.made_at <= k.until AND p.made_at > k.until - interval '1 day'
JOIN orders o ON o.id = p.order_id AND o.part = get_byte(uuid_send(p.order_id), 0)
    AND (o.recorded_at > k.until OR (o.expires_at > k.until AND (o.state IN ('held', 'expired', 'displaced')
         OR NOT EXISTS (SELECT FROM movement m
                        WHERE m.kind = 37 AND m.ref = o.ref AND p.item = ANY (m.items)
                          AND m.recorded_at > o.recorded_at AND m.recorded_at <= k.until))))
CROSS JOIN LATERAL (
    SELECT sum(u.qty) AS qty FROM unnest(p.given_back, p.given_back_at) u (qty, at) WHERE u.at <= k.until
) g
GROUP BY k.n;

-- name: write_books
-- What nearly every transaction writes, as one statement: each statement of a transaction has a cost of its own, which
-- a lone caller waits for.
WITH heads AS (
    UPDATE head h SET version = k.version, recorded_at = %(now)s::timestamptz
    FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(versions)s::bigint[]) k (part, item, version)
    WHERE h.part = k.part AND h.item = k.item
), changes AS (
    INSERT INTO changed (part, item, version, recorded_at)
    SELECT part, item, version, %(now)s::timestamptz
    FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(versions)s::bigint[]) k (part, item, version)
), movements AS (
    INSERT INTO movement (part, id, kind, actor, source, ref, reason, reverses, effective_at, recorded_at, items)
    SELECT part, id, kind, actor, source, ref, reason, reverses, coalesce(effective_at, %(now)s::timestamptz),
           %(now)s::timestamptz, items::bigint[]
    FROM unnest(%(m_parts)s::smallint[], %(m_ids)s::bigint[], %(m_kinds)s::smallint[], %(m_actors)s::text[],
                %(m_sources)s::text[], %(m_refs)s::text[], %(m_reasons)s::text[], %(m_reverses)s::bigint[],
                %(m_effective)s::timestamptz[], %(m_items)s::text[])
             m (part, id, kind, actor, source, ref, reason, reverses, effective_at, items)
), entries AS (
    INSERT INTO entry (part, item, version, n, recorded_at, effective_at, movement, kind, loc, lot, status, owner,
                       channel, d_on_hand, d_reserved, d_short)
    SELECT part, item, version, n, %(now)s::timestamptz, coalesce(effective_at, %(now)s::timestamptz), movement, kind,
           loc, lot, status, owner, channel, d_on_hand, d_reserved, d_short
    FROM unnest(%(e_parts)s::smallint[], %(e_items)s::bigint[], %(e_versions)s::bigint[], %(e_ns)s::integer[],
                %(e_movements)s::bigint[], %(e_kinds)s::smallint[], %(e_effective)s::timestamptz[],
                %(e_channels)s::integer[], %(e_locs)s::integer[], %(e_lots)s::bigint[], %(e_statuses)s::smallint[],
                %(e_owners)s::integer[], %(e_on_hand)s::bigint[], %(e_reserved)s::bigint[], %(e_shorts)s::bigint[])
             e (part, item, version, n, movement, kind, effective_at, channel, loc, lot, status, owner, d_on_hand,
                d_reserved, d_short)
), promises AS (
    INSERT INTO promise (part, item, order_id, line, n, channel, priority, loc, lot, owner, qty, made_at, expires_at)
    SELECT part, item, order_id, line, n, channel, priority, loc, lot, owner, qty, %(now)s::timestamptz, expires_at
    FROM unnest(%(p_parts)s::smallint[], %(p_items)s::bigint[], %(p_orders)s::uuid[], %(p_lines)s::integer[],
                %(p_ns)s::bigint[], %(p_channels)s::integer[], %(p_priorities)s::smallint[], %(p_locs)s::integer[],
                %(p_lots)s::bigint[], %(p_owners)s::integer[], %(p_qtys)s::bigint[], %(p_expires)s::timestamptz[])
             p (part, item, order_id, line, n, channel, priority, loc, lot, owner, qty, expires_at)
)
UPDATE stock s SET on_hand = s.on_hand + d.on_hand, reserved = s.reserved + d.reserved
FROM unnest(%(s_parts)s::smallint[], %(s_items)s::bigint[], %(s_locs)s::integer[], %(s_lots)s::bigint[],
            %(s_statuses)s::smallint[], %(s_owners)s::integer[], %(s_on_hand)s::bigint[], %(s_reserved)s::bigint[])
         d (part, item, loc, lot, status, owner, on_hand, reserved)
WHERE s.part = d.part AND s.item = d.item AND s.loc = d.loc AND s.lot = d.lot AND s.status = d.status
  AND s.owner = d.owner;

-- name: add_stock
INSERT INTO stock (part, item, loc, lot, status, owner, on_hand, reserved)
SELECT * FROM unnest(%(s_parts)s::smallint[], %(s_items)s::bigint[], %(s_locs)s::integer[], %(s_lots)s::bigint[],
                     %(s_statuses)s::smallint[], %(s_owners)s::integer[], %(s_on_hand)s::bigint[],
                     %(s_reserved)s::bigint[]);

-- name: change_promises
UPDATE promise p SET posted = c.posted, voided = c.voided, picked = c.picked, expires_at = c.expires_at
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(orders)s::uuid[], %(lines)s::integer[], %(ns)s::bigint[],
            %(posted)s::bigint[], %(voided)s::bigint[], %(picked)s::bigint[], %(expires)s::timestamptz[])
         c (part, item, order_id, line, n, posted, voided, picked, expires_at)
WHERE p.part = c.part AND p.item = c.item AND p.order_id = c.order_id AND p.line = c.line AND p.n = c.n;

-- name: give_back
UPDATE promise p SET given_back = p.given_back || k.qty, given_back_at = p.given_back_at || %(now)s::timestamptz
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(orders)s::uuid[], %(lines)s::integer[], %(ns)s::bigint[],
            %(qtys)s::bigint[]) k (part, item, order_id, line, n, qty)
WHERE p.part = k.part AND p.item = k.item AND p.order_id = k.order_id AND p.line = k.line AND p.n = k.n;

-- name: write_holds
INSERT INTO hold (part, item, expires_at, order_id, line, n, channel, loc, lot, owner, qty)
SELECT * FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(expires)s::timestamptz[], %(orders)s::uuid[],
                     %(lines)s::integer[], %(ns)s::bigint[], %(channels)s::integer[], %(locs)s::integer[],
                     %(lots)s::bigint[], %(owners)s::integer[], %(qtys)s::bigint[]);

-- name: drop_holds
DELETE FROM hold h
USING unnest(%(parts)s::smallint[], %(items)s::bigint[], %(expires)s::timestamptz[], %(orders)s::uuid[],
             %(lines)s::integer[], %(ns)s::bigint[])
          k (part, item, expires_at, order_id, line, n)
WHERE h.part = k.part AND h.item = k.item AND h.expires_at = k.expires_at AND h.order_id = k.order_id
  AND h.line = k.line AND h.n = k.n;

-- name: write_shorts
INSERT INTO short (part, item, priority, since, order_id, line, channel, qty, filled, cancelled)
SELECT * FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(priorities)s::smallint[], %(since)s::timestamptz[],
                     %(orders)s::uuid[], %(lines)s::integer[], %(channels)s::integer[], %(qtys)s::bigint[],
                     %(filled)s::bigint[], %(cancelled)s::bigint[])
ON CONFLICT (part, item, priority, since, order_id, line)
DO UPDATE SET qty = short.qty + excluded.qty, filled = short.filled + excluded.filled,
              cancelled = short.cancelled + excluded.cancelled;

-- name: change_shorts
UPDATE short s SET qty = c.qty, filled = c.filled, cancelled = c.cancelled
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(priorities)s::smallint[], %(since)s::timestamptz[],
            %(orders)s::uuid[], %(lines)s::integer[], %(qtys)s::bigint[], %(filled)s::bigint[],
            %(cancelled)s::bigint[])
         c (part, item, priority, since, order_id, line, qty, filled, cancelled)
WHERE s.part = c.part AND s.item = c.item AND s.priority = c.priority AND s.since = c.since
  AND s.order_id = c.order_id AND s.line = c.line;

-- name: write_kept
UPDATE kept p SET used = c.used
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(channels)s::integer[], %(used)s::bigint[])
         c (part, item, channel, used)
WHERE p.part = c.part AND p.item = c.item AND p.channel = c.channel;

-- name: write_marks
-- What stood before is kept, should this be taken back.
WITH told AS (
    SELECT *
    FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(locs)s::integer[], %(lots)s::bigint[],
                %(statuses)s::smallint[], %(as_ofs)s::timestamptz[], %(qtys)s::bigint[], %(movements)s::bigint[])
             k (part, item, loc, lot, status, as_of, qty, movement)
), kept AS (
    INSERT INTO mark_before (part, item, loc, lot, status, as_of, qty, movement)
    SELECT m.part, m.item, m.loc, m.lot, m.status, m.as_of, m.qty, m.movement
    FROM told k
    JOIN mark m ON m.part = k.part AND m.item = k.item AND m.loc = k.loc AND m.lot = k.lot AND m.status = k.status
)
INSERT INTO mark (part, item, loc, lot, status, as_of, qty, movement)
SELECT part, item, loc, lot, status, as_of, qty, movement FROM told
ON CONFLICT (part, item, loc, lot, status)
DO UPDATE SET as_of = excluded.as_of, qty = excluded.qty, movement = excluded.movement;

-- name: keep_marks
-- Those whose place another has taken in the transaction that they are of.
INSERT INTO mark_before (part, item, loc, lot, status, as_of, qty, movement)
SELECT * FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(locs)s::integer[], %(lots)s::bigint[],
                     %(statuses)s::smallint[], %(as_ofs)s::timestamptz[], %(qtys)s::bigint[], %(movements)s::bigint[]);

-- name: add_mishaps
INSERT INTO mishap (part, item, id, kind, loc, channel, order_id, qty, movement, opened_at)
SELECT part, item, id, kind, loc, channel, order_id, qty, movement, %(now)s::timestamptz
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(ids)s::bigint[], %(kinds)s::text[], %(locs)s::integer[],
            %(channels)s::integer[], %(orders)s::uuid[], %(qtys)s::bigint[], %(movements)s::bigint[])
         a (part, item, id, kind, loc, channel, order_id, qty, movement);

-- name: requests
SELECT r.scope, r.key, r.content, r.result::text
FROM unnest(%(parts)s::smallint[], %(scopes)s::text[], %(keys)s::text[]) k (part, scope, key)
JOIN request r ON r.part = k.part AND r.scope = k.scope AND r.key = k.key;

-- name: add_requests
INSERT INTO request (part, scope, key, content, result, actor, recorded_at)
SELECT part, scope, key, content, result::jsonb, actor, %(now)s::timestamptz
FROM unnest(%(parts)s::smallint[], %(scopes)s::text[], %(keys)s::text[], %(contents)s::bytea[], %(results)s::text[],
            %(actors)s::text[]) r (part, scope, key, content, result, actor);

-- name: trim_requests
DELETE FROM request
WHERE part = %(part)s::smallint AND recorded_at < %(before)s::timestamptz
  AND starts_with(key, %(documents)s::text) = %(of_documents)s::boolean;

-- name: lots_by_code
SELECT l.item, l.code, l.id
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(codes)s::text[]) k (part, item, code)
JOIN lot l ON l.part = k.part AND l.item = k.item AND l.code = k.code;

-- name: lot_code
SELECT code FROM lot WHERE part = %(part)s::smallint AND item = %(item)s::bigint AND id = %(lot)s::bigint;

-- name: add_lots
INSERT INTO lot (part, item, id, code, expires_at, received_at)
SELECT * FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(ids)s::bigint[], %(codes)s::text[],
                     %(expires)s::timestamptz[], %(received)s::timestamptz[]);

-- name: cell_has_entries
SELECT EXISTS (SELECT FROM entry e WHERE e.part = %(part)s::smallint AND e.item = %(item)s::bigint AND e.loc = %(loc)s::integer
               AND e.lot = %(lot)s::bigint AND e.status = %(status)s::smallint AND e.bin IS NULL);

-- name: lock_expected
-- Open lines under these references, locked in the order of their keys.
SELECT e.part, e.item, e.loc, e.ref, e.id, e.qty, e.received, e.due_at
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(locs)s::integer[], %(refs)s::text[]) k (part, item, loc, ref)
JOIN expected e ON e.part = k.part AND e.item = k.item AND e.loc = k.loc AND e.ref = k.ref
    AND e.kind <> 'demand' AND e.state = 'open'
ORDER BY e.part, e.item, e.id
FOR NO KEY UPDATE OF e;

-- name: fulfil
-- What came of lines that are locked; what is lost is expected no more.
WITH told AS (
    SELECT *
    FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(movements)s::bigint[], %(lines)s::bigint[],
                %(qtys)s::bigint[], %(lost)s::boolean[]) t (part, item, movement, line, qty, lost)
), noted AS (
    INSERT INTO fulfilled (part, item, movement, line, qty, lost) SELECT * FROM told
)
UPDATE expected e
SET received = e.received + k.came, qty = e.qty - k.lost, lost = e.lost + k.lost,
    state = CASE WHEN e.received + k.came >= e.qty - k.lost THEN 'closed' ELSE e.state END,
    closed_at = CASE WHEN e.received + k.came >= e.qty - k.lost THEN %(now)s::timestamptz ELSE e.closed_at END
FROM (SELECT part, item, line, coalesce(sum(qty) FILTER (WHERE NOT lost), 0) AS came,
             coalesce(sum(qty) FILTER (WHERE lost), 0) AS lost
      FROM told GROUP BY part, item, line) k
WHERE e.part = k.part AND e.item = k.item AND e.id = k.line;

-- name: add_expected
INSERT INTO expected (part, item, id, kind, loc, ref, qty, due_at)
SELECT * FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(ids)s::bigint[], %(kinds)s::text[],
                     %(locs)s::integer[], %(refs)s::text[], %(qtys)s::bigint[], %(due)s::timestamptz[]);

-- name: expected_by_hand
-- The lines are new.
UPDATE expected e SET as_of = clock_timestamp()
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(ids)s::bigint[]) k (part, item, id)
WHERE e.part = k.part AND e.item = k.item AND e.id = k.id;

-- name: lock_cancel_expected
-- Locked in the order in which receipts lock them.
WITH off AS (
    SELECT e.part, e.item, e.id
    FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(refs)s::text[]) k (part, item, ref)
    JOIN expected e ON e.part = k.part AND e.item = k.item AND e.ref = k.ref AND e.state = 'open'
    ORDER BY e.part, e.item, e.id
    FOR NO KEY UPDATE OF e
)
UPDATE expected e SET state = 'cancelled', closed_at = clock_timestamp(), as_of = clock_timestamp()
FROM off
WHERE e.part = off.part AND e.item = off.item AND e.id = off.id
RETURNING e.kind;

-- name: bins_by_code
SELECT b.loc, b.code, b.id, b.zone
FROM unnest(%(locs)s::integer[], %(codes)s::text[]) k (loc, code)
JOIN bin b ON b.loc = k.loc AND b.code = k.code;

-- name: bins_held
SELECT s.item, s.loc, s.lot, s.bin, b.zone, b.code, s.qty
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(locs)s::integer[]) k (part, item, loc)
JOIN bin_stock s ON s.part = k.part AND s.item = k.item AND s.loc = k.loc
JOIN bin b ON b.id = s.bin
WHERE s.qty > 0;

-- name: bin_marks
SELECT m.item, m.loc, m.lot, m.bin, m.as_of, m.found
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[]) k (part, item)
JOIN bin_mark m ON m.part = k.part AND m.item = k.item;

-- name: bins_then
-- What the bins of an item held at an instant, and hold now.
SELECT m.loc, m.lot, b.id, b.zone, b.code, sum(m.qty)::bigint, sum(m.present)::bigint
FROM (
    SELECT loc, lot, bin, qty, qty AS present FROM bin_stock
    WHERE part = %(part)s::smallint AND item = %(item)s::bigint AND qty > 0
    UNION ALL
    SELECT loc, lot, bin, -d_bin, 0 FROM entry
    WHERE part = %(part)s::smallint AND item = %(item)s::bigint AND bin IS NOT NULL
      AND effective_at > %(at)s::timestamptz AND recorded_at > %(at)s::timestamptz
) m
JOIN bin b ON b.id = m.bin
GROUP BY m.loc, m.lot, b.id
HAVING sum(m.qty) > 0 OR sum(m.present) > 0
ORDER BY m.loc, m.lot, b.id;

-- name: bins_counted
-- What each counted bin held of its lot when it was counted. What a later figure of the location missed, and took out of
-- this bin because it had to lie somewhere, was missing then.
SELECT k.n, k.bin, (coalesce(s.qty, 0) - coalesce(e.since, 0))::bigint
FROM unnest(%(ns)s::bigint[], %(parts)s::smallint[], %(items)s::bigint[], %(locs)s::integer[], %(lots)s::bigint[],
            %(bins)s::integer[], %(as_ofs)s::timestamptz[]) k (n, part, item, loc, lot, bin, as_of)
LEFT JOIN bin_stock s ON s.part = k.part AND s.item = k.item AND s.loc = k.loc AND s.lot = k.lot AND s.bin = k.bin
LEFT JOIN LATERAL (
    SELECT sum(e.d_bin) AS since FROM entry e
    WHERE e.part = k.part AND e.item = k.item AND e.loc = k.loc AND e.lot = k.lot AND e.bin = k.bin
      AND e.kind <> 5
      AND e.effective_at > k.as_of AND e.recorded_at > k.as_of
) e ON true;

-- name: without_bin
-- Units of lots that lay in no bin of their location when they were counted, as far as they lie in none now; below zero
-- where the location had fewer then than its bins.
SELECT k.n, CASE WHEN u.then < 0 THEN u.then ELSE greatest(0, least(u.then, u.now)) END
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(locs)s::integer[], %(lots)s::bigint[],
            %(as_ofs)s::timestamptz[]) WITH ORDINALITY k (part, item, loc, lot, as_of, n)
LEFT JOIN LATERAL (
    SELECT sum(s.on_hand) AS there FROM stock s
    WHERE s.part = k.part AND s.item = k.item AND s.loc = k.loc AND s.lot = k.lot AND s.status <> 6
) s ON true
LEFT JOIN LATERAL (
    SELECT sum(b.qty) AS held FROM bin_stock b
    WHERE b.part = k.part AND b.item = k.item AND b.loc = k.loc AND b.lot = k.lot
) b ON true
LEFT JOIN LATERAL (
    SELECT sum(e.d_on_hand) FILTER (WHERE e.status <> 6) AS there, sum(e.d_bin) AS held FROM entry e
    WHERE e.part = k.part AND e.item = k.item AND e.loc = k.loc AND e.lot = k.lot
      AND e.effective_at > k.as_of AND e.recorded_at > k.as_of
) e ON true
CROSS JOIN LATERAL (
    SELECT coalesce(s.there, 0) - coalesce(b.held, 0) AS now,
           coalesce(s.there, 0) - coalesce(b.held, 0) - coalesce(e.there, 0) + coalesce(e.held, 0) AS then
) u;

-- name: write_bin_marks
-- What stood before is kept, should this be taken back.
WITH told AS (
    SELECT *
    FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(locs)s::integer[], %(lots)s::bigint[], %(bins)s::integer[],
                %(as_ofs)s::timestamptz[], %(qtys)s::bigint[], %(found)s::bigint[], %(movements)s::bigint[])
             k (part, item, loc, lot, bin, as_of, qty, found, movement)
), kept AS (
    INSERT INTO bin_mark_before (part, item, loc, lot, bin, as_of, qty, found, movement)
    SELECT m.part, m.item, m.loc, m.lot, m.bin, m.as_of, m.qty, m.found, m.movement
    FROM told k
    JOIN bin_mark m ON m.part = k.part AND m.item = k.item AND m.loc = k.loc AND m.lot = k.lot AND m.bin = k.bin
)
INSERT INTO bin_mark (part, item, loc, lot, bin, as_of, qty, found, movement)
SELECT part, item, loc, lot, bin, as_of, qty, found, movement FROM told
ON CONFLICT (part, item, loc, lot, bin)
DO UPDATE SET as_of = excluded.as_of, qty = excluded.qty, found = excluded.found, movement = excluded.movement;

-- name: tell_found
UPDATE bin_mark m SET found = k.found
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(locs)s::integer[], %(lots)s::bigint[], %(bins)s::integer[],
            %(as_ofs)s::timestamptz[], %(found)s::bigint[]) k (part, item, loc, lot, bin, as_of, found)
WHERE m.part = k.part AND m.item = k.item AND m.loc = k.loc AND m.lot = k.lot AND m.bin = k.bin AND m.as_of = k.as_of;

-- name: add_bin_entries
INSERT INTO entry (part, item, version, n, recorded_at, effective_at, movement, kind, loc, lot, status, owner, channel,
                   d_on_hand, d_reserved, d_short, bin, d_bin)
SELECT part, item, version, n, %(now)s::timestamptz, coalesce(effective_at, %(now)s::timestamptz), movement, kind, loc,
       lot, 0, 0, 0, 0, 0, 0, bin, qty
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(versions)s::bigint[], %(ns)s::integer[],
            %(movements)s::bigint[], %(kinds)s::smallint[], %(effective)s::timestamptz[], %(locs)s::integer[],
            %(lots)s::bigint[], %(bins)s::integer[], %(qtys)s::bigint[])
         e (part, item, version, n, movement, kind, effective_at, loc, lot, bin, qty);

-- name: set_bins
INSERT INTO bin_stock (part, item, loc, lot, bin, qty)
SELECT * FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(locs)s::integer[], %(lots)s::bigint[],
                     %(bins)s::integer[], %(qtys)s::bigint[])
ON CONFLICT (part, item, loc, bin, lot) DO UPDATE SET qty = excluded.qty;

-- name: open_bin_gaps
INSERT INTO bin_gap (part, item, id, loc, lot, bin, qty, movement, opened_at)
SELECT part, item, id, loc, lot, bin, qty, movement, %(now)s::timestamptz
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(ids)s::bigint[], %(locs)s::integer[], %(lots)s::bigint[],
            %(bins)s::integer[], %(qtys)s::bigint[], %(movements)s::bigint[])
         g (part, item, id, loc, lot, bin, qty, movement);

-- name: waiting_in
-- What waits in these cells: what nobody has to approve first, then the longest waiting.
SELECT r.item, r.loc, r.lot, k.status, r.id, r.lands, r.movement, r.waiting
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(locs)s::integer[], %(lots)s::bigint[], %(statuses)s::smallint[])
         k (part, item, loc, lot, status)
JOIN received r ON r.part = k.part AND r.item = k.item AND r.loc = k.loc AND r.lot = k.lot
               AND k.status = CASE r.lands WHEN 'inspection' THEN 2 ELSE 1 END
WHERE r.waiting > 0
ORDER BY r.lands = 'approval', r.received_at, r.id;

-- name: add_waiting
-- Units that came to lie where they wait, without a receipt.
INSERT INTO received (part, item, id, movement, kind, source, receipt, document, supplier, loc, lot, qty, outcome, lands,
                      lands_then, waiting, actor, received_at, recorded_at)
SELECT k.part, k.item, k.id, k.movement, k.kind, k.source, k.ref, '', '', k.loc, k.lot, k.qty, 'none', k.lands, k.lands,
       k.qty, k.actor, k.at, %(now)s::timestamptz
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(ids)s::bigint[], %(movements)s::bigint[], %(kinds)s::text[],
            %(sources)s::text[], %(refs)s::text[], %(locs)s::integer[], %(lots)s::bigint[], %(qtys)s::bigint[],
            %(lands)s::text[], %(actors)s::text[], %(at)s::timestamptz[])
         k (part, item, id, movement, kind, source, ref, loc, lot, qty, lands, actor, at);

-- name: end_waiting
-- Units that a movement took away without a decision, and where to; that what brought them was taken back is none.
WITH told AS (
    SELECT *
    FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(ids)s::bigint[], %(movements)s::bigint[],
                %(decisions)s::text[], %(goes_to)s::text[], %(qtys)s::bigint[], %(actors)s::text[], %(reasons)s::text[])
             t (part, item, received, movement, decision, goes_to, qty, actor, reason)
), decided AS (
    INSERT INTO receiving_decision AS d (part, item, received, movement, decision, goes_to, qty, actor, reason,
                                         recorded_at)
    SELECT part, item, received, movement, decision, goes_to, qty, actor, reason, %(now)s::timestamptz
    FROM told
    WHERE decision <> 'taken_back'
    ON CONFLICT (part, item, received, movement) DO UPDATE SET qty = d.qty + excluded.qty
)
UPDATE received r
SET waiting = r.waiting - t.qty
FROM (SELECT part, item, received, sum(qty) AS qty FROM told GROUP BY part, item, received) t
WHERE r.part = t.part AND r.item = t.item AND r.id = t.received;

-- name: movement_head
SELECT id, kind, actor, source, ref, reason, reverses, effective_at, recorded_at, items
FROM movement WHERE part = %(part)s::smallint AND id = %(id)s::bigint;

-- name: reversal_of
SELECT id FROM movement WHERE reverses = %(id)s::bigint;

-- name: movement_entries
SELECT e.item, e.kind, e.effective_at, e.loc, e.lot, e.status, e.owner, e.d_on_hand, e.d_reserved, e.channel
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[]) k (part, item)
JOIN entry e ON e.part = k.part AND e.item = k.item AND e.movement = %(movement)s::bigint AND e.recorded_at = %(recorded_at)s::timestamptz
ORDER BY e.item, e.version, e.n;

-- name: list_expected
SELECT e.id, i.sku, l.code, e.kind, e.ref, e.qty, e.received, e.due_at, e.state
FROM expected e
JOIN item i ON i.id = e.item
JOIN location l ON l.id = e.loc
WHERE e.state = 'open' AND (%(sku)s::text IS NULL OR i.sku = %(sku)s::text) AND e.id > %(after)s::bigint
ORDER BY e.id
LIMIT %(limit)s::integer;

-- name: put_document
-- Returns nothing where the number is a document's of the other kind; one without lines gives its number away.
INSERT INTO supply_document (part, ref, kind, supplier, from_loc, actor, recorded_at)
VALUES (%(part)s::smallint, %(ref)s::text, %(kind)s::text, %(supplier)s::text, %(from_loc)s::integer, %(actor)s::text,
        clock_timestamp())
ON CONFLICT (part, ref) DO UPDATE
SET supplier = CASE WHEN excluded.supplier = '' THEN supply_document.supplier ELSE excluded.supplier END,
    kind = excluded.kind,
    from_loc = CASE WHEN supply_document.kind = excluded.kind THEN supply_document.from_loc ELSE excluded.from_loc END
WHERE supply_document.kind = excluded.kind
   OR NOT EXISTS (SELECT FROM expected e WHERE e.ref = excluded.ref AND e.kind <> 'demand')
RETURNING ref;

-- name: document_head
SELECT d.kind, d.supplier, coalesce(l.code, '')
FROM supply_document d
LEFT JOIN location l ON l.id = d.from_loc
WHERE d.part = %(part)s::smallint AND d.ref = %(ref)s::text;

-- name: lock_document_lines
-- After the heads of the items whose units come, and always in this order.
SELECT e.ref, e.kind, e.part, e.item, e.loc, e.state, e.id, e.qty, e.received, e.due_at, e.reason
FROM expected e
WHERE e.ref = ANY (%(refs)s::text[]) AND e.kind <> 'demand'
ORDER BY e.part, e.item, e.id
FOR NO KEY UPDATE OF e;

-- name: document_lines
SELECT e.kind, e.id, i.sku, l.code, e.qty + e.lost, e.received, e.lost, e.due_at, e.first_due_at, e.state, e.reason
FROM expected e
JOIN item i ON i.id = e.item
JOIN location l ON l.id = e.loc
WHERE e.ref = %(ref)s::text AND e.kind <> 'demand'
ORDER BY e.id;

-- name: change_document_lines
UPDATE expected e
SET qty = k.qty, due_at = k.due_at,
    first_due_at = CASE WHEN k.due_at = e.due_at THEN e.first_due_at ELSE coalesce(e.first_due_at, e.due_at) END,
    state = CASE WHEN e.received >= k.qty THEN 'closed' ELSE 'open' END,
    closed_at = CASE WHEN e.received >= k.qty THEN clock_timestamp() END, closed_by = '', reason = ''
FROM unnest(%(ids)s::bigint[], %(qtys)s::bigint[], %(due)s::timestamptz[]) k (id, qty, due_at)
WHERE e.part = %(part)s::smallint AND e.item = %(item)s::bigint AND e.id = k.id;

-- name: drop_document_lines
UPDATE expected e
SET state = CASE WHEN e.received > 0 THEN 'closed' ELSE 'cancelled' END, reason = %(reason)s::text,
    closed_by = %(actor)s::text, closed_at = clock_timestamp()
WHERE e.part = %(part)s::smallint AND e.item = %(item)s::bigint AND e.id = ANY (%(ids)s::bigint[]) AND e.state = 'open';

-- name: close_document_lines
UPDATE expected e
SET state = %(state)s::text, reason = %(reason)s::text, closed_by = %(actor)s::text, closed_at = clock_timestamp(),
    as_of = clock_timestamp()
WHERE e.ref = %(ref)s::text AND e.kind = 'purchase' AND e.state = 'open'
  AND (%(sku)s::text IS NULL OR e.item = (SELECT i.id FROM item i WHERE i.sku = %(sku)s::text));

-- name: move_document_lines
UPDATE expected e
SET due_at = %(due_at)s::timestamptz, first_due_at = coalesce(e.first_due_at, e.due_at), as_of = clock_timestamp()
WHERE e.ref = %(ref)s::text AND e.kind <> 'demand' AND e.state = 'open'
  AND (%(sku)s::text IS NULL OR e.item = (SELECT i.id FROM item i WHERE i.sku = %(sku)s::text));

-- name: list_documents
SELECT e.ref, min(e.kind), coalesce(min(d.supplier), ''), string_agg(DISTINCT l.code, ', '),
       CASE WHEN bool_or(e.state = 'open') THEN 'open' WHEN bool_or(e.state = 'closed') THEN 'closed' ELSE 'cancelled' END,
       count(*), sum(e.qty + e.lost)::bigint, sum(e.received)::bigint, min(e.due_at) FILTER (WHERE e.state = 'open')
FROM expected e
JOIN location l ON l.id = e.loc
LEFT JOIN supply_document d ON d.ref = e.ref
WHERE e.kind <> 'demand' AND e.ref > %(after)s::text
  AND (%(supplier)s::text IS NULL OR d.supplier = %(supplier)s::text)
  AND (%(location)s::text IS NULL OR l.code = %(location)s::text)
GROUP BY e.ref
HAVING %(closed)s::boolean OR bool_or(e.state = 'open')
ORDER BY e.ref
LIMIT %(limit)s::integer;

-- name: overdue
SELECT e.part, e.item, e.id, i.sku, l.code, e.kind, e.ref, coalesce(d.supplier, ''), e.qty, e.received, e.due_at
FROM expected e
JOIN item i ON i.id = e.item
JOIN location l ON l.id = e.loc
LEFT JOIN supply_document d ON d.ref = e.ref
WHERE e.state = 'open' AND e.kind <> 'demand' AND e.received < e.qty AND e.due_at < clock_timestamp()
ORDER BY e.due_at, e.id
LIMIT %(limit)s::integer;

-- name: reason_codes
SELECT code, label, takes_from, goes_to, retired
FROM reason_code
WHERE %(codes)s::text[] IS NULL OR code = ANY (%(codes)s::text[])
ORDER BY code;

-- name: put_reason
-- Returns nothing where the code means another way already.
INSERT INTO reason_code (code, label, takes_from, goes_to, retired)
VALUES (%(code)s::text, %(label)s::text, %(takes_from)s::text, %(goes_to)s::text, %(retired)s::boolean)
ON CONFLICT (code) DO UPDATE SET label = excluded.label, retired = excluded.retired
WHERE (reason_code.takes_from, reason_code.goes_to) = (excluded.takes_from, excluded.goes_to)
RETURNING code;

-- name: close_bin_gap
UPDATE bin_gap SET closed_at = clock_timestamp(), closed_by = %(actor)s::text
WHERE id = %(id)s::bigint AND movement = %(movement)s::bigint AND closed_at IS NULL;

-- name: told_of_documents
-- Whether a movement that was taken back was a receipt's, or said of a transfer that units of it are lost.
SELECT EXISTS (SELECT FROM movement m
               WHERE m.part = ANY (%(parts)s::smallint[]) AND m.id = %(movement)s::bigint AND m.source = 'transfer')
       OR EXISTS (SELECT FROM received r
                  JOIN item i ON i.id = ANY (%(items)s::bigint[]) AND i.part = r.part AND i.id = r.item
                  WHERE r.movement = %(movement)s::bigint AND r.outcome <> 'none');

-- name: took_what_is_approved
-- Whether a movement that was taken back had decided on units that waited for approval, or had moved them on.
SELECT EXISTS (SELECT FROM item i
               JOIN receiving_decision d ON d.part = i.part AND d.item = i.id AND d.movement = %(movement)s::bigint
               JOIN received r ON r.part = d.part AND r.item = d.item AND r.id = d.received
               WHERE i.id = ANY (%(items)s::bigint[]) AND r.lands = 'approval');

-- name: movements_decided_on
-- Those of these movements that brought units on which somebody has decided since, unless that was reversed; a newer
-- statement may have seen them since.
SELECT m.id
FROM unnest(%(parts)s::smallint[], %(ids)s::bigint[]) k (part, id)
JOIN movement m ON m.part = k.part AND m.id = k.id
WHERE EXISTS (SELECT FROM item i
              JOIN received r ON r.part = i.part AND r.item = i.id AND r.movement = m.id
              JOIN receiving_decision d ON d.part = r.part AND d.item = r.item AND d.received = r.id AND d.goes_to <> ''
              WHERE i.id = ANY (m.items) AND NOT EXISTS (SELECT FROM movement x WHERE x.reverses = d.movement))
ORDER BY m.id;

-- name: decided_since
-- Where units went that a movement had brought to where they wait, or had them wait again by reversing another one, unless
-- that was reversed. Units that were approved and are put away next lie where they lay. What was lost or counted away
-- since went nowhere.
WITH came AS (
    SELECT r.part, r.item, r.id
    FROM unnest(%(parts)s::smallint[], %(items)s::bigint[]) k (part, item)
    JOIN received r ON r.part = k.part AND r.item = k.item AND r.movement = %(movement)s::bigint
    UNION ALL
    SELECT r.part, r.item, r.id
    FROM unnest(%(parts)s::smallint[], %(items)s::bigint[]) k (part, item)
    JOIN receiving_decision d ON d.part = k.part AND d.item = k.item AND d.movement = %(reversed)s::bigint
    JOIN received r ON r.part = d.part AND r.item = d.item AND r.id = d.received AND r.waiting < d.qty
), lie_there AS (
    SELECT part, item, id FROM came
    UNION ALL
    SELECT d.part, d.item, d.movement
    FROM came c
    JOIN receiving_decision d ON d.part = c.part AND d.item = c.item AND d.received = c.id
    WHERE d.decision = 'approved' AND d.goes_to = 'receiving'
)
SELECT d.movement, d.decision, sum(d.qty)::bigint
FROM lie_there c
JOIN receiving_decision d ON d.part = c.part AND d.item = c.item AND d.received = c.id
WHERE d.goes_to NOT IN ('', 'receiving') AND d.movement <> %(movement)s::bigint
  AND d.recorded_at >= %(recorded_at)s::timestamptz
  AND NOT EXISTS (SELECT FROM movement m WHERE m.reverses = d.movement)
GROUP BY d.movement, d.decision
ORDER BY d.movement;

-- name: lock_take_back
-- What a reversed movement had brought, or said was lost, of what is expected is to come again. What somebody has closed by
-- hand stays closed. Units on which it had decided wait again; what it had sent comes no more.
WITH items AS (
    SELECT * FROM unnest(%(parts)s::smallint[], %(items)s::bigint[]) k (part, item)
), undecided AS (
    UPDATE received r SET waiting = r.waiting + d.qty
    FROM items k
    JOIN receiving_decision d ON d.part = k.part AND d.item = k.item AND d.movement = %(movement)s::bigint
    WHERE r.part = d.part AND r.item = d.item AND r.id = d.received AND r.movement <> d.movement
), unsent AS (
    UPDATE expected e
    SET state = CASE WHEN e.received > 0 THEN 'closed' ELSE 'cancelled' END, reason = 'it was reversed',
        closed_at = clock_timestamp()
    FROM items k
    WHERE e.part = k.part AND e.item = k.item AND e.id = %(movement)s::bigint AND e.kind = 'transfer'
      AND e.state = 'open'
), back AS (
    DELETE FROM fulfilled f
    USING items k
    WHERE f.part = k.part AND f.item = k.item AND f.movement = %(movement)s::bigint
    RETURNING f.part, f.item, f.line, f.qty, f.lost
), locked AS (
    SELECT e.part, e.item, e.id, e.received - CASE WHEN b.lost THEN 0 ELSE b.qty END AS received,
           CASE WHEN b.lost THEN b.qty ELSE 0 END AS again,
           e.state = 'open' OR (e.state = 'closed' AND (e.reason = '' OR e.kind = 'transfer')
                                AND e.reason <> 'it was reversed') AS may_come
    FROM back b
    JOIN expected e ON e.part = b.part AND e.item = b.item AND e.id = b.line
    ORDER BY e.part, e.item, e.id
    FOR NO KEY UPDATE OF e
)
UPDATE expected e
SET received = k.received, qty = e.qty + k.again, lost = e.lost - k.again,
    state = CASE WHEN k.may_come AND k.received < e.qty + k.again THEN 'open' ELSE e.state END,
    reason = CASE WHEN k.may_come AND k.received < e.qty + k.again THEN '' ELSE e.reason END,
    closed_by = CASE WHEN k.may_come AND k.received < e.qty + k.again THEN '' ELSE e.closed_by END,
    closed_at = CASE WHEN k.may_come AND k.received < e.qty + k.again THEN NULL ELSE e.closed_at END
FROM locked k
WHERE e.part = k.part AND e.item = k.item AND e.id = k.id;
