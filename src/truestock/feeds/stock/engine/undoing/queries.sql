-- What a run booked and stated, and how the feed stands without it.

-- name: keep_before
-- What a file is about to say otherwise than before stays known; so does what it says of cells of which something newer
-- was said. What the newest file only said again was said by the file before it, too.
WITH newest AS (
    SELECT n.id
    FROM feed_run n
    JOIN feed f ON f.id = n.feed AND n.as_of = f.as_of
    WHERE f.id = %(feed)s::integer AND n.id <> %(run)s::integer AND n.state IN ('booking', 'done')
      AND (n.report ->> 'moves')::boolean
    ORDER BY n.id DESC
    LIMIT 1
), told AS MATERIALIZED (
    SELECT DISTINCT ON (c.part, c.item, c.loc, c.lot, c.status) c.part, c.item, c.loc, c.lot, c.status,
           coalesce(c.qty, 0) AS qty, coalesce(c.at, %(as_of)s::timestamptz) AS as_of,
           coalesce(c.at - %(late)s::interval, %(until)s::timestamptz) AS booked_until
    FROM feed_change c
    WHERE c.what = 'said' OR (c.what = 'silent' AND %(complete)s::boolean)
    ORDER BY c.part, c.item, c.loc, c.lot, c.status
), there AS MATERIALIZED (
    SELECT t.part, t.item, t.loc, t.lot, t.status, s.qty, s.binds, coalesce(s.as_of, f.as_of) AS as_of,
           coalesce(s.booked_until, f.booked_until) AS booked_until, s.run, s.as_of IS NULL AS again,
           t.qty AS told, t.as_of AS told_as_of, t.booked_until AS told_until
    FROM told t
    JOIN stated s ON s.part = t.part AND s.item = t.item AND s.loc = t.loc AND s.lot = t.lot AND s.status = t.status
        AND s.feed = %(feed)s::integer
    JOIN feed f ON f.id = s.feed
)
INSERT INTO stated_before (part, item, loc, lot, status, feed, run, qty, as_of, booked_until, binds)
SELECT t.part, t.item, t.loc, t.lot, t.status, %(feed)s::integer,
       CASE WHEN t.again THEN coalesce((SELECT id FROM newest), t.run) ELSE t.run END, t.qty, t.as_of, t.booked_until,
       t.binds
FROM there t
WHERE t.as_of <= t.told_as_of
UNION ALL
SELECT t.part, t.item, t.loc, t.lot, t.status, %(feed)s::integer, r.id, t.qty, r.as_of, r.booked_until, t.binds
FROM there t
JOIN feed_run r ON r.id = t.run
WHERE t.again AND t.as_of <= t.told_as_of AND t.run <> (SELECT id FROM newest)
UNION ALL
SELECT t.part, t.item, t.loc, t.lot, t.status, %(feed)s::integer, %(run)s::integer, t.told, t.told_as_of, t.told_until,
       true
FROM there t
WHERE t.as_of > t.told_as_of
ON CONFLICT (part, item, loc, lot, status, feed, run) DO NOTHING;

-- name: find_known
-- Facts that were told before the run, of which it is known that they changed nothing: it may be the last that sees them.
UPDATE feed_unseen u SET run = r.id
FROM feed_run r
WHERE r.id = %(run)s::integer AND NOT u.counts
  AND EXISTS (SELECT FROM stated s
              WHERE s.part = u.part AND s.item = u.item AND s.loc = u.loc AND s.lot IN (u.lot, -1)
                AND s.status = u.status AND s.feed = r.feed);

-- name: find_unseen
-- Facts told late since a run began that a statement of its feed had seen, in all cells or in those alone in which it binds
-- no more, as far as it is not known that they count again. What a count of bins had seen was no statement's.
INSERT INTO feed_unseen AS u (part, item, loc, lot, status, movement, run, kind, qty, effective_at, seen_at)
SELECT l.part, l.item, l.loc, l.lot, l.status, l.movement, r.id, min(o.kind), (-sum(l.d_on_hand) / count(*))::bigint,
       max(o.effective_at), min(l.effective_at)
FROM feed_run r
CROSS JOIN LATERAL (
    SELECT DISTINCT i.part, i.id
    FROM movement m
    CROSS JOIN LATERAL unnest(m.items) k (item)
    JOIN item i ON i.id = k.item
    WHERE m.recorded_at >= r.began_at
) m
JOIN entry l ON l.part = m.part AND l.item = m.id AND l.recorded_at >= r.began_at AND l.kind = 12 AND l.loc > 0
JOIN entry o ON o.part = l.part AND o.item = l.item AND o.version = l.version AND o.recorded_at = l.recorded_at
    AND o.movement = l.movement AND o.loc = l.loc AND o.lot = l.lot AND o.status = l.status AND o.kind <> 12
WHERE r.id = %(run)s::integer
  AND EXISTS (SELECT FROM stated s
              WHERE s.part = l.part AND s.item = l.item AND s.loc = l.loc AND s.lot IN (l.lot, -1)
                AND s.status = l.status AND s.feed = r.feed AND NOT (s.binds AND %(unbound)s::boolean))
  AND NOT EXISTS (SELECT FROM bin_mark m
                  WHERE m.part = l.part AND m.item = l.item AND m.loc = l.loc AND m.lot = l.lot
                    AND m.as_of = l.effective_at)
  AND NOT EXISTS (SELECT FROM entry b
                  WHERE b.part = l.part AND b.item = l.item AND b.version = l.version AND b.recorded_at = l.recorded_at
                    AND b.movement = l.movement AND b.loc = l.loc AND b.lot = l.lot AND b.bin IS NOT NULL AND b.kind = 12
                    AND b.effective_at = l.effective_at)
GROUP BY l.part, l.item, l.loc, l.lot, l.status, l.movement, r.id
ON CONFLICT (part, item, loc, lot, status, movement) DO UPDATE SET run = excluded.run
WHERE NOT u.counts;

-- name: items_unseen
SELECT DISTINCT item FROM feed_unseen WHERE run = %(run)s::integer AND NOT counts ORDER BY item;

-- name: unseen
-- Facts of an item that the run had seen, the oldest first.
SELECT u.movement, u.item, u.loc, u.lot, u.status, u.qty, u.kind, u.effective_at, u.seen_at, i.sku, l.code,
       coalesce(t.code, '')
FROM feed_unseen u
JOIN item i ON i.id = u.item
JOIN location l ON l.id = u.loc
LEFT JOIN lot t ON t.part = u.part AND t.item = u.item AND t.id = u.lot
WHERE u.run = %(run)s::integer AND u.item = %(item)s::bigint AND NOT u.counts
ORDER BY u.effective_at, u.movement, u.loc, u.lot, u.status;

-- name: drop_old_unseen
-- A run that began later finds none of these facts, should it be undone; a count that sees one does, should it be reversed.
DELETE FROM feed_unseen u
WHERE u.found_at < %(before)s::timestamptz
  AND NOT EXISTS (SELECT FROM feed_run r WHERE r.began_at <= u.found_at AND r.state <> 'refused')
  AND NOT EXISTS (SELECT FROM mark m
                  WHERE m.part = u.part AND m.item = u.item AND m.loc = u.loc AND m.lot IN (u.lot, -1)
                    AND m.status = u.status AND m.as_of = u.seen_at)
  AND NOT EXISTS (SELECT FROM mark_before m
                  WHERE m.part = u.part AND m.item = u.item AND m.loc = u.loc AND m.lot IN (u.lot, -1)
                    AND m.status = u.status AND m.as_of = u.seen_at);

-- name: restate
-- What the run said is, until something else is said, what was said newest by a file that stands.
WITH gone AS (
    SELECT s.part, s.item, s.loc, s.lot, s.status, s.feed
    FROM stated s
    JOIN feed_run r ON r.id = %(run)s::integer AND s.feed = r.feed
    WHERE CASE
        WHEN s.as_of IS NOT NULL THEN s.run = r.id
        WHEN NOT %(newest)s::boolean THEN false
        ELSE s.run = r.id OR s.run IN (SELECT id FROM feed_run WHERE feed = r.feed AND state = 'undone') END
), kept AS (
    INSERT INTO stated_before AS k (part, item, loc, lot, status, feed, run, qty, as_of, booked_until, binds)
    SELECT s.part, s.item, s.loc, s.lot, s.status, s.feed, %(run)s::integer, s.qty, coalesce(s.as_of, f.as_of),
           coalesce(s.booked_until, f.booked_until), s.binds
    FROM gone g
    JOIN stated s ON s.part = g.part AND s.item = g.item AND s.loc = g.loc AND s.lot = g.lot AND s.status = g.status
        AND s.feed = g.feed
    JOIN feed f ON f.id = s.feed
    ON CONFLICT (part, item, loc, lot, status, feed, run) DO NOTHING
), before AS (
    SELECT DISTINCT ON (b.part, b.item, b.loc, b.lot, b.status) b.*
    FROM gone g
    JOIN stated_before b ON b.part = g.part AND b.item = g.item AND b.loc = g.loc AND b.lot = g.lot
        AND b.status = g.status AND b.feed = g.feed
    JOIN feed_run n ON n.id = b.run AND n.id <> %(run)s::integer AND n.state IN ('booking', 'done')
    ORDER BY b.part, b.item, b.loc, b.lot, b.status, b.as_of DESC, b.run DESC
)
UPDATE stated s
SET qty = b.qty, as_of = b.as_of, booked_until = b.booked_until, binds = b.binds, run = b.run
FROM before b
WHERE s.part = b.part AND s.item = b.item AND s.loc = b.loc AND s.lot = b.lot AND s.status = b.status
  AND s.feed = b.feed;

-- name: restated
-- What stands again where the run is undone, by the file that said it.
SELECT s.run, s.part, s.item, s.loc, s.lot, s.status, s.qty, s.as_of, s.booked_until, i.sku, l.code,
       coalesce(t.code, '')
FROM stated_before b
JOIN stated s ON s.part = b.part AND s.item = b.item AND s.loc = b.loc AND s.lot = b.lot AND s.status = b.status
    AND s.feed = b.feed
JOIN item i ON i.id = s.item
JOIN location l ON l.id = s.loc
LEFT JOIN lot t ON t.part = s.part AND t.item = s.item AND t.id = s.lot AND s.lot > 0
WHERE b.run = %(run)s::integer AND s.binds AND s.as_of IS NOT NULL
ORDER BY s.run, s.part, s.item, s.loc, s.lot, s.status;

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

-- name: interchanges_known
-- Of a file's interchanges those that the feed has taken in, by another run, read as it reads them now; which sets.
SELECT i.sender, i.receiver, i.control, i.sets
FROM unnest(%(senders)s::text[], %(receivers)s::text[], %(controls)s::text[]) k (sender, receiver, control)
JOIN feed_interchange i ON i.sender = k.sender AND i.receiver = k.receiver AND i.control = k.control
    AND i.read_by = %(read_by)s::bytea AND i.run <> %(run)s::integer
JOIN feed_run r ON r.id = i.run AND r.feed = %(feed)s::integer AND r.state IN ('booking', 'done', 'undoing');

-- name: keep_interchanges
INSERT INTO feed_interchange (run, sender, receiver, control, read_by, sets)
SELECT %(run)s::integer, k.sender, k.receiver, k.control, %(read_by)s::bytea, k.sets::jsonb
FROM unnest(%(senders)s::text[], %(receivers)s::text[], %(controls)s::text[], %(sets)s::text[])
         k (sender, receiver, control, sets);

-- name: interchanges_of
-- Those of a run that no other run of a feed has taken in as well.
SELECT i.sender, i.receiver, i.control
FROM feed_interchange i
WHERE i.run = %(run)s::integer AND NOT EXISTS (
    SELECT FROM feed_interchange o
    JOIN feed_run r ON r.id = o.run AND r.state IN ('booking', 'done')
    WHERE o.sender = i.sender AND o.receiver = i.receiver AND o.control = i.control AND o.run <> i.run);

-- name: drop_old_interchanges
-- Those that were read and taken in so long ago, but for those of runs that are kept.
DELETE FROM interchange i
WHERE greatest(i.read_at, i.taken_at) < %(before)s::timestamptz AND NOT EXISTS (
    SELECT FROM feed_interchange f
    WHERE f.sender = i.sender AND f.receiver = i.receiver AND f.control = i.control);

-- name: newest_transaction
SELECT pg_snapshot_xmax(pg_current_snapshot())::text;

-- name: all_before_ended
-- Whether every transaction that wrote before this one has ended.
SELECT pg_snapshot_xmin(pg_current_snapshot()) >= %(newest)s::xid8;
