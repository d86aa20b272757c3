-- What a reversal asks: how the ledger stood had a movement said nothing, and what that had changed.

-- name: marks_without
-- As `marks`, had one movement stated nothing; `f_` are the cells of figures of its run that stand.
SELECT m.item, m.loc, m.lot, m.status, m.as_of, m.as_of, false
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[]) k (part, item)
JOIN mark m ON m.part = k.part AND m.item = k.item AND m.movement <> %(movement)s::bigint
UNION ALL
SELECT m.item, m.loc, m.lot, m.status, b.as_of, b.as_of, false
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[]) k (part, item)
JOIN mark m ON m.part = k.part AND m.item = k.item AND m.movement = %(movement)s::bigint
CROSS JOIN LATERAL (
    SELECT max(b.as_of) AS as_of FROM mark_before b
    WHERE b.part = m.part AND b.item = m.item AND b.loc = m.loc AND b.lot = m.lot AND b.status = m.status
) b
WHERE b.as_of IS NOT NULL
UNION ALL
SELECT f.item, f.loc, f.lot, f.status, f.as_of, f.booked_until, f.net
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[]) k (part, item)
JOIN feed_mark f ON f.part = k.part AND f.item = k.item
WHERE NOT EXISTS (SELECT
                  FROM unnest(%(f_parts)s::smallint[], %(f_items)s::bigint[], %(f_locs)s::integer[], %(f_lots)s::bigint[],
                              %(f_statuses)s::smallint[]) x (part, item, loc, lot, status)
                  JOIN feed_run r ON r.id = %(run)s::integer AND r.feed = f.feed
                  WHERE x.part = f.part AND x.item = f.item AND x.loc = f.loc AND x.lot = f.lot AND x.status = f.status);

-- name: lock_figures
-- What a run has said of the cells in which a movement of it booked a figure: where that stands, and where another has
-- taken its place. Where it stands it is locked, and goes with what the feed says there without it: the same by the next
-- run, if that said it again; the same by those before it; or what one before it said otherwise, if any did.
WITH booked AS (
    SELECT DISTINCT e.part, e.item, e.loc, e.lot, e.status, e.effective_at AS as_of
    FROM unnest(%(parts)s::smallint[], %(items)s::bigint[]) k (part, item)
    JOIN entry e ON e.part = k.part AND e.item = k.item AND e.movement = %(movement)s::bigint
        AND e.recorded_at = %(recorded_at)s::timestamptz AND e.kind = 5 AND e.loc > 0
), run AS (
    SELECT r.*
    FROM feed_run r
    JOIN feed f ON f.id = r.feed AND f.code = %(source)s::text
    WHERE r.id = %(run)s::integer
), standing AS (
    SELECT s.part, s.item, s.loc, s.lot, s.status, s.qty, s.run, b.as_of AS said_as_of, m.as_of, m.booked_until, m.net
    FROM booked b
    CROSS JOIN run r
    JOIN stated s ON s.part = b.part AND s.item = b.item AND s.loc = b.loc AND s.lot IN (b.lot, -1)
        AND s.status = b.status AND s.feed = r.feed AND s.run <= r.id
    JOIN feed_mark m ON m.part = s.part AND m.item = s.item AND m.loc = s.loc AND m.lot = s.lot AND m.status = s.status
        AND m.feed = s.feed
    WHERE m.as_of = b.as_of OR (s.run = r.id AND s.as_of IS NULL)
    ORDER BY s.part, s.item, s.loc, s.lot, s.status
    FOR NO KEY UPDATE OF s
)
SELECT DISTINCT s.item, s.loc, s.lot, s.status, s.said_as_of,
       CASE WHEN s.as_of = s.said_as_of THEN s.booked_until ELSE r.booked_until END,
       r.began_at, true AS stood, w.qty, w.as_of, w.booked_until, coalesce(w.binds, false), s.net, w.run
FROM standing s
CROSS JOIN run r
LEFT JOIN LATERAL (
    SELECT s.qty, s.as_of, s.booked_until, true AS binds, min(n.id) AS run
    FROM feed_run n
    WHERE s.as_of > s.said_as_of AND n.feed = r.feed AND n.id > r.id AND n.state IN ('booking', 'done')
      AND (n.report ->> 'moves')::boolean
    HAVING count(*) > 0
    UNION ALL
    SELECT s.qty, r.was_as_of, r.was_booked_until, true, s.run
    WHERE s.as_of = s.said_as_of AND s.run < r.id AND r.was_as_of IS NOT NULL
    UNION ALL
    SELECT o.qty, o.as_of, o.booked_until, o.binds, o.run
    FROM stated_before o
    JOIN feed_run n ON n.id = o.run AND n.state IN ('booking', 'done')
    WHERE s.as_of = s.said_as_of AND o.part = s.part AND o.item = s.item AND o.loc = s.loc AND o.lot = s.lot
      AND o.status = s.status AND o.feed = r.feed AND o.run < r.id
    ORDER BY as_of DESC, run DESC
    LIMIT 1
) w ON true
UNION ALL
SELECT DISTINCT o.item, o.loc, o.lot, o.status, o.as_of, o.booked_until, r.began_at, false,
       NULL::bigint, NULL::timestamptz, NULL::timestamptz, false, false, NULL::integer
FROM booked b
CROSS JOIN run r
JOIN stated_before o ON o.part = b.part AND o.item = b.item AND o.loc = b.loc AND o.lot IN (b.lot, -1)
    AND o.status = b.status AND o.feed = r.feed AND o.run = r.id AND o.as_of = b.as_of;

-- name: take_back_figures
-- What a run has said of some cells is forgotten; where it stands, the feed says what it says without it.
WITH told AS (
    SELECT k.*, r.feed
    FROM unnest(%(f_parts)s::smallint[], %(f_items)s::bigint[], %(f_locs)s::integer[], %(f_lots)s::bigint[],
                %(f_statuses)s::smallint[], %(stood)s::boolean[], %(qtys)s::bigint[], %(as_ofs)s::timestamptz[],
                %(untils)s::timestamptz[], %(binds)s::boolean[], %(runs)s::integer[])
             k (part, item, loc, lot, status, stood, qty, as_of, booked_until, binds, run)
    JOIN feed_run r ON r.id = %(run)s::integer
), forgotten AS (
    DELETE FROM stated_before o
    USING told k
    WHERE o.part = k.part AND o.item = k.item AND o.loc = k.loc AND o.lot = k.lot AND o.status = k.status
      AND o.feed = k.feed AND o.run = %(run)s::integer
), unread AS (
    DELETE FROM feed_before b USING told k WHERE b.feed = k.feed AND k.stood
)
UPDATE stated s
SET qty = coalesce(k.qty, s.qty), as_of = CASE WHEN k.run IS NULL THEN s.as_of ELSE nullif(k.as_of, f.as_of) END,
    booked_until = CASE WHEN k.run IS NULL THEN s.booked_until WHEN k.as_of IS DISTINCT FROM f.as_of THEN k.booked_until END,
    binds = k.binds, run = coalesce(k.run, s.run)
FROM told k
JOIN feed f ON f.id = k.feed
WHERE k.stood AND s.part = k.part AND s.item = k.item AND s.loc = k.loc AND s.lot = k.lot AND s.status = k.status
  AND s.feed = k.feed;

-- name: stated_again
-- Whether another count of the same cell has taken a movement's place and stands.
SELECT EXISTS (
    SELECT FROM unnest(%(parts)s::smallint[], %(items)s::bigint[]) k (part, item)
    JOIN mark_before b ON b.part = k.part AND b.item = k.item AND b.movement = %(movement)s::bigint);

-- name: seen_by_movement
-- Facts that were told late and that the statement of a movement, or its figures (`f_`), had seen, the oldest first: what
-- each changed, when, and as of when it was seen. Of those that were seen anew before, `feed_unseen` says so. What counts
-- of bins had seen was not.
WITH stated AS (
    SELECT m.part, m.item, m.loc, m.lot, m.status, m.as_of
    FROM unnest(%(parts)s::smallint[], %(items)s::bigint[]) k (part, item)
    JOIN (SELECT part, item, loc, lot, status, as_of, movement FROM mark
          UNION ALL
          SELECT part, item, loc, lot, status, as_of, movement FROM mark_before) m
        ON m.part = k.part AND m.item = k.item AND m.movement = %(movement)s::bigint
    UNION ALL
    SELECT DISTINCT f.part, f.item, f.loc, f.lot, f.status, t.as_of
    FROM unnest(%(f_parts)s::smallint[], %(f_items)s::bigint[], %(f_locs)s::integer[], %(f_lots)s::bigint[],
                %(f_statuses)s::smallint[], %(f_as_ofs)s::timestamptz[], %(f_untils)s::timestamptz[])
             f (part, item, loc, lot, status, as_of, until)
    CROSS JOIN LATERAL (VALUES (f.as_of), (f.until)) t (as_of)
), late AS (
    SELECT l.part, l.item, l.version, l.recorded_at, l.movement, l.loc, l.lot, l.status, l.effective_at,
           sum(l.d_on_hand) AS back
    FROM stated s
    JOIN entry l ON l.part = s.part AND l.item = s.item AND l.loc = s.loc AND s.lot IN (l.lot, -1)
        AND l.status = s.status AND l.kind = 12 AND l.effective_at = s.as_of
        AND l.recorded_at >= %(since)s::timestamptz
    GROUP BY l.part, l.item, l.version, l.recorded_at, l.movement, l.loc, l.lot, l.status, l.effective_at
)
SELECT u.movement, u.item, u.loc, u.lot, u.status, u.qty, u.kind, u.effective_at AS at, u.seen_at
FROM stated s
JOIN feed_unseen u ON u.part = s.part AND u.item = s.item AND u.loc = s.loc AND s.lot IN (u.lot, -1)
    AND u.status = s.status AND u.seen_at = s.as_of AND NOT u.counts
UNION ALL
SELECT l.movement, l.item, l.loc, l.lot, l.status, (-l.back)::bigint, o.kind, o.effective_at, l.effective_at
FROM late l
CROSS JOIN LATERAL (
    SELECT o.kind, o.effective_at FROM entry o
    WHERE o.part = l.part AND o.item = l.item AND o.version = l.version AND o.recorded_at = l.recorded_at
      AND o.movement = l.movement AND o.loc = l.loc AND o.lot = l.lot AND o.status = l.status AND o.kind <> 12
      AND sign(o.d_on_hand) = -sign(l.back) AND o.effective_at <= l.effective_at
    ORDER BY o.effective_at DESC
    LIMIT 1
) o
WHERE NOT EXISTS (SELECT FROM feed_unseen u
                  WHERE u.part = l.part AND u.item = l.item AND u.loc = l.loc AND u.lot = l.lot AND u.status = l.status
                    AND u.movement = l.movement)
  AND NOT EXISTS (SELECT FROM bin_mark m
                  WHERE m.part = l.part AND m.item = l.item AND m.loc = l.loc AND m.lot = l.lot
                    AND m.as_of = l.effective_at)
  AND NOT EXISTS (SELECT FROM entry b
                  WHERE b.part = l.part AND b.item = l.item AND b.version = l.version AND b.recorded_at = l.recorded_at
                    AND b.movement = l.movement AND b.loc = l.loc AND b.lot = l.lot AND b.bin IS NOT NULL AND b.kind = 12
                    AND b.effective_at = l.effective_at)
ORDER BY at, movement, item, loc, lot, status;

-- name: seen_anew
-- What has become of the facts of a movement that statements had seen which were taken back: which count, or as of when
-- they are seen since.
SELECT u.item, u.loc, u.lot, u.status, u.qty, u.kind, u.effective_at, u.seen_at, u.counts
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[]) k (part, item)
JOIN feed_unseen u ON u.part = k.part AND u.item = k.item AND u.movement = %(movement)s::bigint
ORDER BY u.item, u.loc, u.lot, u.status;

-- name: keep_seen
-- Facts that count from now on, or are seen as of another time; runs that are undone later find them so.
INSERT INTO feed_unseen AS u (part, item, loc, lot, status, movement, run, kind, qty, effective_at, seen_at, counts)
SELECT k.part, k.item, k.loc, k.lot, k.status, k.movement, 0, k.kind, k.qty, k.at, coalesce(k.seen_by, k.seen_at),
       k.seen_by IS NULL
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(locs)s::integer[], %(lots)s::bigint[],
            %(statuses)s::smallint[], %(movements)s::bigint[], %(kinds)s::smallint[], %(qtys)s::bigint[],
            %(at)s::timestamptz[], %(seen_at)s::timestamptz[], %(seen_by)s::timestamptz[])
         k (part, item, loc, lot, status, movement, kind, qty, at, seen_at, seen_by)
ON CONFLICT (part, item, loc, lot, status, movement)
DO UPDATE SET counts = excluded.counts, seen_at = excluded.seen_at;

-- name: take_back_marks
-- Where a movement's statement stands, the newest before it stands again, or none.
WITH forgotten AS (
    DELETE FROM mark_before b
    USING unnest(%(parts)s::smallint[], %(items)s::bigint[]) k (part, item)
    WHERE b.part = k.part AND b.item = k.item AND b.movement = %(movement)s::bigint
), gone AS (
    SELECT m.part, m.item, m.loc, m.lot, m.status, b.movement
    FROM unnest(%(parts)s::smallint[], %(items)s::bigint[]) k (part, item)
    JOIN mark m ON m.part = k.part AND m.item = k.item AND m.movement = %(movement)s::bigint
    LEFT JOIN LATERAL (
        SELECT b.movement FROM mark_before b
        WHERE b.part = m.part AND b.item = m.item AND b.loc = m.loc AND b.lot = m.lot AND b.status = m.status
        ORDER BY b.as_of DESC, b.movement DESC
        LIMIT 1
    ) b ON true
), back AS (
    DELETE FROM mark_before b
    USING gone g
    WHERE b.part = g.part AND b.item = g.item AND b.loc = g.loc AND b.lot = g.lot AND b.status = g.status
      AND b.movement = g.movement
    RETURNING b.*
), none AS (
    DELETE FROM mark m
    USING gone g
    WHERE m.part = g.part AND m.item = g.item AND m.loc = g.loc AND m.lot = g.lot AND m.status = g.status
      AND g.movement IS NULL
)
UPDATE mark m SET as_of = b.as_of, qty = b.qty, movement = b.movement
FROM back b
WHERE m.part = b.part AND m.item = b.item AND m.loc = b.loc AND m.lot = b.lot AND m.status = b.status;

-- name: bin_marks_without
-- As `bin_marks`, had one movement counted nothing.
SELECT m.item, m.loc, m.lot, m.bin, b.as_of, b.found
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[]) k (part, item)
JOIN bin_mark m ON m.part = k.part AND m.item = k.item
CROSS JOIN LATERAL (
    SELECT m.as_of, m.found, m.movement WHERE m.movement <> %(movement)s::bigint
    UNION ALL
    (SELECT b.as_of, b.found, b.movement FROM bin_mark_before b
     WHERE m.movement = %(movement)s::bigint
       AND b.part = m.part AND b.item = m.item AND b.loc = m.loc AND b.lot = m.lot AND b.bin = m.bin
     ORDER BY b.as_of DESC, b.movement DESC
     LIMIT 1)
) b;

-- name: take_back_bin_marks
-- Where a movement's count of a bin stands, the newest before it stands again, or none.
WITH forgotten AS (
    DELETE FROM bin_mark_before b
    USING unnest(%(parts)s::smallint[], %(items)s::bigint[]) k (part, item)
    WHERE b.part = k.part AND b.item = k.item AND b.movement = %(movement)s::bigint
), gone AS (
    SELECT m.part, m.item, m.loc, m.lot, m.bin, b.movement
    FROM unnest(%(parts)s::smallint[], %(items)s::bigint[]) k (part, item)
    JOIN bin_mark m ON m.part = k.part AND m.item = k.item AND m.movement = %(movement)s::bigint
    LEFT JOIN LATERAL (
        SELECT b.movement FROM bin_mark_before b
        WHERE b.part = m.part AND b.item = m.item AND b.loc = m.loc AND b.lot = m.lot AND b.bin = m.bin
        ORDER BY b.as_of DESC, b.movement DESC
        LIMIT 1
    ) b ON true
), back AS (
    DELETE FROM bin_mark_before b
    USING gone g
    WHERE b.part = g.part AND b.item = g.item AND b.loc = g.loc AND b.lot = g.lot AND b.bin = g.bin
      AND b.movement = g.movement
    RETURNING b.*
), none AS (
    DELETE FROM bin_mark m
    USING gone g
    WHERE m.part = g.part AND m.item = g.item AND m.loc = g.loc AND m.lot = g.lot AND m.bin = g.bin
      AND g.movement IS NULL
)
UPDATE bin_mark m SET as_of = b.as_of, qty = b.qty, found = b.found, movement = b.movement
FROM back b
WHERE m.part = b.part AND m.item = b.item AND m.loc = b.loc AND m.lot = b.lot AND m.bin = b.bin;

-- name: movement_bins
-- What a movement brought into each bin of a lot (below zero: took out), up to when, and as of when another has counted
-- that bin since.
SELECT e.item, e.loc, e.lot, b.id, b.zone, b.code, sum(e.d_bin)::bigint, max(e.effective_at), max(m.as_of)
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[]) k (part, item)
JOIN entry e ON e.part = k.part AND e.item = k.item AND e.movement = %(movement)s::bigint
    AND e.recorded_at = %(recorded_at)s::timestamptz AND e.bin IS NOT NULL
JOIN bin b ON b.id = e.bin
LEFT JOIN bin_mark m ON m.part = e.part AND m.item = e.item AND m.loc = e.loc AND m.lot = e.lot AND m.bin = e.bin
    AND m.movement <> %(movement)s::bigint
    AND (m.as_of > e.effective_at OR EXISTS (
        SELECT FROM bin_mark_before o
        WHERE o.part = e.part AND o.item = e.item AND o.loc = e.loc AND o.lot = e.lot AND o.bin = e.bin
          AND o.movement = %(movement)s::bigint))
GROUP BY e.item, e.loc, e.lot, b.id
ORDER BY e.item, e.loc, e.lot, b.id;
