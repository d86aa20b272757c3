-- What kinds of drift there are, from how many units on, and whether the number is sent again.

ALTER TABLE outbound
    ADD COLUMN shown_before bigint,
    DROP CONSTRAINT outbound_drift,
    ADD CONSTRAINT outbound_drift CHECK (drift IN ('', 'missing', 'phantom_stockout', 'sold_there', 'ignored', 'multiple',
                                                   'truncated', 'edited'));

ALTER TABLE connection
    ADD COLUMN drift_tolerance integer NOT NULL DEFAULT 0 CONSTRAINT connection_tolerance CHECK (drift_tolerance >= 0),
    ADD COLUMN drift_repush boolean NOT NULL DEFAULT true;
