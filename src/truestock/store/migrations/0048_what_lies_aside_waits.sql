-- Whatever brought units to receiving or inspection, they wait there: rows of what waits are made for all of them, with the
-- movement that brought them.
ALTER TABLE received
    ADD COLUMN movement bigint,
    ADD COLUMN kind text NOT NULL DEFAULT 'receive',
    ADD COLUMN source text NOT NULL DEFAULT '',
    DROP CONSTRAINT received_outcome_check,
    ADD CONSTRAINT received_outcome_check CHECK (outcome IN ('expected', 'over', 'unknown', 'none'));
UPDATE received SET movement = id;
ALTER TABLE received ALTER COLUMN movement SET NOT NULL, ALTER COLUMN kind DROP DEFAULT, ALTER COLUMN source DROP DEFAULT;
CREATE INDEX received_movement ON received (part, item, movement);

ALTER TABLE receiving_decision
    DROP CONSTRAINT receiving_decision_decision_check,
    ADD CONSTRAINT receiving_decision_decision_check
        CHECK (decision IN ('approved', 'rejected', 'passed', 'failed', 'put_away', 'left'));

-- What receipts brought to be put away, the newest first: what has left was the oldest.
UPDATE received r
SET waiting = greatest(0, least(r.qty, w.free - w.newer))
FROM (SELECT r.part, r.item, r.id,
             coalesce((SELECT sum(s.on_hand) FROM stock s
                       WHERE s.part = r.part AND s.item = r.item AND s.loc = r.loc AND s.lot = r.lot AND s.status = 1), 0)
             - coalesce((SELECT sum(a.waiting) FROM received a
                         WHERE a.part = r.part AND a.item = r.item AND a.loc = r.loc AND a.lot = r.lot
                           AND a.lands = 'approval'), 0) AS free,
             coalesce(sum(r.qty) OVER (PARTITION BY r.part, r.item, r.loc, r.lot ORDER BY r.received_at DESC, r.id DESC
                                       ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS newer
      FROM received r
      WHERE r.lands = 'receiving') w
WHERE r.part = w.part AND r.item = w.item AND r.id = w.id;

-- All else that lies there came by other movements, of which the newest brought it.
INSERT INTO received (part, item, id, movement, kind, source, receipt, document, supplier, loc, lot, qty, outcome, lands,
                      lands_then, waiting, actor, received_at, recorded_at)
SELECT c.part, c.item, (SELECT coalesce(max(id), 0) FROM movement) + row_number() OVER (ORDER BY c.movement, c.lot, c.status),
       c.movement, coalesce(m.kind, 'adjust'), coalesce(m.source, ''), coalesce(m.ref, ''), '', '', c.loc, c.lot,
       least(c.units, c.rest - c.newer), 'none', c.lands, c.lands, least(c.units, c.rest - c.newer),
       coalesce(m.actor, ''), c.came_at, c.recorded_at
FROM (SELECT b.*, coalesce(sum(b.units) OVER (PARTITION BY b.part, b.item, b.loc, b.lot, b.status
                                              ORDER BY b.movement DESC
                                              ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS newer
      FROM (SELECT e.part, e.item, e.loc, e.lot, e.status, e.movement, w.rest, w.lands, min(e.effective_at) AS came_at,
                   min(e.recorded_at) AS recorded_at,
                   sum(e.d_on_hand) - coalesce((SELECT sum(r.waiting) FROM received r
                                                WHERE r.part = e.part AND r.item = e.item AND r.movement = e.movement
                                                  AND r.loc = e.loc AND r.lot = e.lot
                                                  AND (r.lands = 'inspection') = (e.status = 2)), 0) AS units
            FROM (SELECT s.part, s.item, s.loc, s.lot, s.status,
                         CASE s.status WHEN 1 THEN 'receiving' ELSE 'inspection' END AS lands,
                         sum(s.on_hand) - coalesce((SELECT sum(r.waiting) FROM received r
                                                    WHERE r.part = s.part AND r.item = s.item AND r.loc = s.loc
                                                      AND r.lot = s.lot
                                                      AND (r.lands = 'inspection') = (s.status = 2)), 0) AS rest
                  FROM stock s
                  WHERE s.status IN (1, 2)
                  GROUP BY s.part, s.item, s.loc, s.lot, s.status) w
            JOIN entry e ON e.part = w.part AND e.item = w.item AND e.loc = w.loc AND e.lot = w.lot AND e.status = w.status
            WHERE w.rest > 0
            GROUP BY e.part, e.item, e.loc, e.lot, e.status, e.movement, w.rest, w.lands) b
      WHERE b.units > 0) c
LEFT JOIN LATERAL (
    SELECT CASE m.kind WHEN 1 THEN 'opening' WHEN 2 THEN 'receive' WHEN 5 THEN 'count' WHEN 7 THEN 'transfer_in'
                       WHEN 8 THEN 'status' WHEN 9 THEN 'return' ELSE 'adjust' END AS kind, m.source, m.ref, m.actor
    FROM movement m WHERE m.id = c.movement
) m ON true
WHERE c.rest > c.newer;
