-- name: connections
SELECT c.id, c.code, c.mode, n.connector, n.settings, n.secrets, n.paused, n.trouble, n.trouble_since, n.added_at
FROM connection n
JOIN channel c ON c.id = n.channel
WHERE %(code)s::text IS NULL OR c.code = %(code)s::text
ORDER BY c.code;

-- name: channel_id
SELECT id FROM channel WHERE code = %(code)s::text;

-- name: put_connection
INSERT INTO connection (channel, connector, settings, secrets, added_at)
VALUES (%(channel)s::integer, %(connector)s::text, %(settings)s::jsonb, %(secrets)s::bytea, clock_timestamp())
ON CONFLICT (channel) DO UPDATE
SET connector = excluded.connector, settings = excluded.settings, secrets = excluded.secrets, trouble = '',
    trouble_since = NULL;

-- name: pause
UPDATE connection SET paused = %(paused)s::boolean WHERE channel = %(channel)s::integer;

-- name: set_trouble
UPDATE connection
SET trouble = %(trouble)s::text,
    trouble_since = CASE WHEN %(trouble)s::text = '' THEN NULL ELSE coalesce(trouble_since, clock_timestamp()) END
WHERE channel = %(channel)s::integer AND trouble <> %(trouble)s::text;

-- name: try_own
-- Whether this session may call the channel: its budget is one for all processes.
SELECT pg_try_advisory_lock(7462, %(channel)s::integer);

-- name: disown
SELECT pg_advisory_unlock(7462, %(channel)s::integer);

-- name: lock_vault
SELECT channel, secrets FROM connection ORDER BY channel FOR NO KEY UPDATE;

-- name: put_vault
UPDATE connection n SET secrets = k.sealed
FROM unnest(%(ids)s::integer[], %(sealed)s::bytea[]) k (channel, sealed)
WHERE n.channel = k.channel;
