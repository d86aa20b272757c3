-- Files of figures, compared in sets: with what their feed said before, then with the ledger.

-- ============================================================ what a file says otherwise than the one before

-- name: stated_count
SELECT count(*) FROM stated WHERE feed = %(feed)s::integer;

-- name: new_lots
-- Lots that the file names and nobody knows, with what it says of their expiry.
SELECT DISTINCT ON (i.sku, r.lot) i.sku, r.lot, r.expires_at
FROM feed_raw r
JOIN item i ON i.sku = r.sku AND i.lot_tracked
WHERE r.lot IS NOT NULL AND NOT EXISTS (SELECT FROM lot t WHERE t.part = i.part AND t.item = i.id AND t.code = r.lot)
ORDER BY i.sku, r.lot, r.expires_at;

-- name: compare
-- What the file says otherwise than this feed's last statements, what cannot be taken (fault), and what was stated
-- before and is not mentioned (silent). With `every`, what it says again as well; `by_lines`: only those rows are there
-- whose lines the file before has not, and what its lines speak of that are gone.
INSERT INTO feed_change (what, line, part, item, loc, lot, status, qty, at, was)
SELECT CASE WHEN r.line IS NULL THEN 'silent'
            WHEN r.item IS NULL OR r.loc IS NULL OR r.lot IS NULL OR r.status IS NULL OR r.qty IS NULL
                 OR (r.qty < 0 AND NOT %(net)s::boolean)
                 OR r.kit OR r.foreign_to OR r.at > %(now)s::timestamptz THEN 'fault'
            WHEN s.item IS NULL THEN 'new'
            ELSE 'said' END,
       r.line, coalesce(r.part, s.part), coalesce(r.item, s.item), coalesce(r.loc, s.loc), coalesce(r.lot, s.lot),
       coalesce(r.status, s.status), r.qty, r.at, s.qty
FROM (
    SELECT r.line, i.part, i.id AS item, l.id AS loc, i.kit, r.qty, r.at,
           CASE WHEN r.lot IS NULL THEN CASE WHEN i.lot_tracked THEN -1::bigint ELSE 0::bigint END
                WHEN i.lot_tracked THEN t.id END AS lot,
           CASE WHEN r.status IS NULL THEN 0::smallint
                ELSE (array_position(%(statuses)s::text[], r.status) - 1)::smallint END AS status,
           (%(scoped)s::boolean AND (
               (cardinality(%(locs)s::integer[]) > 0 AND l.id <> ALL (%(locs)s::integer[]))
               OR (cardinality(%(categories)s::text[]) > 0 AND i.category <> ALL (%(categories)s::text[])))) AS foreign_to
    FROM feed_raw r
    LEFT JOIN item i ON i.sku = r.sku
    LEFT JOIN location l ON l.code = coalesce(r.location, %(location)s::text)
    LEFT JOIN lot t ON t.part = i.part AND t.item = i.id AND t.code = r.lot
) r
FULL JOIN (SELECT s.* FROM stated s WHERE s.feed = %(feed)s::integer AND NOT %(by_lines)s::boolean
           UNION ALL
           SELECT s.* FROM feed_gone g
           JOIN stated s ON s.part = g.part AND s.item = g.item AND s.loc = g.loc AND s.lot = g.lot
               AND s.status = g.status AND s.feed = %(feed)s::integer
           WHERE %(by_lines)s::boolean) s
    ON s.item = r.item AND s.loc = r.loc AND s.lot = r.lot AND s.status = r.status
WHERE (r.line IS NULL AND %(silent)s::boolean)
   OR (r.line IS NOT NULL AND (%(every)s::boolean OR s.item IS NULL OR r.qty IS DISTINCT FROM s.qty
       OR s.as_of IS NOT NULL OR NOT s.binds OR r.at IS NOT NULL OR r.foreign_to));

-- name: set_new_lots_aside
-- Of rows that cannot be taken those of which nothing is wrong but that nobody knows their lot yet.
UPDATE feed_change c SET what = 'opens'
FROM feed_raw r, item i, location l
WHERE c.what = 'fault' AND r.line = c.line AND i.id = c.item AND l.id = c.loc AND i.lot_tracked AND NOT i.kit
  AND r.lot IS NOT NULL AND c.lot IS NULL AND c.status IS NOT NULL AND (c.qty >= 0 OR (%(net)s::boolean AND c.qty < 0))
  AND (r.at IS NULL OR r.at <= %(now)s::timestamptz)
  AND (cardinality(%(locs)s::integer[]) = 0 OR l.id = ANY (%(locs)s::integer[]))
  AND (cardinality(%(categories)s::text[]) = 0 OR i.category = ANY (%(categories)s::text[]));

-- name: also_said
-- Further lines about the cells that are said otherwise: one of them may say what was said before.
WITH told AS MATERIALIZED (
    SELECT c.part, c.item, c.loc, c.lot, c.status, c.was, c.line, i.sku, l.code AS location, t.code AS named
    FROM feed_change c
    JOIN item i ON i.id = c.item
    JOIN location l ON l.id = c.loc
    LEFT JOIN lot t ON t.part = c.part AND t.item = c.item AND t.id = c.lot
    WHERE c.what IN ('new', 'said')
)
INSERT INTO feed_change (what, line, part, item, loc, lot, status, qty, at, was)
SELECT DISTINCT 'said', r.line, c.part, c.item, c.loc, c.lot, c.status, r.qty, r.at, c.was
FROM feed_raw r
JOIN told c ON c.sku = r.sku AND c.location = coalesce(r.location, %(location)s::text) AND c.line <> r.line
    AND c.named IS NOT DISTINCT FROM r.lot
    AND c.status = CASE WHEN r.status IS NULL THEN 0 ELSE array_position(%(statuses)s::text[], r.status) - 1 END
WHERE NOT EXISTS (SELECT FROM feed_change x WHERE x.line = r.line);

-- name: find_gone
-- The cells of lines that are gone, which are in the table of rows below line 0.
INSERT INTO feed_gone (part, item, loc, lot, status)
SELECT DISTINCT i.part, i.id, l.id, CASE WHEN NOT i.lot_tracked THEN 0 WHEN r.lot IS NULL THEN -1 ELSE t.id END,
       CASE WHEN r.status IS NULL THEN 0 ELSE array_position(%(statuses)s::text[], r.status) - 1 END
FROM feed_raw r
JOIN item i ON i.sku = r.sku
JOIN location l ON l.code = coalesce(r.location, %(location)s::text)
LEFT JOIN lot t ON t.part = i.part AND t.item = i.id AND t.code = r.lot
WHERE r.line < 0;

-- name: drop_gone
DELETE FROM feed_raw WHERE line < 0;

-- name: said_elsewhere
-- Whether a line that the file before has not speaks of what another line of it says still; or a complete file mentions
-- something no longer.
SELECT EXISTS (
    SELECT FROM feed_change c
    JOIN stated s ON s.part = c.part AND s.item = c.item AND s.loc = c.loc AND s.lot = c.lot AND s.status = c.status
        AND s.feed = %(feed)s::integer AND s.as_of IS NULL
    WHERE c.what = 'new')
    OR (%(complete)s::boolean AND EXISTS (SELECT FROM feed_change WHERE what = 'silent'));

-- name: said_long_before
-- What the file before does not mention, and an older one does, is no news.
UPDATE feed_change c SET what = 'said', was = s.qty
FROM stated s
WHERE c.what = 'new' AND s.part = c.part AND s.item = c.item AND s.loc = c.loc AND s.lot = c.lot
  AND s.status = c.status AND s.feed = %(feed)s::integer;

-- name: say_unbound
-- What differed when the file before was taken in, and was not booked, is looked at anew where its line is still there.
INSERT INTO feed_change (what, part, item, loc, lot, status, qty, was)
SELECT 'said', s.part, s.item, s.loc, s.lot, s.status, s.qty, s.qty
FROM stated s
WHERE s.feed = %(feed)s::integer AND NOT s.binds AND s.as_of IS NULL
  AND NOT EXISTS (SELECT FROM feed_gone g
                  WHERE g.part = s.part AND g.item = s.item AND g.loc = s.loc AND g.lot = s.lot
                    AND g.status = s.status);

-- name: lines_of_run
SELECT line FROM feed_line WHERE run = %(run)s::integer;

-- name: said_by_lines
-- How many cells the feed has stated, how many of them stand as of its last file, and whether a row of that names another
-- time or what is kept for orders.
SELECT count(*), count(*) FILTER (WHERE s.as_of IS NULL),
       EXISTS (SELECT FROM feed_raw WHERE at IS NOT NULL OR allocated IS NOT NULL)
FROM stated s
WHERE s.feed = %(feed)s::integer;

-- name: told_again
-- Whether more lines say what was said before than there are cells of which they can.
SELECT %(rows)s::bigint - count(c.line)
       > (SELECT count(*) FROM stated WHERE feed = %(feed)s::integer) - count(*) FILTER (WHERE c.what = 'silent')
         - count(DISTINCT (c.item, c.loc, c.lot, c.status)) FILTER (WHERE c.line IS NOT NULL AND c.was IS NOT NULL)
FROM feed_change c;

-- name: find_told_again
-- Lines that say what was said before, each of a cell of which another one does.
INSERT INTO feed_change (what, line, part, item, loc, lot, status, qty, at, was)
SELECT 'again', r.line, s.part, s.item, s.loc, s.lot, s.status, r.qty, r.at, s.qty
FROM (
    SELECT w.line, w.sku, coalesce(w.location, %(location)s::text) AS location, w.lot, coalesce(w.status, 'sellable') AS status,
           w.qty, w.at,
           count(*) OVER (PARTITION BY w.sku, coalesce(w.location, %(location)s::text), w.lot,
                          coalesce(w.status, 'sellable')) AS told
    FROM feed_raw w
) r
JOIN item i ON i.sku = r.sku
JOIN location l ON l.code = r.location
LEFT JOIN lot t ON t.part = i.part AND t.item = i.id AND t.code = r.lot
JOIN stated s ON s.part = i.part AND s.item = i.id AND s.loc = l.id AND s.feed = %(feed)s::integer
    AND s.lot = CASE WHEN NOT i.lot_tracked THEN 0 WHEN r.lot IS NULL THEN -1 ELSE t.id END
    AND s.status = array_position(%(statuses)s::text[], r.status) - 1
WHERE r.told > 1 AND NOT EXISTS (SELECT FROM feed_change x WHERE x.line = r.line);

-- name: twice_told
-- Lines about one cell: the first of them, what they add up to, whether all say the same figure, and whether because the
-- cell's orders have lines of their own.
SELECT r.line, r.first, r.total, r.least = r.most,
       EXISTS (SELECT FROM feed_raw w WHERE w.line = r.line AND w."order" IS NOT NULL)
FROM (
    SELECT c.line, c.qty, min(c.line) OVER w AS first, sum(c.qty) OVER w AS total, min(c.qty) OVER w AS least,
           max(c.qty) OVER w AS most, count(*) OVER w AS told
    FROM (SELECT n.line, n.qty, n.item, n.loc, n.lot, n.status, NULL::text AS named
          FROM feed_change n
          WHERE n.what IN ('new', 'said', 'again')
          UNION ALL
          SELECT n.line, n.qty, n.item, n.loc, n.lot, n.status, o.lot
          FROM feed_change n
          JOIN feed_raw o ON o.line = n.line
          WHERE %(preview)s::boolean AND n.what = 'opens') c
    WINDOW w AS (PARTITION BY c.item, c.loc, c.lot, c.status, c.named)
) r
WHERE r.told > 1
ORDER BY r.line
LIMIT %(limit)s::integer;

-- name: fault_lines
UPDATE feed_change SET what = 'fault' WHERE line = ANY (%(lines)s::integer[]);

-- name: repeat_lines
-- A line that only repeats another one says nothing more of its cell.
UPDATE feed_change SET what = 'again' WHERE line = ANY (%(lines)s::integer[]);

-- name: faults
-- What is wrong with each of them, the first thing first.
SELECT c.line, r.sku, coalesce(r.location, %(location)s::text), r.lot, r.status, r.qty, r.at, c.item IS NULL,
       coalesce(i.kit, false), c.loc IS NULL, c.lot IS NULL, c.status IS NULL, coalesce(i.category, ''), r.expires_at,
       r.allocated, r."order", r.channel
FROM feed_change c
JOIN feed_raw r ON r.line = c.line
LEFT JOIN item i ON i.id = c.item
WHERE c.what = 'fault' AND c.line > %(after)s::integer
ORDER BY c.line
LIMIT %(limit)s::integer;

-- name: keep_foreign
-- What was stated before and is not in the feed's scope any more is not taken away.
UPDATE feed_change c SET what = 'kept'
FROM item i
WHERE c.what = 'silent' AND i.id = c.item
  AND ((cardinality(%(locs)s::integer[]) > 0 AND c.loc <> ALL (%(locs)s::integer[]))
       OR (cardinality(%(categories)s::text[]) > 0 AND i.category <> ALL (%(categories)s::text[])));

-- name: keep_other_grain
-- What was stated of all lots together is not taken away by a file that names the lots, nor the other way round.
UPDATE feed_change c SET what = 'kept'
FROM feed_raw r
JOIN item i ON i.sku = r.sku AND i.lot_tracked
JOIN location l ON l.code = coalesce(r.location, %(location)s::text)
WHERE c.what = 'silent' AND c.item = i.id AND c.loc = l.id
  AND c.status = CASE WHEN r.status IS NULL THEN 0 ELSE array_position(%(statuses)s::text[], r.status) - 1 END
  AND (c.lot = -1) = (r.lot IS NOT NULL);

-- name: unsaid
-- Cells in the scope of a complete feed that lie there, and that neither it nor its file has ever mentioned.
INSERT INTO feed_change (what, line, part, item, loc, lot, status, qty, at, was)
SELECT DISTINCT 'silent', NULL::integer, t.part, t.item, t.loc, t.lot, t.status, NULL::bigint, NULL::timestamptz,
       NULL::bigint
FROM stock t
JOIN item i ON i.id = t.item
WHERE t.on_hand <> 0 AND t.status IN (SELECT DISTINCT s.status FROM stated s WHERE s.feed = %(feed)s::integer
                                      UNION SELECT c.status FROM feed_change c WHERE c.what IN ('new', 'said', 'opens'))
  AND (%(looked_at)s::timestamptz IS NULL
       OR t.item IN (SELECT unnest(m.items) FROM movement m
                     WHERE m.recorded_at > %(looked_at)s::timestamptz AND m.kind < 20)
       OR t.status NOT IN (SELECT s.status FROM stated s WHERE s.feed = %(feed)s::integer))
  AND (cardinality(%(locs)s::integer[]) = 0 OR t.loc = ANY (%(locs)s::integer[]))
  AND (cardinality(%(categories)s::text[]) = 0 OR i.category = ANY (%(categories)s::text[]))
  AND NOT EXISTS (SELECT FROM stated s
                  WHERE s.part = t.part AND s.item = t.item AND s.loc = t.loc AND s.lot IN (t.lot, -1)
                    AND s.status = t.status AND s.feed = %(feed)s::integer
                    AND NOT EXISTS (SELECT FROM feed_change k
                                    WHERE k.what = 'kept' AND k.item = s.item AND k.loc = s.loc AND k.lot = s.lot
                                      AND k.status = s.status))
  AND NOT EXISTS (SELECT FROM feed_change c
                  WHERE c.what IN ('new', 'said', 'fault') AND c.item = t.item AND c.loc = t.loc
                    AND c.lot IN (t.lot, -1) AND c.status = t.status);

-- name: came_unmentioned
-- Whether units have come since where the file before said that there are none, and this one says nothing else.
SELECT EXISTS (
    SELECT FROM (SELECT DISTINCT unnest(m.items) AS item
                 FROM movement m
                 WHERE m.recorded_at > %(looked_at)s::timestamptz AND m.kind < 20) m
    JOIN item i ON i.id = m.item
    JOIN stated s ON s.part = i.part AND s.item = i.id AND s.feed = %(feed)s::integer AND s.qty = 0
    JOIN stock t ON t.part = s.part AND t.item = s.item AND t.loc = s.loc AND t.status = s.status AND t.on_hand > 0
        AND s.lot IN (t.lot, -1)
    WHERE NOT EXISTS (SELECT FROM feed_change c
                      WHERE c.item = s.item AND c.loc = s.loc AND c.lot = s.lot AND c.status = s.status));

-- name: zeroed
-- Units that would be gone, and all there are in the feed's scope.
SELECT coalesce(sum(t.on_hand) FILTER (WHERE c.item IS NOT NULL), 0)::bigint,
       coalesce(sum(t.on_hand), 0)::bigint
FROM stock t
JOIN item i ON i.id = t.item
LEFT JOIN (SELECT DISTINCT item, loc, lot, status FROM feed_change
           WHERE what = 'silent' OR (what IN ('new', 'said') AND qty = 0)) c
    ON c.item = t.item AND c.loc = t.loc AND c.status = t.status AND (c.lot = -1 OR c.lot = t.lot)
WHERE t.on_hand > 0 AND t.status = 0
  AND (cardinality(%(locs)s::integer[]) = 0 OR t.loc = ANY (%(locs)s::integer[]))
  AND (cardinality(%(categories)s::text[]) = 0 OR i.category = ANY (%(categories)s::text[]));

-- name: unmentioned_locations
-- Locations that would be empty because the file does not mention them at all.
SELECT l.code
FROM location l
WHERE EXISTS (SELECT FROM feed_change c
              JOIN stock t ON t.part = c.part AND t.item = c.item AND t.loc = c.loc AND t.status = c.status
                  AND (c.lot = -1 OR t.lot = c.lot)
              WHERE c.what = 'silent' AND c.loc = l.id AND t.status = 0 AND t.on_hand > 0)
  AND NOT EXISTS (SELECT FROM feed_raw r WHERE coalesce(r.location, %(location)s::text) = l.code)
ORDER BY l.code;

-- name: what_changed
-- How many cells are told for the first time, said otherwise than before, not mentioned, and in new lots; the first time of
-- a row.
SELECT count(*) FILTER (WHERE what = 'new'), count(*) FILTER (WHERE what = 'said' AND qty IS DISTINCT FROM was),
       count(*) FILTER (WHERE what = 'silent'), count(*) FILTER (WHERE what = 'opens'), min(at)
FROM feed_change;

-- name: keep_as_of
-- What the file does not mention, or says so that it cannot be taken, stays as of the file before it.
UPDATE stated s SET as_of = f.as_of, booked_until = f.booked_until
FROM feed_change c, feed f
WHERE (c.what IN ('kept', 'fault') OR (c.what = 'silent' AND NOT %(complete)s::boolean))
  AND s.part = c.part AND s.item = c.item AND s.loc = c.loc AND s.lot = c.lot
  AND s.status = c.status AND s.feed = f.id AND f.id = %(feed)s::integer AND s.as_of IS NULL;

-- name: state
-- What the file says stands from now on; a row of which something newer was said stays.
INSERT INTO stated (part, item, loc, lot, status, feed, qty, as_of, booked_until, run)
SELECT DISTINCT ON (c.part, c.item, c.loc, c.lot, c.status) c.part, c.item, c.loc, c.lot, c.status, %(feed)s::integer,
       coalesce(c.qty, 0), CASE WHEN c.at IS NOT NULL THEN c.at WHEN NOT %(moves)s::boolean THEN %(as_of)s::timestamptz END,
       CASE WHEN c.at IS NOT NULL THEN c.at - %(late)s::interval
            WHEN NOT %(moves)s::boolean THEN %(until)s::timestamptz END,
       %(run)s::integer
FROM feed_change c
WHERE c.what IN ('new', 'said') OR (c.what = 'silent' AND %(complete)s::boolean)
ORDER BY c.part, c.item, c.loc, c.lot, c.status
ON CONFLICT (part, item, loc, lot, status, feed) DO UPDATE
SET qty = excluded.qty, as_of = excluded.as_of, booked_until = excluded.booked_until, binds = true, run = excluded.run
WHERE coalesce(stated.as_of, %(was)s::timestamptz, '-infinity')
      <= coalesce(excluded.as_of, %(as_of)s::timestamptz);

-- name: move_feed
UPDATE feed SET as_of = %(as_of)s::timestamptz, booked_until = %(until)s::timestamptz WHERE id = %(feed)s::integer;

-- name: look_at_moved
-- Cells of which the file says what the one before said, of items that have moved since that looked. What the run before
-- has booked itself is as it said, unless what came into one lot filled what was missing of another.
INSERT INTO feed_change (what, part, item, loc, lot, status)
SELECT 'moved', s.part, s.item, s.loc, s.lot, s.status
FROM (SELECT k.item, bool_and(m.source = %(code)s::text AND m.ref = %(before)s::text) AS ours
      FROM movement m
      CROSS JOIN LATERAL unnest(m.items) k (item)
      WHERE m.recorded_at > %(looked_at)s::timestamptz AND m.kind < 20
      GROUP BY k.item) m
JOIN item i ON i.id = m.item AND (i.lot_tracked OR NOT m.ours)
JOIN stated s ON s.part = i.part AND s.item = i.id AND s.feed = %(feed)s::integer AND s.as_of IS NULL;

-- name: differing
-- Of some parts, what a run stated and the ledger may have otherwise: with what lies there and is reserved there now,
-- and the version of the item's head if nothing that matters has moved since the source had booked our documents.
-- With `some` only what is said otherwise than before, or has moved since, can differ. What this run has booked is as it
-- says.
WITH moved AS MATERIALIZED (
    SELECT DISTINCT unnest(m.items) AS item
    FROM movement m
    WHERE m.recorded_at > %(since)s::timestamptz AND (m.kind < 20 OR %(net)s::boolean)
      AND NOT (m.source = %(code)s::text AND m.ref = %(run)s::text)
), said AS MATERIALIZED (
    SELECT s.part, s.item, s.loc, s.lot, s.status, s.qty, s.as_of, s.booked_until
    FROM stated s
    WHERE NOT %(some)s::boolean AND s.feed = %(feed)s::integer AND s.part >= %(part)s::smallint AND s.part < %(to_part)s::smallint
      AND (s.run = %(run)s::integer OR (%(moves)s::boolean AND s.as_of IS NULL))
    UNION ALL
    SELECT s.part, s.item, s.loc, s.lot, s.status, s.qty, s.as_of, s.booked_until
    FROM (
        SELECT DISTINCT c.part, c.item, c.loc, c.lot, c.status
        FROM feed_change c
        WHERE c.what IN ('new', 'said', 'moved')
          AND c.part >= %(part)s::smallint AND c.part < %(to_part)s::smallint
    ) k
    JOIN stated s ON s.part = k.part AND s.item = k.item AND s.loc = k.loc AND s.lot = k.lot AND s.status = k.status
        AND s.feed = %(feed)s::integer
    WHERE %(some)s::boolean AND (s.run = %(run)s::integer OR s.as_of IS NULL)
), candidate AS MATERIALIZED (
    SELECT s.part, s.item, s.loc, s.lot, s.status, s.qty, coalesce(s.as_of, f.as_of) AS as_of,
           coalesce(s.booked_until, f.booked_until) AS booked_until, s.item IN (SELECT item FROM moved) AS moved
    FROM said s
    JOIN feed f ON f.id = %(feed)s::integer
    LEFT JOIN stock t ON t.part = s.part AND t.item = s.item AND t.loc = s.loc AND t.lot = s.lot
        AND t.status = s.status AND t.owner = 0
        AND t.part >= %(part)s::smallint AND t.part < %(to_part)s::smallint
    WHERE t.on_hand - CASE WHEN %(net)s::boolean THEN t.reserved ELSE 0 END IS DISTINCT FROM s.qty
       OR s.item IN (SELECT item FROM moved)
       OR EXISTS (SELECT FROM stock o
                  WHERE o.part = s.part AND o.item = s.item AND o.loc = s.loc AND o.owner <> 0
                    AND o.part >= %(part)s::smallint AND o.part < %(to_part)s::smallint)
       OR (%(net)s::boolean AND EXISTS (
           SELECT FROM hold h
           WHERE h.part = s.part AND h.item = s.item AND h.loc = s.loc
             AND h.part >= %(part)s::smallint AND h.part < %(to_part)s::smallint))
)
SELECT c.part, c.item, c.loc, c.lot, c.status, c.qty, c.as_of, c.booked_until, lay.on_hand, lay.reserved,
       CASE WHEN NOT c.moved AND NOT (%(net)s::boolean AND lay.reserved > 0) THEN h.version END, lay.rows = 0
FROM candidate c
JOIN head h ON h.part = c.part AND h.item = c.item
CROSS JOIN LATERAL (
    SELECT coalesce(sum(t.on_hand), 0)::bigint AS on_hand, coalesce(sum(t.reserved), 0)::bigint AS reserved,
           count(*) AS rows
    FROM stock t
    WHERE t.part = c.part AND t.item = c.item AND t.loc = c.loc AND t.status = c.status
      AND (c.lot = -1 OR t.lot = c.lot)
) lay
WHERE c.moved OR lay.on_hand - CASE WHEN %(net)s::boolean THEN lay.reserved ELSE 0 END <> c.qty
   OR (%(net)s::boolean AND lay.reserved > 0)
ORDER BY c.part, c.item, c.loc, c.lot, c.status;

-- name: booked_from
-- What a run has booked of the parts from `reached` on: cells, units up and down, displaced, and how many more are owed.
WITH mine AS MATERIALIZED (
    SELECT e.part, e.item, e.loc, e.lot, e.status, e.kind, e.d_on_hand, e.d_reserved, e.d_short
    FROM movement m
    CROSS JOIN unnest(m.items) n (item)
    JOIN item i ON i.id = n.item AND i.part >= %(reached)s::integer
    JOIN entry e ON e.part = i.part AND e.item = i.id AND e.movement = m.id AND e.recorded_at = m.recorded_at
    WHERE m.recorded_at >= %(began_at)s::timestamptz AND m.source = %(code)s::text AND m.ref = %(ref)s::text AND m.kind = 5
)
SELECT cells.n, cells.up, cells.down, rest.displaced, rest.owed
FROM (
    SELECT count(*) AS n, coalesce(sum(greatest(c.units, 0)), 0)::bigint AS up,
           coalesce(sum(greatest(-c.units, 0)), 0)::bigint AS down
    FROM (
        SELECT sum(e.d_on_hand) AS units
        FROM mine e
        JOIN stated s ON s.part = e.part AND s.item = e.item AND s.loc = e.loc AND s.lot IN (e.lot, -1)
            AND s.status = e.status AND s.feed = %(feed)s::integer
            AND (s.run = %(run)s::integer OR (%(moves)s::boolean AND s.as_of IS NULL))
        WHERE e.loc > 0 AND e.d_on_hand <> 0
        GROUP BY s.part, s.item, s.loc, s.lot, s.status
    ) c
) cells
CROSS JOIN (
    SELECT -coalesce(sum(e.d_reserved) FILTER (WHERE e.kind = 33), 0)::bigint AS displaced,
           coalesce(sum(e.d_short), 0)::bigint AS owed
    FROM mine e
) rest;

-- name: write_down
INSERT INTO feed_differing (run, n, found)
SELECT %(run)s::integer, coalesce(max(d.n), 0) + 1, %(found)s::bytea FROM feed_differing d WHERE d.run = %(run)s::integer;

-- name: written_down
SELECT n, found FROM feed_differing WHERE run = %(run)s::integer ORDER BY n LIMIT 1;

-- name: cross_off
DELETE FROM feed_differing WHERE run = %(run)s::integer AND n = %(n)s::integer;

-- name: lines_said
-- The lines of the file that some cells stand in, as far as this session has read it.
SELECT c.item, c.loc, c.lot, c.status, min(c.line)
FROM feed_change c
WHERE c.line IS NOT NULL AND c.what IN ('new', 'said')
GROUP BY c.item, c.loc, c.lot, c.status
LIMIT %(limit)s::integer;

-- name: unbind
-- What differs and was not booked is no mark: late facts still count.
UPDATE stated s SET binds = false
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(locs)s::integer[], %(lots)s::bigint[], %(statuses)s::smallint[])
         k (part, item, loc, lot, status)
WHERE s.part = k.part AND s.item = k.item AND s.loc = k.loc AND s.lot = k.lot AND s.status = k.status
  AND s.feed = %(feed)s::integer;

-- ============================================================ what reconciliation is told

-- name: allocated
-- What the source itself keeps for orders, as far as its file says so: by order where it names them, else by cell. What
-- two lines say alike is told once.
SELECT DISTINCT ON (i.id, l.id, r.lot, r."order", r.channel)
       i.part, i.id, l.id, r.allocated, coalesce(r.at, %(as_of)s::timestamptz), coalesce(r."order", ''),
       coalesce(r.channel, ''), r.line
FROM feed_raw r
JOIN item i ON i.sku = r.sku
JOIN location l ON l.code = coalesce(r.location, %(location)s::text)
WHERE r.allocated IS NOT NULL AND (r.status IS NULL OR r.status = 'sellable')
ORDER BY i.id, l.id, r.lot, r."order", r.channel, r.line;

-- name: keep_allocated
INSERT INTO feed_allocated (run, n, told) VALUES (%(run)s::integer, %(n)s::integer, %(told)s::bytea);

-- name: kept_allocated
SELECT n, told FROM feed_allocated WHERE run = %(run)s::integer ORDER BY n LIMIT 1;

-- name: forget_allocated
DELETE FROM feed_allocated WHERE run = %(run)s::integer AND n = %(n)s::integer;

-- name: stated_at
-- How many cells a run stated, by location.
SELECT s.loc, count(*)
FROM stated s
WHERE s.feed = %(feed)s::integer AND (s.run = %(run)s::integer OR (%(moves)s::boolean AND s.as_of IS NULL))
GROUP BY s.loc;

-- name: stated_of
-- Of some cells those that a run stated, by their place in the list.
SELECT k.n
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(locs)s::integer[], %(lots)s::bigint[], %(statuses)s::smallint[])
         WITH ORDINALITY k (part, item, loc, lot, status, n)
JOIN stated s ON s.part = k.part AND s.item = k.item AND s.loc = k.loc AND s.lot = k.lot AND s.status = k.status
    AND s.feed = %(feed)s::integer AND (s.run = %(run)s::integer OR (%(moves)s::boolean AND s.as_of IS NULL));

-- ============================================================ what a preview shows

-- name: cells_there
-- What lies in some cells and is reserved there, by their place in the list.
SELECT k.n, i.sku, l.code, coalesce(t.code, ''), coalesce(sum(s.on_hand), 0)::bigint,
       coalesce(sum(s.reserved), 0)::bigint
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(locs)s::integer[], %(lots)s::bigint[], %(statuses)s::smallint[])
         WITH ORDINALITY k (part, item, loc, lot, status, n)
JOIN item i ON i.id = k.item
JOIN location l ON l.id = k.loc
LEFT JOIN lot t ON t.part = k.part AND t.item = k.item AND t.id = k.lot AND k.lot > 0
LEFT JOIN stock s ON s.part = k.part AND s.item = k.item AND s.loc = k.loc AND s.status = k.status
    AND k.lot IN (-1, s.lot)
GROUP BY k.n, i.sku, l.code, t.code
ORDER BY k.n;

-- name: set_older_lots_aside
-- Of cells in lots that nobody knows yet how many hold units as of before something newer that was said of all lots.
WITH older AS (
    UPDATE feed_change c SET what = 'older'
    WHERE c.what = 'opens' AND EXISTS (
        SELECT FROM (SELECT m.part, m.item, m.loc, m.lot, m.status, m.as_of FROM mark m
                     UNION ALL
                     SELECT s.part, s.item, s.loc, s.lot, s.status, coalesce(s.as_of, f.as_of)
                     FROM stated s
                     JOIN feed f ON f.id = s.feed AND f.posture <> 'compare'
                     WHERE s.binds) k
        WHERE k.part = c.part AND k.item = c.item AND k.loc = c.loc AND k.lot = -1 AND k.status = c.status
          AND k.as_of > coalesce(c.at, %(as_of)s::timestamptz))
    RETURNING c.item, c.loc, c.status, c.line, c.qty
)
SELECT count(DISTINCT (c.item, c.loc, c.status, r.lot))
FROM older c
JOIN feed_raw r ON r.line = c.line
WHERE c.qty <> 0;

-- name: opened
-- Cells in lots that nobody knows yet: how many, with how many units more and fewer.
SELECT count(*), coalesce(sum(greatest(o.qty, 0)), 0)::bigint, coalesce(sum(greatest(-o.qty, 0)), 0)::bigint
FROM (
    SELECT min(c.qty) AS qty
    FROM feed_change c
    JOIN feed_raw r ON r.line = c.line
    WHERE c.what = 'opens'
    GROUP BY c.item, c.loc, r.lot, c.status
    HAVING min(c.qty) = max(c.qty) AND min(c.qty) <> 0
) o;

-- name: opened_most
-- Those of them with the most units.
SELECT r.sku, l.code, r.lot, c.status, min(c.qty)
FROM feed_change c
JOIN feed_raw r ON r.line = c.line
JOIN location l ON l.id = c.loc
WHERE c.what = 'opens'
GROUP BY r.sku, l.code, r.lot, c.status
HAVING min(c.qty) = max(c.qty) AND min(c.qty) <> 0
ORDER BY abs(min(c.qty)) DESC, r.sku, l.code, r.lot, c.status
LIMIT %(limit)s::integer;

-- name: items_opened
SELECT DISTINCT c.item FROM feed_change c WHERE c.what = 'opens' AND c.item = ANY (%(items)s::bigint[]);

-- ============================================================ mending

-- name: said_otherwise
-- Of mended figures those of whose cell their file has said another figure besides, with that and what they add up to.
-- Nothing is added by 0, which is also what a complete file says of what it does not mention.
SELECT r.line, s.qty, s.qty + sum(r.qty) OVER (PARTITION BY s.item, s.loc, s.lot, s.status)
FROM unnest(%(lines)s::integer[], %(skus)s::text[], %(places)s::text[], %(lots)s::text[], %(statuses)s::smallint[],
            %(qtys)s::bigint[], %(times)s::timestamptz[]) AS r (line, sku, place, lot, status, qty, at)
JOIN item i ON i.sku = r.sku
JOIN location l ON l.code = r.place
JOIN feed f ON f.id = %(feed)s::integer
LEFT JOIN lot t ON t.part = i.part AND t.item = i.id AND t.code = r.lot
JOIN stated s ON s.part = i.part AND s.item = i.id AND s.loc = l.id AND s.status = r.status AND s.feed = f.id
    AND s.lot = CASE WHEN NOT i.lot_tracked THEN 0 WHEN r.lot IS NULL THEN -1 ELSE t.id END
WHERE coalesce(s.as_of, f.as_of) = r.at AND s.qty <> r.qty AND s.qty <> 0
ORDER BY r.line;
