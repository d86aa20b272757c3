-- Supply as documents, what receipts brought and what waits for a decision, rules of receiving, reasons of variances,
-- and bins that the ledger itself fills and empties.

CREATE TABLE reason_code (
    code text PRIMARY KEY CHECK (code ~ '^[a-z][a-z0-9_]{0,39}$'),
    label text NOT NULL,
    takes_from text NOT NULL CHECK (takes_from IN ('sellable', 'receiving', 'inspection', 'quarantine', 'damaged',
                                                   'rework', 'in_transit', 'adjustment')),
    goes_to text NOT NULL CHECK (goes_to IN ('sellable', 'receiving', 'inspection', 'quarantine', 'damaged', 'rework',
                                             'adjustment', 'scrap', 'supplier')),
    retired boolean NOT NULL DEFAULT false,
    CHECK (takes_from <> goes_to)
);

INSERT INTO reason_code (code, label, takes_from, goes_to) VALUES
    ('damaged', 'Damaged', 'sellable', 'damaged'),
    ('defective', 'Defective', 'sellable', 'damaged'),
    ('expired', 'Past its expiry', 'sellable', 'scrap'),
    ('found', 'Found', 'adjustment', 'sellable'),
    ('in_doubt', 'In doubt until it is looked at', 'sellable', 'quarantine'),
    ('in_order', 'In order after all', 'quarantine', 'sellable'),
    ('lost', 'Lost', 'sellable', 'adjustment'),
    ('lost_in_transit', 'Lost in transit', 'in_transit', 'adjustment'),
    ('own_use', 'Used by ourselves', 'sellable', 'adjustment'),
    ('repaired', 'Repaired', 'damaged', 'sellable'),
    ('sample', 'Given away', 'sellable', 'adjustment'),
    ('scrapped', 'Thrown away', 'damaged', 'scrap'),
    ('sent_back', 'Sent back to the supplier', 'damaged', 'supplier'),
    ('theft', 'Stolen', 'sellable', 'adjustment');

CREATE TABLE receiving_rule (
    id bigint PRIMARY KEY CHECK (id > 0),
    loc integer REFERENCES location,
    item bigint REFERENCES item,
    category text,
    supplier text,
    lands text CHECK (lands IN ('sellable', 'receiving', 'inspection', 'approval')),
    over_percent integer CHECK (over_percent >= 0),
    unexpected text CHECK (unexpected IN ('accept', 'approval')),
    reason text NOT NULL DEFAULT '',
    recorded_from timestamptz NOT NULL,
    recorded_to timestamptz,
    CHECK (item IS NULL OR category IS NULL),
    CONSTRAINT receiving_rule_says CHECK (coalesce(lands, unexpected) IS NOT NULL OR over_percent IS NOT NULL)
);
CREATE INDEX receiving_rule_open ON receiving_rule (loc) WHERE recorded_to IS NULL;

CREATE TABLE supply_document (
    part smallint NOT NULL,
    ref text NOT NULL CHECK (ref <> ''),
    kind text NOT NULL CHECK (kind IN ('purchase', 'transfer')),
    supplier text NOT NULL,
    from_loc integer,
    actor text NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (part, ref)
);

ALTER TABLE expected
    ADD COLUMN first_due_at timestamptz,
    ADD COLUMN reason text NOT NULL DEFAULT '',
    ADD COLUMN closed_by text NOT NULL DEFAULT '',
    ADD COLUMN closed_at timestamptz;
CREATE INDEX expected_ref ON expected (ref);

CREATE TABLE received (
    part smallint NOT NULL,
    item bigint NOT NULL,
    id bigint NOT NULL,
    receipt text NOT NULL,
    document text NOT NULL,
    supplier text NOT NULL,
    loc integer NOT NULL,
    lot bigint NOT NULL,
    qty bigint NOT NULL CHECK (qty > 0),
    outcome text NOT NULL CHECK (outcome IN ('expected', 'over', 'unknown')),
    lands text NOT NULL CHECK (lands IN ('sellable', 'receiving', 'inspection', 'approval')),
    lands_then text NOT NULL CHECK (lands_then IN ('sellable', 'receiving', 'inspection')),
    waiting bigint NOT NULL CHECK (waiting BETWEEN 0 AND qty),
    actor text NOT NULL,
    received_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (part, item, id)
);
CREATE INDEX received_waiting ON received (part, item, loc, lands) WHERE waiting > 0;
CREATE INDEX received_receipt ON received (receipt);
CREATE INDEX received_in_order ON received (id);
CREATE INDEX received_waits ON received (id) WHERE waiting > 0;

CREATE TABLE receiving_decision (
    part smallint NOT NULL,
    item bigint NOT NULL,
    received bigint NOT NULL,
    movement bigint NOT NULL,
    decision text NOT NULL CHECK (decision IN ('approved', 'rejected', 'passed', 'failed')),
    goes_to text NOT NULL,
    qty bigint NOT NULL CHECK (qty > 0),
    sampled bigint NOT NULL DEFAULT 0 CHECK (sampled >= 0),
    actor text NOT NULL,
    reason text NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (part, item, received, movement)
);

-- What bins held was only ever added to; from now on entries say it, and units lie in no bin until somebody says where.
DELETE FROM bin_stock;
CREATE INDEX bin_stock_place ON bin_stock (loc, bin);

CREATE TABLE bin_gap (
    part smallint NOT NULL,
    item bigint NOT NULL,
    id bigint NOT NULL,
    loc integer NOT NULL,
    bin integer NOT NULL,
    lot bigint NOT NULL,
    qty bigint NOT NULL CHECK (qty > 0),
    movement bigint NOT NULL,
    opened_at timestamptz NOT NULL,
    closed_at timestamptz,
    closed_by text NOT NULL DEFAULT '',
    PRIMARY KEY (part, item, id)
);
CREATE INDEX bin_gap_open ON bin_gap (id) WHERE closed_at IS NULL;

ALTER TABLE policy
    DROP CONSTRAINT policy_kind_check,
    ADD CONSTRAINT policy_kind_check CHECK (kind IN ('safety_stock', 'buffer', 'cap', 'protection', 'sell_out_at',
                                                     'min_shelf_life', 'ring_target', 'ring_share', 'guard',
                                                     'guard_service')),
    DROP CONSTRAINT policy_percent,
    ADD CONSTRAINT policy_percent CHECK (CASE kind WHEN 'cap' THEN unit <> 'percent' OR value <= 100
                                                   WHEN 'guard_service' THEN unit = 'percent' AND value <= 99
                                                   WHEN 'ring_share' THEN unit = 'percent' AND value <= 100
                                                   ELSE unit <> 'percent' END);
