-- name: known_scans
SELECT s.task, s.key, s.content, s.item
FROM unnest(%(parts)s::smallint[], %(tasks)s::bigint[], %(keys)s::text[]) k (part, task, key)
JOIN count_scan s ON s.part = k.part AND s.task = k.task AND s.key = k.key;

-- name: add_scans
INSERT INTO count_scan (part, task, key, item, round, lot, expires_on, bin, qty, scanned_at, recorded_at, actor, content,
                        void)
SELECT part, task, key, item, round, lot, expires_on, bin, qty, scanned_at, %(now)s::timestamptz, actor, content, void
FROM unnest(%(parts)s::smallint[], %(tasks)s::bigint[], %(keys)s::text[], %(items)s::bigint[], %(rounds)s::smallint[],
            %(lots)s::text[], %(expires)s::date[], %(bins)s::text[], %(qtys)s::bigint[], %(scanned)s::timestamptz[],
            %(actors)s::text[], %(contents)s::bytea[], %(voids)s::boolean[])
         s (part, task, key, item, round, lot, expires_on, bin, qty, scanned_at, actor, content, void);

-- name: void_scans
UPDATE count_scan s SET void = true
FROM unnest(%(parts)s::smallint[], %(tasks)s::bigint[], %(items)s::bigint[], %(rounds)s::smallint[])
         k (part, task, item, round)
WHERE s.part = k.part AND s.task = k.task AND s.item = k.item AND s.round = k.round;

-- name: scanned
-- What has been counted so far, by line and lot, and in tasks of a zone by bin where there was any.
SELECT s.task, s.item, s.round, s.lot, CASE WHEN t.zone = '' OR s.qty = 0 THEN '' ELSE s.bin END AS bin, sum(s.qty)::bigint,
       min(s.scanned_at), max(s.scanned_at), max(s.expires_on)
FROM unnest(%(parts)s::smallint[], %(tasks)s::bigint[]) k (part, task)
JOIN count_task t ON t.part = k.part AND t.id = k.task
JOIN count_scan s ON s.part = k.part AND s.task = k.task AND NOT s.void
GROUP BY s.task, s.item, s.round, s.lot, 5
ORDER BY s.task, s.item, s.round, s.lot, 5;

-- name: add_results
INSERT INTO count_result (part, task, item, round, lot, expires_on, counted, expected, in_doubt, as_of, bin, without_bin)
SELECT part, task, item, round, lot, expires_on, counted, expected, in_doubt, as_of, bin, without_bin
FROM unnest(%(parts)s::smallint[], %(tasks)s::bigint[], %(items)s::bigint[], %(rounds)s::smallint[], %(lots)s::text[],
            %(expires)s::date[], %(counted)s::bigint[], %(expected)s::bigint[], %(in_doubt)s::bigint[],
            %(as_of)s::timestamptz[], %(bins)s::text[], %(without_bin)s::bigint[])
         r (part, task, item, round, lot, expires_on, counted, expected, in_doubt, as_of, bin, without_bin);
