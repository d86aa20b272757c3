-- What channels show of listings besides stock: whether it is written there, and what they took last.

ALTER TABLE connection ADD COLUMN push_pages boolean NOT NULL DEFAULT false;

CREATE TABLE page_pushed (
    part smallint NOT NULL,
    listing bigint NOT NULL,
    channel integer NOT NULL,
    digest text NOT NULL,
    seen text NOT NULL,
    pushed_at timestamptz,
    tries integer NOT NULL DEFAULT 0,
    next_try_at timestamptz,
    trouble text NOT NULL DEFAULT '',
    PRIMARY KEY (part, listing)
);
CREATE INDEX page_pushed_channel ON page_pushed (channel, listing);
