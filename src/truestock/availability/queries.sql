-- Arrays in, sets out. A statement is one snapshot; what one answer needs of many items is therefore one statement.

-- name: item_version
-- Whether a book that the reader has at hand still holds.
SELECT h.version, greatest(statement_timestamp(), h.recorded_at), (SELECT rules FROM epoch)
FROM head h
WHERE h.part = %(part)s::smallint AND h.item = %(item)s::bigint;

-- name: books
-- Everything the decision about an item reads, one row an item. `at` chooses lot holds and guards ('infinity': those of now).
-- Expired holds are listed: they are voided by the item's next movement, and every read gives them back.
SELECT h.item, h.version, b.now, (SELECT rules FROM epoch),
       (SELECT array_agg(ARRAY[s.loc, s.lot, s.owner, s.on_hand, s.reserved])
        FROM stock s WHERE s.part = h.part AND s.item = h.item AND s.status = 0),
       (SELECT array_agg(ARRAY[o.channel, o.units])
        FROM (SELECT s.channel, sum(s.qty - s.filled - s.cancelled)::bigint AS units
              FROM short s WHERE s.part = h.part AND s.item = h.item AND s.filled + s.cancelled < s.qty
              GROUP BY s.channel) o),
       (SELECT array_agg(ARRAY[p.channel, p.target, p.used])
        FROM kept p WHERE p.part = h.part AND p.item = h.item),
       (SELECT array_agg(ARRAY[e.loc, e.lot, e.owner, e.channel, e.qty])
        FROM hold e WHERE e.part = h.part AND e.item = h.item AND e.expires_at <= b.now),
       (SELECT min(e.expires_at)
        FROM hold e WHERE e.part = h.part AND e.item = h.item AND e.expires_at > b.now),
       CASE WHEN k.tracked THEN
           (SELECT array_agg(ARRAY[l.id, (extract(epoch FROM l.expires_at) * 1000000)::bigint,
                                   (extract(epoch FROM l.received_at) * 1000000)::bigint,
                                   EXISTS (SELECT FROM lot_hold x
                                           WHERE x.part = l.part AND x.item = l.item AND x.lot = l.id
                                             AND x.recorded_from <= %(at)s::timestamptz
                                             AND (x.recorded_to IS NULL OR x.recorded_to > %(at)s::timestamptz)
                                          )::integer])
            FROM lot l WHERE l.part = h.part AND l.item = h.item) END,
       (SELECT array_agg(ARRAY[g.channel, g.units])
        FROM guard g
        WHERE g.part = h.part AND g.item = h.item AND g.recorded_from <= %(at)s::timestamptz
          AND (g.recorded_to IS NULL OR g.recorded_to > %(at)s::timestamptz))
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(tracked)s::boolean[]) k (part, item, tracked)
JOIN head h ON h.part = k.part AND h.item = k.item
CROSS JOIN LATERAL (SELECT least(%(at)s::timestamptz, greatest(statement_timestamp(), h.recorded_at)) AS now) b;

-- name: clock
SELECT clock_timestamp(), rules FROM epoch;

-- name: shelves
-- Many items, one row an item and shelf life (`days`): free units by location and owner, the pool's after safety and
-- never below 0. A lot that is held, expired or within `days` of it is left out; a negative row counts whatever its
-- lot, within its location only. `floors` is the safety stock by location id, resolved by core.
SELECT k.n, h.version, b.now, (SELECT rules FROM epoch), u.locs, u.owners, u.free,
       (SELECT array_agg(ARRAY[p.channel, least(p.target, greatest(0, p.target - p.used + (
                   SELECT coalesce(sum(e.qty), 0)::bigint FROM hold e
                   WHERE e.part = p.part AND e.item = p.item AND e.channel = p.channel AND e.expires_at <= b.now)))])
        FROM kept p WHERE p.part = h.part AND p.item = h.item),
       (SELECT array_agg(ARRAY[s.channel, s.qty - s.filled - s.cancelled])
        FROM short s WHERE s.part = h.part AND s.item = h.item AND s.filled + s.cancelled < s.qty),
       (SELECT array_agg(ARRAY[g.channel, g.units])
        FROM guard g WHERE g.part = h.part AND g.item = h.item AND g.recorded_to IS NULL)
FROM (SELECT w.n, w.part, w.item, w.days, w.floors::bigint[] AS floors
      FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(days)s::integer[], %(floors)s::text[])
               WITH ORDINALITY w (part, item, days, floors, n)
      OFFSET 0) k
JOIN head h ON h.part = k.part AND h.item = k.item
CROSS JOIN LATERAL (SELECT greatest(%(at)s::timestamptz, h.recorded_at) AS now) b
CROSS JOIN LATERAL (
    SELECT array_agg(a.loc) AS locs, array_agg(a.owner) AS owners, array_agg(a.free) AS free
    FROM (
        SELECT r.loc, r.owner,
               CASE WHEN r.owner = 0 THEN greatest(0, sum(r.free) - coalesce(k.floors[r.loc], 0))
                    ELSE sum(r.free) END::bigint AS free
        FROM (
            SELECT s.loc, s.lot, s.owner, s.on_hand - s.reserved AS free
            FROM stock s WHERE s.part = h.part AND s.item = h.item AND s.status = 0
            UNION ALL
            SELECT e.loc, e.lot, e.owner, e.qty
            FROM hold e WHERE e.part = h.part AND e.item = h.item AND e.expires_at <= b.now
        ) r
        WHERE r.lot = 0 OR r.free < 0 OR NOT EXISTS (
            SELECT FROM lot l
            WHERE l.part = h.part AND l.item = h.item AND l.id = r.lot
              AND (l.expires_at <= b.now + k.days * interval '1 day'
                   OR EXISTS (SELECT FROM lot_hold x WHERE x.part = l.part AND x.item = l.item AND x.lot = l.id
                                                      AND x.recorded_to IS NULL)))
        GROUP BY r.loc, r.owner
    ) a
) u;

-- name: items_after
SELECT id FROM item WHERE id > %(after)s::bigint AND NOT kit ORDER BY id LIMIT %(limit)s::integer;

-- name: held
-- Units in the house by location, and those of them promised or ring-fenced. An expired hold's units are the pool's
-- again, or the ring's, where they stay allocated. Status 6 is in transit: not here yet.
SELECT k.item, s.loc, sum(s.on_hand)::bigint,
       (coalesce(sum(CASE WHEN s.owner = 0 THEN s.reserved ELSE s.on_hand END) FILTER (WHERE s.status = 0), 0)
        - (SELECT coalesce(sum(e.qty), 0) FROM hold e
           WHERE e.part = k.part AND e.item = k.item AND e.loc = s.loc AND e.owner = 0
             AND e.expires_at <= statement_timestamp()))::bigint
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[]) k (part, item)
JOIN stock s ON s.part = k.part AND s.item = k.item AND s.status <> 6
GROUP BY k.part, k.item, s.loc;

-- ============================================================ the past
-- An entry is of the past when it had happened (effective) or was known (recorded) at the instant. An expiry counts from
-- the hold's own end, also where it was booked later (kind 32). Either way what is not of the past was recorded after it.

-- name: oldest_instant
-- The start of the oldest attached month; NULL while no month has ever been detached.
SELECT o.month
FROM (SELECT min(to_timestamp(right(c.relname, 6) || '01 UTC', 'YYYYMMDD TZ')) AS month
      FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid
      WHERE i.inhparent = 'entry'::regclass) o
WHERE o.month > (SELECT min(applied_at) FROM migration)
UNION ALL
SELECT NULL
LIMIT 1;

-- name: entries_after
-- What the entries after the instant changed. Kinds 30 to 34, and 36 where it adds, count against a protection.
-- An item's versions rise with recorded_at, so the key leads to them from the newest back.
SELECT e.item, e.loc, e.lot, e.status, e.owner, e.channel, min(e.version), sum(e.d_on_hand)::bigint,
       sum(e.d_reserved)::bigint,
       coalesce(sum(e.d_reserved) FILTER (WHERE e.kind BETWEEN 30 AND 34 OR (e.kind = 36 AND e.d_reserved > 0)), 0)::bigint,
       sum(e.d_short)::bigint
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[]) k (part, item)
CROSS JOIN LATERAL (
    SELECT coalesce((SELECT l.version FROM entry l
                     WHERE l.part = k.part AND l.item = k.item AND l.recorded_at <= %(at)s::timestamptz
                     ORDER BY l.version DESC LIMIT 1), 0) AS version) known
JOIN entry e ON e.part = k.part AND e.item = k.item AND e.version > known.version
WHERE e.recorded_at > %(at)s::timestamptz
  AND CASE WHEN %(effective)s::boolean THEN e.effective_at > %(at)s::timestamptz
           ELSE NOT (e.kind = 32 AND e.effective_at <= %(at)s::timestamptz) END
GROUP BY e.item, e.loc, e.lot, e.status, e.owner, e.channel;

-- name: kept_at
SELECT p.item, p.channel, p.target, p.used
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[]) k (part, item)
JOIN kept p ON p.part = k.part AND p.item = k.item
WHERE p.set_at <= %(at)s::timestamptz;

-- name: used_since
-- A channel's net promises between the setting of its protection and the instant.
SELECT k.n, (SELECT coalesce(sum(e.d_reserved), 0)::bigint
             FROM entry e
             WHERE e.part = k.part AND e.item = k.item AND e.channel = k.channel AND e.recorded_at > k.since
               AND (e.kind BETWEEN 30 AND 34 OR (e.kind = 36 AND e.d_reserved > 0))
               AND CASE WHEN %(effective)s::boolean THEN e.effective_at <= %(at)s::timestamptz
                        ELSE e.recorded_at <= %(at)s::timestamptz
                             OR (e.kind = 32 AND e.effective_at <= %(at)s::timestamptz) END)
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(channels)s::integer[], %(since)s::timestamptz[])
         WITH ORDINALITY k (part, item, channel, since, n);

-- ============================================================ what lies behind a number, a bounded amount of it

-- name: last_entries
-- The newest on-hand entries of sellable rows among the item's last ones, found backwards along the key.
SELECT e.item, e.movement, e.kind, e.loc, e.lot, e.owner, e.d_on_hand, e.effective_at, e.recorded_at
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[]) k (part, item)
CROSS JOIN LATERAL (
    SELECT *
    FROM entry l
    WHERE l.part = k.part AND l.item = k.item
      AND l.recorded_at <= CASE WHEN %(effective)s::boolean THEN 'infinity' ELSE %(at)s::timestamptz END
      AND (NOT %(effective)s::boolean OR l.effective_at <= %(at)s::timestamptz)
    ORDER BY l.version DESC, l.n DESC
    LIMIT %(most)s::integer
) e
WHERE e.loc > 0 AND e.status = 0 AND e.d_on_hand <> 0
ORDER BY e.item, e.version DESC, e.n DESC;

-- name: movements
SELECT m.id, m.actor, m.source, m.ref, m.reason
FROM unnest(%(parts)s::smallint[], %(ids)s::bigint[]) k (part, id)
JOIN movement m ON m.part = k.part AND m.id = k.id;

-- name: some_promises
-- Open promises among the first ones of each item; a hot item has more than anybody reads.
SELECT p.item, replace(p.order_id::text, '-', ''), p.line, p.channel, p.loc, p.lot, p.owner,
       p.qty - p.posted - p.voided, p.made_at
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[]) k (part, item)
CROSS JOIN LATERAL (
    SELECT o.*
    FROM (SELECT * FROM promise f WHERE f.part = k.part AND f.item = k.item LIMIT %(most)s::integer) o
    WHERE o.posted + o.voided < o.qty
    LIMIT 100
) p;

-- name: order_refs
SELECT replace(o.id::text, '-', ''), o.ref, CASE WHEN o.state = 'held' THEN o.expires_at END
FROM unnest(%(parts)s::smallint[], %(ids)s::uuid[]) k (part, id)
JOIN orders o ON o.part = k.part AND o.id = k.id;

-- name: some_shorts
SELECT s.item, replace(s.order_id::text, '-', ''), s.line, s.channel, s.qty - s.filled - s.cancelled, s.since
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[]) k (part, item)
CROSS JOIN LATERAL (
    SELECT *
    FROM short o
    WHERE o.part = k.part AND o.item = k.item AND o.filled + o.cancelled < o.qty
    ORDER BY o.priority DESC, o.since
    LIMIT %(most)s::integer
) s;

-- name: lot_codes
SELECT l.item, l.id, l.code
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[]) k (part, item)
JOIN lot l ON l.part = k.part AND l.item = k.item;

-- name: guards_made
-- What the computed guards were made of that stood at an instant.
SELECT g.item, g.channel, g.made_from, g.recorded_from
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[]) k (part, item)
JOIN guard g ON g.part = k.part AND g.item = k.item
WHERE g.recorded_from <= %(at)s::timestamptz AND (g.recorded_to IS NULL OR g.recorded_to > %(at)s::timestamptz);

-- ============================================================ days to come

-- name: expected
SELECT x.item, x.kind, x.loc, x.qty - x.received, x.due_at, x.ref
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[]) k (part, item)
JOIN expected x ON x.part = k.part AND x.item = k.item
WHERE x.state = 'open' AND x.received < x.qty
ORDER BY x.item, x.due_at, x.id;
