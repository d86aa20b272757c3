-- Rows that tell what happened wait to be booked, and what they booked is kept with their run.

-- name: add_rows
INSERT INTO feed_row (run, line, fields)
SELECT %(run)s::integer, line, fields::jsonb
FROM unnest(%(lines)s::integer[], %(fields)s::text[]) r (line, fields);

-- name: rows
SELECT line, fields FROM feed_row WHERE run = %(run)s::integer ORDER BY line LIMIT %(limit)s::integer;

-- name: rows_of_documents
-- The next rows, with all others of their documents: a document is told as a whole.
SELECT line, fields
FROM feed_row
WHERE run = %(run)s::integer AND coalesce(fields ->> 'ref', fields ->> 'order') IN (
    SELECT coalesce(f.fields ->> 'ref', f.fields ->> 'order')
    FROM (SELECT fields FROM feed_row WHERE run = %(run)s::integer ORDER BY line LIMIT %(limit)s::integer) f)
ORDER BY line;

-- name: drop_all_rows_of
DELETE FROM feed_row WHERE run = %(run)s::integer;

-- name: drop_rows_of
DELETE FROM feed_row WHERE run = %(run)s::integer AND line = ANY (%(lines)s::integer[]);

-- name: add_movements
-- Movements that rows of a run were answered with; those that were there before it, or were told otherwise than by the
-- feed, are another's.
INSERT INTO feed_movement (movement, run, line)
SELECT m.id, r.id, k.line
FROM unnest(%(parts)s::smallint[], %(ids)s::bigint[], %(lines)s::integer[]) k (part, id, line)
JOIN movement m ON m.part = k.part AND m.id = k.id
JOIN feed_run r ON r.id = %(run)s::integer AND m.recorded_at >= r.began_at
JOIN feed f ON f.id = r.feed AND (m.source = f.code OR f.meaning = 'shipment')
ON CONFLICT (movement) DO NOTHING;

-- name: told_by
-- Of movements, the run and the line that told them, and whether that run was undone.
SELECT f.movement, f.run, f.line, r.state = 'undone'
FROM feed_movement f
JOIN feed_run r ON r.id = f.run
WHERE f.movement = ANY (%(movements)s::bigint[]);

-- name: times_of
SELECT m.id, m.effective_at
FROM unnest(%(parts)s::smallint[], %(ids)s::bigint[]) k (part, id)
JOIN movement m ON m.part = k.part AND m.id = k.id;

-- name: told_otherwise
-- Rows of some documents that the run has set aside because they are known by numbers that others were told under.
SELECT fields
FROM feed_line
WHERE run = %(run)s::integer AND field IN ('key', 'ref') AND mapped AND fields ->> 'ref' = ANY (%(refs)s::text[])
ORDER BY line;

-- name: rows_of_items
-- The next items' rows, all of each.
SELECT line, fields
FROM feed_row
WHERE run = %(run)s::integer AND fields ->> 'sku' > %(after)s::text
ORDER BY fields ->> 'sku'
FETCH FIRST (%(limit)s::integer) ROWS WITH TIES;
