-- What pages show of items, what channels ask of it, and what suppliers call their columns.

CREATE TABLE content (
    id bigint PRIMARY KEY CHECK (id > 0),
    channel integer NOT NULL,
    kind text NOT NULL CHECK (kind IN ('product', 'variant')),
    code text NOT NULL CHECK (code <> ''),
    product text,
    options jsonb,
    title text,
    summary text,
    description text,
    brand text,
    category text,
    images jsonb,
    attributes jsonb,
    price numeric(18, 6) CHECK (price >= 0),
    compare_at_price numeric(18, 6) CHECK (compare_at_price >= 0),
    currency text,
    tax_class text,
    cells jsonb,
    changed_at timestamptz NOT NULL,
    UNIQUE (channel, kind, code)
);

CREATE TABLE content_rule (
    channel integer NOT NULL REFERENCES channel,
    field text NOT NULL CHECK (field <> ''),
    called text NOT NULL DEFAULT '',
    required boolean NOT NULL DEFAULT false,
    allowed text[] NOT NULL DEFAULT '{}',
    at_least integer CHECK (at_least >= 0),
    at_most integer CHECK (at_most >= 0),
    pixels integer CHECK (pixels >= 0),
    PRIMARY KEY (channel, field)
);

CREATE TABLE column_mapping (
    name text NOT NULL CHECK (name <> ''),
    field text NOT NULL,
    header text NOT NULL CHECK (header <> ''),
    PRIMARY KEY (name, field)
);
