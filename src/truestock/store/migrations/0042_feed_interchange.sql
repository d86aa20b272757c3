-- EDI interchanges whose rows a run of a feed has taken in: another file of the feed that brings them again is read
-- without them, unless the run was undone or they are read otherwise.
CREATE TABLE feed_interchange (
    run integer NOT NULL REFERENCES feed_run,
    sender text NOT NULL,
    receiver text NOT NULL,
    control text NOT NULL,
    read_by bytea NOT NULL,
    PRIMARY KEY (run, sender, receiver, control)
);
CREATE INDEX feed_interchange_of ON feed_interchange (sender, receiver, control);
