-- Whether the server keeps what it is given, and what a backup holds.

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

-- name: no_hurry
SELECT set_config('statement_timeout', '0', false), set_config('idle_in_transaction_session_timeout', '0', false),
       set_config('lock_timeout', '30s', false)

-- name: export_snapshot
SELECT pg_export_snapshot()

-- name: tables
SELECT relname FROM pg_class
WHERE relnamespace = to_regnamespace('public') AND relkind IN ('r', 'p') AND NOT relispartition
ORDER BY relname

-- name: schemas
SELECT nspname FROM pg_namespace WHERE nspname = ANY (%(names)s::text[]) ORDER BY nspname

-- name: clock
SELECT clock_timestamp()
