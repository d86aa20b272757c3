-- A server is asked for a feed's file only where that is not the one that was taken last.
CREATE TABLE feed_fetched (
    feed integer PRIMARY KEY REFERENCES feed ON DELETE CASCADE,
    run integer NOT NULL,
    described bytea NOT NULL,
    etag text NOT NULL,
    last_modified text NOT NULL
);
