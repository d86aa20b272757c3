-- What the store asks about itself: migrations, partitions, and whether the server keeps what it is given.

-- name: migration_table_exists
SELECT to_regclass('migration') IS NOT NULL

-- name: applied_migrations
SELECT number, name, checksum FROM migration ORDER BY number

-- name: record_migration
INSERT INTO migration (number, name, checksum)
VALUES (%(number)s::int, %(name)s::text, %(checksum)s::text)

-- name: months_from_now
-- The first instants of this month and the following ones, in UTC.
SELECT month AT TIME ZONE 'UTC'
FROM generate_series(
    date_trunc('month', now() AT TIME ZONE 'UTC'),
    date_trunc('month', now() AT TIME ZONE 'UTC') + make_interval(months => %(ahead)s::int),
    interval '1 month') AS month

-- name: partitions_of
SELECT child.relname
FROM pg_inherits JOIN pg_class AS child ON child.oid = inhrelid
WHERE inhparent = to_regclass(%(parent)s::text)
ORDER BY child.relname

-- name: server_facts
SELECT current_setting('server_version_num')::int AS version,
       current_setting('fsync')::bool AS fsync,
       current_setting('synchronous_commit') AS synchronous_commit,
       current_setting('full_page_writes')::bool AS full_page_writes,
       pg_is_in_recovery() AS in_recovery,
       pg_encoding_to_char(encoding) AS encoding,
       clock_timestamp() AS now
FROM pg_database WHERE datname = current_database()

-- name: newest_recorded_at
SELECT max(recorded_at) FROM movement

-- name: export_snapshot
SELECT pg_export_snapshot()

-- name: tables
SELECT relname FROM pg_class
WHERE relnamespace = to_regnamespace('public') AND relkind IN ('r', 'p') AND NOT relispartition
ORDER BY relname

-- name: add_events
-- Only what somebody wants to be told of: without webhooks this reads one empty table.
INSERT INTO event (part, id, kind, subject, data, recorded_at)
SELECT k.part, k.id, k.kind, k.subject, k.data::jsonb, clock_timestamp()
FROM unnest(%(parts)s::smallint[], %(ids)s::bigint[], %(kinds)s::text[], %(subjects)s::text[], %(data)s::text[])
     k (part, id, kind, subject, data)
WHERE EXISTS (SELECT FROM webhook w WHERE k.kind = ANY (w.kinds))
