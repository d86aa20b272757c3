-- Which movement brought what of an expectation, or said that it is lost: what its reversal takes back. What was received
-- before against documents is reckoned to their lines in the order in which it came.
ALTER TABLE expected
    DROP CONSTRAINT expected_qty_check,
    ADD CONSTRAINT expected_qty_check CHECK (qty >= 0),
    ADD COLUMN lost bigint NOT NULL DEFAULT 0 CHECK (lost >= 0);

CREATE TABLE fulfilled (
    part smallint NOT NULL,
    item bigint NOT NULL,
    movement bigint NOT NULL,
    line bigint NOT NULL,
    qty bigint NOT NULL CHECK (qty > 0),
    lost boolean NOT NULL,
    PRIMARY KEY (part, item, movement, line)
);

INSERT INTO fulfilled (part, item, movement, line, qty, lost)
SELECT part, item, r.id, e.id, least(e.upto, r.upto) - greatest(e.upto - e.received, r.upto - r.qty), false
FROM (SELECT part, item, loc, ref, id, received,
             sum(received) OVER (PARTITION BY part, item, loc, ref ORDER BY due_at, id) AS upto
      FROM expected WHERE kind <> 'demand' AND received > 0) e
JOIN (SELECT part, item, loc, document AS ref, id, qty,
             sum(qty) OVER (PARTITION BY part, item, loc, document ORDER BY id) AS upto
      FROM received r
      WHERE outcome <> 'unknown' AND document <> ''
        AND NOT EXISTS (SELECT FROM receiving_decision d
                        WHERE d.part = r.part AND d.item = r.item AND d.movement = r.id)
        AND NOT EXISTS (SELECT FROM movement m WHERE m.reverses = r.id)) r USING (part, item, loc, ref)
WHERE least(e.upto, r.upto) > greatest(e.upto - e.received, r.upto - r.qty);
