-- What a run of a feed said of a line of supply, and how that stood before, so that the run can be undone.
CREATE TABLE supply_told (
    part smallint NOT NULL,
    item bigint NOT NULL,
    line bigint NOT NULL,
    run integer NOT NULL,
    n integer NOT NULL,
    was jsonb,
    told jsonb NOT NULL,
    PRIMARY KEY (part, item, line, run)
);
CREATE INDEX supply_told_run ON supply_told (run);
