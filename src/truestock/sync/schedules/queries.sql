-- name: list_schedules
SELECT s.id, s.what, c.code, f.code, s.cron, s.zone, s.last_run, s.next_run, s.added_at
FROM schedule s
LEFT JOIN channel c ON c.id = s.channel
LEFT JOIN file_source f ON f.id = s.source
WHERE %(id)s::integer IS NULL OR s.id = %(id)s::integer
ORDER BY s.what, c.code NULLS FIRST, f.code NULLS FIRST, s.id;

-- name: clock
SELECT clock_timestamp();

-- name: count_schedules
SELECT count(*) FROM schedule;

-- name: channel_id
SELECT id FROM channel WHERE code = %(code)s::text;

-- name: source_id
SELECT id FROM file_source WHERE code = %(code)s::text;

-- name: insert_schedule
INSERT INTO schedule (id, what, channel, source, cron, zone, next_run, added_at)
VALUES (%(id)s::integer, %(what)s::text, %(channel)s::integer, %(source)s::integer, %(cron)s::text, %(zone)s::text,
        %(next_run)s::timestamptz, clock_timestamp());

-- name: delete_schedule
DELETE FROM schedule WHERE id = %(id)s::integer;

-- name: lock_due
-- Those that are due; one that another process is about to queue is left to it.
SELECT s.id, s.what, (SELECT c.code FROM channel c WHERE c.id = s.channel),
       (SELECT f.code FROM file_source f WHERE f.id = s.source), s.cron, s.zone, clock_timestamp()
FROM schedule s
WHERE s.next_run <= clock_timestamp() AND s.what = ANY (%(kinds)s::text[])
ORDER BY s.next_run, s.id
LIMIT %(limit)s::integer
FOR NO KEY UPDATE OF s SKIP LOCKED;

-- name: set_run
UPDATE schedule SET last_run = %(now)s::timestamptz, next_run = %(next_run)s::timestamptz WHERE id = %(id)s::integer;

-- name: overdue
SELECT greatest(0, extract(epoch FROM clock_timestamp() - min(next_run)))::float8 FROM schedule;
