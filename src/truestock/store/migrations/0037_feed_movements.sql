-- What rows of feeds booked, so that undoing a run reverses that and nothing else; and whether rows that were set aside
-- are in our names already.
CREATE TABLE feed_movement (
    movement bigint PRIMARY KEY,
    run integer NOT NULL REFERENCES feed_run,
    line integer NOT NULL
);
CREATE INDEX feed_movement_run ON feed_movement (run);

INSERT INTO feed_movement (movement, run, line)
SELECT DISTINCT ON (m.id) m.id, r.id, 0
FROM feed_run r
JOIN feed f ON f.id = r.feed AND f.meaning NOT IN ('on_hand', 'available', 'count')
JOIN movement m ON m.source = f.code AND m.recorded_at BETWEEN r.began_at AND coalesce(r.ended_at, clock_timestamp())
WHERE m.reverses IS NULL
ORDER BY m.id, r.id;

ALTER TABLE feed_line ADD COLUMN mapped boolean NOT NULL DEFAULT false;
