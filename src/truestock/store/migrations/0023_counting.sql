-- Picks that were rejected, and cycle counts: plans, tasks, what was scanned, found and decided.

CREATE TABLE rejected_pick (
    part smallint NOT NULL,
    item bigint NOT NULL,
    movement bigint NOT NULL,
    lot bigint NOT NULL,
    loc integer NOT NULL,
    order_id uuid NOT NULL,
    line integer NOT NULL,
    reason text NOT NULL
        CONSTRAINT rejected_pick_reason CHECK (reason IN ('not_found', 'rejected', 'damaged', 'wrong_count')),
    qty bigint NOT NULL,
    settled bigint NOT NULL DEFAULT 0,
    actor text NOT NULL,
    recorded_at timestamptz NOT NULL,
    asked_at timestamptz,
    PRIMARY KEY (part, item, movement, lot),
    CONSTRAINT rejected_pick_parts CHECK (settled >= 0 AND settled <= qty)
);
CREATE INDEX rejected_pick_in_doubt ON rejected_pick (part, item, loc)
    WHERE settled < qty AND reason IN ('not_found', 'rejected');
CREATE INDEX rejected_pick_unasked ON rejected_pick (recorded_at) WHERE asked_at IS NULL;

CREATE TABLE count_plan (
    id integer PRIMARY KEY CHECK (id > 0),
    code text NOT NULL UNIQUE CHECK (code <> ''),
    loc integer REFERENCES location,
    zone text NOT NULL
        CONSTRAINT count_plan_zone CHECK (zone IN ('', 'pick', 'bulk', 'staging', 'inspection')),
    lines_a_day integer NOT NULL CHECK (lines_a_day > 0),
    lines_a_task integer NOT NULL CHECK (lines_a_task > 0),
    a_days integer NOT NULL CHECK (a_days > 0),
    b_days integer NOT NULL CHECK (b_days > 0),
    c_days integer NOT NULL CHECK (c_days > 0),
    wear integer NOT NULL CHECK (wear > 0),
    promotion_days integer NOT NULL CHECK (promotion_days >= 0),
    tolerance_units bigint NOT NULL CHECK (tolerance_units >= 0),
    tolerance_percent integer NOT NULL CHECK (tolerance_percent BETWEEN 0 AND 100),
    paused boolean NOT NULL DEFAULT false
);

CREATE TABLE count_task (
    part smallint NOT NULL,
    id bigint NOT NULL,
    plan integer,
    loc integer NOT NULL REFERENCES location,
    zone text NOT NULL,
    why text NOT NULL CONSTRAINT count_task_why CHECK (why IN ('plan', 'pick', 'asked')),
    priority integer NOT NULL,
    state text NOT NULL DEFAULT 'open' CONSTRAINT count_task_state CHECK (state IN ('open', 'done', 'cancelled')),
    tolerance_units bigint NOT NULL,
    tolerance_percent integer NOT NULL,
    made_at timestamptz NOT NULL,
    ended_at timestamptz,
    PRIMARY KEY (part, id)
);
CREATE INDEX count_task_open ON count_task (loc, priority DESC, id) WHERE state = 'open';
CREATE INDEX count_task_made ON count_task (made_at);

CREATE TABLE count_line (
    part smallint NOT NULL,
    task bigint NOT NULL,
    item bigint NOT NULL,
    score bigint NOT NULL,
    why text NOT NULL,
    state text NOT NULL DEFAULT 'open'
        CONSTRAINT count_line_state CHECK (state IN ('open', 'recount', 'review', 'deciding', 'booked', 'dismissed')),
    round smallint NOT NULL DEFAULT 1,
    counters text[] NOT NULL DEFAULT '{}',
    PRIMARY KEY (part, task, item)
);
CREATE INDEX count_line_open ON count_line (item) WHERE state IN ('open', 'recount', 'review', 'deciding');

CREATE TABLE count_scan (
    part smallint NOT NULL,
    task bigint NOT NULL,
    key text NOT NULL,
    item bigint NOT NULL,
    round smallint NOT NULL,
    lot text NOT NULL,
    expires_on date,
    bin text NOT NULL,
    qty bigint NOT NULL CHECK (qty >= 0),
    scanned_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    actor text NOT NULL,
    content bytea NOT NULL,
    PRIMARY KEY (part, task, key)
);
CREATE INDEX count_scan_line ON count_scan (part, task, item, round);

CREATE TABLE count_result (
    part smallint NOT NULL,
    task bigint NOT NULL,
    item bigint NOT NULL,
    round smallint NOT NULL,
    lot text NOT NULL,
    expires_on date,
    counted bigint NOT NULL CHECK (counted >= 0),
    expected bigint NOT NULL,
    in_doubt bigint NOT NULL,
    as_of timestamptz NOT NULL,
    movement bigint,
    PRIMARY KEY (part, task, item, round, lot)
);

CREATE TABLE count_decision (
    part smallint NOT NULL,
    task bigint NOT NULL,
    item bigint NOT NULL,
    n smallint NOT NULL,
    decision text NOT NULL CONSTRAINT count_decision_kind
        CHECK (decision IN ('right', 'within_tolerance', 'recount', 'review', 'approved', 'dismissed', 'cancelled')),
    actor text NOT NULL,
    reason text NOT NULL,
    decided_at timestamptz NOT NULL,
    PRIMARY KEY (part, task, item, n)
);

CREATE TABLE write_off_limit (
    role text PRIMARY KEY CHECK (role <> ''),
    members text[] NOT NULL,
    units bigint CHECK (units >= 0),
    value numeric(18, 2) CHECK (value >= 0)
);
