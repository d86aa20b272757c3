-- What a feed said of a cell before what it says now, so that the feed stands by that once the newer file is undone; and
-- the facts that an undone file had seen, which count again.
CREATE TABLE stated_before (
    part smallint NOT NULL,
    item bigint NOT NULL,
    loc integer NOT NULL,
    lot bigint NOT NULL,
    status smallint NOT NULL,
    feed integer NOT NULL REFERENCES feed,
    run integer NOT NULL,
    qty bigint NOT NULL,
    as_of timestamptz NOT NULL,
    booked_until timestamptz NOT NULL,
    binds boolean NOT NULL,
    PRIMARY KEY (part, item, loc, lot, status, feed, run)
);
CREATE INDEX stated_before_run ON stated_before (run);

CREATE TABLE feed_unseen (
    part smallint NOT NULL,
    item bigint NOT NULL,
    loc integer NOT NULL,
    lot bigint NOT NULL,
    status smallint NOT NULL,
    movement bigint NOT NULL,
    run integer NOT NULL REFERENCES feed_run,
    kind smallint NOT NULL,
    qty bigint NOT NULL,
    effective_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    counts boolean NOT NULL DEFAULT false,
    PRIMARY KEY (part, item, loc, lot, status, movement)
);
CREATE INDEX feed_unseen_run ON feed_unseen (run) WHERE NOT counts;
