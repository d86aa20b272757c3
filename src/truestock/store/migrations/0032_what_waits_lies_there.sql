-- Units that leave without a decision wait no more; what was taken away before counts for the longest waiting.
ALTER TABLE receiving_decision
    DROP CONSTRAINT receiving_decision_decision_check,
    ADD CONSTRAINT receiving_decision_decision_check
        CHECK (decision IN ('approved', 'rejected', 'passed', 'failed', 'left'));

UPDATE received r
SET waiting = greatest(0, least(r.waiting, w.there - w.newer))
FROM (SELECT r.part, r.item, r.id,
             coalesce((SELECT sum(s.on_hand) FROM stock s
                       WHERE s.part = r.part AND s.item = r.item AND s.loc = r.loc AND s.lot = r.lot
                         AND s.status = CASE r.lands WHEN 'approval' THEN 1 ELSE 2 END), 0) AS there,
             coalesce(sum(r.waiting) OVER (PARTITION BY r.part, r.item, r.loc, r.lot, r.lands
                                           ORDER BY r.received_at DESC, r.id DESC
                                           ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS newer
      FROM received r
      WHERE r.waiting > 0) w
WHERE r.part = w.part AND r.item = w.item AND r.id = w.id AND r.waiting > w.there - w.newer;

CREATE INDEX receiving_decision_received ON receiving_decision (received);
CREATE INDEX supply_document_ref ON supply_document (ref);

-- One rule for a scope holds at a time: of two that were put at once the newest.
UPDATE receiving_rule r SET recorded_to = now()
WHERE r.recorded_to IS NULL
  AND EXISTS (SELECT FROM receiving_rule n
              WHERE n.recorded_to IS NULL AND n.id > r.id AND n.loc IS NOT DISTINCT FROM r.loc
                AND n.item IS NOT DISTINCT FROM r.item AND n.category IS NOT DISTINCT FROM r.category
                AND n.supplier IS NOT DISTINCT FROM r.supplier);
DROP INDEX receiving_rule_open;
CREATE UNIQUE INDEX receiving_rule_open ON receiving_rule (loc, item, category, supplier) NULLS NOT DISTINCT
    WHERE recorded_to IS NULL;
