-- Alerts: rules over live state, what they have found, who is told. What movements did that somebody should know of is
-- a mishap from now on: alerts are made of mishaps, among other things.

CREATE TABLE mishap (
    part smallint NOT NULL,
    item bigint NOT NULL,
    id bigint NOT NULL,
    kind text NOT NULL CHECK (kind IN ('negative', 'short', 'displaced', 'repaired')),
    loc integer NOT NULL,
    channel integer NOT NULL,
    order_id uuid,
    qty bigint NOT NULL,
    movement bigint NOT NULL,
    opened_at timestamptz NOT NULL,
    taken_at timestamptz,
    PRIMARY KEY (part, item, id)
);
CREATE INDEX mishap_new ON mishap (opened_at) WHERE taken_at IS NULL;
INSERT INTO mishap (part, item, id, kind, loc, channel, order_id, qty, movement, opened_at, taken_at)
SELECT part, item, id, kind, loc, channel, order_id, qty, movement, opened_at, opened_at FROM alert;
DROP TABLE alert;

CREATE TABLE alert_rule (
    id integer PRIMARY KEY CHECK (id > 0),
    name text NOT NULL UNIQUE CHECK (name <> ''),
    kind text NOT NULL,
    channel integer REFERENCES channel,
    item bigint REFERENCES item,
    category text,
    loc integer REFERENCES location,
    threshold bigint NOT NULL CHECK (threshold >= 0),
    severity text NOT NULL CONSTRAINT alert_rule_severity CHECK (severity IN ('info', 'warning', 'critical')),
    owner text NOT NULL,
    group_by text NOT NULL
        CONSTRAINT alert_rule_group_by CHECK (group_by IN ('rule', 'channel', 'item', 'category', 'location', 'subject')),
    targets text[] NOT NULL,
    quiet_from time,
    quiet_to time,
    quiet_zone text NOT NULL,
    escalate_after_s integer CHECK (escalate_after_s > 0),
    escalate_to text[] NOT NULL,
    reopen_within_s integer NOT NULL CHECK (reopen_within_s >= 0),
    paused boolean NOT NULL,
    swept_to bigint NOT NULL DEFAULT 0,
    CONSTRAINT alert_rule_quiet CHECK ((quiet_from IS NULL) = (quiet_to IS NULL) AND quiet_from <> quiet_to)
);
INSERT INTO alert_rule (id, name, kind, threshold, severity, owner, group_by, targets, quiet_zone, escalate_to,
                        reopen_within_s, paused)
SELECT n, name, kind, threshold, severity, '', group_by, '{}', 'UTC', '{}', 3600, false
FROM (VALUES (1, 'shorts', 'short', 1, 'critical', 'rule'),
             (2, 'negative stock', 'negative', 1, 'critical', 'location'),
             (3, 'backlog of a channel', 'backlog', 300, 'critical', 'channel'),
             (4, 'worker silent', 'worker_silent', 60, 'critical', 'rule'),
             (5, 'feed late or failing', 'feed_late', 0, 'warning', 'subject'),
             (6, 'oversell risk', 'oversell_risk', 100, 'warning', 'channel'),
             (7, 'phantom stockout', 'phantom_stockout', 10, 'warning', 'channel'),
             (8, 'supply overdue', 'expected_overdue', 1, 'warning', 'location'),
             (9, 'row repaired', 'repaired', 7, 'warning', 'rule'))
     r (n, name, kind, threshold, severity, group_by);
INSERT INTO counter (name, next) VALUES ('alert_rule', 10);

CREATE TABLE alert_target (
    id integer PRIMARY KEY CHECK (id > 0),
    name text NOT NULL UNIQUE CHECK (name <> ''),
    via text NOT NULL CONSTRAINT alert_target_via CHECK (via IN ('email', 'apprise')),
    address text NOT NULL,
    secrets bytea,
    added_at timestamptz NOT NULL
);

CREATE TABLE alert (
    part smallint NOT NULL,
    id bigint NOT NULL,
    rule integer NOT NULL,
    kind text NOT NULL,
    subject text NOT NULL,
    grp text NOT NULL,
    channel integer,
    item bigint,
    loc integer,
    state text NOT NULL
        CONSTRAINT alert_state CHECK (state IN ('open', 'acknowledged', 'snoozed', 'resolved')),
    severity text NOT NULL,
    owner text NOT NULL,
    gravity bigint NOT NULL,
    count integer NOT NULL CHECK (count > 0),
    units bigint NOT NULL,
    money numeric(18, 2),
    currency text NOT NULL,
    happened text NOT NULL,
    risk text NOT NULL,
    remedy text NOT NULL,
    opened_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    snoozed_until timestamptz,
    escalate_at timestamptz,
    escalated_at timestamptz,
    resolved_at timestamptz,
    PRIMARY KEY (part, id)
);
CREATE UNIQUE INDEX alert_standing ON alert (part, rule, subject) WHERE state <> 'resolved';
CREATE INDEX alert_id ON alert (id);
CREATE INDEX alert_item ON alert (item) WHERE item IS NOT NULL;
CREATE INDEX alert_of_rule ON alert (rule, id);
CREATE INDEX alert_unresolved ON alert (severity, id) WHERE state <> 'resolved';
CREATE INDEX alert_resolved ON alert (resolved_at) WHERE resolved_at IS NOT NULL;
CREATE INDEX alert_escalation ON alert (escalate_at) WHERE escalate_at IS NOT NULL;
CREATE INDEX alert_snoozed ON alert (snoozed_until) WHERE state = 'snoozed';

CREATE TABLE alert_step (
    part smallint NOT NULL,
    alert bigint NOT NULL,
    id bigint NOT NULL,
    what text NOT NULL,
    actor text NOT NULL,
    note text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (part, alert, id)
);

CREATE TABLE alert_message (
    part smallint NOT NULL,
    id bigint NOT NULL,
    target integer NOT NULL,
    rule integer NOT NULL,
    grp text NOT NULL,
    what text NOT NULL CONSTRAINT alert_message_what CHECK (what IN ('opened', 'escalated', 'resolved')),
    alerts bigint[] NOT NULL,
    state text NOT NULL DEFAULT 'waiting'
        CONSTRAINT alert_message_state CHECK (state IN ('waiting', 'done', 'dead', 'dropped')),
    tries integer NOT NULL DEFAULT 0,
    next_try_at timestamptz NOT NULL,
    leased_until timestamptz,
    error text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    done_at timestamptz,
    PRIMARY KEY (part, id)
);
CREATE INDEX alert_message_due ON alert_message (next_try_at) WHERE state = 'waiting';
CREATE INDEX alert_message_of ON alert_message (target, rule, created_at);

CREATE TABLE alert_look (
    part smallint NOT NULL,
    item bigint NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (part, item, at)
);

CREATE TABLE alert_due (
    kind text PRIMARY KEY,
    at timestamptz NOT NULL
);

CREATE TABLE heartbeat (
    name text PRIMARY KEY,
    at timestamptz NOT NULL
);

INSERT INTO lane (name, seq) VALUES ('alerts', 0);
CREATE INDEX outbound_drift ON outbound (drift, channel) WHERE drift <> '';
CREATE INDEX expected_due ON expected (due_at) WHERE state = 'open';
CREATE INDEX lot_expiry ON lot (expires_at) WHERE expires_at IS NOT NULL;
