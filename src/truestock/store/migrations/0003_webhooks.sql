-- What users' own systems are told, where, and how that goes.

CREATE TABLE event (
    part smallint NOT NULL,
    id bigint NOT NULL,
    kind text NOT NULL,
    subject text NOT NULL,
    data jsonb NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (part, id)
);
CREATE INDEX event_time ON event (recorded_at);

CREATE TABLE webhook (
    id integer PRIMARY KEY CHECK (id > 0),
    url text NOT NULL,
    kinds text[] NOT NULL,
    channel integer REFERENCES channel,
    secrets bytea NOT NULL,
    old_until timestamptz,
    paused boolean NOT NULL DEFAULT false,
    failures integer NOT NULL DEFAULT 0,
    not_before timestamptz,
    trouble text NOT NULL DEFAULT '',
    trouble_since timestamptz,
    atp_seq bigint NOT NULL,
    added_at timestamptz NOT NULL
);

CREATE TABLE delivery (
    part smallint NOT NULL,
    id bigint NOT NULL,
    webhook integer NOT NULL REFERENCES webhook,
    kind text NOT NULL,
    body text NOT NULL,
    state text NOT NULL DEFAULT 'waiting' CONSTRAINT delivery_state CHECK (state IN ('waiting', 'done', 'dead')),
    tries integer NOT NULL DEFAULT 0,
    next_try_at timestamptz NOT NULL,
    leased_until timestamptz,
    last_status integer,
    last_error text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    done_at timestamptz,
    PRIMARY KEY (part, id, webhook)
);
CREATE INDEX delivery_due ON delivery (webhook, next_try_at) WHERE state = 'waiting';
CREATE INDEX delivery_leased ON delivery (webhook) WHERE leased_until IS NOT NULL;
CREATE INDEX delivery_dead ON delivery (webhook) WHERE state = 'dead';
CREATE INDEX delivery_of_atp ON delivery (webhook, id) WHERE kind = 'availability.changed';
CREATE INDEX delivery_listed ON delivery (webhook, id);

ALTER TABLE connection ADD COLUMN down_told boolean NOT NULL DEFAULT false;
