-- Feeds: what other systems say of stock, what became of each file, and what they said last of each cell.

CREATE TABLE feed (
    id integer PRIMARY KEY CHECK (id > 0),
    code text NOT NULL UNIQUE CHECK (code <> ''),
    meaning text NOT NULL
        CONSTRAINT feed_meaning CHECK (meaning IN ('on_hand', 'available', 'delta', 'count', 'expected', 'sales',
                                                   'receipt', 'shipment', 'return')),
    posture text NOT NULL CONSTRAINT feed_posture CHECK (posture IN ('book', 'reconcile', 'compare')),
    settings jsonb NOT NULL,
    secrets bytea NOT NULL,
    due_every_minutes integer CONSTRAINT feed_due CHECK (due_every_minutes > 0),
    paused boolean NOT NULL DEFAULT false,
    trouble text NOT NULL DEFAULT '',
    trouble_since timestamptz,
    arrived_at timestamptz,
    as_of timestamptz,
    booked_until timestamptz,
    added_at timestamptz NOT NULL
);

CREATE TABLE feed_run (
    id integer PRIMARY KEY CHECK (id > 0),
    feed integer NOT NULL REFERENCES feed,
    file text NOT NULL,
    digest text NOT NULL,
    as_of timestamptz NOT NULL,
    booked_until timestamptz NOT NULL,
    was_as_of timestamptz,
    was_booked_until timestamptz,
    state text NOT NULL
        CONSTRAINT feed_run_state CHECK (state IN ('asks', 'booking', 'done', 'refused', 'undoing', 'undone')),
    reached integer NOT NULL DEFAULT 0,
    report jsonb NOT NULL,
    content bytea,
    actor text NOT NULL,
    began_at timestamptz NOT NULL,
    ended_at timestamptz
);
CREATE INDEX feed_run_of ON feed_run (feed, id);
CREATE INDEX feed_run_digest ON feed_run (feed, digest);

CREATE TABLE feed_line (
    run integer NOT NULL REFERENCES feed_run,
    line integer NOT NULL,
    field text NOT NULL,
    reason text NOT NULL,
    repair text NOT NULL,
    fields jsonb NOT NULL,
    state text NOT NULL DEFAULT 'open' CONSTRAINT feed_line_state CHECK (state IN ('open', 'retried', 'dropped')),
    PRIMARY KEY (run, line)
);

CREATE TABLE feed_row (
    run integer NOT NULL REFERENCES feed_run,
    line integer NOT NULL,
    fields jsonb NOT NULL,
    PRIMARY KEY (run, line)
);

CREATE UNLOGGED TABLE feed_raw (
    line integer NOT NULL,
    sku text,
    location text,
    lot text,
    expires_at timestamptz,
    status text,
    qty bigint,
    at timestamptz,
    allocated bigint
);

CREATE UNLOGGED TABLE feed_change (
    what text NOT NULL,
    line integer,
    part smallint,
    item bigint,
    loc integer,
    lot bigint,
    status smallint,
    qty bigint,
    at timestamptz,
    was bigint
);

CREATE TABLE stated (
    part smallint NOT NULL,
    item bigint NOT NULL,
    loc integer NOT NULL,
    lot bigint NOT NULL,
    status smallint NOT NULL,
    feed integer NOT NULL REFERENCES feed,
    qty bigint NOT NULL,
    as_of timestamptz,
    booked_until timestamptz,
    binds boolean NOT NULL DEFAULT true,
    run integer NOT NULL,
    PRIMARY KEY (part, item, loc, lot, status, feed)
) WITH (fillfactor = 80);
