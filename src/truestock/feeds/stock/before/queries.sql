-- The lines of the last file that a feed's figures stand by.

-- name: before
-- Only while nothing else was taken in since, and what is known of the items that it could name is what it was.
SELECT b.run, b.rows, b.silent, b.stated, b.looked_at
FROM feed_before b
JOIN feed_run r ON r.id = b.run AND r.state = 'done'
WHERE b.feed = %(feed)s::integer AND b.read_by = %(read_by)s::bytea
  AND NOT EXISTS (SELECT FROM feed_run n WHERE n.feed = b.feed AND n.id > b.run AND n.state NOT IN ('asks', 'refused'))
  AND b.traits = (SELECT coalesce(sum(hashtextextended(concat_ws('|', i.id, i.kit, i.lot_tracked, i.category), 0)), 0)::text
                  FROM item i
                  WHERE i.id <= b.last_item);

-- name: lines
SELECT lines FROM feed_before_lines WHERE feed = %(feed)s::integer AND n = %(n)s::integer;

-- name: keep
INSERT INTO feed_before (feed, run, read_by, last_item, traits, rows, silent, stated, looked_at)
SELECT %(feed)s::integer, %(run)s::integer, %(read_by)s::bytea, coalesce(max(i.id), 0),
       coalesce(sum(hashtextextended(concat_ws('|', i.id, i.kit, i.lot_tracked, i.category), 0)), 0)::text,
       %(rows)s::integer, %(silent)s::integer, %(stated)s::integer, %(looked_at)s::timestamptz
FROM item i;

-- name: keep_lines
INSERT INTO feed_before_lines (feed, n, lines) VALUES (%(feed)s::integer, %(n)s::integer, %(lines)s::bytea);

-- name: forget
DELETE FROM feed_before WHERE feed = %(feed)s::integer;
