-- Where suppliers' files lie, which of them were read, and schedules that are about one of these sources.

CREATE TABLE file_source (
    id integer PRIMARY KEY CHECK (id > 0),
    code text NOT NULL UNIQUE CHECK (code <> ''),
    channel integer NOT NULL REFERENCES channel,
    loc integer REFERENCES location,
    settings jsonb NOT NULL,
    secrets bytea NOT NULL,
    paused boolean NOT NULL DEFAULT false,
    trouble text NOT NULL DEFAULT '',
    trouble_since timestamptz,
    looked_at timestamptz,
    added_at timestamptz NOT NULL
);

CREATE TABLE file_read (
    source integer NOT NULL REFERENCES file_source,
    path text NOT NULL,
    size bigint NOT NULL,
    changed_at timestamptz NOT NULL,
    digest text NOT NULL,
    etag text NOT NULL,
    last_modified text NOT NULL,
    good boolean NOT NULL,
    report jsonb NOT NULL,
    read_at timestamptz NOT NULL,
    PRIMARY KEY (source, path)
);

ALTER TABLE schedule ADD COLUMN source integer REFERENCES file_source;
