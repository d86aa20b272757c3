-- Interchanges that have been read, so that what comes twice is seen.

-- name: interchanges_read
SELECT i.sender, i.receiver, i.control, i.digest
FROM unnest(%(senders)s::text[], %(receivers)s::text[], %(controls)s::text[]) AS w (sender, receiver, control)
JOIN interchange i ON i.sender = w.sender AND i.receiver = w.receiver AND i.control = w.control;

-- name: keep_interchanges
INSERT INTO interchange (sender, receiver, control, digest, file, groups, read_at)
SELECT w.sender, w.receiver, w.control, w.digest, %(file)s::text, w.groups, %(at)s::timestamptz
FROM unnest(%(senders)s::text[], %(receivers)s::text[], %(controls)s::text[], %(digests)s::text[], %(groups)s::jsonb[])
    AS w (sender, receiver, control, digest, groups)
ON CONFLICT (sender, receiver, control) DO NOTHING;
