-- How channels are reached, and what became of what they were sent.

ALTER TABLE outbound
    ADD COLUMN shown bigint,
    ADD COLUMN tries integer NOT NULL DEFAULT 0,
    ADD COLUMN next_try_at timestamptz,
    ADD COLUMN trouble text NOT NULL DEFAULT '',
    ADD COLUMN ticket text NOT NULL DEFAULT '',
    ADD COLUMN drift text NOT NULL DEFAULT ''
        CONSTRAINT outbound_drift CHECK (drift IN ('', 'missing', 'phantom_stockout', 'sold_there', 'edited')),
    ADD COLUMN drift_since timestamptz;
CREATE INDEX outbound_channel ON outbound (channel, listing);
CREATE INDEX outbound_waiting ON outbound (channel) WHERE acked_rev < rev;
CREATE INDEX outbound_in_flight ON outbound (channel, in_flight_since) WHERE in_flight_since IS NOT NULL;

CREATE TABLE connection (
    channel integer PRIMARY KEY REFERENCES channel,
    connector text NOT NULL,
    settings jsonb NOT NULL DEFAULT '{}',
    secrets bytea NOT NULL,
    paused boolean NOT NULL DEFAULT false,
    trouble text NOT NULL DEFAULT '',
    trouble_since timestamptz,
    added_at timestamptz NOT NULL
);
