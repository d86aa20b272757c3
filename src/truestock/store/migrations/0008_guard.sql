-- What a channel may have sold and the hub has not heard of: fixed by a rule, or computed and kept here.

CREATE TABLE guard (
    part smallint NOT NULL,
    item bigint NOT NULL,
    channel integer NOT NULL,
    units bigint NOT NULL CHECK (units > 0),
    made_from jsonb NOT NULL,
    recorded_from timestamptz NOT NULL,
    recorded_to timestamptz,
    PRIMARY KEY (part, item, channel, recorded_from)
);
CREATE UNIQUE INDEX guard_open ON guard (part, item, channel) WHERE recorded_to IS NULL;

ALTER TABLE outbound ADD COLUMN acked_at timestamptz;

ALTER TABLE policy
    DROP CONSTRAINT policy_kind_check,
    ADD CONSTRAINT policy_kind_check CHECK (kind IN ('safety_stock', 'buffer', 'cap', 'protection', 'sell_out_at',
                                                     'min_shelf_life', 'ring_target', 'guard', 'guard_service')),
    DROP CONSTRAINT policy_check3,
    ADD CONSTRAINT policy_percent CHECK (CASE kind WHEN 'cap' THEN unit <> 'percent' OR value <= 100
                                                   WHEN 'guard_service' THEN unit = 'percent' AND value <= 99
                                                   ELSE unit <> 'percent' END),
    DROP CONSTRAINT policy_check4,
    ADD CONSTRAINT policy_days CHECK ((kind = 'min_shelf_life') = (unit = 'days'));

WITH given AS (
    UPDATE counter SET next = next + 1 WHERE name = 'schedule' RETURNING next - 1 AS id
)
INSERT INTO schedule (id, what, cron, zone, next_run, added_at)
SELECT id, 'guards', '*/5 * * * *', 'UTC', now(), now() FROM given;
