-- Fees that only settlements tell, kept once, and how far each channel's have been read.

CREATE TABLE settled_fee (
    part smallint NOT NULL,
    channel integer NOT NULL REFERENCES channel,
    ref text NOT NULL,
    id text NOT NULL CHECK (id <> ''),
    order_id uuid,
    line text NOT NULL,
    sku text NOT NULL,
    kind text NOT NULL CHECK (kind <> ''),
    amount numeric(18, 4) NOT NULL,
    currency text NOT NULL,
    posted_at timestamptz NOT NULL,
    settlement text NOT NULL,
    source text NOT NULL CONSTRAINT settled_fee_source CHECK (source IN ('settlement', 'file')),
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (part, channel, ref, id)
);
CREATE INDEX settled_fee_order ON settled_fee (part, order_id);
CREATE INDEX settled_fee_posted ON settled_fee (channel, posted_at, ref, id);

CREATE TABLE fee_reading (
    channel integer PRIMARY KEY REFERENCES channel,
    cursor text NOT NULL DEFAULT '',
    read_at timestamptz,
    trouble text NOT NULL DEFAULT '',
    unread text NOT NULL DEFAULT ''
);
