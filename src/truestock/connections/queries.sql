-- name: connections
SELECT c.id, c.code, c.mode, n.connector, n.settings, n.secrets,
       EXISTS (SELECT FROM place p WHERE p.channel = n.channel), n.paused, n.trouble, n.trouble_since, n.added_at,
       n.drift_tolerance, n.drift_repush
FROM connection n
JOIN channel c ON c.id = n.channel
WHERE %(code)s::text IS NULL OR c.code = %(code)s::text
ORDER BY c.code;

-- name: channel_id
SELECT id FROM channel WHERE code = %(code)s::text;

-- name: put_connection
-- Connected otherwise it may be another shop, where a cursor means nothing: what is open there is read first again.
INSERT INTO connection (channel, connector, settings, secrets, added_at)
VALUES (%(channel)s::integer, %(connector)s::text, %(settings)s::jsonb, %(secrets)s::bytea, clock_timestamp())
ON CONFLICT (channel) DO UPDATE
SET connector = excluded.connector, settings = excluded.settings, secrets = excluded.secrets, trouble = '',
    trouble_since = NULL, listings_due_at = clock_timestamp(),
    orders_phase = CASE WHEN (connection.connector, connection.settings) = (excluded.connector, excluded.settings)
                        THEN connection.orders_phase ELSE 'open' END,
    orders_cursor = CASE WHEN (connection.connector, connection.settings) = (excluded.connector, excluded.settings)
                         THEN connection.orders_cursor ELSE '' END;

-- name: set_drift
UPDATE connection
SET drift_tolerance = coalesce(%(tolerance)s::integer, drift_tolerance),
    drift_repush = coalesce(%(repush)s::boolean, drift_repush)
WHERE channel = %(channel)s::integer;

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

-- ============================================================ places

-- name: places
-- The first in the channel's order come first.
SELECT p.code, coalesce(array_agg(l.code ORDER BY c.ord, l.rank, l.id) FILTER (WHERE l.id IS NOT NULL), '{}')
FROM place p
JOIN channel h ON h.id = p.channel
LEFT JOIN place_location x ON x.place = p.id
LEFT JOIN location l ON l.id = x.loc
LEFT JOIN channel_location c ON c.channel = p.channel AND c.loc = x.loc AND c.recorded_to IS NULL
WHERE h.code = %(code)s::text
GROUP BY p.id, p.code
ORDER BY min(c.ord), p.id;

-- name: locations_of_channel
SELECT l.code
FROM channel c
JOIN channel_location x ON x.channel = c.id AND x.recorded_to IS NULL
JOIN location l ON l.id = x.loc
WHERE c.code = %(code)s::text;

-- name: lock_rules
SELECT rules FROM epoch FOR UPDATE;

-- name: change_rules
UPDATE epoch SET rules = rules + 1;

-- name: add_places
INSERT INTO place (id, channel, code)
SELECT (SELECT coalesce(max(id), 0) FROM place) + n, %(channel)s::integer, code
FROM unnest(%(codes)s::text[]) WITH ORDINALITY w (code, n)
WHERE NOT EXISTS (SELECT FROM place p WHERE p.channel = %(channel)s::integer AND p.code = w.code);

-- name: empty_places
DELETE FROM place_location x USING place p WHERE p.id = x.place AND p.channel = %(channel)s::integer;

-- name: fill_places
INSERT INTO place_location (place, loc)
SELECT p.id, l.id
FROM unnest(%(codes)s::text[], %(locations)s::text[]) w (code, location)
JOIN place p ON p.channel = %(channel)s::integer AND p.code = w.code
JOIN location l ON l.code = w.location;
