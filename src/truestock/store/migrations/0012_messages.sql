-- What shoppers are told of their orders: by which rules, which messages were made, and the texts that replace ours.

CREATE TABLE message_rule (
    id integer PRIMARY KEY CHECK (id > 0),
    channel integer NOT NULL REFERENCES channel,
    kind text NOT NULL
        CONSTRAINT message_rule_kind CHECK (kind IN ('confirmed', 'delayed', 'split', 'shipped', 'cancelled')),
    via text NOT NULL CONSTRAINT message_rule_via CHECK (via IN ('email', 'webhook', 'apprise')),
    target text NOT NULL,
    language text NOT NULL,
    after_hours integer NOT NULL CONSTRAINT message_rule_after CHECK (after_hours > 0),
    secrets bytea,
    paused boolean NOT NULL DEFAULT false,
    since timestamptz NOT NULL,
    read_to timestamptz NOT NULL,
    UNIQUE (channel, kind)
);

CREATE TABLE message_template (
    channel integer NOT NULL REFERENCES channel,
    kind text NOT NULL,
    language text NOT NULL,
    subject text NOT NULL,
    body_text text NOT NULL,
    body_html text NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (channel, kind, language)
);

CREATE TABLE message_watch (
    part smallint NOT NULL,
    order_id uuid NOT NULL,
    channel integer NOT NULL,
    looked_at timestamptz,
    look_at timestamptz NOT NULL,
    PRIMARY KEY (part, order_id)
);
CREATE INDEX message_watch_due ON message_watch (look_at);

CREATE TABLE message (
    part smallint NOT NULL,
    order_id uuid NOT NULL,
    kind text NOT NULL,
    n bigint NOT NULL,
    channel integer NOT NULL,
    state text NOT NULL DEFAULT 'waiting'
        CONSTRAINT message_state CHECK (state IN ('waiting', 'done', 'dead', 'dropped')),
    expected date,
    tries integer NOT NULL DEFAULT 0,
    next_try_at timestamptz NOT NULL,
    leased_until timestamptz,
    error text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    done_at timestamptz,
    PRIMARY KEY (part, order_id, kind, n)
);
CREATE INDEX message_due ON message (next_try_at) WHERE state = 'waiting';
CREATE INDEX message_dead ON message (channel) WHERE state = 'dead';
CREATE INDEX message_listed ON message (created_at);

CREATE INDEX order_step_recent ON order_step (recorded_at);
