-- What the store asks about itself: migrations and partitions.

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

-- name: add_events
-- Only what somebody wants to be told of: without webhooks this reads one empty table.
INSERT INTO event (part, id, kind, subject, data, recorded_at)
SELECT k.part, k.id, k.kind, k.subject, k.data::jsonb, clock_timestamp()
FROM unnest(%(parts)s::smallint[], %(ids)s::bigint[], %(kinds)s::text[], %(subjects)s::text[], %(data)s::text[])
     k (part, id, kind, subject, data)
WHERE EXISTS (SELECT FROM webhook w WHERE k.kind = ANY (w.kinds))
