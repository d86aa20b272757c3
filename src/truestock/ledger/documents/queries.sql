-- What runs of feeds told of lines of supply, and how these stood before. The lines are locked.

-- name: lines_as_they_stand
SELECT e.part, e.item, e.loc, e.id, e.qty, e.received, e.due_at, e.first_due_at, e.state, e.reason, e.closed_by,
       e.closed_at
FROM expected e
WHERE e.ref = %(ref)s::text AND e.kind <> 'demand'
ORDER BY e.part, e.item, e.id;

-- name: is_told
SELECT EXISTS (
    SELECT FROM expected e
    JOIN supply_told s ON s.part = e.part AND s.item = e.item AND s.line = e.id
    WHERE e.ref = %(ref)s::text);

-- name: tellers_of
SELECT s.line, max(s.run)
FROM expected e
JOIN supply_told s ON s.part = e.part AND s.item = e.item AND s.line = e.id AND s.run >= %(run)s::integer
WHERE e.ref = %(ref)s::text AND (s.run = %(run)s::integer OR s.as_of >= %(as_of)s::timestamptz)
GROUP BY s.line;

-- name: told_by_hand
-- Whether somebody has told the whole of a document by hand since an instant, and which of its lines.
SELECT EXISTS (SELECT FROM supply_document d
               WHERE d.ref = %(ref)s::text AND d.told_at >= %(since)s::timestamptz),
       ARRAY(SELECT e.id FROM expected e
             WHERE e.ref = %(ref)s::text AND e.kind <> 'demand' AND e.told_at >= %(since)s::timestamptz
             ORDER BY e.id);

-- name: whole_told_after
SELECT EXISTS (SELECT FROM supply_document d WHERE d.ref = %(ref)s::text AND d.told_at > %(as_of)s::timestamptz);

-- name: told_after
-- Items of a document at their locations that were told, closed or moved as of later than an instant.
SELECT DISTINCT e.item, e.loc
FROM expected e
WHERE e.ref = %(ref)s::text AND e.kind <> 'demand' AND e.as_of > %(as_of)s::timestamptz
ORDER BY e.item, e.loc;

-- name: keep_as_of
-- The lines are locked, or new.
UPDATE expected e SET as_of = greatest(e.as_of, %(as_of)s::timestamptz)
FROM unnest(%(items)s::bigint[], %(locs)s::integer[]) AS k (item, loc)
WHERE e.ref = %(ref)s::text AND e.kind <> 'demand' AND e.item = k.item AND e.loc = k.loc;

-- name: keep_whole_by_hand
UPDATE supply_document SET told_at = clock_timestamp() WHERE part = %(part)s::smallint AND ref = %(ref)s::text;

-- name: keep_by_hand
-- The lines are locked, or new.
UPDATE expected e SET told_at = clock_timestamp(), as_of = clock_timestamp()
FROM unnest(%(items)s::bigint[], %(locs)s::integer[]) AS k (item, loc)
WHERE e.ref = %(ref)s::text AND e.kind <> 'demand' AND e.item = k.item AND e.loc = k.loc;

-- name: lock_told_of_document
-- What is told is locked by line and run, once in a transaction, by whoever changes what others told.
SELECT s.run
FROM expected e
JOIN supply_told s ON s.part = e.part AND s.item = e.item AND s.line = e.id
WHERE e.ref = %(ref)s::text
ORDER BY s.part, s.item, s.line, s.run
FOR UPDATE OF s;

-- name: forget_told_of_lines
DELETE FROM supply_told s
USING unnest(%(parts)s::smallint[], %(items)s::bigint[], %(lines)s::bigint[]) AS k (part, item, line)
WHERE s.part = k.part AND s.item = k.item AND s.line = k.line AND s.run = %(run)s::integer;

-- name: keep_told
-- A run that tells a line once more, as with a row that was mended, leaves how it stood before, and what had come then.
INSERT INTO supply_told AS s (part, item, line, run, n, was, told, found, as_of, found_as_of)
SELECT k.part, k.item, k.line, %(run)s::integer,
       1 + coalesce((SELECT max(o.n) FROM supply_told o
                     WHERE o.part = k.part AND o.item = k.item AND o.line = k.line), 0),
       k.was::jsonb, k.told::jsonb, k.found, %(as_of)s::timestamptz,
       (SELECT e.as_of FROM expected e WHERE e.part = k.part AND e.item = k.item AND e.id = k.line)
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(lines)s::bigint[], %(was)s::text[], %(told)s::text[],
            %(found)s::bytea[])
    AS k (part, item, line, was, told, found)
ON CONFLICT (part, item, line, run) DO UPDATE
SET was = CASE WHEN s.told IS NULL THEN excluded.was ELSE s.was END,
    told = excluded.told || CASE WHEN s.told IS NULL THEN '{}' ELSE jsonb_build_object('received', s.told -> 'received') END,
    found = NULL
WHERE excluded.told IS NOT NULL;

-- name: documents_told
SELECT DISTINCT e.ref
FROM supply_told s
JOIN expected e ON e.part = s.part AND e.item = s.item AND e.id = s.line
WHERE s.run = %(run)s::integer
ORDER BY e.ref;

-- name: told_of_document
-- What a run told otherwise of each line of a document, with the next telling of the line and how that found it.
SELECT s.line, i.sku, l.code, s.was, s.told, o.run, o.was, o.found
FROM supply_told s
JOIN expected e ON e.part = s.part AND e.item = s.item AND e.id = s.line AND e.ref = %(ref)s::text
JOIN item i ON i.id = e.item
JOIN location l ON l.id = e.loc
LEFT JOIN LATERAL (
    SELECT t.run, t.was, t.found
    FROM supply_told t
    WHERE t.part = s.part AND t.item = s.item AND t.line = s.line AND t.n > s.n
    ORDER BY t.n
    LIMIT 1) o ON true
WHERE s.run = %(run)s::integer AND s.told IS NOT NULL
ORDER BY s.line;

-- name: put_lines_back
-- One that is cancelled now is so from now on.
UPDATE expected e
SET qty = k.qty, due_at = k.due_at, first_due_at = k.first_due_at, state = k.state, reason = k.reason,
    closed_by = k.closed_by, closed_at = CASE WHEN k.state <> 'open' THEN coalesce(k.closed_at, clock_timestamp()) END
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(lines)s::bigint[], %(qtys)s::bigint[],
            %(due)s::timestamptz[], %(first_due)s::timestamptz[], %(states)s::text[], %(reasons)s::text[],
            %(closed_by)s::text[], %(closed_at)s::timestamptz[])
    AS k (part, item, line, qty, due_at, first_due_at, state, reason, closed_by, closed_at)
WHERE e.part = k.part AND e.item = k.item AND e.id = k.line;

-- name: stand_before
-- What stood before a telling that is undone stood before the next one, which found what the undone one had left.
UPDATE supply_told s SET was = k.was::jsonb, told = coalesce(s.told, k.told::jsonb), found = NULL
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(lines)s::bigint[], %(runs)s::integer[], %(was)s::text[],
            %(told)s::text[])
    AS k (part, item, line, run, was, told)
WHERE s.part = k.part AND s.item = k.item AND s.line = k.line AND s.run = k.run;

-- name: found_as_of_before
-- As of when a line was told before a telling that is undone it was so before the next one, which found it as of that.
UPDATE supply_told t SET found_as_of = s.found_as_of
FROM supply_told s
JOIN expected e ON e.part = s.part AND e.item = s.item AND e.id = s.line AND e.ref = %(ref)s::text
CROSS JOIN LATERAL (
    SELECT o.run
    FROM supply_told o
    WHERE o.part = s.part AND o.item = s.item AND o.line = s.line AND o.n > s.n
    ORDER BY o.n
    LIMIT 1) later
WHERE s.run = %(run)s::integer AND t.part = s.part AND t.item = s.item AND t.line = s.line AND t.run = later.run
  AND t.found_as_of = s.as_of;

-- name: as_of_before
-- Lines that nobody has told, closed or moved since are as of what they were before.
UPDATE expected e SET as_of = s.found_as_of
FROM supply_told s
WHERE s.run = %(run)s::integer AND e.part = s.part AND e.item = s.item AND e.id = s.line AND e.ref = %(ref)s::text
  AND e.as_of = s.as_of
  AND NOT EXISTS (SELECT FROM supply_told o
                  WHERE o.part = s.part AND o.item = s.item AND o.line = s.line AND o.n > s.n);

-- name: forget_told_of_document
DELETE FROM supply_told s
USING expected e
WHERE s.run = %(run)s::integer AND e.part = s.part AND e.item = s.item AND e.id = s.line AND e.ref = %(ref)s::text;

-- name: lock_forget_told
-- What runs told; and what is told besides runs, which matters as long as there are some. Locked as by who tells a line.
WITH gone AS (
    SELECT s.part, s.item, s.line, s.run
    FROM (SELECT o.part, o.item, o.line, o.run FROM supply_told o WHERE o.run = ANY (%(runs)s::integer[])
          UNION ALL
          SELECT h.part, h.item, h.line, h.run
          FROM supply_told h
          WHERE h.run = %(by_hand)s::integer AND NOT EXISTS (
              SELECT FROM supply_told o
              WHERE o.part = h.part AND o.item = h.item AND o.line = h.line AND o.run <> h.run
                AND o.run <> ALL (%(runs)s::integer[]))) k
    JOIN supply_told s ON s.part = k.part AND s.item = k.item AND s.line = k.line AND s.run = k.run
    ORDER BY s.part, s.item, s.line, s.run
    FOR UPDATE OF s
)
DELETE FROM supply_told s
USING gone g
WHERE s.part = g.part AND s.item = g.item AND s.line = g.line AND s.run = g.run;
