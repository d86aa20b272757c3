-- Where sources and the ledger disagree. Cells come as arrays, a query is one statement however many they are.

-- name: items
-- Traits, and the sizes of packs: of its barcodes and of the listings that sell it alone.
SELECT i.id, i.sku, i.name, i.category, i.cost, i.lot_tracked,
       ARRAY(SELECT DISTINCT p.units
             FROM (SELECT b.units FROM barcode b WHERE b.item = i.id
                   UNION ALL
                   SELECT c.units FROM component c WHERE c.item = i.id AND c.recorded_to IS NULL) p
             WHERE p.units > 1
             ORDER BY p.units)
FROM item i
WHERE i.id = ANY (%(items)s::bigint[]);

-- name: locations
SELECT id, code FROM location;

-- name: tolerances
SELECT id, source, item, category, loc, units, percent, value FROM tolerance;

-- name: known_cells
-- The cells that have a stock row, whoever owns it; lot -1: in any lot.
SELECT k.n
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(locs)s::integer[], %(lots)s::bigint[],
            %(statuses)s::smallint[]) WITH ORDINALITY k (part, item, loc, lot, status, n)
WHERE EXISTS (SELECT FROM stock s
              WHERE s.part = k.part AND s.item = k.item AND s.loc = k.loc AND s.status = k.status
                AND (k.lot = -1 OR s.lot = k.lot));

-- name: promised_then
-- Units promised in sellable cells as of an instant: now, less what has been promised and given up since.
SELECT k.n, coalesce((SELECT sum(s.reserved) FROM stock s
                      WHERE s.part = k.part AND s.item = k.item AND s.loc = k.loc AND s.status = 0
                        AND (k.lot = -1 OR s.lot = k.lot)), 0)::bigint
            - coalesce((SELECT sum(e.d_reserved) FROM entry e
                        WHERE e.part = k.part AND e.item = k.item AND e.loc = k.loc AND e.status = 0
                          AND (k.lot = -1 OR e.lot = k.lot) AND e.effective_at > k.as_of
                          AND e.recorded_at > k.as_of), 0)::bigint
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(locs)s::integer[], %(lots)s::bigint[],
            %(as_ofs)s::timestamptz[]) WITH ORDINALITY k (part, item, loc, lot, as_of, n);

-- name: standing
-- What each cell has from this source: the one that waits; else the newest accepted one, or one of the same statement.
SELECT DISTINCT ON (k.n) k.n, d.id, d.state, d.stated - d.expected, d.as_of
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(locs)s::integer[], %(lots)s::bigint[],
            %(statuses)s::smallint[], %(refs)s::text[], %(as_ofs)s::timestamptz[]) WITH ORDINALITY
         k (part, item, loc, lot, status, ref, as_of, n)
JOIN discrepancy d ON d.part = k.part AND d.item = k.item AND d.source = %(source)s::text AND d.loc = k.loc
 AND d.kind = %(kind)s::text AND d.lot = k.lot AND d.status = k.status AND d.order_ref = k.ref
 AND (d.state IN ('open', 'review', 'accepted') OR (d.state = 'adjusted' AND d.as_of = k.as_of))
ORDER BY k.n, d.state NOT IN ('open', 'review'), d.id DESC;

-- name: moved
-- What moved the cells, one row a movement, the newest first; statements and what follows from them left out.
SELECT k.n, e.kind, e.units, e.effective_at, e.movement
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(locs)s::integer[], %(lots)s::bigint[],
            %(statuses)s::smallint[], %(as_ofs)s::timestamptz[], %(seen)s::timestamptz[]) WITH ORDINALITY
         k (part, item, loc, lot, status, as_of, seen, n)
CROSS JOIN LATERAL (
    SELECT e.kind, sum(e.d_on_hand)::bigint AS units, e.effective_at, e.movement
    FROM entry e
    WHERE e.part = k.part AND e.item = k.item AND e.loc = k.loc AND e.status = k.status
      AND (k.lot = -1 OR e.lot = k.lot) AND e.kind NOT IN (1, 5, 11, 12) AND e.d_on_hand <> 0
      AND e.recorded_at > k.as_of - %(days)s::integer * interval '1 day' AND e.recorded_at <= k.seen
      AND e.effective_at > k.as_of - %(days)s::integer * interval '1 day'
    GROUP BY e.movement, e.kind, e.effective_at
    HAVING sum(e.d_on_hand) <> 0
    ORDER BY e.effective_at DESC, e.movement DESC
    LIMIT %(limit)s::integer
) e
ORDER BY k.n, e.effective_at DESC, e.movement DESC;

-- name: movements
SELECT m.id, m.source, m.ref
FROM unnest(%(parts)s::smallint[], %(ids)s::bigint[]) k (part, id)
JOIN movement m ON m.part = k.part AND m.id = k.id;

-- name: neighbours
-- What the same source says otherwise of other items there, at about the same instant, by as much the other way; and what
-- any source says so of the same item elsewhere. The newest of them.
SELECT k.n, o.item, o.loc, o.lot, o.status, -k.units
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(locs)s::integer[], %(lots)s::bigint[],
            %(statuses)s::smallint[], %(units)s::bigint[], %(as_ofs)s::timestamptz[]) WITH ORDINALITY
         k (part, item, loc, lot, status, units, as_of, n)
CROSS JOIN LATERAL (
    (SELECT d.item, d.loc, d.lot, d.status
     FROM discrepancy d
     WHERE d.source = %(source)s::text AND d.loc = k.loc AND d.stated - d.expected = -k.units
       AND d.as_of BETWEEN k.as_of - interval '1 day' AND k.as_of + interval '1 day'
       AND d.kind = 'stock' AND d.item <> k.item AND d.status = k.status AND d.state NOT IN ('dismissed', 'gone')
     ORDER BY d.as_of DESC, d.id
     LIMIT %(limit)s::integer)
    UNION ALL
    (SELECT d.item, d.loc, d.lot, d.status
     FROM discrepancy d
     WHERE d.part = k.part AND d.item = k.item AND d.kind = 'stock' AND d.stated - d.expected = -k.units
       AND (d.loc, d.lot, d.status) <> (k.loc, k.lot, k.status) AND d.state NOT IN ('dismissed', 'gone')
       AND d.as_of BETWEEN k.as_of - interval '1 day' AND k.as_of + interval '1 day'
     ORDER BY d.as_of DESC, d.id
     LIMIT %(limit)s::integer)
) o;

-- name: bins_of
SELECT b.item, b.loc, b.bin
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[]) k (part, item)
JOIN bin_stock b ON b.part = k.part AND b.item = k.item AND b.qty > 0;

-- name: owed
-- Open promises of the cells by order, the newest first; carts are none.
SELECT k.n, o.ref, o.units, o.picked
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(locs)s::integer[], %(lots)s::bigint[]) WITH ORDINALITY
         k (part, item, loc, lot, n)
CROSS JOIN LATERAL (
    SELECT coalesce(max(r.ref), '') AS ref, sum(p.qty - p.posted - p.voided)::bigint AS units,
           sum(greatest(p.picked - p.posted, 0))::bigint AS picked
    FROM promise p
    LEFT JOIN orders r ON r.part = (('x' || left(p.order_id::text, 2))::bit(8)::integer)::smallint AND r.id = p.order_id
    WHERE p.part = k.part AND p.item = k.item AND p.loc = k.loc AND (k.lot = -1 OR p.lot = k.lot)
      AND p.posted + p.voided < p.qty AND p.expires_at IS NULL
    GROUP BY p.order_id
    ORDER BY max(p.made_at) DESC, p.order_id
    LIMIT %(limit)s::integer
) o;

-- name: supplies
-- Expected supply of the cells that is open, or was closed with other units than it said.
SELECT k.n, x.ref, x.qty - x.received
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(locs)s::integer[], %(as_ofs)s::timestamptz[]) WITH ORDINALITY
         k (part, item, loc, as_of, n)
JOIN expected x ON x.part = k.part AND x.item = k.item AND x.loc = k.loc AND x.kind <> 'demand'
 AND x.state <> 'cancelled' AND x.qty <> x.received
 AND x.due_at BETWEEN k.as_of - interval '30 days' AND k.as_of + interval '7 days'
ORDER BY k.n, x.due_at DESC, x.id;

-- name: before
-- By how much the cells were off earlier, whoever said so, the newest first.
SELECT k.n, o.units
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(locs)s::integer[], %(lots)s::bigint[],
            %(statuses)s::smallint[], %(as_ofs)s::timestamptz[]) WITH ORDINALITY
         k (part, item, loc, lot, status, as_of, n)
CROSS JOIN LATERAL (
    SELECT d.stated - d.expected AS units
    FROM discrepancy d
    WHERE d.part = k.part AND d.item = k.item AND d.kind = 'stock' AND d.loc = k.loc AND d.lot = k.lot
      AND d.status = k.status AND d.state IN ('adjusted', 'accepted') AND d.as_of < k.as_of
      AND d.as_of > k.as_of - interval '180 days'
    ORDER BY d.as_of DESC
    LIMIT %(limit)s::integer
) o
ORDER BY k.n;

-- name: write
-- A cell has at most one that waits. One that somebody wants to be counted waits for it, whatever is stated meanwhile;
-- one that somebody has just decided stays so, unless it is booked now. What another number is due to is found anew.
INSERT INTO discrepancy (part, item, id, kind, source, loc, lot, status, order_ref, stated, expected, value,
                         promised_beyond, as_of, run, line, first_seen_at, seen_at, times, within_tolerance, cause,
                         score, evidence, state, decided_by, decided_at, reason)
SELECT part, item, id, %(kind)s::text, %(source)s::text, loc, lot, status, ref, stated, expected, value, beyond, as_of,
       run, line, %(now)s::timestamptz, %(now)s::timestamptz, 1, within, 'unknown', 0, '', state, decided_by,
       CASE WHEN decided_by <> '' THEN %(now)s::timestamptz END, reason
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(ids)s::bigint[], %(locs)s::integer[], %(lots)s::bigint[],
            %(statuses)s::smallint[], %(refs)s::text[], %(stated)s::bigint[], %(expected)s::bigint[],
            %(values)s::numeric[], %(beyond)s::bigint[], %(as_ofs)s::timestamptz[], %(runs)s::bigint[],
            %(lines)s::bigint[], %(within)s::boolean[], %(states)s::text[], %(deciders)s::text[], %(reasons)s::text[])
         d (part, item, id, loc, lot, status, ref, stated, expected, value, beyond, as_of, run, line, within, state,
            decided_by, reason)
ON CONFLICT (part, item, id)
DO UPDATE SET stated = excluded.stated, expected = excluded.expected, value = excluded.value,
              promised_beyond = excluded.promised_beyond,
              times = discrepancy.times + (discrepancy.as_of <> excluded.as_of)::integer,
              as_of = excluded.as_of, run = excluded.run, line = excluded.line, seen_at = excluded.seen_at,
              within_tolerance = excluded.within_tolerance, decided_by = excluded.decided_by,
              decided_at = excluded.decided_at, score = 0,
              state = CASE WHEN discrepancy.recount_wanted_at IS NOT NULL AND excluded.state = 'open' THEN 'review'
                           ELSE excluded.state END,
              reason = CASE WHEN discrepancy.recount_wanted_at IS NOT NULL AND excluded.state <> 'adjusted'
                            THEN discrepancy.reason ELSE excluded.reason END
WHERE discrepancy.state IN ('open', 'review') OR discrepancy.decided_by = 'rule' OR excluded.state = 'adjusted';

-- name: see_again
UPDATE discrepancy d
SET run = k.run, seen_at = %(now)s::timestamptz, times = d.times + (d.as_of <> k.as_of)::integer, as_of = k.as_of
FROM unnest(%(ids)s::bigint[], %(runs)s::bigint[], %(as_ofs)s::timestamptz[]) k (id, run, as_of)
WHERE d.id = k.id AND d.state = 'accepted';

-- name: write_causes
UPDATE discrepancy d SET cause = k.cause, score = k.score, evidence = k.evidence
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(ids)s::bigint[], %(causes)s::text[], %(scores)s::smallint[],
            %(evidence)s::text[]) k (part, item, id, cause, score, evidence)
WHERE d.part = k.part AND d.item = k.item AND d.id = k.id;

-- name: of_source
-- The cells in which the source differed when it was heard last, and that a run has not told of.
SELECT DISTINCT d.part, d.item, d.loc, d.lot, d.status
FROM discrepancy d
WHERE d.source = %(source)s::text AND d.kind = 'stock' AND d.state IN ('open', 'review', 'accepted')
  AND d.run IS DISTINCT FROM %(run)s::bigint;

-- name: settle_agreed
UPDATE discrepancy d
SET state = 'gone', decided_by = 'rule', decided_at = %(now)s::timestamptz,
    reason = 'the source and the ledger agree again'
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(locs)s::integer[], %(lots)s::bigint[],
            %(statuses)s::smallint[]) k (part, item, loc, lot, status)
WHERE d.part = k.part AND d.item = k.item AND d.source = %(source)s::text AND d.kind = 'stock' AND d.loc = k.loc
  AND d.lot = k.lot AND d.status = k.status AND d.state IN ('open', 'review', 'accepted')
  AND d.as_of <= %(as_of)s::timestamptz;

-- name: run_rows
-- What a run found and is not explained well, by key.
SELECT d.part, d.item, d.loc, d.lot, d.status, d.id, d.stated, d.expected, d.as_of, d.seen_at
FROM discrepancy d
WHERE d.source = %(source)s::text AND d.run = %(run)s::bigint AND d.kind = 'stock' AND d.score < %(below)s::smallint
  AND d.id > %(after)s::bigint
ORDER BY d.id
LIMIT %(limit)s::integer;

-- name: forget_accuracy
DELETE FROM accuracy
WHERE day = (%(as_of)s::timestamptz AT TIME ZONE 'UTC')::date AND source = %(source)s::text AND run = %(run)s::bigint;

-- name: write_accuracy
-- By location and cause what the run found, and the cells in which it agreed.
WITH wrong AS (
    SELECT d.loc, d.cause, count(*) AS cells, sum(abs(d.stated - d.expected)) AS units, sum(abs(d.value)) AS value
    FROM discrepancy d
    WHERE d.source = %(source)s::text AND d.run = %(run)s::bigint AND d.kind = 'stock'
    GROUP BY d.loc, d.cause
), stated AS (
    SELECT * FROM unnest(%(locs)s::integer[], %(counts)s::bigint[]) s (loc, cells)
)
INSERT INTO accuracy (day, loc, source, run, cause, cells, units, value)
SELECT (%(as_of)s::timestamptz AT TIME ZONE 'UTC')::date, x.loc, %(source)s::text, %(run)s::bigint, x.cause, x.cells,
       x.units, x.value
FROM (
    SELECT loc, cause, cells, units, coalesce(value, 0) AS value FROM wrong
    UNION ALL
    SELECT s.loc, '', greatest(0, s.cells - coalesce((SELECT sum(w.cells) FROM wrong w WHERE w.loc = s.loc), 0)), 0, 0
    FROM stated s
) x;

-- name: promised_to_orders
-- Units promised in cells to orders by promises made by an instant: what is open of them now; carts are none.
SELECT k.n, c.code, o.ref, sum(p.qty - p.posted - p.voided)::bigint
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(locs)s::integer[], %(as_ofs)s::timestamptz[]) WITH ORDINALITY
         k (part, item, loc, as_of, n)
JOIN promise p ON p.part = k.part AND p.item = k.item AND p.loc = k.loc AND p.made_at <= k.as_of
 AND p.expires_at IS NULL AND (p.posted + p.voided < p.qty OR p.made_at > k.as_of - interval '60 days')
JOIN orders o ON o.part = (('x' || left(p.order_id::text, 2))::bit(8)::integer)::smallint AND o.id = p.order_id
JOIN channel c ON c.id = o.channel
GROUP BY k.n, c.code, o.ref
ORDER BY k.n, c.code, o.ref;

-- name: given_up
-- Promised units of cells that were shipped or released lately, by movement.
SELECT k.n, e.kind, -sum(e.d_reserved)::bigint, e.effective_at, e.movement, coalesce(c.code, '')
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(locs)s::integer[], %(as_ofs)s::timestamptz[]) WITH ORDINALITY
         k (part, item, loc, as_of, n)
JOIN entry e ON e.part = k.part AND e.item = k.item AND e.loc = k.loc AND e.d_reserved < 0 AND e.kind IN (10, 31)
 AND e.recorded_at > k.as_of - interval '7 days' AND e.effective_at > k.as_of - interval '7 days'
LEFT JOIN channel c ON c.id = e.channel
GROUP BY k.n, e.kind, e.effective_at, e.movement, c.code;

-- name: waiting_orders
-- The orders of cells of which a source's own allocation differs.
SELECT k.n, d.order_ref
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(locs)s::integer[]) WITH ORDINALITY k (part, item, loc, n)
JOIN discrepancy d ON d.part = k.part AND d.item = k.item AND d.loc = k.loc AND d.source = %(source)s::text
 AND d.kind = 'allocated' AND d.state IN ('open', 'review', 'accepted');

-- name: settle_allocated
UPDATE discrepancy d
SET state = 'gone', decided_by = 'rule', decided_at = %(now)s::timestamptz,
    reason = 'the source and the promises agree again'
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(locs)s::integer[], %(refs)s::text[],
            %(as_ofs)s::timestamptz[]) k (part, item, loc, ref, as_of)
WHERE d.part = k.part AND d.item = k.item AND d.source = %(source)s::text AND d.kind = 'allocated' AND d.loc = k.loc
  AND d.order_ref = k.ref AND d.state IN ('open', 'review', 'accepted') AND d.as_of <= k.as_of;

-- name: page
-- The newest first; what waits for somebody alone, unless a state is named.
SELECT d.id, d.kind, d.source, i.sku, l.code,
       CASE d.lot WHEN 0 THEN '' WHEN -1 THEN '*' ELSE coalesce(t.code, d.lot::text) END, d.status, d.order_ref,
       d.stated, d.expected, d.stated - d.expected, d.value, d.promised_beyond, d.as_of, d.run, d.line, d.first_seen_at,
       d.seen_at, d.times, floor(extract(epoch FROM coalesce(d.decided_at, now()) - d.first_seen_at) / 3600)::bigint,
       d.within_tolerance, d.cause, d.score, d.evidence, d.state, d.decided_by, d.decided_at, d.reason, d.movement,
       d.recount_wanted_at
FROM discrepancy d
JOIN item i ON i.id = d.item
JOIN location l ON l.id = d.loc
LEFT JOIN lot t ON t.part = d.part AND t.item = d.item AND t.id = d.lot
WHERE (%(before)s::bigint IS NULL OR d.id < %(before)s::bigint)
  AND (%(id)s::bigint IS NULL OR d.id = %(id)s::bigint)
  AND d.state = ANY (%(states)s::text[])
  AND (%(source)s::text IS NULL OR d.source = %(source)s::text)
  AND (%(sku)s::text IS NULL OR i.sku = %(sku)s::text)
  AND (%(location)s::text IS NULL OR l.code = %(location)s::text)
  AND (%(cause)s::text IS NULL OR d.cause = %(cause)s::text)
  AND (%(kind)s::text IS NULL OR d.kind = %(kind)s::text)
  AND (NOT %(beyond)s::boolean OR NOT d.within_tolerance)
  AND (NOT %(promised)s::boolean OR d.promised_beyond > 0)
ORDER BY d.id DESC
LIMIT %(limit)s::integer;

-- name: waiting_sum
SELECT count(*), coalesce(sum(abs(d.stated - d.expected)), 0)::bigint, coalesce(sum(abs(d.value)), 0),
       count(*) FILTER (WHERE NOT d.within_tolerance), coalesce(sum(d.promised_beyond), 0)::bigint
FROM discrepancy d
JOIN location l ON l.id = d.loc
WHERE d.state IN ('open', 'review')
  AND (%(location)s::text IS NULL OR l.code = %(location)s::text)
  AND (%(source)s::text IS NULL OR d.source = %(source)s::text);

-- name: agreed_before
-- The last instant at which both agreed: as of which the cell was counted, a feed stated what the ledger had or was
-- followed, or its last discrepancy was settled.
SELECT d.part, d.item, d.loc, d.lot, d.status, d.as_of, greatest(
    (SELECT max(m.as_of) FROM mark m
     WHERE m.part = d.part AND m.item = d.item AND m.loc = d.loc AND m.status = d.status
       AND (d.lot = -1 OR m.lot IN (d.lot, -1)) AND m.as_of < d.as_of),
    (SELECT max(coalesce(s.as_of, f.as_of)) FROM stated s
     JOIN feed f ON f.id = s.feed
     WHERE s.part = d.part AND s.item = d.item AND s.loc = d.loc AND s.status = d.status AND s.binds
       AND (d.lot = -1 OR s.lot IN (d.lot, -1)) AND coalesce(s.as_of, f.as_of) < d.as_of),
    (SELECT max(b.as_of) FROM stated_before b
     JOIN feed_run r ON r.id = b.run AND r.state = 'done'
     WHERE b.part = d.part AND b.item = d.item AND b.loc = d.loc AND b.status = d.status AND b.binds
       AND (d.lot = -1 OR b.lot IN (d.lot, -1)) AND b.as_of < d.as_of),
    (SELECT max(o.as_of) FROM discrepancy o
     WHERE o.part = d.part AND o.item = d.item AND o.source = d.source AND o.loc = d.loc AND o.kind = d.kind
       AND o.lot = d.lot AND o.status = d.status AND o.state IN ('adjusted', 'gone') AND o.as_of < d.as_of))
FROM discrepancy d
WHERE d.id = %(id)s::bigint;

-- name: entries_of_cell
-- What moved in a cell since an instant, the newest first.
SELECT e.effective_at, e.recorded_at, e.kind, coalesce(t.code, ''), e.d_on_hand, e.d_reserved, e.movement
FROM entry e
LEFT JOIN lot t ON t.part = e.part AND t.item = e.item AND t.id = e.lot
WHERE e.part = %(part)s::smallint AND e.item = %(item)s::bigint AND e.loc = %(loc)s::integer
  AND e.status = %(status)s::smallint AND (%(lot)s::bigint = -1 OR e.lot = %(lot)s::bigint)
  AND e.effective_at > %(since)s::timestamptz AND e.recorded_at > %(since)s::timestamptz
ORDER BY e.effective_at DESC, e.version DESC, e.n DESC
LIMIT %(limit)s::integer;

-- name: to_adjust
-- What a count of the cell would have to say.
SELECT d.kind, d.state, d.source, d.stated, d.as_of, i.sku, l.code, d.lot, coalesce(t.code, ''), d.status
FROM discrepancy d
JOIN item i ON i.id = d.item
JOIN location l ON l.id = d.loc
LEFT JOIN lot t ON t.part = d.part AND t.item = d.item AND t.id = d.lot
WHERE d.id = %(id)s::bigint;

-- name: settle
-- As somebody decides, of the statement as of an instant if one is named. What is in the ledger is adjusted, whatever
-- was decided of it while it was booked.
UPDATE discrepancy d
SET state = %(state)s::text, decided_by = %(actor)s::text, decided_at = now(), reason = %(reason)s::text,
    movement = %(movement)s::bigint
WHERE d.id = %(id)s::bigint AND (d.state IN ('open', 'review') OR %(state)s::text = 'adjusted')
  AND (%(as_of)s::timestamptz IS NULL OR d.as_of = %(as_of)s::timestamptz);

-- name: want_recount
UPDATE discrepancy d
SET state = 'review', recount_wanted_at = coalesce(d.recount_wanted_at, now()), reason = %(reason)s::text
WHERE d.id = %(id)s::bigint AND d.kind = 'stock' AND d.state IN ('open', 'review');

-- name: how_it_is
SELECT kind, state FROM discrepancy WHERE id = %(id)s::bigint;

-- name: booked_of_run
-- What a run had adjusted and is not known by which movement: those that moved the cell as of the same instant, by counts
-- and adjustments, the newest first.
SELECT d.part, d.item, d.id,
       ARRAY(SELECT e.movement FROM entry e
             WHERE e.part = d.part AND e.item = d.item AND e.loc = d.loc AND e.status = d.status
               AND (d.lot = -1 OR e.lot = d.lot) AND e.kind IN (4, 5) AND e.d_on_hand <> 0
               AND e.effective_at = d.as_of AND e.recorded_at >= d.as_of
             ORDER BY e.version DESC
             LIMIT 10)
FROM discrepancy d
WHERE d.source = %(source)s::text AND d.run = %(run)s::bigint AND d.state = 'adjusted' AND d.movement IS NULL
  AND d.id > %(after)s::bigint
ORDER BY d.id
LIMIT %(limit)s::integer;

-- name: book_movements
UPDATE discrepancy d SET movement = k.movement
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(ids)s::bigint[], %(movements)s::bigint[])
         k (part, item, id, movement)
WHERE d.part = k.part AND d.item = k.item AND d.id = k.id;

-- name: tolerance_page
SELECT t.id, t.source, i.sku, t.category, l.code, t.units, t.percent, t.value, t.reason, t.actor, t.set_at
FROM tolerance t
LEFT JOIN item i ON i.id = t.item
LEFT JOIN location l ON l.id = t.loc
WHERE t.id > %(after)s::bigint
ORDER BY t.id
LIMIT %(limit)s::integer;

-- name: put_tolerance
INSERT INTO tolerance (id, source, item, category, loc, units, percent, value, reason, actor, set_at)
VALUES (%(id)s::integer, %(source)s::text, %(item)s::bigint, %(category)s::text, %(loc)s::integer, %(units)s::bigint,
        %(percent)s::numeric, %(value)s::numeric, %(reason)s::text, %(actor)s::text, now())
ON CONFLICT ON CONSTRAINT tolerance_once
DO UPDATE SET units = excluded.units, percent = excluded.percent, value = excluded.value, reason = excluded.reason,
              actor = excluded.actor, set_at = excluded.set_at
RETURNING id;

-- name: end_tolerance
DELETE FROM tolerance WHERE id = %(id)s::integer;

-- name: item_by_sku
SELECT id FROM item WHERE sku = %(sku)s::text;

-- name: location_by_code
SELECT id FROM location WHERE code = %(code)s::text;

-- name: accuracy_by_day
SELECT a.day, l.code, a.source, sum(a.cells)::bigint, coalesce(sum(a.cells) FILTER (WHERE a.cause = ''), 0)::bigint,
       sum(a.units)::bigint, sum(a.value)
FROM accuracy a
JOIN location l ON l.id = a.loc
WHERE (%(location)s::text IS NULL OR l.code = %(location)s::text)
  AND (%(source)s::text IS NULL OR a.source = %(source)s::text)
  AND (%(since)s::date IS NULL OR a.day >= %(since)s::date) AND (%(until)s::date IS NULL OR a.day < %(until)s::date)
GROUP BY a.day, l.code, a.source
ORDER BY a.day DESC, l.code, a.source
LIMIT %(limit)s::integer;

-- name: accuracy_by_cause
SELECT a.cause, sum(a.cells)::bigint, sum(a.units)::bigint, sum(a.value)
FROM accuracy a
JOIN location l ON l.id = a.loc
WHERE (%(location)s::text IS NULL OR l.code = %(location)s::text)
  AND (%(source)s::text IS NULL OR a.source = %(source)s::text)
  AND (%(since)s::date IS NULL OR a.day >= %(since)s::date) AND (%(until)s::date IS NULL OR a.day < %(until)s::date)
  AND a.cause <> ''
GROUP BY a.cause
ORDER BY sum(a.cells) DESC, a.cause;

-- name: trim_accuracy
DELETE FROM accuracy WHERE day < (%(before)s::timestamptz AT TIME ZONE 'UTC')::date;

-- name: trim_discrepancies
DELETE FROM discrepancy
WHERE part = %(part)s::smallint AND decided_at < %(before)s::timestamptz AND state NOT IN ('open', 'review', 'accepted');
