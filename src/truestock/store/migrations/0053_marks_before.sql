-- A count that is reversed leaves the mark that stood before it: marks are kept when another takes their place.
CREATE TABLE bin_mark_before (
    part smallint NOT NULL,
    item bigint NOT NULL,
    loc integer NOT NULL,
    lot bigint NOT NULL,
    bin integer NOT NULL,
    as_of timestamptz NOT NULL,
    qty bigint NOT NULL,
    found bigint NOT NULL,
    movement bigint NOT NULL,
    PRIMARY KEY (part, item, loc, lot, bin, movement)
);
CREATE TABLE mark_before (
    part smallint NOT NULL,
    item bigint NOT NULL,
    loc integer NOT NULL,
    lot bigint NOT NULL,
    status smallint NOT NULL,
    as_of timestamptz NOT NULL,
    qty bigint NOT NULL,
    movement bigint NOT NULL,
    PRIMARY KEY (part, item, loc, lot, status, movement)
);
