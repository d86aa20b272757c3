-- What a run's file says that its source keeps for orders is kept until it is compared: a run that was cut off goes on
-- without its file.
CREATE TABLE feed_allocated (
    run integer NOT NULL REFERENCES feed_run,
    n integer NOT NULL,
    told bytea NOT NULL,
    PRIMARY KEY (run, n)
);
