-- The whole schema, readable top to bottom; the migrations build the same (tests prove it).
--
-- part   = stable hash of the row's own key modulo 256, computed by us (core/identity.py), first in every hot key
-- place  = a location id (> 0), or outside the house: -1 inbound, -2 customer, -3 adjustment, -4 scrap
-- status = 0 sellable, 1 receiving, 2 inspection, 3 quarantine, 4 damaged, 5 rework, 6 in_transit
-- owner  = 0 the common pool, else the channel the units are ring-fenced for
-- Quantities are whole base units. What ATP reads and is not stock is closed (recorded_to) and replaced, never updated.

-- ============================================================ reference

CREATE TABLE counter (                       -- application-made ids of reference rows, given in blocks
    name text PRIMARY KEY,
    next bigint NOT NULL
);

CREATE TABLE epoch (                         -- raised by every change of what decisions read besides stock
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    rules bigint NOT NULL
);
INSERT INTO epoch (rules) VALUES (1);

CREATE TABLE item (
    id bigint PRIMARY KEY CHECK (id > 0),
    part smallint NOT NULL,
    sku text NOT NULL UNIQUE CHECK (sku <> ''),
    name text NOT NULL DEFAULT '',
    category text NOT NULL DEFAULT '',
    unit text NOT NULL DEFAULT 'each',
    weight_g integer CHECK (weight_g >= 0),
    cost numeric(18, 6) CHECK (cost >= 0),
    lot_tracked boolean NOT NULL DEFAULT false,
    rotation text NOT NULL DEFAULT 'fefo' CHECK (rotation IN ('fefo', 'fifo')),
    kit boolean NOT NULL DEFAULT false,      -- a kit has components and no stock of its own
    created_at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX item_category ON item (category);

CREATE TABLE barcode (
    gtin text PRIMARY KEY CHECK (gtin ~ '^[0-9]{14}$'),
    item bigint NOT NULL REFERENCES item,
    units integer NOT NULL DEFAULT 1 CHECK (units > 0)
);
CREATE INDEX barcode_item ON barcode (item);

CREATE TABLE kit_component (
    kit bigint NOT NULL REFERENCES item,
    item bigint NOT NULL REFERENCES item,
    units integer NOT NULL CHECK (units > 0),
    recorded_from timestamptz NOT NULL,
    recorded_to timestamptz,
    PRIMARY KEY (kit, item, recorded_from)
);
CREATE INDEX kit_component_item ON kit_component (item);

CREATE TABLE channel (
    id integer PRIMARY KEY CHECK (id > 0),
    code text NOT NULL UNIQUE CHECK (code <> ''),
    name text NOT NULL DEFAULT '',
    grp text NOT NULL DEFAULT 'ecommerce' CHECK (grp IN ('retail', 'ecommerce', 'wholesale')),
    rank integer NOT NULL DEFAULT 100,       -- lower is better: it is protected from the channels behind it
    mode text NOT NULL DEFAULT 'live' CHECK (mode IN ('off', 'shadow', 'live'))
);

CREATE TABLE location (
    id integer PRIMARY KEY CHECK (id > 0),
    code text NOT NULL UNIQUE CHECK (code <> ''),
    name text NOT NULL DEFAULT '',
    kind text NOT NULL CHECK (kind IN ('dc', '3pl', 'store', 'dark_store', 'marketplace_fc', 'supplier')),
    tier text NOT NULL DEFAULT 'primary' CHECK (tier IN ('primary', 'secondary', 'virtual')),
    rank integer NOT NULL DEFAULT 100,
    lat double precision CHECK (lat BETWEEN -90 AND 90),
    lng double precision CHECK (lng BETWEEN -180 AND 180),
    ships boolean NOT NULL DEFAULT true,
    pickup boolean NOT NULL DEFAULT false,
    capacity_per_day integer CHECK (capacity_per_day >= 0),
    cut_off time,
    only_channel integer REFERENCES channel, -- a marketplace_fc sells on its own channel alone
    CHECK ((kind = 'marketplace_fc') = (only_channel IS NOT NULL))
);

CREATE TABLE bin (
    id integer PRIMARY KEY CHECK (id > 0),
    loc integer NOT NULL REFERENCES location,
    zone text NOT NULL CHECK (zone IN ('pick', 'bulk', 'staging', 'inspection')),
    code text NOT NULL,
    UNIQUE (loc, code)
);

CREATE TABLE channel_location (
    channel integer NOT NULL REFERENCES channel,
    loc integer NOT NULL REFERENCES location,
    ord integer NOT NULL DEFAULT 0,
    recorded_from timestamptz NOT NULL,
    recorded_to timestamptz,
    PRIMARY KEY (channel, loc, recorded_from)
);

CREATE TABLE listing (
    id bigint PRIMARY KEY CHECK (id > 0),
    channel integer NOT NULL REFERENCES channel,
    sku text NOT NULL CHECK (sku <> ''),     -- the channel's own SKU or id
    title text NOT NULL DEFAULT '',
    together boolean NOT NULL DEFAULT false, -- all components at one location
    UNIQUE (channel, sku)
);

CREATE TABLE component (                     -- what one unit of a listing takes
    listing bigint NOT NULL REFERENCES listing,
    item bigint NOT NULL REFERENCES item,
    units integer NOT NULL CHECK (units > 0),
    recorded_from timestamptz NOT NULL,
    recorded_to timestamptz,
    PRIMARY KEY (listing, item, recorded_from)
);
CREATE INDEX component_item ON component (item);

CREATE TABLE policy (
    id bigint PRIMARY KEY CHECK (id > 0),
    kind text NOT NULL CHECK (kind IN ('safety_stock', 'buffer', 'cap', 'protection', 'sell_out_at',
                                       'min_shelf_life', 'ring_target', 'ring_share', 'guard', 'guard_service')),
    channel integer REFERENCES channel,
    item bigint REFERENCES item,
    category text,
    loc integer REFERENCES location,
    tier text CHECK (tier IN ('primary', 'secondary', 'virtual')),
    value bigint NOT NULL CHECK (value >= 0),
    unit text NOT NULL DEFAULT 'units' CHECK (unit IN ('units', 'percent', 'days')),
    starts_at timestamptz,
    ends_at timestamptz,
    reason text NOT NULL DEFAULT '',
    recorded_from timestamptz NOT NULL,
    recorded_to timestamptz,
    -- most specific first: item, location, channel, category, tier
    specificity smallint NOT NULL GENERATED ALWAYS AS (
        (CASE WHEN item IS NULL THEN 0 ELSE 16 END + CASE WHEN loc IS NULL THEN 0 ELSE 8 END
         + CASE WHEN channel IS NULL THEN 0 ELSE 4 END + CASE WHEN category IS NULL THEN 0 ELSE 2 END
         + CASE WHEN tier IS NULL THEN 0 ELSE 1 END)::smallint) STORED,
    CHECK (starts_at < ends_at),
    CHECK (item IS NULL OR category IS NULL),
    CHECK (loc IS NULL OR tier IS NULL),
    CONSTRAINT policy_percent CHECK (CASE kind WHEN 'cap' THEN unit <> 'percent' OR value <= 100
                                               WHEN 'guard_service' THEN unit = 'percent' AND value <= 99
                                               WHEN 'ring_share' THEN unit = 'percent' AND value <= 100
                                               ELSE unit <> 'percent' END),
    CONSTRAINT policy_days CHECK ((kind = 'min_shelf_life') = (unit = 'days'))
);
CREATE INDEX policy_item ON policy (item) WHERE recorded_to IS NULL;
CREATE INDEX policy_open ON policy (kind) WHERE recorded_to IS NULL AND item IS NULL;

CREATE TABLE reason_code (                   -- why units vary: a status or a place outside, and another one
    code text PRIMARY KEY CHECK (code ~ '^[a-z][a-z0-9_]{0,39}$'),
    label text NOT NULL,
    takes_from text NOT NULL CHECK (takes_from IN ('sellable', 'receiving', 'inspection', 'quarantine', 'damaged',
                                                   'rework', 'in_transit', 'adjustment')),
    goes_to text NOT NULL CHECK (goes_to IN ('sellable', 'receiving', 'inspection', 'quarantine', 'damaged', 'rework',
                                             'adjustment', 'scrap', 'supplier')),
    retired boolean NOT NULL DEFAULT false,
    CHECK (takes_from <> goes_to)
);

INSERT INTO reason_code (code, label, takes_from, goes_to) VALUES
    ('damaged', 'Damaged', 'sellable', 'damaged'),
    ('defective', 'Defective', 'sellable', 'damaged'),
    ('expired', 'Past its expiry', 'sellable', 'scrap'),
    ('found', 'Found', 'adjustment', 'sellable'),
    ('in_doubt', 'In doubt until it is looked at', 'sellable', 'quarantine'),
    ('in_order', 'In order after all', 'quarantine', 'sellable'),
    ('lost', 'Lost', 'sellable', 'adjustment'),
    ('lost_in_transit', 'Lost in transit', 'in_transit', 'adjustment'),
    ('own_use', 'Used by ourselves', 'sellable', 'adjustment'),
    ('repaired', 'Repaired', 'damaged', 'sellable'),
    ('sample', 'Given away', 'sellable', 'adjustment'),
    ('scrapped', 'Thrown away', 'damaged', 'scrap'),
    ('sent_back', 'Sent back to the supplier', 'damaged', 'supplier'),
    ('theft', 'Stolen', 'sellable', 'adjustment');

CREATE TABLE receiving_rule (                -- where units go that come in; each question by its most specific rule
    id bigint PRIMARY KEY CHECK (id > 0),
    loc integer REFERENCES location,
    item bigint REFERENCES item,
    category text,
    supplier text,
    lands text CHECK (lands IN ('sellable', 'receiving', 'inspection', 'approval')),
    over_percent integer CHECK (over_percent >= 0), -- beyond the ordered units; what is more waits for approval
    unexpected text CHECK (unexpected IN ('accept', 'approval')),
    reason text NOT NULL DEFAULT '',
    recorded_from timestamptz NOT NULL,
    recorded_to timestamptz,
    own_approval boolean,                    -- who received units may approve them too
    CHECK (item IS NULL OR category IS NULL),
    CONSTRAINT receiving_rule_says
        CHECK (coalesce(lands, unexpected) IS NOT NULL OR over_percent IS NOT NULL OR own_approval IS NOT NULL)
);
CREATE UNIQUE INDEX receiving_rule_open ON receiving_rule (loc, item, category, supplier) NULLS NOT DISTINCT
    WHERE recorded_to IS NULL;               -- one for a scope at a time

CREATE TABLE api_key (
    id text PRIMARY KEY,
    name text NOT NULL,
    digest bytea NOT NULL,                   -- SHA-256 of the secret; the secret itself is shown once
    scopes text[] NOT NULL,
    channel integer REFERENCES channel,      -- bound to one channel, or to none
    created_at timestamptz NOT NULL,
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz
);

-- ============================================================ what pages show

CREATE TABLE content (                       -- of a product or variant; NULL: taken from what it belongs to
    id bigint PRIMARY KEY CHECK (id > 0),
    channel integer NOT NULL,                -- 0: wherever it is sold
    kind text NOT NULL CHECK (kind IN ('product', 'variant')),
    code text NOT NULL CHECK (code <> ''),   -- of a product its own; of a variant the listing's SKU, or the item's
    product text,                            -- of a variant: the product on whose page it stands
    options jsonb,                           -- pairs, in order: what sets it apart from the product's other variants
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
    cells jsonb,                             -- by file format: columns that mean nothing here
    changed_at timestamptz NOT NULL,
    UNIQUE (channel, kind, code)
);

CREATE TABLE content_rule (                  -- what a channel asks of one field of content
    channel integer NOT NULL REFERENCES channel,
    field text NOT NULL CHECK (field <> ''),
    called text NOT NULL DEFAULT '',         -- the channel's name of an attribute
    required boolean NOT NULL DEFAULT false,
    allowed text[] NOT NULL DEFAULT '{}',    -- values; of images extensions
    at_least integer CHECK (at_least >= 0),  -- characters; of images how many
    at_most integer CHECK (at_most >= 0),
    pixels integer CHECK (pixels >= 0),      -- the least width and height of an image
    PRIMARY KEY (channel, field)
);

CREATE TABLE column_mapping (                -- what a supplier's files call a column
    name text NOT NULL CHECK (name <> ''),
    field text NOT NULL,
    header text NOT NULL CHECK (header <> ''),
    PRIMARY KEY (name, field)
);

CREATE TABLE item_alias (                    -- what a source's files call an item
    source text NOT NULL CHECK (source <> ''),
    alias text NOT NULL CHECK (alias <> ''),
    item bigint NOT NULL REFERENCES item,
    PRIMARY KEY (source, alias)
);

CREATE TABLE location_alias (                -- and a location
    source text NOT NULL CHECK (source <> ''),
    alias text NOT NULL CHECK (alias <> ''),
    location integer NOT NULL REFERENCES location,
    PRIMARY KEY (source, alias)
);

CREATE TABLE interchange (                   -- EDI that has been read, so that what comes twice is seen
    sender text NOT NULL,                    -- with its qualifier, as ZZ:SUPPLIER1
    receiver text NOT NULL,
    control text NOT NULL,                   -- the sender's number of it
    digest text NOT NULL,                    -- of its segments
    file text NOT NULL,
    groups jsonb NOT NULL,                   -- the numbers of its groups and sets
    read_at timestamptz NOT NULL,
    taken_at timestamptz,                    -- when its rows were taken in, if they were
    PRIMARY KEY (sender, receiver, control)
);

-- ============================================================ hot, by item

CREATE TABLE head (                          -- THE lock: one narrow row an item; version orders the item's entries
    part smallint NOT NULL,
    item bigint NOT NULL,
    version bigint NOT NULL DEFAULT 0,
    recorded_at timestamptz NOT NULL DEFAULT 'epoch',
    PRIMARY KEY (part, item)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);

CREATE TABLE lot (                           -- items that are not lot-tracked use lot 0, which has no row
    part smallint NOT NULL,
    item bigint NOT NULL,
    id bigint NOT NULL CHECK (id > 0),
    code text NOT NULL CHECK (code <> ''),
    expires_at timestamptz,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (part, item, id),
    UNIQUE (part, item, code)
);
CREATE INDEX lot_expiry ON lot (expires_at) WHERE expires_at IS NOT NULL;

CREATE TABLE lot_hold (
    part smallint NOT NULL,
    item bigint NOT NULL,
    lot bigint NOT NULL,
    reason text NOT NULL,
    recorded_from timestamptz NOT NULL,
    recorded_to timestamptz,
    PRIMARY KEY (part, item, lot, recorded_from)
);

CREATE TABLE stock (
    part smallint NOT NULL,
    item bigint NOT NULL,
    loc integer NOT NULL CHECK (loc > 0),
    lot bigint NOT NULL,
    status smallint NOT NULL CHECK (status BETWEEN 0 AND 6),
    owner integer NOT NULL,
    on_hand bigint NOT NULL,
    reserved bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (part, item, loc, lot, status, owner),
    CONSTRAINT stock_no_promise_beyond CHECK (reserved >= 0 AND reserved <= greatest(on_hand, 0)),
    CONSTRAINT stock_reserved_is_sellable CHECK (reserved = 0 OR status = 0),
    CONSTRAINT stock_negative_is_pool CHECK (on_hand >= 0 OR owner = 0)
) WITH (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02);

CREATE TABLE bin_stock (                     -- where in a location the units lie; ATP and promises stay per location
    part smallint NOT NULL,
    item bigint NOT NULL,
    loc integer NOT NULL,
    bin integer NOT NULL,
    lot bigint NOT NULL,
    qty bigint NOT NULL CHECK (qty >= 0),
    PRIMARY KEY (part, item, loc, bin, lot)
);
CREATE INDEX bin_stock_place ON bin_stock (loc, bin);

CREATE TABLE bin_gap (                       -- a bin had so many units fewer than was said, or than it held
    part smallint NOT NULL,
    item bigint NOT NULL,
    id bigint NOT NULL,                      -- version of the item when it was found << 20, plus an ordinal
    loc integer NOT NULL,
    bin integer NOT NULL,
    lot bigint NOT NULL,
    qty bigint NOT NULL CHECK (qty > 0),
    movement bigint NOT NULL,
    opened_at timestamptz NOT NULL,
    closed_at timestamptz,
    closed_by text NOT NULL DEFAULT '',
    PRIMARY KEY (part, item, id)
);
CREATE INDEX bin_gap_open ON bin_gap (id) WHERE closed_at IS NULL;

CREATE TABLE bin_mark (                      -- the newest count of a lot in a bin; statuses and owners together
    part smallint NOT NULL,
    item bigint NOT NULL,
    loc integer NOT NULL,
    lot bigint NOT NULL,
    bin integer NOT NULL,
    as_of timestamptz NOT NULL,
    qty bigint NOT NULL CHECK (qty >= 0),
    found bigint NOT NULL CHECK (found >= 0),  -- units that it brought and that nobody had told of
    movement bigint NOT NULL,
    PRIMARY KEY (part, item, loc, lot, bin)
);

CREATE TABLE bin_mark_before (               -- marks of bins whose place another count has taken; it may be reversed
    part smallint NOT NULL,
    item bigint NOT NULL,
    loc integer NOT NULL,
    lot bigint NOT NULL,
    bin integer NOT NULL,
    as_of timestamptz NOT NULL,
    qty bigint NOT NULL,
    found bigint NOT NULL,
    movement bigint NOT NULL,
    PRIMARY KEY (part, item, loc, lot, bin, movement)
);

CREATE TABLE kept (                          -- protection: target less the channel's own net promises since set_at
    part smallint NOT NULL,
    item bigint NOT NULL,
    channel integer NOT NULL,
    target bigint NOT NULL CHECK (target >= 0),
    used bigint NOT NULL DEFAULT 0,
    set_at timestamptz NOT NULL,
    PRIMARY KEY (part, item, channel)
) WITH (fillfactor = 50);

CREATE TABLE guard (                         -- units computed to be sold on a channel and not known here yet
    part smallint NOT NULL,
    item bigint NOT NULL,
    channel integer NOT NULL,
    units bigint NOT NULL CHECK (units > 0), -- without a row: 0
    made_from jsonb NOT NULL,                -- pace, lag and level
    recorded_from timestamptz NOT NULL,
    recorded_to timestamptz,
    PRIMARY KEY (part, item, channel, recorded_from)
);
CREATE UNIQUE INDEX guard_open ON guard (part, item, channel) WHERE recorded_to IS NULL;

CREATE TABLE entry (                         -- the ledger, append-only
    part smallint NOT NULL,
    item bigint NOT NULL,
    version bigint NOT NULL,                 -- of the item's head, after the movement
    n integer NOT NULL,
    recorded_at timestamptz NOT NULL,
    effective_at timestamptz NOT NULL,
    movement bigint NOT NULL,
    kind smallint NOT NULL,
    loc integer NOT NULL,                    -- a location; a place outside (negative); 0: nowhere (shorts)
    lot bigint NOT NULL,
    status smallint NOT NULL,
    owner integer NOT NULL,
    channel integer NOT NULL,                -- whose promise moved, 0 where none did
    d_on_hand bigint NOT NULL,
    d_reserved bigint NOT NULL,
    d_short bigint NOT NULL,
    bin integer,
    d_bin bigint,
    PRIMARY KEY (part, item, version, n, recorded_at),
    CONSTRAINT entry_effective_before_recorded CHECK (effective_at <= recorded_at)
) PARTITION BY RANGE (recorded_at);

CREATE TABLE mark (                          -- the newest absolute statement about a cell; owner-blind
    part smallint NOT NULL,
    item bigint NOT NULL,
    loc integer NOT NULL,
    lot bigint NOT NULL,                     -- -1: the statement named no lot and holds for all of them
    status smallint NOT NULL,
    as_of timestamptz NOT NULL,
    qty bigint NOT NULL,
    movement bigint NOT NULL,
    PRIMARY KEY (part, item, loc, lot, status)
);

CREATE TABLE mark_before (                   -- marks whose place another count has taken; it may be reversed
    part smallint NOT NULL,
    item bigint NOT NULL,
    loc integer NOT NULL,
    lot bigint NOT NULL,
    status smallint NOT NULL,
    as_of timestamptz NOT NULL,
    qty bigint NOT NULL,
    movement bigint NOT NULL,
    PRIMARY KEY (part, item, loc, lot, status, movement)
);

CREATE TABLE promise (                       -- units reserved at one stock row for one order line
    part smallint NOT NULL,
    item bigint NOT NULL,
    order_id uuid NOT NULL,                  -- its first byte is the order's part
    line integer NOT NULL,
    n bigint NOT NULL,                       -- version of the item when it was made << 20, plus an ordinal
    channel integer NOT NULL,
    priority smallint NOT NULL,
    loc integer NOT NULL,
    lot bigint NOT NULL,
    owner integer NOT NULL,
    qty bigint NOT NULL CHECK (qty > 0),
    posted bigint NOT NULL DEFAULT 0,
    voided bigint NOT NULL DEFAULT 0,
    picked bigint NOT NULL DEFAULT 0,
    made_at timestamptz NOT NULL,
    expires_at timestamptz,                  -- a cart's, until it is confirmed
    given_back bigint[],                     -- units that a cart gave up before its time: released, or displaced
    given_back_at timestamptz[],
    PRIMARY KEY (part, item, order_id, line, n),
    CONSTRAINT promise_parts CHECK (posted >= 0 AND voided >= 0 AND posted + voided <= qty AND picked <= qty - voided)
) WITH (fillfactor = 90);

CREATE TABLE hold (                          -- carts only: deleted on confirm, release, expiry
    part smallint NOT NULL,
    item bigint NOT NULL,
    expires_at timestamptz NOT NULL,
    order_id uuid NOT NULL,
    line integer NOT NULL,
    n bigint NOT NULL,
    channel integer NOT NULL,
    loc integer NOT NULL,
    lot bigint NOT NULL,
    owner integer NOT NULL,
    qty bigint NOT NULL CHECK (qty > 0),
    PRIMARY KEY (part, item, expires_at, order_id, line, n)
);
CREATE INDEX hold_expiry ON hold (expires_at);

CREATE TABLE short (                         -- sold, and backed by no stock: owed, back-filled by priority, then age
    part smallint NOT NULL,
    item bigint NOT NULL,
    priority smallint NOT NULL,              -- higher is served first
    since timestamptz NOT NULL,
    order_id uuid NOT NULL,
    line integer NOT NULL,
    channel integer NOT NULL,
    qty bigint NOT NULL CHECK (qty > 0),
    filled bigint NOT NULL DEFAULT 0,
    cancelled bigint NOT NULL DEFAULT 0,
    PRIMARY KEY (part, item, priority, since, order_id, line),
    CONSTRAINT short_parts CHECK (filled >= 0 AND cancelled >= 0 AND filled + cancelled <= qty)
);
CREATE INDEX short_open ON short (part, item, priority DESC, since) WHERE filled + cancelled < qty;

CREATE TABLE expected (                      -- dated supply and demand: ATP over future days
    part smallint NOT NULL,
    item bigint NOT NULL,
    id bigint NOT NULL,
    kind text NOT NULL CHECK (kind IN ('purchase', 'transfer', 'demand')),
    loc integer NOT NULL,
    ref text NOT NULL,
    qty bigint NOT NULL CHECK (qty >= 0),    -- without what is lost of it
    received bigint NOT NULL DEFAULT 0 CHECK (received >= 0),
    due_at timestamptz NOT NULL,
    state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'closed', 'cancelled')),
    first_due_at timestamptz,                -- before its date was moved
    reason text NOT NULL DEFAULT '',         -- why it was closed with less than it said, or cancelled
    closed_by text NOT NULL DEFAULT '',
    closed_at timestamptz,
    lost bigint NOT NULL DEFAULT 0 CHECK (lost >= 0), -- of a transfer: units that will never come
    told_at timestamptz,                     -- when somebody last told it by hand
    as_of timestamptz,                       -- as of when it was last told, by a file or by hand
    PRIMARY KEY (part, item, id)
);
CREATE INDEX expected_open ON expected (part, item, due_at) WHERE state = 'open';
CREATE INDEX expected_ref ON expected (ref);

CREATE TABLE supply_told (                   -- what a run of a feed said of a line of supply, and how that stood before
    part smallint NOT NULL,
    item bigint NOT NULL,
    line bigint NOT NULL,                    -- of expected
    run integer NOT NULL,                    -- 0: it was told by hand
    n integer NOT NULL,                      -- which telling of the line it is
    was jsonb,                               -- how it stood, if otherwise; NULL: there was no such line
    told jsonb,                              -- how the run left it; NULL: as it found it
    found bytea,                             -- then a digest of that
    as_of timestamptz,                       -- of the run's file; NULL: it was told by hand
    found_as_of timestamptz,                 -- as of when the line had been told before
    PRIMARY KEY (part, item, line, run)
);
CREATE INDEX supply_told_run ON supply_told (run);

CREATE TABLE fulfilled (                     -- what a movement brought of an expectation, or said is lost of it
    part smallint NOT NULL,
    item bigint NOT NULL,
    movement bigint NOT NULL,
    line bigint NOT NULL,                    -- of expected
    qty bigint NOT NULL CHECK (qty > 0),
    lost boolean NOT NULL,
    PRIMARY KEY (part, item, movement, line)
);

CREATE TABLE received (                      -- what receipts brought, and whatever else lies where it waits
    part smallint NOT NULL,
    item bigint NOT NULL,
    id bigint NOT NULL,                      -- of what a receipt brought, its movement
    receipt text NOT NULL,                   -- its number, or the reference of what brought it otherwise
    document text NOT NULL,                  -- what it was received against; empty: nothing
    supplier text NOT NULL,
    loc integer NOT NULL,
    lot bigint NOT NULL,
    qty bigint NOT NULL CHECK (qty > 0),
    outcome text NOT NULL CHECK (outcome IN ('expected', 'over', 'unknown', 'none')), -- none: no receipt brought it
    lands text NOT NULL CHECK (lands IN ('sellable', 'receiving', 'inspection', 'approval')),
    lands_then text NOT NULL CHECK (lands_then IN ('sellable', 'receiving', 'inspection')), -- once it is approved
    waiting bigint NOT NULL CHECK (waiting BETWEEN 0 AND qty), -- units not yet approved, inspected or put away
    actor text NOT NULL,
    received_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    movement bigint NOT NULL,                -- that brought it there
    kind text NOT NULL,                      -- of that movement
    source text NOT NULL,
    PRIMARY KEY (part, item, id)
);
CREATE INDEX received_waiting ON received (part, item, loc, lands) WHERE waiting > 0;
CREATE INDEX received_receipt ON received (receipt);
CREATE INDEX received_in_order ON received (received_at, id);
CREATE INDEX received_waits ON received (received_at, id) WHERE waiting > 0;
CREATE INDEX received_movement ON received (part, item, movement);

CREATE TABLE receiving_decision (            -- what was decided of units that waited, by whom and why
    part smallint NOT NULL,
    item bigint NOT NULL,
    received bigint NOT NULL,                -- 0: what no receipt brought, before that had rows too
    movement bigint NOT NULL,                -- a number of its own where units only stopped waiting
    decision text NOT NULL                   -- left: without one
        CHECK (decision IN ('approved', 'rejected', 'passed', 'failed', 'put_away', 'left')),
    goes_to text NOT NULL,
    qty bigint NOT NULL CHECK (qty > 0),
    sampled bigint NOT NULL DEFAULT 0 CHECK (sampled >= 0),
    actor text NOT NULL,
    reason text NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (part, item, received, movement)
);
CREATE INDEX receiving_decision_received ON receiving_decision (received);
CREATE INDEX expected_due ON expected (due_at) WHERE state = 'open';

CREATE TABLE changed (                       -- one row an item and transaction; the publisher deletes what it has read
    part smallint NOT NULL,
    item bigint NOT NULL,
    version bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (part, item, version)
);

-- ============================================================ by order, command, movement

CREATE TABLE orders (                        -- also carts, in the state held
    part smallint NOT NULL,
    channel integer NOT NULL,
    ref text NOT NULL,
    id uuid NOT NULL,                        -- derived from (channel, ref), which it therefore makes unique
    content bytea NOT NULL,                  -- digest of the request in canonical form
    mode text NOT NULL CHECK (mode IN ('all_or_nothing', 'partial', 'sold')),
    state text NOT NULL CHECK (state IN ('held', 'open', 'shipped', 'cancelled', 'expired', 'displaced', 'confirmed')),
    priority smallint NOT NULL,
    placed_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    expires_at timestamptz,
    lat double precision,
    lng double precision,
    actor text NOT NULL,
    lines bigint[] NOT NULL,                 -- one array of seven for each item that a line takes: see order_line
    PRIMARY KEY (part, id),
    CONSTRAINT orders_lines CHECK (coalesce(array_length(lines, 2), 0) = 7 AND 0 < ALL (lines[:][5:5]))
);
CREATE INDEX orders_recent ON orders USING brin (recorded_at);

CREATE VIEW order_line AS                    -- the lines of orders as rows, one for each item that a line takes
SELECT
    o.part,
    o.id AS order_id,
    l.n::integer AS n,                       -- the line's place in the order, from 0
    l.item,
    l.units::integer AS units,               -- base units of the item in one listing unit
    l.listing,                               -- 0: ordered by item
    l.qty,                                   -- in listing units
    l.granted,                               -- of them backed by promises at the first answer
    l.available                              -- what could have been promised then: a replay says the same
FROM orders o
CROSS JOIN LATERAL unnest(
    o.lines[:][1:1], o.lines[:][2:2], o.lines[:][3:3], o.lines[:][4:4], o.lines[:][5:5], o.lines[:][6:6],
    o.lines[:][7:7]) l (n, item, units, listing, qty, granted, available);

CREATE TABLE supply_document (               -- a purchase order or a transfer; its lines are in expected, by ref
    part smallint NOT NULL,                  -- of the reference
    ref text NOT NULL CHECK (ref <> ''),
    kind text NOT NULL CHECK (kind IN ('purchase', 'transfer')),
    supplier text NOT NULL,
    from_loc integer,                        -- of a transfer
    actor text NOT NULL,
    recorded_at timestamptz NOT NULL,
    told_at timestamptz,                     -- when somebody last told the whole of it by hand
    PRIMARY KEY (part, ref)
);
CREATE INDEX supply_document_ref ON supply_document (ref);

CREATE TABLE request (                       -- idempotency of every other command
    part smallint NOT NULL,
    scope text NOT NULL,
    key text NOT NULL,
    content bytea NOT NULL,
    result jsonb NOT NULL,
    actor text NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (part, scope, key)
);

CREATE TABLE movement (                      -- who, from where, why; its entries carry the quantities
    part smallint NOT NULL,
    id bigint NOT NULL,
    kind smallint NOT NULL,
    actor text NOT NULL,
    source text NOT NULL,
    ref text NOT NULL,
    reason text NOT NULL,
    reverses bigint,
    effective_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    items bigint[] NOT NULL,
    PRIMARY KEY (part, id)
);
CREATE INDEX movement_time ON movement (recorded_at);
CREATE INDEX movement_reverses ON movement (reverses) WHERE reverses IS NOT NULL;

CREATE TABLE mishap (                        -- what a movement did that somebody should know of
    part smallint NOT NULL,                  -- of the item
    item bigint NOT NULL,
    id bigint NOT NULL,
    kind text NOT NULL CHECK (kind IN ('negative', 'short', 'displaced', 'repaired')),
    loc integer NOT NULL,
    channel integer NOT NULL,
    order_id uuid,
    qty bigint NOT NULL,
    movement bigint NOT NULL,
    opened_at timestamptz NOT NULL,
    taken_at timestamptz,                    -- when the rules of alerts looked at it
    PRIMARY KEY (part, item, id)
);
CREATE INDEX mishap_new ON mishap (opened_at) WHERE taken_at IS NULL;

-- ============================================================ outbound

CREATE TABLE outbound (
    part smallint NOT NULL,                  -- of the listing
    listing bigint NOT NULL,
    channel integer NOT NULL,
    rev bigint NOT NULL DEFAULT 0,
    desired bigint,                          -- NULL: never computed
    made_from jsonb NOT NULL DEFAULT '{}',   -- item versions and rule epoch
    desired_at timestamptz,
    sent_rev bigint NOT NULL DEFAULT 0,
    sent bigint,
    acked_rev bigint NOT NULL DEFAULT 0,
    acked bigint,
    observed bigint,
    observed_at timestamptz,
    in_flight_since timestamptz,
    shown bigint,                            -- what the channel is thought to show; NULL: unknown
    tries integer NOT NULL DEFAULT 0,
    next_try_at timestamptz,
    trouble text NOT NULL DEFAULT '',        -- why the last try failed, in the channel's words
    ticket text NOT NULL DEFAULT '',         -- by which a channel tells later what became of a push
    drift text NOT NULL DEFAULT ''           -- how the number read back differs from the one acknowledged
        CONSTRAINT outbound_drift CHECK (drift IN ('', 'missing', 'phantom_stockout', 'sold_there', 'ignored', 'multiple',
                                                   'truncated', 'edited')),
    drift_since timestamptz,
    place integer NOT NULL DEFAULT 0,        -- 0: the listing as a whole, which is what a channel without places shows
    unseen bigint NOT NULL DEFAULT 0         -- units sold there whose orders have not come
        CONSTRAINT outbound_unseen CHECK (unseen >= 0),
    unseen_at timestamptz,
    shown_at timestamptz,                    -- since when it is thought to show that
    sent_on date,
    sent_that_day integer NOT NULL DEFAULT 0,
    acked_at timestamptz,                    -- when the number of desired_at was first in force
    shown_before bigint,                     -- what the channel was thought to show before the last number was sent
    PRIMARY KEY (part, listing, place),
    CONSTRAINT outbound_revs CHECK (acked_rev <= sent_rev AND sent_rev <= rev)
) WITH (fillfactor = 50);
CREATE INDEX outbound_channel ON outbound (channel, listing, place);
CREATE INDEX outbound_unseen ON outbound (channel) WHERE unseen > 0;
CREATE INDEX outbound_drift ON outbound (drift, channel) WHERE drift <> '';
CREATE INDEX outbound_waiting ON outbound (channel) WHERE acked_rev < rev;
CREATE INDEX outbound_in_flight ON outbound (channel, in_flight_since) WHERE in_flight_since IS NOT NULL;

CREATE TABLE connection (                    -- how a channel is reached
    channel integer PRIMARY KEY REFERENCES channel,
    connector text NOT NULL,
    settings jsonb NOT NULL DEFAULT '{}',
    secrets bytea NOT NULL,                  -- sealed
    paused boolean NOT NULL DEFAULT false,
    trouble text NOT NULL DEFAULT '',        -- why the channel as a whole does not answer
    trouble_since timestamptz,
    added_at timestamptz NOT NULL,
    down_told boolean NOT NULL DEFAULT false, -- webhooks were told that it does not answer
    orders_phase text NOT NULL DEFAULT 'open'  -- first the orders that are open, then those that change
        CONSTRAINT connection_phase CHECK (orders_phase IN ('open', 'since')),
    orders_cursor text NOT NULL DEFAULT '',
    orders_from timestamptz,                 -- what left before this instant was not the hub's to book
    orders_read_at timestamptz,              -- when the last look at all of its orders began
    listings_due_at timestamptz,             -- when its own listings are read next; NULL: at once
    listings_read_at timestamptz,            -- when the last whole reading of them began
    listings_without_sku integer NOT NULL DEFAULT 0,  -- of them, those whose SKU is missing or cannot be one here
    maps_by_rules boolean NOT NULL DEFAULT false,  -- what a rule leads to an item becomes a listing by itself
    drift_tolerance integer NOT NULL DEFAULT 0 -- units by which it may show another number
        CONSTRAINT connection_tolerance CHECK (drift_tolerance >= 0),
    drift_repush boolean NOT NULL DEFAULT true, -- whether a number that somebody changed there is sent again
    listings_trouble text NOT NULL DEFAULT '', -- why the last try to read them failed
    push_pages boolean NOT NULL DEFAULT false, -- whether texts, images and prices are written there
    orders_wanted_at timestamptz             -- somebody waits for a look at all of its orders that began after this
);

CREATE TABLE page_pushed (                   -- what a channel shows of a listing besides stock, as far as it took it
    part smallint NOT NULL,                  -- of the listing
    listing bigint NOT NULL,
    channel integer NOT NULL,
    digest text NOT NULL,                    -- of the page taken last; empty: none yet
    seen text NOT NULL,                      -- when each content that makes the page had changed, as looked at last
    pushed_at timestamptz,
    tries integer NOT NULL DEFAULT 0,
    next_try_at timestamptz,
    trouble text NOT NULL DEFAULT '',        -- why the last try failed, in the channel's words
    PRIMARY KEY (part, listing)
);
CREATE INDEX page_pushed_channel ON page_pushed (channel, listing);

CREATE TABLE page_images (                   -- what is known of the images at a page of a channel
    channel integer NOT NULL,
    kind text NOT NULL CONSTRAINT page_images_kind CHECK (kind IN ('product', 'variant')),
    code text NOT NULL,                      -- of the product; of a listing that stands alone, its SKU
    page text NOT NULL,                      -- the page there, by a name that no page of another shop has
    ours jsonb NOT NULL,                     -- the hub's list: [{"url", "alt", "id"}]; without an id it was not given
    others text[] NOT NULL,                  -- the ids of the images that the hub has not given
    unsure boolean NOT NULL DEFAULT false,   -- a call was made since, and its outcome is not known
    PRIMARY KEY (channel, kind, code, page)
);

-- ============================================================ orders of channels

CREATE TABLE place (                         -- a location as a channel that keeps stock by location calls it
    id integer PRIMARY KEY CHECK (id > 0),
    channel integer NOT NULL REFERENCES channel,
    code text NOT NULL CHECK (code <> ''),
    UNIQUE (channel, code)
);

CREATE TABLE place_location (                -- the locations whose units it shows there
    place integer NOT NULL REFERENCES place,
    loc integer NOT NULL REFERENCES location,
    PRIMARY KEY (place, loc)
);

CREATE TABLE notice (                        -- what channels sent by themselves
    part smallint NOT NULL,
    id uuid NOT NULL,                        -- of what makes a message the same: channel, topic, object, time, body
    channel integer NOT NULL,
    topic text NOT NULL,
    about text NOT NULL,
    object text NOT NULL,
    changed_at text NOT NULL,
    body bytea NOT NULL,
    received_at timestamptz NOT NULL,
    done_at timestamptz,
    trouble text NOT NULL DEFAULT '',
    sent text,                               -- the order itself, from a sender that nobody can ask
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
    settled boolean NOT NULL,                -- here it is as it is there
    waiting text[] NOT NULL DEFAULT '{}',    -- SKUs that mean nothing here yet
    trouble text NOT NULL DEFAULT '',
    first_read_at timestamptz NOT NULL DEFAULT now(),
    ignored text[] NOT NULL DEFAULT '{}',    -- SKUs that are no stock
    PRIMARY KEY (part, id)
);
CREATE INDEX channel_order_ignored ON channel_order (channel) WHERE ignored <> '{}';
CREATE INDEX channel_order_first ON channel_order (channel, first_read_at);
CREATE INDEX channel_order_read ON channel_order (channel, read_at);
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
    outside bigint NOT NULL DEFAULT 0,       -- units that left before the hub took over
    shipped bigint NOT NULL DEFAULT 0,       -- of those wanted, by all parcels
    qty_at timestamptz NOT NULL DEFAULT '-infinity', -- when it was last read with another qty than before
    left_at timestamptz NOT NULL DEFAULT '-infinity', -- when it was last read with more shipped, not told by us,
    left_by bigint NOT NULL DEFAULT 0,       -- and by how many
    PRIMARY KEY (part, order_id, line)
);
CREATE INDEX channel_order_line_open ON channel_order_line (sku) WHERE qty > shipped;
CREATE INDEX channel_order_line_moved ON channel_order_line (sku, qty_at);

CREATE TABLE channel_order_fee (
    part smallint NOT NULL,
    order_id uuid NOT NULL,
    n integer NOT NULL,
    kind text NOT NULL,
    line text NOT NULL,
    amount numeric(18, 4) NOT NULL,
    PRIMARY KEY (part, order_id, n)
);

CREATE TABLE settled_fee (                   -- what channels keep for themselves and tell with their settlements
    part smallint NOT NULL,                  -- of the order; of a fee that is of none, of its id
    channel integer NOT NULL REFERENCES channel,
    ref text NOT NULL,                       -- the channel's number of the order, which may not have come yet; or empty
    id text NOT NULL CHECK (id <> ''),       -- what makes a fee of the order the same, however often it is told
    order_id uuid,                           -- what the order has or will have
    line text NOT NULL,                      -- the channel's own id of the order's line, where it says
    sku text NOT NULL,
    kind text NOT NULL CHECK (kind <> ''),
    amount numeric(18, 4) NOT NULL,          -- below zero where it was given back
    currency text NOT NULL,
    posted_at timestamptz NOT NULL,
    settlement text NOT NULL,
    source text NOT NULL CONSTRAINT settled_fee_source CHECK (source IN ('settlement', 'file')),
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (part, channel, ref, id)
);
CREATE INDEX settled_fee_order ON settled_fee (part, order_id);
CREATE INDEX settled_fee_posted ON settled_fee (channel, posted_at, ref, id);

CREATE TABLE fee_reading (                   -- how far a channel's settlements have been read
    channel integer PRIMARY KEY REFERENCES channel,
    cursor text NOT NULL DEFAULT '',
    read_at timestamptz,                     -- when all of them had been read last
    trouble text NOT NULL DEFAULT '',        -- why the last try failed
    unread text NOT NULL DEFAULT '',         -- the last settlement that could not be understood, and why
    read_with text NOT NULL DEFAULT ''       -- a digest of connector and settings; under others it is read anew
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

CREATE TABLE unread_order (                  -- an order of a channel that cannot be understood
    channel integer NOT NULL REFERENCES channel,
    ref text NOT NULL,
    reason text NOT NULL,
    since timestamptz NOT NULL,
    PRIMARY KEY (channel, ref)
);

CREATE TABLE taken_order (
    part smallint NOT NULL,
    order_id uuid NOT NULL,
    k integer NOT NULL,                      -- an order that grows on its channel is another order here
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
    released bigint NOT NULL DEFAULT 0,      -- units that the channel no longer wants
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

CREATE TABLE order_step (                    -- what happened to an order that its channel is told of
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
    lines bigint[] NOT NULL,                 -- pairs: line, listing units
    told_at timestamptz,                     -- when its channel learned of it
    tries integer NOT NULL DEFAULT 0,
    next_try_at timestamptz,
    trouble text NOT NULL DEFAULT '',
    PRIMARY KEY (part, order_id, movement)
);
CREATE INDEX order_step_untold ON order_step (channel) WHERE told_at IS NULL;
CREATE INDEX order_step_recent ON order_step (recorded_at);
CREATE INDEX taken_order_ref ON taken_order (ref);

-- ============================================================ what channels list, and what it means

CREATE TABLE channel_listing (               -- what a channel lists itself, as it was read last
    channel integer NOT NULL REFERENCES channel,
    sku text NOT NULL CHECK (sku <> ''),
    title text NOT NULL,
    barcode text NOT NULL,
    shown bigint,                            -- the number that it shows; NULL: it does not say
    first_seen_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,            -- when the reading began that found it last
    PRIMARY KEY (channel, sku)
);

CREATE TABLE listing_ignored (               -- what a channel sells and nobody keeps stock of: gift wrap, a service
    channel integer NOT NULL REFERENCES channel,
    sku text NOT NULL CHECK (sku <> ''),
    reason text NOT NULL,
    actor text NOT NULL,
    since timestamptz NOT NULL,
    PRIMARY KEY (channel, sku)
);

CREATE TABLE mapping_rule (                  -- makes a channel's SKU into an item's; applied in order
    channel integer NOT NULL REFERENCES channel,
    ord integer NOT NULL CHECK (ord > 0),
    by text NOT NULL CHECK (by IN ('sku', 'barcode', 'prefix', 'suffix', 'regex')),
    pattern text NOT NULL,
    replace text NOT NULL,
    units integer NOT NULL CHECK (units > 0),
    PRIMARY KEY (channel, ord)
);

CREATE VIEW inbox AS                         -- what channels sell or ask for that means nothing here, and what they lack
WITH asked AS (                              -- SKUs that orders wait for
    SELECT o.channel, w.sku, max(l.title) AS title, count(DISTINCT o.id) AS orders,
           sum(greatest(l.qty - l.outside - coalesce(t.units, 0), 0))::bigint AS units, min(o.placed_at) AS oldest
    FROM channel_order o
    CROSS JOIN LATERAL (SELECT DISTINCT u.sku FROM unnest(o.waiting) u (sku)) w
    JOIN channel_order_line l ON l.part = o.part AND l.order_id = o.id
     AND CASE WHEN l.sku <> '' THEN l.sku WHEN l.title <> '' THEN 'title:' || l.title ELSE 'line:' || l.line END = w.sku
    LEFT JOIN LATERAL (
        SELECT sum(t.qty - t.released) AS units FROM taken_line t
        WHERE t.part = l.part AND t.order_id = l.order_id AND t.line = l.line
    ) t ON true
    WHERE NOT o.settled AND o.waiting <> '{}'
    GROUP BY o.channel, w.sku
)
SELECT 'unmapped_sku' AS kind, a.channel, a.sku AS key, coalesce(nullif(a.title, ''), c.title, '') AS title,
       coalesce(c.barcode, '') AS barcode, a.orders, a.units, a.oldest, c.shown, '' AS reason
FROM asked a
LEFT JOIN channel_listing c ON c.channel = a.channel AND c.sku = a.sku
UNION ALL
SELECT 'unread_order', channel, ref, '', '', 1, NULL, since, NULL, reason FROM unread_order
UNION ALL
SELECT 'order_trouble', channel, ref, name, '', 1, NULL, placed_at, NULL, trouble
FROM channel_order
WHERE NOT settled AND trouble <> ''
UNION ALL
SELECT 'unmapped_listing', c.channel, c.sku, c.title, c.barcode, 0, NULL, c.first_seen_at, c.shown, ''
FROM channel_listing c
LEFT JOIN asked a ON a.channel = c.channel AND a.sku = c.sku
LEFT JOIN listing_ignored g ON g.channel = c.channel AND g.sku = c.sku
WHERE a.sku IS NULL AND g.sku IS NULL AND NOT EXISTS (
    SELECT FROM listing l JOIN component p ON p.listing = l.id AND p.recorded_to IS NULL
    WHERE l.channel = c.channel AND l.sku = c.sku)
UNION ALL
SELECT 'missing_listing', l.channel, l.sku, l.title, '', 0, NULL, p.since, b.shown, 
       CASE WHEN b.trouble <> '' THEN b.trouble ELSE 'the channel does not list it' END
FROM listing l
JOIN connection n ON n.channel = l.channel
JOIN LATERAL (
    SELECT min(recorded_from) AS since FROM component WHERE listing = l.id AND recorded_to IS NULL
) p ON p.since IS NOT NULL
LEFT JOIN LATERAL (
    SELECT max(b.shown) AS shown, max(b.trouble) AS trouble, max(b.drift) AS drift, max(b.acked_rev) AS acked
    FROM outbound b
    WHERE b.channel = l.channel AND b.listing = l.id
) b ON true
LEFT JOIN channel_listing c ON c.channel = l.channel AND c.sku = l.sku
WHERE c.sku IS NULL AND (
    p.since < n.listings_read_at OR b.drift = 'missing' OR (b.acked = 0 AND b.trouble <> ''));

CREATE TABLE lane (                          -- the single writer of a change stream holds this row's lock
    name text PRIMARY KEY,
    seq bigint NOT NULL
);
INSERT INTO lane (name, seq) VALUES ('atp', 0), ('alerts', 0);

CREATE TABLE atp_change (
    part smallint NOT NULL,                  -- of the lane: 0 while one lane takes all
    seq bigint NOT NULL,
    listing bigint NOT NULL,
    channel integer NOT NULL,
    atp bigint NOT NULL,
    rev bigint NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (part, seq)
);

CREATE TABLE due (                           -- the next instant at which an item's ATP changes without a movement
    part smallint NOT NULL,
    item bigint NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (part, item)
);
CREATE INDEX due_at ON due (at);

-- ============================================================ reconciliation: where a source and the ledger disagree

CREATE TABLE tolerance (                     -- how far a source may differ before somebody has to look
    id integer PRIMARY KEY CHECK (id > 0),
    source text NOT NULL,                    -- empty: any
    item bigint REFERENCES item,
    category text,
    loc integer REFERENCES location,
    units bigint CHECK (units >= 0),         -- every limit that is named has to be kept
    percent numeric(9, 3) CHECK (percent >= 0), -- of the units expected
    value numeric(18, 6) CHECK (value >= 0), -- units times the item's cost
    reason text NOT NULL,
    actor text NOT NULL,
    set_at timestamptz NOT NULL,
    CONSTRAINT tolerance_scope CHECK (item IS NULL OR category IS NULL),
    CONSTRAINT tolerance_limit CHECK (num_nonnulls(units, percent, value) > 0),
    CONSTRAINT tolerance_once UNIQUE NULLS NOT DISTINCT (source, item, category, loc)
);

CREATE TABLE discrepancy (                   -- a source states another number than the ledger; one that waits a cell
    part smallint NOT NULL,                  -- of the item
    item bigint NOT NULL,
    id bigint NOT NULL,
    kind text NOT NULL CONSTRAINT discrepancy_kind CHECK (kind IN ('stock', 'allocated')),
    source text NOT NULL,
    loc integer NOT NULL,
    lot bigint NOT NULL,                     -- -1: all lots together
    status smallint NOT NULL,
    order_ref text NOT NULL DEFAULT '',      -- of what is allocated: for which order; empty: for all of the cell's
    stated bigint NOT NULL,                  -- in the ledger's terms, as of the instant below
    expected bigint NOT NULL,                -- what the ledger had then
    value numeric(24, 6),                    -- units too many or too few times the item's cost; NULL: it is not known
    promised_beyond bigint NOT NULL DEFAULT 0, -- units promised that are not there if the source is right
    as_of timestamptz NOT NULL,
    run bigint,                              -- of the feed or count that said so last
    line bigint,
    first_seen_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,
    times integer NOT NULL DEFAULT 1,        -- statements that found it
    within_tolerance boolean NOT NULL,
    cause text NOT NULL,                     -- the likeliest
    score smallint NOT NULL,                 -- how likely, of 100
    evidence text NOT NULL,                  -- what speaks for it, in words
    state text NOT NULL CONSTRAINT discrepancy_state
        CHECK (state IN ('open', 'review', 'adjusted', 'accepted', 'dismissed', 'gone')),
    decided_by text NOT NULL DEFAULT '',
    decided_at timestamptz,
    reason text NOT NULL DEFAULT '',
    movement bigint,                         -- that put the ledger right
    recount_wanted_at timestamptz,           -- somebody asked for a count of the cell
    PRIMARY KEY (part, item, id)
);
CREATE UNIQUE INDEX discrepancy_open ON discrepancy (part, item, source, kind, loc, lot, status, order_ref)
    WHERE state IN ('open', 'review');
CREATE INDEX discrepancy_cell ON discrepancy (part, item, source, loc);
CREATE INDEX discrepancy_id ON discrepancy (id);
CREATE INDEX discrepancy_waiting ON discrepancy (source, loc) WHERE state IN ('open', 'review');
CREATE INDEX discrepancy_run ON discrepancy (source, run);
CREATE INDEX discrepancy_off ON discrepancy (source, loc, (stated - expected), as_of DESC, id);

CREATE TABLE accuracy (                      -- what a source's statements found, by day
    day date NOT NULL,                       -- of the instant as of which they hold, in UTC
    loc integer NOT NULL REFERENCES location,
    source text NOT NULL,
    run bigint NOT NULL,
    cause text NOT NULL,                     -- empty: the cells in which both agree
    cells bigint NOT NULL,
    units bigint NOT NULL,                   -- by which they differ, whichever way
    value numeric(24, 6) NOT NULL,           -- of those units, where the item's cost is known
    PRIMARY KEY (day, loc, source, run, cause)
);

-- ============================================================ sources: where suppliers' files lie

CREATE TABLE file_source (                   -- where the files of one supplier lie, and how they are read
    id integer PRIMARY KEY CHECK (id > 0),
    code text NOT NULL UNIQUE CHECK (code <> ''),
    channel integer NOT NULL REFERENCES channel, -- of whose listings they tell
    loc integer REFERENCES location,         -- where the stock in them is counted; NULL: it is left aside
    settings jsonb NOT NULL,
    secrets bytea NOT NULL,                  -- sealed
    paused boolean NOT NULL DEFAULT false,
    trouble text NOT NULL DEFAULT '',        -- why the last look came to nothing, or a file was not read
    trouble_since timestamptz,
    looked_at timestamptz,                   -- when the last look that was answered ended
    added_at timestamptz NOT NULL
);

CREATE TABLE file_read (                     -- files of a source that were read, or will not be until they change
    source integer NOT NULL REFERENCES file_source,
    path text NOT NULL,
    size bigint NOT NULL,
    changed_at timestamptz NOT NULL,         -- by the clock over there
    digest text NOT NULL,                    -- of its content; empty where that was not fetched
    etag text NOT NULL,                      -- what the server of a URL calls this content
    last_modified text NOT NULL,
    good boolean NOT NULL,                   -- it was read to its end
    report jsonb NOT NULL,
    read_at timestamptz NOT NULL,
    PRIMARY KEY (source, path)
);

-- ============================================================ jobs

-- The queue is the job library's own, in the schema truestock_jobs: store/jobs/install.py makes it from the installed
-- package, and store/jobs/queries.sql shows how it is read.

CREATE TABLE schedule (                      -- when a job of a kind is queued
    id integer PRIMARY KEY CHECK (id > 0),
    what text NOT NULL,                      -- the kind of job
    channel integer REFERENCES channel,      -- NULL: the kind is not about one channel
    cron text NOT NULL,
    zone text NOT NULL,                      -- whose clocks the cron means
    last_run timestamptz,
    next_run timestamptz NOT NULL,           -- one that has passed is due, once however long ago
    added_at timestamptz NOT NULL,
    source integer REFERENCES file_source    -- NULL: the kind is not about one source of files
);
CREATE INDEX schedule_next ON schedule (next_run);
INSERT INTO schedule (id, what, cron, zone, next_run, added_at)
VALUES (1, 'retention', '30 3 * * *', 'UTC',
        (date_trunc('day', now() AT TIME ZONE 'UTC') + interval '27 hours 30 minutes') AT TIME ZONE 'UTC', now()),
       (2, 'guards', '*/5 * * * *', 'UTC', now(), now());
INSERT INTO counter (name, next) VALUES ('schedule', 3);

CREATE TABLE job_try (                       -- what became of each try of a job
    job bigint NOT NULL,                     -- truestock_jobs.procrastinate_jobs
    try integer NOT NULL,
    done boolean NOT NULL,
    said text NOT NULL,                      -- what it did, or why it failed
    started_at timestamptz NOT NULL,
    ended_at timestamptz NOT NULL,
    PRIMARY KEY (job, try)
);

CREATE TABLE job_stage (                     -- how a job that does several things in order stands with each
    job bigint NOT NULL,
    ord integer NOT NULL,
    channel text NOT NULL DEFAULT '',        -- one channel in the stage; empty: the stage as a whole
    stage text NOT NULL,
    state text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'running', 'done', 'passed', 'failed')),
    said text NOT NULL DEFAULT '',           -- how far it is, what it did, or why not
    began_at timestamptz,
    ended_at timestamptz,
    PRIMARY KEY (job, ord, channel)
);

-- ============================================================ webhooks: what users' own systems are told

CREATE TABLE event (                         -- what has happened, until it is made into deliveries
    part smallint NOT NULL,
    id bigint NOT NULL,
    kind text NOT NULL,
    subject text NOT NULL,
    data jsonb NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (part, id)
);
CREATE INDEX event_time ON event (recorded_at);

CREATE TABLE webhook (                       -- where it is told, and how that goes
    id integer PRIMARY KEY CHECK (id > 0),
    url text NOT NULL,
    kinds text[] NOT NULL,
    channel integer REFERENCES channel,      -- events of this one alone; NULL: of all
    secrets bytea NOT NULL,                  -- sealed: the signing secret, and the one before it
    old_until timestamptz,                   -- until when the one before it signs as well
    paused boolean NOT NULL DEFAULT false,
    failures integer NOT NULL DEFAULT 0,     -- calls in a row that nobody answered
    not_before timestamptz,                  -- no call before then
    trouble text NOT NULL DEFAULT '',        -- why the last call failed
    trouble_since timestamptz,
    atp_seq bigint NOT NULL,                 -- how far availability.changed has come in atp_change
    added_at timestamptz NOT NULL
);

CREATE TABLE delivery (                      -- one event on its way to one webhook; kept 30 days
    part smallint NOT NULL,                  -- of the event
    id bigint NOT NULL,                      -- the event's
    webhook integer NOT NULL REFERENCES webhook,
    kind text NOT NULL,
    body text NOT NULL,                      -- as it is signed and sent
    state text NOT NULL DEFAULT 'waiting' CONSTRAINT delivery_state CHECK (state IN ('waiting', 'done', 'dead')),
    tries integer NOT NULL DEFAULT 0,
    next_try_at timestamptz NOT NULL,
    leased_until timestamptz,                -- somebody sends it, and is given up by then
    last_status integer,                     -- the HTTP status of the last answer
    last_error text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    done_at timestamptz,
    PRIMARY KEY (part, id, webhook)
);
CREATE INDEX delivery_due ON delivery (webhook, next_try_at) WHERE state = 'waiting';
CREATE INDEX delivery_leased ON delivery (webhook) WHERE leased_until IS NOT NULL;
CREATE INDEX delivery_dead ON delivery (webhook) WHERE state = 'dead';
CREATE INDEX delivery_of_atp ON delivery (webhook, id) WHERE kind = 'availability.changed';
CREATE INDEX delivery_listed ON delivery (webhook, id);

-- ============================================================ messages: what shoppers are told of their orders

CREATE TABLE message_rule (                  -- which channel sends which message, and how
    id integer PRIMARY KEY CHECK (id > 0),
    channel integer NOT NULL REFERENCES channel,
    kind text NOT NULL
        CONSTRAINT message_rule_kind CHECK (kind IN ('confirmed', 'delayed', 'split', 'shipped', 'cancelled')),
    via text NOT NULL CONSTRAINT message_rule_via CHECK (via IN ('email', 'webhook', 'apprise')),
    target text NOT NULL,                    -- a webhook's URL; an address in place of the buyer's
    language text NOT NULL,                  -- empty: the buyer's
    after_hours integer NOT NULL CONSTRAINT message_rule_after CHECK (after_hours > 0),
    secrets bytea,                           -- sealed: what signs a webhook's calls; the URL of Apprise
    paused boolean NOT NULL DEFAULT false,
    since timestamptz NOT NULL,              -- nothing is told of orders placed before
    read_to timestamptz NOT NULL,            -- how far new orders and steps have been read
    UNIQUE (channel, kind)
);

CREATE TABLE message_template (              -- a channel's own words; what is empty is ours
    channel integer NOT NULL REFERENCES channel,
    kind text NOT NULL,
    language text NOT NULL,
    subject text NOT NULL,
    body_text text NOT NULL,
    body_html text NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (channel, kind, language)
);

CREATE TABLE message_watch (                 -- orders of which something may still have to be told
    part smallint NOT NULL,
    order_id uuid NOT NULL,
    channel integer NOT NULL,
    looked_at timestamptz,
    look_at timestamptz NOT NULL,
    PRIMARY KEY (part, order_id)
);
CREATE INDEX message_watch_due ON message_watch (look_at);

CREATE TABLE message (                       -- each is made once; who bought is not in it
    part smallint NOT NULL,
    order_id uuid NOT NULL,                  -- of what an order grew by on its channel, that order's
    kind text NOT NULL,
    n bigint NOT NULL,                       -- which of its kind: a delay's number, units shipped or cancelled, or 0
    channel integer NOT NULL,
    state text NOT NULL DEFAULT 'waiting'
        CONSTRAINT message_state CHECK (state IN ('waiting', 'done', 'dead', 'dropped')),
    expected date,                           -- the day that a delay names
    tries integer NOT NULL DEFAULT 0,
    next_try_at timestamptz NOT NULL,
    leased_until timestamptz,                -- somebody sends it, and is given up by then
    error text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    done_at timestamptz,
    PRIMARY KEY (part, order_id, kind, n)
);
CREATE INDEX message_due ON message (next_try_at) WHERE state = 'waiting';
CREATE INDEX message_dead ON message (channel) WHERE state = 'dead';
CREATE INDEX message_listed ON message (created_at);

-- ============================================================ alerts: what is not well, and who is told

CREATE TABLE alert_rule (                    -- what is looked for, how bad it is, and who is told
    id integer PRIMARY KEY CHECK (id > 0),
    name text NOT NULL UNIQUE CHECK (name <> ''),
    kind text NOT NULL,
    channel integer REFERENCES channel,
    item bigint REFERENCES item,
    category text,
    loc integer REFERENCES location,
    threshold bigint NOT NULL CHECK (threshold >= 0), -- in the unit of the kind
    severity text NOT NULL CONSTRAINT alert_rule_severity CHECK (severity IN ('info', 'warning', 'critical')),
    owner text NOT NULL,
    group_by text NOT NULL
        CONSTRAINT alert_rule_group_by CHECK (group_by IN ('rule', 'channel', 'item', 'category', 'location', 'subject')),
    targets text[] NOT NULL,
    quiet_from time,                         -- by the clocks of the zone; told later, unless critical
    quiet_to time,
    quiet_zone text NOT NULL,
    escalate_after_s integer CHECK (escalate_after_s > 0),
    escalate_to text[] NOT NULL,
    reopen_within_s integer NOT NULL CHECK (reopen_within_s >= 0),
    paused boolean NOT NULL,
    swept_to bigint NOT NULL DEFAULT 0,      -- the last item looked at since the rule changed; -1: all of them
    CONSTRAINT alert_rule_quiet CHECK ((quiet_from IS NULL) = (quiet_to IS NULL) AND quiet_from <> quiet_to)
);
INSERT INTO alert_rule (id, name, kind, threshold, severity, owner, group_by, targets, quiet_zone, escalate_to,
                        reopen_within_s, paused)
SELECT n, name, kind, threshold, severity, '', group_by, '{}', 'UTC', '{}', 3600, false
FROM (VALUES (1, 'shorts', 'short', 1, 'critical', 'rule'),
             (2, 'negative stock', 'negative', 1, 'critical', 'location'),
             (3, 'backlog of a channel', 'backlog', 300, 'critical', 'channel'),
             (4, 'worker silent', 'worker_silent', 60, 'critical', 'rule'),
             (5, 'feed late or failing', 'feed_late', 0, 'warning', 'subject'),
             (6, 'oversell risk', 'oversell_risk', 100, 'warning', 'channel'),
             (7, 'phantom stockout', 'phantom_stockout', 10, 'warning', 'channel'),
             (8, 'supply overdue', 'expected_overdue', 1, 'warning', 'location'),
             (9, 'row repaired', 'repaired', 7, 'warning', 'rule'),
             (10, 'discrepancy past tolerance', 'discrepancy', 1, 'warning', 'location'))
     r (n, name, kind, threshold, severity, group_by);
INSERT INTO counter (name, next) VALUES ('alert_rule', 11);

CREATE TABLE alert_target (                  -- where alerts are told, besides webhooks
    id integer PRIMARY KEY CHECK (id > 0),
    name text NOT NULL UNIQUE CHECK (name <> ''),
    via text NOT NULL CONSTRAINT alert_target_via CHECK (via IN ('email', 'apprise')),
    address text NOT NULL,                   -- of mail
    secrets bytea,                           -- sealed: the URL of Apprise
    added_at timestamptz NOT NULL
);

CREATE TABLE alert (                         -- one for each rule and subject that is not well; in words as they were found
    part smallint NOT NULL,                  -- of the subject
    id bigint NOT NULL,
    rule integer NOT NULL,
    kind text NOT NULL,
    subject text NOT NULL,
    grp text NOT NULL,
    channel integer,
    item bigint,
    loc integer,
    state text NOT NULL
        CONSTRAINT alert_state CHECK (state IN ('open', 'acknowledged', 'snoozed', 'resolved')),
    severity text NOT NULL,
    owner text NOT NULL,
    gravity bigint NOT NULL,                 -- higher is worse; 0: it does not grow
    count integer NOT NULL CHECK (count > 0), -- how often it came, or grew worse
    units bigint NOT NULL,                   -- at risk
    money numeric(18, 2),
    currency text NOT NULL,
    happened text NOT NULL,
    risk text NOT NULL,
    remedy text NOT NULL,
    opened_at timestamptz NOT NULL,
    last_at timestamptz NOT NULL,
    snoozed_until timestamptz,
    escalate_at timestamptz,
    escalated_at timestamptz,
    resolved_at timestamptz,
    PRIMARY KEY (part, id)
);
CREATE UNIQUE INDEX alert_standing ON alert (part, rule, subject) WHERE state <> 'resolved';
CREATE INDEX alert_id ON alert (id);
CREATE INDEX alert_item ON alert (item) WHERE item IS NOT NULL;
CREATE INDEX alert_of_rule ON alert (rule, id);
CREATE INDEX alert_unresolved ON alert (severity, id) WHERE state <> 'resolved';
CREATE INDEX alert_resolved ON alert (resolved_at) WHERE resolved_at IS NOT NULL;
CREATE INDEX alert_escalation ON alert (escalate_at) WHERE escalate_at IS NOT NULL;
CREATE INDEX alert_snoozed ON alert (snoozed_until) WHERE state = 'snoozed';

CREATE TABLE alert_step (                    -- who did what to an alert, and what it did by itself
    part smallint NOT NULL,
    alert bigint NOT NULL,
    id bigint NOT NULL,
    what text NOT NULL,
    actor text NOT NULL,
    note text NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (part, alert, id)
);

CREATE TABLE alert_message (                 -- alerts of one rule and group on their way to one target
    part smallint NOT NULL,
    id bigint NOT NULL,
    target integer NOT NULL,
    rule integer NOT NULL,
    grp text NOT NULL,
    what text NOT NULL CONSTRAINT alert_message_what CHECK (what IN ('opened', 'escalated', 'resolved')),
    alerts bigint[] NOT NULL,                -- their ids
    state text NOT NULL DEFAULT 'waiting'
        CONSTRAINT alert_message_state CHECK (state IN ('waiting', 'done', 'dead', 'dropped')),
    tries integer NOT NULL DEFAULT 0,
    next_try_at timestamptz NOT NULL,
    leased_until timestamptz,
    error text NOT NULL DEFAULT '',
    created_at timestamptz NOT NULL,
    done_at timestamptz,
    PRIMARY KEY (part, id)
);
CREATE INDEX alert_message_due ON alert_message (next_try_at) WHERE state = 'waiting';
CREATE INDEX alert_message_of ON alert_message (target, rule, created_at);

CREATE TABLE alert_look (                    -- items to be looked at, written by the publisher of numbers
    part smallint NOT NULL,
    item bigint NOT NULL,
    at timestamptz NOT NULL,
    PRIMARY KEY (part, item, at)
);

CREATE TABLE alert_due (                     -- when what changes with time alone is looked at next
    kind text PRIMARY KEY,
    at timestamptz NOT NULL,
    after bigint NOT NULL DEFAULT 0          -- the last item that was looked at; 0: it begins with the first
);

CREATE TABLE heartbeat (                     -- servers that run, and when each said so last
    name text PRIMARY KEY,
    at timestamptz NOT NULL,
    since timestamptz NOT NULL               -- when it was started
);

-- ============================================================ counting

CREATE TABLE rejected_pick (                 -- what a picker did not find, or found otherwise than it should be
    part smallint NOT NULL,                  -- of the item
    item bigint NOT NULL,
    movement bigint NOT NULL,
    lot bigint NOT NULL,
    loc integer NOT NULL,
    order_id uuid NOT NULL,
    line integer NOT NULL,
    reason text NOT NULL
        CONSTRAINT rejected_pick_reason CHECK (reason IN ('not_found', 'rejected', 'damaged', 'wrong_count')),
    qty bigint NOT NULL,                     -- units that are not sellable any more because of it
    settled bigint NOT NULL DEFAULT 0,       -- of those in doubt: found again or written off
    actor text NOT NULL,
    recorded_at timestamptz NOT NULL,
    asked_at timestamptz,                    -- when a count was asked for, or it was seen that none is needed
    PRIMARY KEY (part, item, movement, lot),
    CONSTRAINT rejected_pick_parts CHECK (settled >= 0 AND settled <= qty)
);
CREATE INDEX rejected_pick_in_doubt ON rejected_pick (part, item, loc)
    WHERE settled < qty AND reason IN ('not_found', 'rejected');
CREATE INDEX rejected_pick_unasked ON rejected_pick (recorded_at) WHERE asked_at IS NULL;

CREATE TABLE count_plan (                    -- what is counted without being asked for
    id integer PRIMARY KEY CHECK (id > 0),
    code text NOT NULL UNIQUE CHECK (code <> ''),
    loc integer REFERENCES location,         -- NULL: every location that holds stock of its own
    zone text NOT NULL
        CONSTRAINT count_plan_zone CHECK (zone IN ('', 'pick', 'bulk', 'staging', 'inspection')), -- empty: all of it
    lines_a_day integer NOT NULL CHECK (lines_a_day > 0), -- items that a location's counters manage in a day
    lines_a_task integer NOT NULL CHECK (lines_a_task > 0),
    a_days integer NOT NULL CHECK (a_days > 0), -- after so many days an item of class A is due again
    b_days integer NOT NULL CHECK (b_days > 0),
    c_days integer NOT NULL CHECK (c_days > 0),
    wear integer NOT NULL CHECK (wear > 0),  -- after so many movements any item is due again
    promotion_days integer NOT NULL CHECK (promotion_days >= 0), -- before a dated policy begins; 0: not looked at
    tolerance_units bigint NOT NULL CHECK (tolerance_units >= 0), -- past both of these somebody else counts again
    tolerance_percent integer NOT NULL CHECK (tolerance_percent BETWEEN 0 AND 100),
    paused boolean NOT NULL DEFAULT false
);

CREATE TABLE count_task (                    -- a walk: items to be counted at a location, in one zone
    part smallint NOT NULL,                  -- of its id
    id bigint NOT NULL,
    plan integer,                            -- NULL: asked for by a person, or by a rejected pick
    loc integer NOT NULL REFERENCES location,
    zone text NOT NULL,
    why text NOT NULL CONSTRAINT count_task_why CHECK (why IN ('plan', 'pick', 'asked')),
    priority integer NOT NULL,               -- higher is counted first
    state text NOT NULL DEFAULT 'open' CONSTRAINT count_task_state CHECK (state IN ('open', 'done', 'cancelled')),
    tolerance_units bigint NOT NULL,
    tolerance_percent integer NOT NULL,
    made_at timestamptz NOT NULL,
    ended_at timestamptz,
    assigned_to text NOT NULL DEFAULT '',    -- who is to count it; empty: whoever comes
    PRIMARY KEY (part, id)
);
CREATE INDEX count_task_open ON count_task (loc, priority DESC, id) WHERE state = 'open';
CREATE INDEX count_task_made ON count_task (made_at);

CREATE TABLE count_line (                    -- an item of a task: all of it at the location, lot by lot
    part smallint NOT NULL,                  -- of the task
    task bigint NOT NULL,
    item bigint NOT NULL,
    score bigint NOT NULL,                   -- by which it was chosen
    why text NOT NULL,
    state text NOT NULL DEFAULT 'open'
        CONSTRAINT count_line_state CHECK (state IN ('open', 'recount', 'review', 'deciding', 'booked', 'dismissed')),
    round smallint NOT NULL DEFAULT 1,       -- each is counted by somebody else
    counters text[] NOT NULL DEFAULT '{}',   -- who counted, by round
    PRIMARY KEY (part, task, item)
);
CREATE INDEX count_line_open ON count_line (item) WHERE state IN ('open', 'recount', 'review', 'deciding');

CREATE TABLE count_scan (                    -- what was scanned, each once
    part smallint NOT NULL,                  -- of the task
    task bigint NOT NULL,
    key text NOT NULL,                       -- made by the device
    item bigint NOT NULL,
    round smallint NOT NULL,
    lot text NOT NULL,                       -- its code; empty where the item has none
    expires_on date,
    bin text NOT NULL,
    qty bigint NOT NULL CHECK (qty >= 0),    -- base units; 0: looked, and nothing was there
    scanned_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    actor text NOT NULL,
    content bytea NOT NULL,                  -- digest of what was sent
    void boolean NOT NULL DEFAULT false,     -- taken back by who counted
    PRIMARY KEY (part, task, key)
);
CREATE INDEX count_scan_line ON count_scan (part, task, item, round);

CREATE TABLE count_result (                  -- what a round found of a lot, and what the ledger had then
    part smallint NOT NULL,                  -- of the task
    task bigint NOT NULL,
    item bigint NOT NULL,
    round smallint NOT NULL,
    lot text NOT NULL,
    expires_on date,
    counted bigint NOT NULL CHECK (counted >= 0),
    expected bigint NOT NULL,                -- sellable units, or in a task of a zone those in the bin, as of the count
    in_doubt bigint NOT NULL,                -- units that pickers did not find, expected besides
    as_of timestamptz NOT NULL,
    movement bigint,                         -- that booked it
    bin text NOT NULL DEFAULT '',            -- in a task of a zone
    without_bin bigint NOT NULL DEFAULT 0,   -- units of the lot that lie at the location in no bin, as of the count
    PRIMARY KEY (part, task, item, round, lot, bin)
);

CREATE TABLE count_decision (                -- what was decided of a line, by whom and why
    part smallint NOT NULL,                  -- of the task
    task bigint NOT NULL,
    item bigint NOT NULL,
    n smallint NOT NULL,
    decision text NOT NULL CONSTRAINT count_decision_kind
        CHECK (decision IN ('right', 'within_tolerance', 'recount', 'review', 'approved', 'dismissed', 'cancelled',
                            'refused')),
    actor text NOT NULL,
    reason text NOT NULL,
    decided_at timestamptz NOT NULL,
    PRIMARY KEY (part, task, item, n)
);

CREATE TABLE write_off_limit (               -- what a role may approve of a count's difference; none: no limit for anybody
    role text PRIMARY KEY CHECK (role <> ''),
    members text[] NOT NULL,                 -- names of API keys, and of who types commands, as cli:maria
    units bigint CHECK (units >= 0),         -- of one item; NULL: any
    value numeric(18, 2) CHECK (value >= 0), -- the same at cost; NULL: any
    own_counts boolean NOT NULL DEFAULT false -- also of what they have counted themselves
);

-- ============================================================ feeds: what other systems say of stock

CREATE TABLE feed (                          -- where numbers come from, and what they mean
    id integer PRIMARY KEY CHECK (id > 0),
    code text NOT NULL UNIQUE CHECK (code <> ''),
    meaning text NOT NULL
        CONSTRAINT feed_meaning CHECK (meaning IN ('on_hand', 'available', 'delta', 'count', 'expected', 'sales',
                                                   'receipt', 'shipment', 'return')),
    posture text NOT NULL CONSTRAINT feed_posture CHECK (posture IN ('book', 'reconcile', 'compare')),
    settings jsonb NOT NULL,                 -- how its files are read and reached, its scope, how late its source is
    secrets bytea NOT NULL,                  -- sealed: what opens its door, and what signs what is sent to it
    due_every_minutes integer CONSTRAINT feed_due CHECK (due_every_minutes > 0),
    paused boolean NOT NULL DEFAULT false,
    trouble text NOT NULL DEFAULT '',
    trouble_since timestamptz,
    arrived_at timestamptz,                  -- when its last file came
    as_of timestamptz,                       -- of its statements that name no time of their own
    booked_until timestamptz,                -- up to when its source had booked our documents by then
    added_at timestamptz NOT NULL,
    looked_at timestamptz                    -- at its door, by its own times
);

CREATE TABLE feed_run (                      -- one file, or one call, and what became of it
    id integer PRIMARY KEY CHECK (id > 0),
    feed integer NOT NULL REFERENCES feed,
    file text NOT NULL,
    digest text NOT NULL,
    as_of timestamptz NOT NULL,
    booked_until timestamptz NOT NULL,
    was_as_of timestamptz,                   -- the feed's before it, for when it is undone
    was_booked_until timestamptz,
    state text NOT NULL
        CONSTRAINT feed_run_state CHECK (state IN ('asks', 'booking', 'done', 'refused', 'undoing', 'undone')),
    reached integer NOT NULL DEFAULT 0,      -- how far it is booked: parts of items, or lines
    report jsonb NOT NULL,
    content bytea,                           -- the file, deflated, while it asks
    actor text NOT NULL,
    began_at timestamptz NOT NULL,
    ended_at timestamptz
);
CREATE INDEX feed_run_of ON feed_run (feed, id);
CREATE INDEX feed_run_digest ON feed_run (feed, digest);

CREATE TABLE feed_line (                     -- quarantine: rows that were not taken
    run integer NOT NULL REFERENCES feed_run,
    line integer NOT NULL,
    field text NOT NULL,
    reason text NOT NULL,
    repair text NOT NULL,                    -- what would mend it, as far as that can be known
    fields jsonb NOT NULL,                   -- the row in our own fields, or as the file has it
    state text NOT NULL DEFAULT 'open' CONSTRAINT feed_line_state CHECK (state IN ('open', 'retried', 'dropped')),
    mapped boolean NOT NULL DEFAULT false,   -- whether the row is in our own fields already
    PRIMARY KEY (run, line)
);

CREATE TABLE feed_movement (                 -- what a run's rows of what happened have booked
    movement bigint PRIMARY KEY,
    run integer NOT NULL REFERENCES feed_run,
    line integer NOT NULL
);
CREATE INDEX feed_movement_run ON feed_movement (run);

CREATE TABLE feed_row (                      -- good rows that wait to be booked; gone once they are
    run integer NOT NULL REFERENCES feed_run,
    line integer NOT NULL,
    fields jsonb NOT NULL,
    PRIMARY KEY (run, line)
);

CREATE TABLE feed_differing (                -- what a master's run found otherwise: from before it is booked until it is weighed
    run integer NOT NULL REFERENCES feed_run,
    n integer NOT NULL,
    found bytea NOT NULL,
    PRIMARY KEY (run, n)
);

CREATE TABLE feed_allocated (                -- what a run's source keeps for orders, until it is compared at the run's end
    run integer NOT NULL REFERENCES feed_run,
    n integer NOT NULL,
    told bytea NOT NULL,
    PRIMARY KEY (run, n)
);

CREATE UNLOGGED TABLE feed_raw (             -- always empty: the form of each session's own
    line integer NOT NULL,
    sku text,
    location text,
    lot text,
    expires_at timestamptz,
    status text,
    qty bigint,
    at timestamptz,
    allocated bigint,
    "order" text,
    channel text
);

CREATE UNLOGGED TABLE feed_change (          -- the same: what a file says otherwise than the one before it
    what text NOT NULL,
    line integer,
    part smallint,
    item bigint,
    loc integer,
    lot bigint,
    status smallint,
    qty bigint,
    at timestamptz,
    was bigint
);

CREATE TABLE stated (                        -- what a feed said last of a cell; owner-blind
    part smallint NOT NULL,
    item bigint NOT NULL,
    loc integer NOT NULL,
    lot bigint NOT NULL,                     -- -1: of all lots
    status smallint NOT NULL,
    feed integer NOT NULL,
    qty bigint NOT NULL,
    as_of timestamptz,                       -- NULL: the feed's
    booked_until timestamptz,
    binds boolean NOT NULL DEFAULT true,     -- whether it is a mark: not where it differs and was not booked
    run integer NOT NULL,                    -- that said it first, or otherwise than before
    PRIMARY KEY (part, item, loc, lot, status, feed)
) WITH (fillfactor = 80);
CREATE INDEX stated_unbound ON stated (feed) WHERE NOT binds;

CREATE VIEW feed_mark AS                     -- what binds of it, with its times
SELECT
    s.part,
    s.item,
    s.loc,
    s.lot,
    s.status,
    s.feed,
    coalesce(s.as_of, f.as_of) AS as_of,
    coalesce(s.booked_until, f.booked_until) AS booked_until, -- up to when its source had booked our documents
    f.meaning = 'available' AND coalesce((f.settings ->> 'knows_orders')::boolean, true) AS net -- of our orders
FROM stated s
JOIN feed f ON f.id = s.feed AND f.posture <> 'compare'
WHERE s.binds;

CREATE TABLE feed_before (                   -- the last file that a feed's figures stand by, line by line
    feed integer PRIMARY KEY REFERENCES feed ON DELETE CASCADE,
    run integer NOT NULL,
    read_by bytea NOT NULL,                  -- digest of what its meaning hangs on: settings, names
    last_item bigint NOT NULL,               -- items up to this one were there, and were so: a digest
    traits text NOT NULL,
    rows integer NOT NULL,
    stated integer NOT NULL,                 -- cells of which the feed has said anything
    silent integer NOT NULL,                 -- of these, cells that a complete file emptied by not mentioning them
    looked_at timestamptz NOT NULL           -- what has not moved since the ledger has as the file says
);

CREATE TABLE feed_before_lines (
    feed integer NOT NULL REFERENCES feed_before ON DELETE CASCADE,
    n integer NOT NULL,
    lines bytea NOT NULL,                    -- deflated
    PRIMARY KEY (feed, n)
);
ALTER TABLE feed_before_lines ALTER COLUMN lines SET STORAGE EXTERNAL;

CREATE TABLE feed_fetched (                  -- what a server said of the file that was taken last from a feed's URL
    feed integer PRIMARY KEY REFERENCES feed ON DELETE CASCADE,
    run integer NOT NULL,
    described bytea NOT NULL,                -- digest of the feed's settings and secrets as they were then
    etag text NOT NULL,
    last_modified text NOT NULL
);

CREATE UNLOGGED TABLE feed_gone (            -- always empty: cells of which the file has no line that the one before had
    part smallint,
    item bigint,
    loc integer,
    lot bigint,
    status smallint
);

CREATE TABLE stated_before (                 -- what a feed said of a cell besides: before a newer file, or after it
    part smallint NOT NULL,
    item bigint NOT NULL,
    loc integer NOT NULL,
    lot bigint NOT NULL,
    status smallint NOT NULL,
    feed integer NOT NULL,
    run integer NOT NULL,
    qty bigint NOT NULL,
    as_of timestamptz NOT NULL,
    booked_until timestamptz NOT NULL,
    binds boolean NOT NULL,
    PRIMARY KEY (part, item, loc, lot, status, feed, run)
);
CREATE INDEX stated_before_run ON stated_before (run);

CREATE TABLE feed_unseen (                   -- facts told late that an undone file had seen
    part smallint NOT NULL,
    item bigint NOT NULL,
    loc integer NOT NULL,
    lot bigint NOT NULL,
    status smallint NOT NULL,
    movement bigint NOT NULL,
    run integer NOT NULL,                    -- that was undone; the fact outlives it
    kind smallint NOT NULL,
    qty bigint NOT NULL,                     -- units that came, or below zero left
    effective_at timestamptz NOT NULL,
    seen_at timestamptz NOT NULL,            -- the time of the file that had seen it
    counts boolean NOT NULL DEFAULT false,   -- again; it is booked
    found_at timestamptz NOT NULL DEFAULT clock_timestamp(), -- told before that
    PRIMARY KEY (part, item, loc, lot, status, movement)
);
CREATE INDEX feed_unseen_run ON feed_unseen (run) WHERE NOT counts;

CREATE TABLE feed_interchange (              -- EDI interchanges whose rows a run has taken in
    run integer NOT NULL REFERENCES feed_run,
    sender text NOT NULL,
    receiver text NOT NULL,
    control text NOT NULL,
    read_by bytea NOT NULL,                  -- digest of the format and the mapping
    sets jsonb,                              -- the numbers of the sets that were taken in; NULL: all there are
    PRIMARY KEY (run, sender, receiver, control)
);
CREATE INDEX feed_interchange_of ON feed_interchange (sender, receiver, control);
