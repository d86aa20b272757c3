-- Interchanges that have been read, so that what comes twice is seen.

-- name: interchanges_read
SELECT i.sender, i.receiver, i.control, i.digest, i.taken_at IS NOT NULL
FROM unnest(%(senders)s::text[], %(receivers)s::text[], %(controls)s::text[]) AS w (sender, receiver, control)
JOIN interchange i ON i.sender = w.sender AND i.receiver = w.receiver AND i.control = w.control;

-- name: keep_interchanges
INSERT INTO interchange AS i (sender, receiver, control, digest, file, groups, read_at, taken_at)
SELECT w.sender, w.receiver, w.control, w.digest, %(file)s::text, w.groups, %(at)s::timestamptz,
       %(taken_at)s::timestamptz
FROM unnest(%(senders)s::text[], %(receivers)s::text[], %(controls)s::text[], %(digests)s::text[], %(groups)s::jsonb[])
    AS w (sender, receiver, control, digest, groups)
ON CONFLICT (sender, receiver, control) DO UPDATE SET taken_at = coalesce(i.taken_at, excluded.taken_at)
WHERE i.digest = excluded.digest;

-- name: give_back
UPDATE interchange i SET taken_at = NULL
FROM unnest(%(senders)s::text[], %(receivers)s::text[], %(controls)s::text[]) AS w (sender, receiver, control)
WHERE i.sender = w.sender AND i.receiver = w.receiver AND i.control = w.control;
