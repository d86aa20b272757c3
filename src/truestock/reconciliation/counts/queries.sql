-- name: clock
SELECT clock_timestamp();

-- name: plans
SELECT p.id, p.code, l.code, p.zone, p.lines_a_day, p.lines_a_task, p.a_days, p.b_days, p.c_days, p.wear,
       p.promotion_days, p.tolerance_units, p.tolerance_percent, p.paused, p.loc
FROM count_plan p
LEFT JOIN location l ON l.id = p.loc
ORDER BY p.code;

-- name: put_plan
INSERT INTO count_plan (id, code, loc, zone, lines_a_day, lines_a_task, a_days, b_days, c_days, wear, promotion_days,
                        tolerance_units, tolerance_percent, paused)
VALUES (%(id)s::integer, %(code)s::text, (SELECT id FROM location WHERE code = %(location)s::text), %(zone)s::text,
        %(lines_a_day)s::integer, %(lines_a_task)s::integer, %(a_days)s::integer, %(b_days)s::integer,
        %(c_days)s::integer, %(wear)s::integer, %(promotion_days)s::integer, %(tolerance_units)s::bigint,
        %(tolerance_percent)s::integer, %(paused)s::boolean)
ON CONFLICT (code) DO UPDATE SET
    loc = excluded.loc, zone = excluded.zone, lines_a_day = excluded.lines_a_day, lines_a_task = excluded.lines_a_task,
    a_days = excluded.a_days, b_days = excluded.b_days, c_days = excluded.c_days, wear = excluded.wear,
    promotion_days = excluded.promotion_days, tolerance_units = excluded.tolerance_units,
    tolerance_percent = excluded.tolerance_percent, paused = excluded.paused;

-- name: delete_plan
DELETE FROM count_plan WHERE code = %(code)s::text;

-- name: limits
SELECT role, members, units, value, own_counts FROM write_off_limit ORDER BY role;

-- name: put_limit
INSERT INTO write_off_limit (role, members, units, value, own_counts)
VALUES (%(role)s::text, %(members)s::text[], %(units)s::bigint, %(value)s::numeric, %(own_counts)s::boolean)
ON CONFLICT (role) DO UPDATE SET members = excluded.members, units = excluded.units, value = excluded.value,
    own_counts = excluded.own_counts;

-- name: delete_limit
DELETE FROM write_off_limit WHERE role = %(role)s::text;

-- name: location_ids
SELECT code, id FROM location WHERE code = ANY (%(codes)s::text[]);

-- name: planned_cells
-- What is counted by itself at locations of a plan and in no open task: an item in each zone in which it lies, or at the
-- whole location, where it lies in no bin, where the location's number is in question, or where units beside those in
-- its bins have lain in none since before `laid_by`; with what its turn depends on. Units that leave none are taken to be
-- the oldest.
-- Movements are looked for in the last 400 days.
WITH there AS (
    SELECT s.part, s.item, s.loc, bool_or(s.on_hand < 0) AS negative
    FROM stock s
    JOIN location l ON l.id = s.loc
    WHERE (%(loc)s::integer IS NULL OR s.loc = %(loc)s::integer) AND s.status = 0 AND l.tier <> 'virtual'
    GROUP BY s.part, s.item, s.loc
    HAVING bool_or(s.on_hand <> 0)
), counted AS (
    SELECT l.item, t.loc, t.zone, max(r.as_of) AS at
    FROM count_line l
    JOIN count_task t ON t.part = l.part AND t.id = l.task
    JOIN count_result r ON r.part = l.part AND r.task = l.task AND r.item = l.item
    WHERE l.state = 'booked'
    GROUP BY l.item, t.loc, t.zone
), lying AS (
    SELECT DISTINCT b.part, b.item, b.loc, n.zone
    FROM bin_stock b
    JOIN bin n ON n.id = b.bin
    WHERE b.qty > 0 AND (%(loc)s::integer IS NULL OR b.loc = %(loc)s::integer)
), asked AS (
    SELECT t.*, EXISTS (
        SELECT FROM discrepancy d
        WHERE d.part = t.part AND d.item = t.item AND d.loc = t.loc AND d.source <> 'count'
          AND (d.state IN ('open', 'review') OR d.recount_wanted_at > coalesce(
              (SELECT max(c.at) FROM counted c WHERE c.item = t.item AND c.loc = t.loc AND c.zone = ''), '-infinity'))
    ) AS disputed
    FROM there t
), loose AS (
    SELECT t.part, t.item, t.loc, u.units,
           (SELECT max(c.at) FROM counted c WHERE c.item = t.item AND c.loc = t.loc AND c.zone = '') AS counted_at
    FROM there t
    CROSS JOIN LATERAL (
        SELECT sum(s.on_hand) - (
            SELECT sum(b.qty) FROM bin_stock b WHERE b.part = t.part AND b.item = t.item AND b.loc = t.loc
        ) AS units
        FROM stock s
        WHERE s.part = t.part AND s.item = t.item AND s.loc = t.loc AND s.status <> 6
    ) u
    WHERE u.units > 0
), unlaid AS (
    SELECT n.part, n.item, n.loc, min(e.effective_at) AS since
    FROM loose n
    CROSS JOIN LATERAL (
        SELECT e.effective_at,
               sum(e.d_on_hand) OVER (ORDER BY e.effective_at DESC, e.version DESC, e.n DESC) - e.d_on_hand AS newer
        FROM entry e
        WHERE e.part = n.part AND e.item = n.item AND e.loc = n.loc AND e.bin IS NULL AND e.d_on_hand > 0
          AND e.status <> 6 AND (n.counted_at IS NULL OR e.effective_at > n.counted_at)
    ) e
    WHERE e.newer < n.units
    GROUP BY n.part, n.item, n.loc
    HAVING min(e.effective_at) < %(laid_by)s::timestamptz
), cells AS (
    SELECT DISTINCT a.part, a.item, a.loc, a.negative, a.disputed, n.since AS unlaid_since,
           CASE WHEN %(zone)s::text = '' AND (a.negative OR a.disputed OR n.since IS NOT NULL) THEN ''
                ELSE coalesce(z.zone, '') END AS zone
    FROM asked a
    LEFT JOIN lying z ON z.part = a.part AND z.item = a.item AND z.loc = a.loc
    LEFT JOIN unlaid n ON n.part = a.part AND n.item = a.item AND n.loc = a.loc
), last AS (
    SELECT k.item, k.loc, k.zone, max(c.at) AS at
    FROM cells k
    JOIN counted c ON c.item = k.item AND c.loc = k.loc AND c.zone IN ('', k.zone)
    GROUP BY k.item, k.loc, k.zone
), moved AS (
    SELECT e.part, e.item, e.loc, coalesce(n.zone, '') AS zone, min(e.effective_at) AS first,
           count(DISTINCT e.movement) FILTER (WHERE c.at IS NULL OR e.effective_at > c.at) AS moves,
           sum(-e.d_on_hand) FILTER (WHERE e.kind = 10 AND e.effective_at > %(now)s::timestamptz - interval '90 days')
               AS gone
    FROM entry e
    LEFT JOIN bin n ON n.id = e.bin
    LEFT JOIN last c ON c.item = e.item AND c.loc = e.loc AND c.zone = coalesce(n.zone, '')
    WHERE e.recorded_at > %(now)s::timestamptz - interval '400 days' AND e.status = 0
      AND (e.d_on_hand <> 0 OR e.bin IS NOT NULL) AND e.loc > 0
      AND (%(loc)s::integer IS NULL OR e.loc = %(loc)s::integer)
    GROUP BY e.part, e.item, e.loc, coalesce(n.zone, '')
)
SELECT k.part, k.item, k.loc, k.zone,
       (coalesce(g.gone, 0) * coalesce(i.cost, 1))::double precision, coalesce(m.moves, 0)::bigint,
       coalesce(c.at, m.first, i.created_at), c.at IS NOT NULL, k.negative, k.disputed,
       (
           SELECT min(p.starts_at)
           FROM policy p
           WHERE p.recorded_to IS NULL AND p.starts_at > %(now)s::timestamptz
             AND (p.item = k.item OR (p.item IS NULL AND p.category = i.category)) AND (p.loc IS NULL OR p.loc = k.loc)
       ),
       CASE k.zone WHEN '' THEN k.unlaid_since END
FROM cells k
JOIN item i ON i.id = k.item
LEFT JOIN last c ON c.item = k.item AND c.loc = k.loc AND c.zone = k.zone
LEFT JOIN moved m ON m.part = k.part AND m.item = k.item AND m.loc = k.loc AND m.zone = k.zone
LEFT JOIN moved g ON g.part = k.part AND g.item = k.item AND g.loc = k.loc AND g.zone = ''
WHERE (%(zone)s::text = '' OR k.zone = %(zone)s::text)
  AND NOT EXISTS (
      SELECT FROM count_line l
      JOIN count_task o ON o.part = l.part AND o.id = l.task
      WHERE l.item = k.item AND o.loc = k.loc AND l.state IN ('open', 'recount', 'review', 'deciding')
        AND (k.zone = '' OR o.zone IN ('', k.zone))
  );

-- name: made_today
-- Lines that a plan has made at each location since a day began.
SELECT t.loc, count(*)
FROM count_task t
JOIN count_line l ON l.part = t.part AND l.task = t.id
WHERE t.plan = %(plan)s::integer AND t.made_at >= %(since)s::timestamptz
GROUP BY t.loc;

-- name: take_turn
-- One process at a time makes tasks; its transaction holds the row.
INSERT INTO counter (name, next) VALUES ('counting', 1)
ON CONFLICT (name) DO UPDATE SET next = counter.next + 1;

-- name: unasked_picks
-- Those that nobody was asked to look at, and what is in doubt and is to be counted no more.
SELECT r.part, r.item, r.loc, r.reason
FROM rejected_pick r
WHERE r.asked_at IS NULL
   OR (r.settled < r.qty AND r.reason IN ('not_found', 'rejected')
       AND NOT EXISTS (
           SELECT FROM count_line l
           JOIN count_task t ON t.part = l.part AND t.id = l.task
           WHERE l.item = r.item AND t.loc = r.loc AND l.state IN ('open', 'recount', 'review', 'deciding')
             AND (t.zone = '' OR l.state <> 'open' OR l.counters <> '{}')
       ))
GROUP BY r.part, r.item, r.loc, r.reason
ORDER BY r.loc, r.part, r.item, r.reason
LIMIT 1000;

-- name: recounts_wanted
SELECT DISTINCT d.item, d.loc
FROM discrepancy d
WHERE d.recount_wanted_at IS NOT NULL AND d.state IN ('open', 'review')
  AND NOT EXISTS (
      SELECT FROM count_line l
      JOIN count_task t ON t.part = l.part AND t.id = l.task
      WHERE l.item = d.item AND t.loc = d.loc AND t.zone = '' AND l.state IN ('booked', 'dismissed')
        AND t.made_at > d.recount_wanted_at
  )
ORDER BY d.loc, d.item
LIMIT 1000;

-- name: asked
UPDATE rejected_pick r SET asked_at = %(now)s::timestamptz
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(locs)s::integer[], %(reasons)s::text[])
         k (part, item, loc, reason)
WHERE r.part = k.part AND r.item = k.item AND r.loc = k.loc AND r.reason = k.reason AND r.asked_at IS NULL;

-- name: in_open_tasks
-- Which of these items are to be counted there already: in the zone, or anywhere if the whole location is meant.
SELECT DISTINCT l.item, t.loc
FROM unnest(%(items)s::bigint[], %(locs)s::integer[]) k (item, loc)
JOIN count_line l ON l.item = k.item AND l.state IN ('open', 'recount', 'review', 'deciding')
JOIN count_task t ON t.part = l.part AND t.id = l.task AND t.loc = k.loc
WHERE %(zone)s::text = '' OR t.zone IN ('', %(zone)s::text);

-- name: add_tasks
INSERT INTO count_task (part, id, plan, loc, zone, why, priority, tolerance_units, tolerance_percent, made_at)
SELECT part, id, nullif(plan, 0), loc, zone, why, priority, tolerance_units, tolerance_percent, %(now)s::timestamptz
FROM unnest(%(parts)s::smallint[], %(ids)s::bigint[], %(plans)s::integer[], %(locs)s::integer[], %(zones)s::text[],
            %(whys)s::text[], %(priorities)s::integer[], %(units)s::bigint[], %(percents)s::integer[])
         t (part, id, plan, loc, zone, why, priority, tolerance_units, tolerance_percent);

-- name: add_lines
INSERT INTO count_line (part, task, item, score, why)
SELECT part, task, item, score, why
FROM unnest(%(parts)s::smallint[], %(tasks)s::bigint[], %(items)s::bigint[], %(scores)s::bigint[], %(whys)s::text[])
         l (part, task, item, score, why);

-- name: list_tasks
SELECT t.id, l.code, t.zone, t.why, p.code, t.priority, t.state, count(c.item),
       count(c.item) FILTER (WHERE c.state IN ('open', 'recount')), t.made_at, t.ended_at, t.assigned_to
FROM count_task t
JOIN location l ON l.id = t.loc
LEFT JOIN count_plan p ON p.id = t.plan
LEFT JOIN count_line c ON c.part = t.part AND c.task = t.id
WHERE (%(state)s::text IS NULL OR t.state = %(state)s::text)
  AND (%(location)s::text IS NULL OR l.code = %(location)s::text)
  AND (%(assigned_to)s::text IS NULL OR t.assigned_to = %(assigned_to)s::text)
  AND (%(id)s::bigint IS NULL OR t.id = %(id)s::bigint)
  AND (%(before)s::bigint IS NULL OR t.id < %(before)s::bigint)
GROUP BY t.part, t.id, l.code, p.code
ORDER BY t.id DESC
LIMIT %(limit)s::integer;

-- name: sheet
SELECT i.sku, i.name, i.unit, i.lot_tracked, l.why, l.state, l.round, l.counters,
       ARRAY(
           SELECT DISTINCT n.code FROM bin_stock b JOIN bin n ON n.id = b.bin
           WHERE b.part = i.part AND b.item = i.id AND b.loc = t.loc AND b.qty > 0 AND t.zone IN ('', n.zone)
           ORDER BY n.code
       ),
       (SELECT coalesce(jsonb_agg(jsonb_build_object('gtin', g.gtin, 'units', g.units) ORDER BY g.gtin), '[]'::jsonb)
        FROM barcode g WHERE g.item = i.id),
       (SELECT coalesce(sum(s.qty), 0)::bigint FROM count_scan s
        WHERE s.part = l.part AND s.task = l.task AND s.item = l.item AND s.round = l.round AND NOT s.void)
FROM count_line l
JOIN count_task t ON t.part = l.part AND t.id = l.task
JOIN item i ON i.id = l.item
WHERE l.part = %(part)s::smallint AND l.task = %(task)s::bigint
ORDER BY (SELECT min(n.code) FROM bin_stock b JOIN bin n ON n.id = b.bin
          WHERE b.part = i.part AND b.item = i.id AND b.loc = t.loc AND b.qty > 0 AND t.zone IN ('', n.zone))
         NULLS LAST, i.sku;

-- name: lock_tasks
SELECT t.id, t.loc, l.code, t.state, t.tolerance_units, t.tolerance_percent, t.zone
FROM count_task t
JOIN location l ON l.id = t.loc
JOIN unnest(%(parts)s::smallint[], %(tasks)s::bigint[]) k (part, id) ON t.part = k.part AND t.id = k.id
ORDER BY t.part, t.id
FOR UPDATE OF t;

-- name: lines
SELECT l.task, l.item, i.part, i.sku, i.name, i.lot_tracked, i.cost, l.state, l.round, l.counters,
       ARRAY(
           SELECT DISTINCT n.code FROM bin_stock b JOIN bin n ON n.id = b.bin
           WHERE b.part = i.part AND b.item = i.id AND b.loc = t.loc AND b.qty > 0 AND t.zone IN ('', n.zone)
           ORDER BY n.code
       )
FROM unnest(%(parts)s::smallint[], %(tasks)s::bigint[]) k (part, id)
JOIN count_task t ON t.part = k.part AND t.id = k.id
JOIN count_line l ON l.part = k.part AND l.task = k.id
JOIN item i ON i.id = l.item
ORDER BY l.part, l.task, l.item;

-- name: shelves
-- What the ledger has of each lot at two instants: sellable units, and those that are in doubt since a pick failed,
-- as far as they still lie in quarantine.
WITH cells AS (
    SELECT * FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(locs)s::integer[], %(firsts)s::timestamptz[],
                         %(lasts)s::timestamptz[]) WITH ORDINALITY k (part, item, loc, first, last, n)
), figures AS (
    SELECT k.n, s.lot, s.on_hand AS first, s.on_hand AS last, 0 AS doubt_first, 0 AS doubt_last
    FROM cells k
    JOIN stock s ON s.part = k.part AND s.item = k.item AND s.loc = k.loc AND s.status = 0
    UNION ALL
    SELECT k.n, e.lot, -e.d_on_hand, CASE WHEN e.effective_at > k.last THEN -e.d_on_hand ELSE 0 END, 0, 0
    FROM cells k
    JOIN entry e ON e.part = k.part AND e.item = k.item AND e.loc = k.loc AND e.status = 0
        AND e.effective_at > k.first AND e.recorded_at > k.first
    UNION ALL
    SELECT k.n, r.lot, 0, 0,
           least(coalesce(sum(r.qty - r.settled) FILTER (WHERE r.recorded_at <= k.first), 0), min(q.on_hand)),
           least(coalesce(sum(r.qty - r.settled) FILTER (WHERE r.recorded_at <= k.last), 0), min(q.on_hand))
    FROM cells k
    JOIN rejected_pick r ON r.part = k.part AND r.item = k.item AND r.loc = k.loc AND r.settled < r.qty
        AND r.reason IN ('not_found', 'rejected')
    JOIN LATERAL (
        SELECT greatest(0, sum(s.on_hand)) AS on_hand FROM stock s
        WHERE s.part = k.part AND s.item = k.item AND s.loc = k.loc AND s.lot = r.lot AND s.status = 3
    ) q ON true
    GROUP BY k.n, r.lot
)
SELECT f.n, coalesce(l.code, ''), sum(f.first)::bigint, coalesce(sum(f.doubt_first), 0)::bigint, sum(f.last)::bigint,
       coalesce(sum(f.doubt_last), 0)::bigint
FROM figures f
JOIN cells k ON k.n = f.n
LEFT JOIN lot l ON l.part = k.part AND l.item = k.item AND l.id = f.lot
GROUP BY f.n, l.code
ORDER BY f.n, l.code NULLS FIRST;

-- name: set_lines
UPDATE count_line l SET state = k.state, round = k.round, counters = coalesce(string_to_array(nullif(k.counters, ''), chr(31)), '{}')
FROM unnest(%(parts)s::smallint[], %(tasks)s::bigint[], %(items)s::bigint[], %(states)s::text[], %(rounds)s::smallint[],
            %(counters)s::text[])
         k (part, task, item, state, round, counters)
WHERE l.part = k.part AND l.task = k.task AND l.item = k.item;

-- name: add_decisions
INSERT INTO count_decision (part, task, item, n, decision, actor, reason, decided_at)
SELECT k.part, k.task, k.item,
       1 + (SELECT count(*) FROM count_decision d WHERE d.part = k.part AND d.task = k.task AND d.item = k.item),
       k.decision, k.actor, k.reason, %(now)s::timestamptz
FROM unnest(%(parts)s::smallint[], %(tasks)s::bigint[], %(items)s::bigint[], %(decisions)s::text[], %(actors)s::text[],
            %(reasons)s::text[])
         k (part, task, item, decision, actor, reason);

-- name: deciding
-- What is decided and not yet booked: the last round of each line, lot by lot.
SELECT l.part, l.task, i.part, l.item, i.sku, i.lot_tracked, t.loc, p.code, l.round, r.lot, r.expires_on, r.counted,
       r.expected, r.in_doubt, r.as_of, d.actor, d.reason, coalesce(o.id, 0), r.movement, t.zone, r.bin, r.without_bin
FROM count_line l
JOIN count_task t ON t.part = l.part AND t.id = l.task
JOIN location p ON p.id = t.loc
JOIN item i ON i.id = l.item
JOIN count_result r ON r.part = l.part AND r.task = l.task AND r.item = l.item AND r.round = l.round
LEFT JOIN lot o ON o.part = i.part AND o.item = i.id AND o.code = r.lot
JOIN LATERAL (
    SELECT c.actor, c.reason FROM count_decision c
    WHERE c.part = l.part AND c.task = l.task AND c.item = l.item
    ORDER BY c.n DESC
    LIMIT 1
) d ON true
WHERE l.state = 'deciding' AND (%(task)s::bigint IS NULL OR l.task = %(task)s::bigint)
ORDER BY l.part, l.task, l.item, r.lot, r.bin;

-- name: booked
UPDATE count_line SET state = 'booked'
WHERE part = %(part)s::smallint AND task = %(task)s::bigint AND item = %(item)s::bigint AND state = 'deciding';

-- name: note_movements
UPDATE count_result r SET movement = k.movement
FROM unnest(%(lots)s::text[], %(movements)s::bigint[]) k (lot, movement)
WHERE r.part = %(part)s::smallint AND r.task = %(task)s::bigint AND r.item = %(item)s::bigint
  AND r.round = %(round)s::smallint AND r.lot = k.lot;

-- name: settle_doubt
-- A pick that failed after the count stays in doubt: of what it says nobody has seen anything.
UPDATE rejected_pick r SET settled = r.qty, asked_at = coalesce(r.asked_at, clock_timestamp())
WHERE r.part = %(part)s::smallint AND r.item = %(item)s::bigint AND r.loc = %(loc)s::integer
  AND r.settled < r.qty AND r.reason IN ('not_found', 'rejected') AND r.recorded_at <= %(as_of)s::timestamptz;

-- name: end_tasks
UPDATE count_task t SET state = 'done', ended_at = %(now)s::timestamptz
FROM unnest(%(parts)s::smallint[], %(tasks)s::bigint[]) k (part, id)
WHERE t.part = k.part AND t.id = k.id AND t.state = 'open'
  AND NOT EXISTS (SELECT FROM count_line l WHERE l.part = t.part AND l.task = t.id
                  AND l.state IN ('open', 'recount', 'review', 'deciding'));

-- name: cells_counted
-- Of tasks that are done: their location, how many cells were counted in them, and when the last one was.
SELECT t.id, t.loc, count(DISTINCT (r.item, r.lot)), max(r.as_of)
FROM unnest(%(parts)s::smallint[], %(tasks)s::bigint[]) k (part, id)
JOIN count_task t ON t.part = k.part AND t.id = k.id AND t.state = 'done'
JOIN count_line l ON l.part = t.part AND l.task = t.id AND l.state = 'booked'
JOIN count_result r ON r.part = l.part AND r.task = l.task AND r.item = l.item AND r.round = l.round
GROUP BY t.id, t.loc
ORDER BY t.id;

-- name: assign_task
UPDATE count_task SET assigned_to = %(to)s::text
WHERE part = %(part)s::smallint AND id = %(task)s::bigint AND state = 'open';

-- name: cancel_task
UPDATE count_task t SET state = 'cancelled', ended_at = %(now)s::timestamptz
FROM unnest(%(parts)s::smallint[], %(tasks)s::bigint[]) k (part, id)
WHERE t.part = k.part AND t.id = k.id AND t.state = 'open';

-- name: results
-- Lines that are counted and need nobody's count any more, with every round and decision.
SELECT l.task, p.code, i.sku, i.name, l.state, i.cost, l.counters, l.item,
       (SELECT jsonb_agg(jsonb_build_array(r.round, r.lot, r.counted, r.expected, r.in_doubt, r.as_of, r.movement,
                                           r.bin, r.without_bin)
                         ORDER BY r.round, r.lot, r.bin)
        FROM count_result r WHERE r.part = l.part AND r.task = l.task AND r.item = l.item),
       (SELECT jsonb_agg(jsonb_build_array(d.decision, d.actor, d.reason, d.decided_at) ORDER BY d.n)
        FROM count_decision d WHERE d.part = l.part AND d.task = l.task AND d.item = l.item),
       t.zone
FROM count_line l
JOIN count_task t ON t.part = l.part AND t.id = l.task
JOIN location p ON p.id = t.loc
JOIN item i ON i.id = l.item
WHERE l.state IN ('review', 'deciding', 'booked', 'dismissed')
  AND (%(state)s::text IS NULL OR l.state = %(state)s::text)
  AND (%(task)s::bigint IS NULL OR l.task = %(task)s::bigint)
  AND (%(location)s::text IS NULL OR p.code = %(location)s::text)
  AND (l.task, l.item) > (%(after_task)s::bigint, %(after_item)s::bigint)
ORDER BY l.task, l.item
LIMIT %(limit)s::integer;
