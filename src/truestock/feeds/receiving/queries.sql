-- What receipts need to know under the locks of their items, and what they write beside the ledger.

-- name: rules_at
SELECT id, recorded_from, loc, item, category, supplier, lands, over_percent, unexpected, own_approval
FROM receiving_rule
WHERE recorded_to IS NULL AND (loc IS NULL OR loc = ANY (%(locs)s::integer[]))
  AND (item IS NULL OR item = ANY (%(items)s::bigint[]));

-- name: suppliers
SELECT d.ref, d.kind, d.supplier
FROM unnest(%(parts)s::smallint[], %(refs)s::text[]) k (part, ref)
JOIN supply_document d ON d.part = k.part AND d.ref = k.ref;

-- name: first_bins
-- Where units of a location are set down that nobody has laid anywhere: its first bin of each of these zones.
SELECT DISTINCT ON (b.loc, b.zone) b.loc, b.zone, b.code, b.id
FROM bin b
WHERE b.loc = ANY (%(locs)s::integer[]) AND b.zone IN ('staging', 'inspection')
ORDER BY b.loc, b.zone, b.code;

-- name: close_lines
-- What was told as of before changes them no more, as where they are closed without a receipt.
UPDATE expected e
SET state = 'closed', reason = k.reason, closed_by = k.actor, closed_at = %(now)s::timestamptz,
    as_of = greatest(e.as_of, %(now)s::timestamptz)
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(ids)s::bigint[], %(reasons)s::text[], %(actors)s::text[])
         k (part, item, id, reason, actor)
WHERE e.part = k.part AND e.item = k.item AND e.id = k.id AND e.state = 'open';

-- name: skus
SELECT id, sku FROM item WHERE id = ANY (%(items)s::bigint[]);

-- name: add_received
INSERT INTO received (part, item, id, receipt, document, supplier, loc, lot, qty, outcome, lands, lands_then, waiting,
                      actor, received_at, movement, kind, source, recorded_at)
SELECT r.part, r.item, r.id, r.receipt, r.document, r.supplier, r.loc, r.lot, r.qty, r.outcome, r.lands, r.lands_then,
       r.waiting, r.actor, r.received_at, r.id, r.kind, r.source, %(now)s::timestamptz
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(ids)s::bigint[], %(receipts)s::text[], %(documents)s::text[],
            %(suppliers)s::text[], %(locs)s::integer[], %(lots)s::bigint[], %(qtys)s::bigint[], %(outcomes)s::text[],
            %(lands)s::text[], %(thens)s::text[], %(waiting)s::bigint[], %(actors)s::text[], %(at)s::timestamptz[],
            %(kinds)s::text[], %(sources)s::text[])
         r (part, item, id, receipt, document, supplier, loc, lot, qty, outcome, lands, lands_then, waiting, actor,
            received_at, kind, source);

-- name: waiting
-- What waits for a decision at these places, the longest waiting first.
SELECT r.item, r.loc, r.id, r.lot, r.lands, r.lands_then, r.waiting, r.actor, r.supplier
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(locs)s::integer[]) k (part, item, loc)
JOIN received r ON r.part = k.part AND r.item = k.item AND r.loc = k.loc
WHERE r.waiting > 0
ORDER BY r.received_at, r.id;

-- name: add_decisions
-- Approved units that are inspected or put away next wait anew for that, as what the approval brought there.
WITH told AS (
    SELECT *
    FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(ids)s::bigint[], %(movements)s::bigint[],
                %(decisions)s::text[], %(goes_to)s::text[], %(qtys)s::bigint[], %(sampled)s::bigint[],
                %(actors)s::text[], %(reasons)s::text[])
             d (part, item, received, movement, decision, goes_to, qty, sampled, actor, reason)
), decided AS (
    INSERT INTO receiving_decision (part, item, received, movement, decision, goes_to, qty, sampled, actor, reason,
                                    recorded_at)
    SELECT part, item, received, movement, decision, goes_to, qty, sampled, actor, reason, %(now)s::timestamptz
    FROM told
), next AS (
    INSERT INTO received (part, item, id, movement, kind, source, receipt, document, supplier, loc, lot, qty, outcome,
                          lands, lands_then, waiting, actor, received_at, recorded_at)
    SELECT r.part, r.item, t.movement, t.movement, r.kind, r.source, r.receipt, r.document, r.supplier, r.loc, r.lot,
           t.qty, r.outcome, t.goes_to, t.goes_to, t.qty, t.actor, r.received_at, %(now)s::timestamptz
    FROM told t
    JOIN received r ON r.part = t.part AND r.item = t.item AND r.id = t.received
    WHERE t.decision = 'approved' AND t.goes_to IN ('inspection', 'receiving')
)
UPDATE received r
SET waiting = r.waiting - t.qty
FROM (SELECT part, item, received, sum(qty) AS qty FROM told GROUP BY part, item, received) t
WHERE r.part = t.part AND r.item = t.item AND r.id = t.received;

-- name: transfer_items
SELECT DISTINCT e.item
FROM expected e
JOIN item i ON i.id = e.item
WHERE e.ref = %(ref)s::text AND e.kind = 'transfer' AND (%(sku)s::text IS NULL OR i.sku = %(sku)s::text)
  AND (%(line)s::bigint IS NULL OR e.id = %(line)s::bigint);

-- name: location_id
SELECT id FROM location WHERE code = %(code)s::text;

-- name: item_id
SELECT id FROM item WHERE sku = %(code)s::text;

-- name: lock_rules
-- Writers of rules follow one another; receipts read what was committed.
SELECT id FROM receiving_rule WHERE recorded_to IS NULL ORDER BY id FOR NO KEY UPDATE;

-- name: close_rule_of
UPDATE receiving_rule SET recorded_to = clock_timestamp()
WHERE recorded_to IS NULL AND loc IS NOT DISTINCT FROM %(loc)s::integer AND item IS NOT DISTINCT FROM %(item)s::bigint
  AND category IS NOT DISTINCT FROM %(category)s::text AND supplier IS NOT DISTINCT FROM %(supplier)s::text;

-- name: add_rule
INSERT INTO receiving_rule (id, loc, item, category, supplier, lands, over_percent, unexpected, own_approval, reason,
                            recorded_from)
VALUES (%(id)s::bigint, %(loc)s::integer, %(item)s::bigint, %(category)s::text, %(supplier)s::text, %(lands)s::text,
        %(over_percent)s::integer, %(unexpected)s::text, %(own_approval)s::boolean, %(reason)s::text,
        clock_timestamp());

-- name: end_rule
UPDATE receiving_rule SET recorded_to = clock_timestamp() WHERE id = %(id)s::bigint AND recorded_to IS NULL;

-- name: list_rules
SELECT r.id, l.code, i.sku, r.category, r.supplier, r.lands, r.over_percent, r.unexpected, r.reason, r.recorded_from,
       r.recorded_to, r.own_approval
FROM receiving_rule r
LEFT JOIN location l ON l.id = r.loc
LEFT JOIN item i ON i.id = r.item
WHERE (%(location)s::text IS NULL OR l.code = %(location)s::text) AND (%(ended)s::boolean OR r.recorded_to IS NULL)
ORDER BY r.id;

-- name: movement_times
SELECT m.id, m.effective_at
FROM unnest(%(parts)s::smallint[], %(ids)s::bigint[]) k (part, id)
JOIN movement m ON m.part = k.part AND m.id = k.id;
