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

-- name: changed_here
-- What this very transaction has changed: by stock row, with what was displaced and what more is owed.
SELECT i.sku, coalesce(l.code, ''), coalesce(t.code, ''), e.status, coalesce(c.code, ''), sum(e.d_on_hand)::bigint,
       sum(e.d_reserved)::bigint, -coalesce(sum(e.d_reserved) FILTER (WHERE e.kind = 33), 0)::bigint,
       sum(e.d_short)::bigint
FROM movement m
CROSS JOIN unnest(m.items) k (item)
JOIN item i ON i.id = k.item
JOIN entry e ON e.part = i.part AND e.item = i.id AND e.movement = m.id AND e.recorded_at = m.recorded_at AND e.loc >= 0
LEFT JOIN location l ON l.id = e.loc
LEFT JOIN lot t ON t.part = e.part AND t.item = e.item AND t.id = e.lot AND e.lot > 0
LEFT JOIN channel c ON c.id = e.owner
WHERE m.recorded_at >= %(since)s::timestamptz AND m.xmin = pg_current_xact_id()::xid
GROUP BY i.sku, l.code, t.code, e.status, c.code
ORDER BY i.sku, l.code, t.code, e.status, c.code;
