-- name: sources
SELECT f.id, f.code, c.code, l.code, f.settings, f.secrets, f.paused, f.trouble, f.trouble_since, f.looked_at, f.added_at
FROM file_source f
JOIN channel c ON c.id = f.channel
LEFT JOIN location l ON l.id = f.loc
WHERE %(code)s::text IS NULL OR f.code = %(code)s::text
ORDER BY f.code;

-- name: names_of
-- What a source names, as far as it is there.
SELECT (SELECT id FROM channel WHERE code = %(channel)s::text),
       (SELECT id FROM location WHERE code = %(location)s::text),
       (SELECT kind FROM location WHERE code = %(location)s::text);

-- name: others
SELECT count(*) FROM file_source WHERE code <> %(code)s::text;

-- name: put_source
-- Its secrets are put in behind it: they are bound to its id.
INSERT INTO file_source (id, code, channel, loc, settings, secrets, added_at)
VALUES (%(id)s::integer, %(code)s::text, %(channel)s::integer, %(loc)s::integer, %(settings)s::jsonb, ''::bytea,
        clock_timestamp())
ON CONFLICT (code) DO UPDATE
SET channel = excluded.channel, loc = excluded.loc, settings = excluded.settings, trouble = '', trouble_since = NULL
RETURNING id;

-- name: forget_faulty
-- What could not be read may be as the source is described now.
DELETE FROM file_read r USING file_source f
WHERE f.code = %(code)s::text AND r.source = f.id AND NOT r.good;

-- name: forget_newest
DELETE FROM file_read r USING file_source f
WHERE f.code = %(code)s::text AND r.source = f.id
  AND r.path = (SELECT n.path FROM file_read n WHERE n.source = f.id ORDER BY n.read_at DESC, n.path LIMIT 1);

-- name: unsettle
-- No content is taken for the one that came before it any more; a URL's file is asked for whatever its server said.
UPDATE file_read SET digest = '', etag = '', last_modified = '' WHERE source = %(source)s::integer;

-- name: forget_tags
-- What one server has said of its file is no news of the file at another address.
UPDATE file_read r SET etag = '', last_modified = ''
FROM file_source f
WHERE f.code = %(code)s::text AND r.source = f.id AND f.settings ->> 'address' <> %(address)s::text;

-- name: pause
UPDATE file_source SET paused = %(paused)s::boolean WHERE code = %(code)s::text;

-- name: schedules_of
SELECT s.id FROM schedule s JOIN file_source f ON f.id = s.source WHERE f.code = %(code)s::text ORDER BY s.id;

-- name: drop_reads
DELETE FROM file_read r USING file_source f WHERE f.code = %(code)s::text AND r.source = f.id;

-- name: drop_source
DELETE FROM file_source WHERE code = %(code)s::text;

-- name: looked
UPDATE file_source
SET trouble = %(trouble)s::text,
    trouble_since = CASE WHEN %(trouble)s::text = '' THEN NULL ELSE coalesce(trouble_since, clock_timestamp()) END,
    looked_at = CASE WHEN %(answered)s::boolean THEN clock_timestamp() ELSE looked_at END
WHERE id = %(source)s::integer;

-- name: lock_vault
SELECT id, secrets FROM file_source ORDER BY id FOR NO KEY UPDATE;

-- name: put_vault
UPDATE file_source f SET secrets = k.sealed
FROM unnest(%(ids)s::integer[], %(sealed)s::bytea[]) k (id, sealed)
WHERE f.id = k.id;

-- name: try_alone
-- Whether this session may read the source; it holds while the session does.
SELECT pg_try_advisory_lock(7464, %(source)s::integer);

-- name: not_alone
SELECT pg_advisory_unlock(7464, %(source)s::integer);

-- ============================================================ files

-- name: reads
SELECT path, size, changed_at, digest, etag, last_modified, good, report, read_at
FROM file_read
WHERE source = %(source)s::integer
ORDER BY read_at DESC, path
LIMIT %(limit)s::bigint;

-- name: keep_read
-- What its server said is kept only while the source still has the address that was asked.
WITH at AS (
    SELECT EXISTS (SELECT FROM file_source
                   WHERE id = %(source)s::integer AND settings ->> 'address' = %(address)s::text) AS still
)
INSERT INTO file_read (source, path, size, changed_at, digest, etag, last_modified, good, report, read_at)
VALUES (%(source)s::integer, %(path)s::text, %(size)s::bigint, %(changed_at)s::timestamptz, %(digest)s::text,
        CASE WHEN (SELECT still FROM at) THEN %(etag)s::text ELSE '' END,
        CASE WHEN (SELECT still FROM at) THEN %(last_modified)s::text ELSE '' END,
        %(good)s::boolean, %(report)s::jsonb, clock_timestamp())
ON CONFLICT (source, path) DO UPDATE
SET size = excluded.size, changed_at = excluded.changed_at, digest = excluded.digest, etag = excluded.etag,
    last_modified = excluded.last_modified, good = excluded.good, report = excluded.report, read_at = excluded.read_at
RETURNING read_at;

-- name: tidy_reads
DELETE FROM file_read r
WHERE r.source = %(source)s::integer AND r.path <> ALL (%(there)s::text[])
  AND r.path NOT IN (SELECT k.path FROM file_read k WHERE k.source = %(source)s::integer
                     ORDER BY k.read_at DESC, k.path LIMIT %(kept)s::bigint);

-- name: thin_reads
-- A folder that nobody clears may have thousands of them.
UPDATE file_read r SET report = r.report - 'problems' - 'notes'
WHERE r.source = %(source)s::integer AND r.report ? 'problems'
  AND r.path NOT IN (SELECT k.path FROM file_read k WHERE k.source = %(source)s::integer
                     ORDER BY k.read_at DESC, k.path LIMIT %(kept)s::bigint);

-- ============================================================ stock

-- name: clock
SELECT clock_timestamp();

-- name: items_of
-- The one item that each of these SKUs of a channel takes; those that take several, or lots, cannot be counted.
SELECT g.sku, min(i.sku), min(c.units)
FROM listing g
JOIN channel h ON h.id = g.channel
JOIN component c ON c.listing = g.id AND c.recorded_to IS NULL
JOIN item i ON i.id = c.item
WHERE h.code = %(channel)s::text AND g.sku = ANY (%(skus)s::text[])
GROUP BY g.id, g.sku
HAVING count(*) = 1 AND NOT bool_or(i.kit OR i.lot_tracked);

-- name: lay
-- What lay at a location as of an instant by what the ledger knows today, whoever owns it; only what may be sold.
SELECT i.sku, sum(s.on_hand)::bigint - coalesce((
           SELECT sum(e.d_on_hand) FROM entry e
           WHERE e.part = s.part AND e.item = s.item AND e.loc = s.loc AND e.status = s.status
             AND e.effective_at > %(as_of)s::timestamptz AND e.recorded_at > %(as_of)s::timestamptz), 0)::bigint
FROM stock s
JOIN item i ON i.id = s.item AND NOT i.lot_tracked
JOIN location l ON l.id = s.loc
WHERE l.code = %(location)s::text AND s.status = %(status)s::smallint
GROUP BY i.sku, s.part, s.item, s.loc, s.status;
