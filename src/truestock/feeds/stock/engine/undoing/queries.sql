-- What a run booked and stated, and how the feed stands without it.

-- name: unstate
-- What a newer file has said again is that one's from then on, until that is undone as well.
DELETE FROM stated s
USING feed_run r
WHERE r.id = %(run)s::integer AND s.feed = r.feed AND CASE
    WHEN s.as_of IS NOT NULL THEN s.run = r.id
    WHEN NOT %(newest)s::boolean THEN false
    ELSE s.run = r.id OR s.run IN (SELECT id FROM feed_run WHERE feed = r.feed AND state = 'undone') END;

-- name: is_newest
-- Whether the feed stands as of this run.
SELECT coalesce(f.as_of = r.as_of AND (r.report ->> 'moves')::boolean, false)
FROM feed_run r
JOIN feed f ON f.id = r.feed
WHERE r.id = %(run)s::integer;

-- name: said_again
-- The newest file that says figures as of the same instant anew.
SELECT max(n.id)
FROM feed_run r
JOIN feed_run n ON n.feed = r.feed AND n.id > r.id AND n.as_of = r.as_of AND n.state IN ('booking', 'done')
    AND n.digest <> 'mended ' || r.digest
WHERE r.id = %(run)s::integer AND r.state = 'done';

-- name: move_feed_back
-- To the file before this one; or the file after this one, should that be undone as well.
WITH after AS (
    UPDATE feed_run n SET was_as_of = r.was_as_of, was_booked_until = r.was_booked_until
    FROM feed_run r
    WHERE r.id = %(run)s::integer AND n.feed = r.feed AND n.id > r.id AND n.was_as_of = r.as_of
)
UPDATE feed f SET as_of = r.was_as_of, booked_until = r.was_booked_until
FROM feed_run r
WHERE f.id = r.feed AND r.id = %(run)s::integer AND %(newest)s::boolean;

-- name: movements_of
-- Movements of a run that were not reversed yet, the newest first: those of figures by its number, the others by its rows.
SELECT m.id
FROM movement m
WHERE m.recorded_at >= %(since)s::timestamptz AND m.source = %(source)s::text AND m.ref = %(ref)s::text AND m.kind = 5
  AND %(absolute)s::boolean AND NOT EXISTS (SELECT FROM movement x WHERE x.reverses = m.id)
UNION ALL
SELECT f.movement
FROM feed_movement f
WHERE f.run = %(run)s::integer AND NOT EXISTS (SELECT FROM movement x WHERE x.reverses = f.movement)
ORDER BY 1 DESC;
