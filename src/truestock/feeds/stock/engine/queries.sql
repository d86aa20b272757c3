-- Feeds and their runs as they are kept.

-- ============================================================ feeds

-- name: feeds
SELECT f.id, f.secrets, f.code, f.meaning, f.posture, f.settings, f.due_every_minutes, f.paused, f.trouble,
       f.trouble_since, f.arrived_at, f.as_of,
       NOT f.paused AND coalesce(coalesce(f.arrived_at, f.added_at) + make_interval(mins => f.due_every_minutes)
                                 < clock_timestamp(), false),
       f.added_at, f.looked_at
FROM feed f
WHERE %(code)s::text IS NULL OR f.code = %(code)s::text
ORDER BY f.code;

-- name: look_now
UPDATE feed SET looked_at = %(now)s::timestamptz WHERE code = %(code)s::text;

-- name: late_feeds
SELECT f.code, coalesce(f.arrived_at, f.added_at) + make_interval(mins => f.due_every_minutes) AS due, f.arrived_at
FROM feed f
WHERE NOT f.paused
  AND coalesce(f.arrived_at, f.added_at) + make_interval(mins => f.due_every_minutes) < clock_timestamp()
ORDER BY due;

-- name: other_feeds
SELECT count(*) FROM feed WHERE code <> %(code)s::text;

-- name: put_feed
INSERT INTO feed (id, code, meaning, posture, settings, secrets, due_every_minutes, added_at)
VALUES (%(id)s::integer, %(code)s::text, %(meaning)s::text, %(posture)s::text, %(settings)s::jsonb, '',
        %(due)s::integer, clock_timestamp())
ON CONFLICT (code) DO UPDATE
SET meaning = excluded.meaning, posture = excluded.posture, settings = excluded.settings,
    due_every_minutes = excluded.due_every_minutes
RETURNING id;

-- name: known_locations
SELECT code FROM location WHERE code = ANY (%(codes)s::text[]);

-- name: pause_feed
UPDATE feed SET paused = %(paused)s::boolean WHERE code = %(code)s::text;

-- name: note_trouble
UPDATE feed
SET trouble = %(trouble)s::text,
    trouble_since = CASE WHEN %(trouble)s::text <> '' THEN coalesce(trouble_since, clock_timestamp()) END
WHERE id = %(feed)s::integer;

-- name: lock_vault
SELECT id, secrets FROM feed ORDER BY id FOR NO KEY UPDATE;

-- name: put_vault
UPDATE feed f SET secrets = k.sealed
FROM unnest(%(ids)s::integer[], %(sealed)s::bytea[]) k (id, sealed)
WHERE f.id = k.id;

-- name: fetched
-- What its server said of the file that was taken last, while that stands and the feed is described as it was.
SELECT d.etag, d.last_modified
FROM feed_fetched d
JOIN feed_run r ON r.id = d.run AND r.state = 'done'
WHERE d.feed = %(feed)s::integer AND d.described = %(described)s::bytea;

-- name: keep_fetched
INSERT INTO feed_fetched (feed, run, described, etag, last_modified)
VALUES (%(feed)s::integer, %(run)s::integer, %(described)s::bytea, %(etag)s::text, %(last_modified)s::text)
ON CONFLICT (feed) DO UPDATE
SET run = excluded.run, described = excluded.described, etag = excluded.etag, last_modified = excluded.last_modified;

-- name: runs_under_way
SELECT id FROM feed_run WHERE feed = %(feed)s::integer AND state IN ('asks', 'booking', 'undoing');

-- name: runs_of_feed
SELECT id FROM feed_run WHERE feed = %(feed)s::integer;

-- name: drop_lines
DELETE FROM feed_line l USING feed_run r WHERE r.feed = %(feed)s::integer AND l.run = r.id;

-- name: drop_differing
DELETE FROM feed_differing d USING feed_run r WHERE r.feed = %(feed)s::integer AND d.run = r.id;

-- name: drop_allocated
DELETE FROM feed_allocated a USING feed_run r WHERE r.feed = %(feed)s::integer AND a.run = r.id;

-- name: drop_rows
DELETE FROM feed_row w USING feed_run r WHERE r.feed = %(feed)s::integer AND w.run = r.id;

-- name: drop_movements
DELETE FROM feed_movement m USING feed_run r WHERE r.feed = %(feed)s::integer AND m.run = r.id;

-- name: drop_runs
DELETE FROM feed_run WHERE feed = %(feed)s::integer;

-- name: drop_stated
DELETE FROM stated WHERE feed = %(feed)s::integer;

-- name: drop_interchanges
DELETE FROM feed_interchange i USING feed_run r WHERE r.feed = %(feed)s::integer AND i.run = r.id;

-- name: drop_stated_before
DELETE FROM stated_before WHERE feed = %(feed)s::integer;

-- name: old_runs
-- Runs that ended so long ago; the one that a feed's figures stand by stays. Facts that count again stay too, as do those
-- that are seen as of another time: undoing an older run would book them once more.
SELECT r.id
FROM feed_run r
JOIN feed f ON f.id = r.feed
WHERE r.id %% 256 = %(part)s::integer AND r.ended_at < %(before)s::timestamptz
  AND r.state IN ('done', 'refused', 'undone') AND r.as_of IS DISTINCT FROM f.as_of;

-- name: drop_lines_of_runs
DELETE FROM feed_line WHERE run = ANY (%(runs)s::integer[]);

-- name: drop_differing_of_runs
DELETE FROM feed_differing WHERE run = ANY (%(runs)s::integer[]);

-- name: drop_allocated_of_runs
DELETE FROM feed_allocated WHERE run = ANY (%(runs)s::integer[]);

-- name: drop_movements_of_runs
DELETE FROM feed_movement WHERE run = ANY (%(runs)s::integer[]);

-- name: drop_interchanges_of_runs
DELETE FROM feed_interchange WHERE run = ANY (%(runs)s::integer[]);

-- name: drop_stated_by_runs
DELETE FROM stated_before WHERE run = ANY (%(runs)s::integer[]);

-- name: drop_old_runs
DELETE FROM feed_run WHERE id = ANY (%(runs)s::integer[]);

-- name: drop_feed
DELETE FROM feed WHERE id = %(feed)s::integer;

-- name: try_alone
-- Whether this session may take the feed's files in; it holds while the session does.
SELECT pg_try_advisory_lock(7465, %(feed)s::integer);

-- name: not_alone
SELECT pg_advisory_unlock(7465, %(feed)s::integer);

-- ============================================================ runs

-- name: clock
SELECT clock_timestamp();

-- name: add_run
INSERT INTO feed_run (id, feed, file, digest, as_of, booked_until, was_as_of, was_booked_until, state, report, actor,
                      began_at, ended_at)
SELECT %(id)s::integer, f.id, %(file)s::text, %(digest)s::text, %(as_of)s::timestamptz, %(until)s::timestamptz, f.as_of,
       f.booked_until, %(state)s::text, %(report)s::jsonb, %(actor)s::text, %(began_at)s::timestamptz,
       CASE WHEN %(state)s::text = 'refused' THEN clock_timestamp() END
FROM feed f
WHERE f.id = %(feed)s::integer;

-- name: set_run
UPDATE feed_run
SET state = %(state)s::text, reached = %(reached)s::integer, report = %(report)s::jsonb,
    ended_at = CASE WHEN %(state)s::text IN ('done', 'refused', 'undone') THEN clock_timestamp()
                    WHEN %(state)s::text = 'undoing' THEN ended_at END
WHERE id = %(run)s::integer;

-- name: runs
SELECT r.id, f.code, r.file, r.digest, r.as_of, r.booked_until, r.state, r.reached, r.report, r.actor, r.began_at,
       r.ended_at
FROM feed_run r
JOIN feed f ON f.id = r.feed
WHERE (%(feed)s::integer IS NULL OR r.feed = %(feed)s::integer) AND (%(run)s::integer IS NULL OR r.id = %(run)s::integer)
  AND (%(digest)s::text IS NULL OR (r.digest = %(digest)s::text AND r.state IN ('asks', 'booking', 'done', 'undoing')))
  AND (%(before)s::integer IS NULL OR r.id < %(before)s::integer)
  AND (NOT %(under_way)s::boolean OR r.state IN ('booking', 'undoing'))
ORDER BY r.id DESC
LIMIT %(limit)s::integer;

-- name: said_since
-- Whether another file of the feed stands that was taken in after a run's.
SELECT EXISTS (SELECT FROM feed_run r
               WHERE r.feed = %(feed)s::integer AND r.id > %(run)s::integer AND r.state IN ('booking', 'done'));

-- name: arrived
UPDATE feed
SET arrived_at = clock_timestamp(), trouble = %(trouble)s::text,
    trouble_since = CASE WHEN %(trouble)s::text <> '' THEN coalesce(trouble_since, clock_timestamp()) END
WHERE id = %(feed)s::integer;

-- name: arrived_before
UPDATE feed SET arrived_at = greatest(arrived_at, %(at)s::timestamptz) WHERE id = %(feed)s::integer;

-- name: add_lines
INSERT INTO feed_line (run, line, field, reason, repair, fields, mapped)
SELECT %(run)s::integer, line, field, reason, repair, fields::jsonb, mapped
FROM unnest(%(lines)s::integer[], %(fields)s::text[], %(reasons)s::text[], %(repairs)s::text[], %(raws)s::text[],
            %(mapped)s::boolean[])
         l (line, field, reason, repair, fields, mapped)
ON CONFLICT (run, line) DO UPDATE
SET field = excluded.field, reason = excluded.reason, repair = excluded.repair, fields = excluded.fields,
    mapped = excluded.mapped, state = 'open';

-- name: lines
SELECT l.line, l.field, l.reason, l.repair, l.fields, l.state, l.mapped
FROM feed_line l
WHERE l.run = %(run)s::integer AND l.line > %(after)s::integer
  AND (%(state)s::text IS NULL OR l.state = %(state)s::text)
ORDER BY l.line
LIMIT %(limit)s::integer;

-- name: set_lines
UPDATE feed_line SET state = %(state)s::text WHERE run = %(run)s::integer AND line = ANY (%(lines)s::integer[]);

-- ============================================================ others at work

-- name: commit_without_wait
SELECT set_config('synchronous_commit', 'off', false);

-- ============================================================ asking

-- name: keep_content
UPDATE feed_run SET content = %(content)s::bytea WHERE id = %(run)s::integer;

-- name: content
SELECT content FROM feed_run WHERE id = %(run)s::integer;

-- name: answered
-- The run that asked is over: what came of it is the run that answers it.
UPDATE feed_run SET state = 'refused', content = NULL, ended_at = clock_timestamp() WHERE id = %(run)s::integer;
