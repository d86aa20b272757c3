-- Jobs that do several things in order, and a time after which all of a channel's orders are wanted.

CREATE TABLE job_stage (
    job bigint NOT NULL,
    ord integer NOT NULL,
    channel text NOT NULL DEFAULT '',
    stage text NOT NULL,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'done', 'passed', 'failed')),
    said text NOT NULL DEFAULT '',
    began_at timestamptz,
    ended_at timestamptz,
    PRIMARY KEY (job, ord, channel)
);

ALTER TABLE connection ADD COLUMN orders_wanted_at timestamptz;
