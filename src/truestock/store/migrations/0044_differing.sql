-- What a run of a master's figures found otherwise, written down before it is booked and weighed after.
CREATE TABLE feed_differing (
    run integer NOT NULL REFERENCES feed_run,
    n integer NOT NULL,
    found bytea NOT NULL,
    PRIMARY KEY (run, n)
);
