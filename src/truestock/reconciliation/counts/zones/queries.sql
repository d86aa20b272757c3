-- name: bins_of_tasks
-- The bins of the zones of tasks.
SELECT t.id, b.code
FROM unnest(%(parts)s::smallint[], %(tasks)s::bigint[]) k (part, id)
JOIN count_task t ON t.part = k.part AND t.id = k.id
JOIN bin b ON b.loc = t.loc AND b.zone = t.zone;

-- name: zone_has_bins
SELECT EXISTS (SELECT FROM bin WHERE loc = %(loc)s::integer AND zone = %(zone)s::text);

-- name: held_then
-- What the bins of a zone held of each lot at two instants: the first and the last scan of the bin, or of the line.
WITH cells AS (
    SELECT * FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(locs)s::integer[], %(zones)s::text[],
                         %(firsts)s::timestamptz[], %(lasts)s::timestamptz[]) WITH ORDINALITY
                  k (part, item, loc, zone, first, last, n)
), spans AS (
    SELECT * FROM unnest(%(ns)s::bigint[], %(lots)s::text[], %(bins)s::text[], %(from)s::timestamptz[],
                         %(to)s::timestamptz[]) s (n, lot, bin, first, last)
), figures AS (
    SELECT k.n, b.lot, b.bin, b.qty, NULL::timestamptz AS at
    FROM cells k
    JOIN bin_stock b ON b.part = k.part AND b.item = k.item AND b.loc = k.loc
    UNION ALL
    SELECT k.n, e.lot, e.bin, -e.d_bin, e.effective_at
    FROM cells k
    JOIN entry e ON e.part = k.part AND e.item = k.item AND e.loc = k.loc AND e.bin IS NOT NULL
        AND e.effective_at > k.first AND e.recorded_at > k.first
)
SELECT f.n, coalesce(l.code, ''), b.code,
       coalesce(sum(f.qty) FILTER (WHERE f.at IS NULL OR f.at > coalesce(s.first, k.first)), 0)::bigint,
       coalesce(sum(f.qty) FILTER (WHERE f.at IS NULL OR f.at > coalesce(s.last, k.last)), 0)::bigint
FROM figures f
JOIN cells k ON k.n = f.n
JOIN bin b ON b.id = f.bin AND b.zone = k.zone
LEFT JOIN lot l ON l.part = k.part AND l.item = k.item AND l.id = f.lot
LEFT JOIN spans s ON s.n = f.n AND s.lot = coalesce(l.code, '') AND s.bin = b.code
GROUP BY f.n, l.code, b.code
ORDER BY f.n, l.code NULLS FIRST, b.code;

-- name: in_no_bin
-- Units of each lot that lay at the location in no bin when it was counted last; below zero where it had fewer than its
-- bins.
SELECT k.n, coalesce(l.code, ''), sum(u.units)::bigint
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(locs)s::integer[], %(lasts)s::timestamptz[]) WITH ORDINALITY
         k (part, item, loc, last, n)
JOIN LATERAL (
    SELECT s.lot, s.on_hand AS units FROM stock s
    WHERE s.part = k.part AND s.item = k.item AND s.loc = k.loc AND s.status <> 6
    UNION ALL
    SELECT b.lot, -b.qty FROM bin_stock b WHERE b.part = k.part AND b.item = k.item AND b.loc = k.loc
    UNION ALL
    SELECT e.lot, CASE WHEN e.status <> 6 THEN -e.d_on_hand ELSE 0 END + coalesce(e.d_bin, 0) FROM entry e
    WHERE e.part = k.part AND e.item = k.item AND e.loc = k.loc AND e.effective_at > k.last AND e.recorded_at > k.last
) u ON true
LEFT JOIN lot l ON l.part = k.part AND l.item = k.item AND l.id = u.lot
GROUP BY k.n, l.code;

-- name: unbegun
-- Lines of zones that nobody has begun, of items of which nobody counts anything at the location now.
SELECT t.id, l.item
FROM unnest(%(items)s::bigint[], %(locs)s::integer[]) k (item, loc)
JOIN count_line l ON l.item = k.item AND l.state = 'open' AND l.counters = '{}'
JOIN count_task t ON t.part = l.part AND t.id = l.task AND t.loc = k.loc AND t.zone <> '' AND t.state = 'open'
WHERE NOT EXISTS (
    SELECT FROM count_line b
    JOIN count_task o ON o.part = b.part AND o.id = b.task
    WHERE b.item = k.item AND o.loc = k.loc AND b.state IN ('open', 'recount', 'review', 'deciding')
      AND (o.zone = '' OR b.state <> 'open' OR b.counters <> '{}')
);
