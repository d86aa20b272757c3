-- When jobs are due, and what became of each try. The queue itself stands in a schema of its own (store/jobs).

CREATE TABLE schedule (
    id integer PRIMARY KEY CHECK (id > 0),
    what text NOT NULL,
    channel integer REFERENCES channel,
    cron text NOT NULL,
    zone text NOT NULL,
    last_run timestamptz,
    next_run timestamptz NOT NULL,
    added_at timestamptz NOT NULL
);
CREATE INDEX schedule_next ON schedule (next_run);
INSERT INTO schedule (id, what, cron, zone, next_run, added_at)
VALUES (1, 'retention', '30 3 * * *', 'UTC',
        (date_trunc('day', now() AT TIME ZONE 'UTC') + interval '27 hours 30 minutes') AT TIME ZONE 'UTC', now());
INSERT INTO counter (name, next) VALUES ('schedule', 2);

CREATE TABLE job_try (
    job bigint NOT NULL,
    try integer NOT NULL,
    done boolean NOT NULL,
    said text NOT NULL,
    started_at timestamptz NOT NULL,
    ended_at timestamptz NOT NULL,
    PRIMARY KEY (job, try)
);
