-- Jobs as they are shown. What changes them is the library's own.

-- name: schema_comment
SELECT coalesce(obj_description(oid, 'pg_namespace'), '') FROM pg_namespace WHERE nspname = %(schema)s::text;

-- name: see_jobs
-- For the rest of the transaction the library's functions find its tables.
SELECT set_config('search_path', current_setting('search_path') || ', truestock_jobs', true);

-- name: list_jobs
-- The library lets a job fail whose last try failed by itself after it was cancelled.
SELECT j.id, j.task_name, j.args ->> 'channel', j.args ->> 'source', w.status, j.attempts, q.at,
       CASE WHEN j.status = 'todo' THEN j.scheduled_at END, r.ended_at, coalesce(r.said, ''), s.stages
FROM truestock_jobs.procrastinate_jobs j
CROSS JOIN LATERAL (
    SELECT CASE WHEN j.status = 'failed' AND j.abort_requested THEN 'aborted' ELSE j.status::text END AS status
) w
LEFT JOIN LATERAL (
    SELECT min(e.at) AS at FROM truestock_jobs.procrastinate_events e WHERE e.job_id = j.id
) q ON true
LEFT JOIN LATERAL (
    SELECT t.ended_at, t.said FROM job_try t WHERE t.job = j.id ORDER BY t.try DESC LIMIT 1
) r ON true
CROSS JOIN LATERAL (
    SELECT coalesce(jsonb_agg(jsonb_build_object('stage', t.stage, 'channel', nullif(t.channel, ''), 'state', t.state,
                                                 'said', t.said, 'began_at', t.began_at, 'ended_at', t.ended_at)
                              ORDER BY t.ord, t.channel), '[]') AS stages
    FROM job_stage t WHERE t.job = j.id
) s
WHERE w.status = ANY (%(statuses)s::text[]) AND (%(before)s::bigint IS NULL OR j.id < %(before)s::bigint)
ORDER BY j.id DESC
LIMIT %(limit)s::integer;

-- name: count_jobs
SELECT task_name, CASE WHEN status = 'failed' AND abort_requested THEN 'aborted' ELSE status::text END, count(*)
FROM truestock_jobs.procrastinate_jobs GROUP BY 1, 2 ORDER BY 1, 2;

-- name: note_try
INSERT INTO job_try (job, try, done, said, started_at, ended_at)
VALUES (%(job)s::bigint, %(try)s::integer, %(done)s::boolean, %(said)s::text, %(started_at)s::timestamptz,
        clock_timestamp())
ON CONFLICT (job, try) DO NOTHING;

-- name: forget_stages
DELETE FROM job_stage WHERE job = %(job)s::bigint;

-- name: add_stages
INSERT INTO job_stage (job, ord, stage)
SELECT %(job)s::bigint, ord, stage FROM unnest(%(stages)s::text[]) WITH ORDINALITY s (stage, ord);

-- name: put_stage
INSERT INTO job_stage (job, ord, channel, stage, state, said, began_at, ended_at)
VALUES (%(job)s::bigint, %(ord)s::integer, %(channel)s::text, %(stage)s::text, %(state)s::text, %(said)s::text,
        clock_timestamp(), CASE WHEN %(state)s::text <> 'running' THEN clock_timestamp() END)
ON CONFLICT (job, ord, channel) DO UPDATE
SET state = excluded.state, said = excluded.said, began_at = coalesce(job_stage.began_at, excluded.began_at),
    ended_at = excluded.ended_at;

-- name: try_rescue
-- Until the transaction ends no other process rescues jobs: what one has given back, another might run by now.
SELECT pg_try_advisory_xact_lock(7463, 0);

-- name: cancelled_of
SELECT id FROM truestock_jobs.procrastinate_jobs WHERE id = ANY (%(jobs)s::bigint[]) AND abort_requested;

-- name: lives
-- Whether the worker has said so lately.
SELECT count(*) > 0 FROM truestock_jobs.procrastinate_workers
WHERE id = %(worker)s::bigint AND last_heartbeat > now() - %(silence_s)s::float8 * interval '1 second';

-- name: trim_jobs
-- Jobs that have ended, with what was said of their tries and stages.
WITH ended AS (
    SELECT j.id FROM truestock_jobs.procrastinate_jobs j
    WHERE j.status IN ('succeeded', 'failed', 'cancelled', 'aborted')
      AND NOT EXISTS (SELECT FROM truestock_jobs.procrastinate_events e
                      WHERE e.job_id = j.id AND e.at >= %(before)s::timestamptz)
), tries AS (
    DELETE FROM job_try t USING ended WHERE t.job = ended.id
), stages AS (
    DELETE FROM job_stage s USING ended WHERE s.job = ended.id
)
DELETE FROM truestock_jobs.procrastinate_jobs j USING ended WHERE j.id = ended.id;
