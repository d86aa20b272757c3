-- What sources call items and locations, and the EDI interchanges that have been read, by their partners' numbers.

CREATE TABLE item_alias (
    source text NOT NULL CHECK (source <> ''),
    alias text NOT NULL CHECK (alias <> ''),
    item bigint NOT NULL REFERENCES item,
    PRIMARY KEY (source, alias)
);

CREATE TABLE location_alias (
    source text NOT NULL CHECK (source <> ''),
    alias text NOT NULL CHECK (alias <> ''),
    location integer NOT NULL REFERENCES location,
    PRIMARY KEY (source, alias)
);

CREATE TABLE interchange (
    sender text NOT NULL,
    receiver text NOT NULL,
    control text NOT NULL,
    digest text NOT NULL,
    file text NOT NULL,
    groups jsonb NOT NULL,
    read_at timestamptz NOT NULL,
    taken_at timestamptz,
    PRIMARY KEY (sender, receiver, control)
);
