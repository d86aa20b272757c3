-- A task of a zone counts its bins, each of which has a mark of its own. Open tasks that name a zone were begun as counts
-- of the whole location, and end as such.
CREATE TABLE bin_mark (
    part smallint NOT NULL,
    item bigint NOT NULL,
    loc integer NOT NULL,
    lot bigint NOT NULL,
    bin integer NOT NULL,
    as_of timestamptz NOT NULL,
    qty bigint NOT NULL CHECK (qty >= 0),
    found bigint NOT NULL CHECK (found >= 0),
    movement bigint NOT NULL,
    PRIMARY KEY (part, item, loc, lot, bin)
);

ALTER TABLE count_result
    ADD COLUMN bin text NOT NULL DEFAULT '',
    ADD COLUMN without_bin bigint NOT NULL DEFAULT 0,
    DROP CONSTRAINT count_result_pkey,
    ADD PRIMARY KEY (part, task, item, round, lot, bin);

UPDATE count_task SET zone = '' WHERE state = 'open' AND zone <> '';
