-- Orders as their channels have them, what they were taken as here, and what channels are still to be told of them.

ALTER TABLE connection
    ADD COLUMN orders_phase text NOT NULL DEFAULT 'open' CONSTRAINT connection_phase CHECK (orders_phase IN ('open', 'since')),
    ADD COLUMN orders_cursor text NOT NULL DEFAULT '',
    ADD COLUMN orders_from timestamptz;

CREATE TABLE place (
    id integer PRIMARY KEY CHECK (id > 0),
    channel integer NOT NULL REFERENCES channel,
    code text NOT NULL CHECK (code <> ''),
    UNIQUE (channel, code)
);

CREATE TABLE place_location (
    place integer NOT NULL REFERENCES place,
    loc integer NOT NULL REFERENCES location,
    PRIMARY KEY (place, loc)
);

CREATE TABLE notice (
    part smallint NOT NULL,
    id uuid NOT NULL,
    channel integer NOT NULL,
    topic text NOT NULL,
    about text NOT NULL,
    object text NOT NULL,
    changed_at text NOT NULL,
    body bytea NOT NULL,
    received_at timestamptz NOT NULL,
    done_at timestamptz,
    trouble text NOT NULL DEFAULT '',
    PRIMARY KEY (part, id)
);
CREATE INDEX notice_waiting ON notice (channel, received_at) WHERE done_at IS NULL;
CREATE INDEX notice_received ON notice (received_at);

CREATE TABLE channel_order (
    part smallint NOT NULL,
    id uuid NOT NULL,
    channel integer NOT NULL,
    ref text NOT NULL,
    name text NOT NULL,
    state text NOT NULL CHECK (state IN ('pending', 'open', 'cancelled', 'closed')),
    placed_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    read_at timestamptz NOT NULL,
    content bytea NOT NULL,
    currency text NOT NULL,
    shipping numeric(18, 4) NOT NULL,
    shipping_tax numeric(18, 4) NOT NULL,
    lat double precision,
    lng double precision,
    settled boolean NOT NULL,
    waiting text[] NOT NULL DEFAULT '{}',
    trouble text NOT NULL DEFAULT '',
    PRIMARY KEY (part, id)
);
CREATE INDEX channel_order_unsettled ON channel_order (channel) WHERE NOT settled;

CREATE TABLE channel_order_line (
    part smallint NOT NULL,
    order_id uuid NOT NULL,
    line text NOT NULL,
    place integer NOT NULL,
    sku text NOT NULL,
    title text NOT NULL,
    qty bigint NOT NULL CHECK (qty >= 0),
    returned bigint NOT NULL,
    price numeric(18, 4) NOT NULL,
    discount numeric(18, 4) NOT NULL,
    tax numeric(18, 4) NOT NULL,
    outside bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (part, order_id, line)
);

CREATE TABLE channel_order_fee (
    part smallint NOT NULL,
    order_id uuid NOT NULL,
    n integer NOT NULL,
    kind text NOT NULL,
    line text NOT NULL,
    amount numeric(18, 4) NOT NULL,
    PRIMARY KEY (part, order_id, n)
);

CREATE TABLE channel_parcel (
    part smallint NOT NULL,
    order_id uuid NOT NULL,
    n integer NOT NULL,
    parcel text NOT NULL,
    lines jsonb NOT NULL,
    shipped_at timestamptz,
    place text NOT NULL,
    carrier text NOT NULL,
    tracking text NOT NULL,
    PRIMARY KEY (part, order_id, n)
);

CREATE TABLE unread_order (
    channel integer NOT NULL REFERENCES channel,
    ref text NOT NULL,
    reason text NOT NULL,
    since timestamptz NOT NULL,
    PRIMARY KEY (channel, ref)
);

CREATE TABLE taken_order (
    part smallint NOT NULL,
    order_id uuid NOT NULL,
    k integer NOT NULL,
    ref text NOT NULL,
    content text NOT NULL,
    PRIMARY KEY (part, order_id, k)
);

CREATE TABLE taken_line (
    part smallint NOT NULL,
    order_id uuid NOT NULL,
    k integer NOT NULL,
    n integer NOT NULL,
    line text NOT NULL,
    qty bigint NOT NULL CHECK (qty > 0),
    released bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (part, order_id, k, n),
    CONSTRAINT taken_line_released CHECK (released BETWEEN 0 AND qty)
);

CREATE TABLE buyer (
    part smallint NOT NULL,
    order_id uuid NOT NULL,
    channel integer NOT NULL,
    placed_at timestamptz NOT NULL,
    data jsonb NOT NULL,
    PRIMARY KEY (part, order_id)
);
CREATE INDEX buyer_placed ON buyer (placed_at);

CREATE TABLE order_step (
    part smallint NOT NULL,
    order_id uuid NOT NULL,
    movement bigint NOT NULL,
    channel integer NOT NULL,
    ref text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('shipped', 'cancelled')),
    happened_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    carrier text NOT NULL,
    tracking text NOT NULL,
    tracking_url text NOT NULL,
    reason text NOT NULL,
    lines bigint[] NOT NULL,
    told_at timestamptz,
    tries integer NOT NULL DEFAULT 0,
    next_try_at timestamptz,
    trouble text NOT NULL DEFAULT '',
    PRIMARY KEY (part, order_id, movement)
);
CREATE INDEX order_step_untold ON order_step (channel) WHERE told_at IS NULL;
CREATE INDEX taken_order_ref ON taken_order (ref);
