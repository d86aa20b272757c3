-- The lines of the last file that a feed's figures stand by: of the next one only what it says otherwise is read.
CREATE TABLE feed_before (
    feed integer PRIMARY KEY REFERENCES feed ON DELETE CASCADE,
    run integer NOT NULL,
    read_by bytea NOT NULL,
    last_item bigint NOT NULL,
    traits text NOT NULL,
    rows integer NOT NULL,
    stated integer NOT NULL,
    silent integer NOT NULL,
    looked_at timestamptz NOT NULL
);
CREATE TABLE feed_before_lines (
    feed integer NOT NULL REFERENCES feed_before ON DELETE CASCADE,
    n integer NOT NULL,
    lines bytea NOT NULL,
    PRIMARY KEY (feed, n)
);
ALTER TABLE feed_before_lines ALTER COLUMN lines SET STORAGE EXTERNAL;
CREATE UNLOGGED TABLE feed_gone (part smallint, item bigint, loc integer, lot bigint, status smallint);
CREATE INDEX stated_unbound ON stated (feed) WHERE NOT binds;
