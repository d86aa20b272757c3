-- Where a source and the ledger disagree: what is tolerated, what was found and decided, and how accurate the ledger was.
CREATE TABLE tolerance (
    id integer PRIMARY KEY CHECK (id > 0),
    source text NOT NULL,
    item bigint REFERENCES item,
    category text,
    loc integer REFERENCES location,
    units bigint CHECK (units >= 0),
    percent numeric(9, 3) CHECK (percent >= 0),
    value numeric(18, 6) CHECK (value >= 0),
    reason text NOT NULL,
    actor text NOT NULL,
    set_at timestamptz NOT NULL,
    CONSTRAINT tolerance_scope CHECK (item IS NULL OR category IS NULL),
    CONSTRAINT tolerance_limit CHECK (num_nonnulls(units, percent, value) > 0),
    CONSTRAINT tolerance_once UNIQUE NULLS NOT DISTINCT (source, item, category, loc)
);

CREATE TABLE discrepancy (
    part smallint NOT NULL,
    item bigint NOT NULL,
    id bigint NOT NULL,
    kind text NOT NULL CONSTRAINT discrepancy_kind CHECK (kind IN ('stock', 'allocated')),
    source text NOT NULL,
    loc integer NOT NULL,
    lot bigint NOT NULL,
    status smallint NOT NULL,
    order_ref text NOT NULL DEFAULT '',
    stated bigint NOT NULL,
    expected bigint NOT NULL,
    value numeric(24, 6),
    promised_beyond bigint NOT NULL DEFAULT 0,
    as_of timestamptz NOT NULL,
    run bigint,
    line bigint,
    first_seen_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    times integer NOT NULL DEFAULT 1,
    within_tolerance boolean NOT NULL,
    cause text NOT NULL,
    score smallint NOT NULL,
    evidence text NOT NULL,
    state text NOT NULL CONSTRAINT discrepancy_state
        CHECK (state IN ('open', 'review', 'adjusted', 'accepted', 'dismissed', 'gone')),
    decided_by text NOT NULL DEFAULT '',
    decided_at timestamptz,
    reason text NOT NULL DEFAULT '',
    movement bigint,
    recount_wanted_at timestamptz,
    PRIMARY KEY (part, item, id)
);
CREATE UNIQUE INDEX discrepancy_open ON discrepancy (part, item, source, kind, loc, lot, status, order_ref)
    WHERE state IN ('open', 'review');
CREATE INDEX discrepancy_cell ON discrepancy (part, item, source, loc);
CREATE INDEX discrepancy_id ON discrepancy (id);
CREATE INDEX discrepancy_waiting ON discrepancy (source, loc) WHERE state IN ('open', 'review');
CREATE INDEX discrepancy_run ON discrepancy (source, run);
CREATE INDEX discrepancy_off ON discrepancy (source, loc, (stated - expected), as_of);

CREATE TABLE accuracy (
    day date NOT NULL,
    loc integer NOT NULL REFERENCES location,
    source text NOT NULL,
    run bigint NOT NULL,
    cause text NOT NULL,
    cells bigint NOT NULL,
    units bigint NOT NULL,
    value numeric(24, 6) NOT NULL,
    PRIMARY KEY (day, loc, source, run, cause)
);
