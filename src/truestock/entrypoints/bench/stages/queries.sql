-- Worlds to measure, made in sets. Items, channels and locations are numbered from 1; item 1 is the hot one.
-- Versions of an item: 1 is its opening, then each past sale takes two (reserve, ship), then a hundred promises one.
-- The part of a number is the stable hash of core/identity.py, in arithmetic of numerics.

-- name: make_channels
INSERT INTO channel (id, code, rank)
SELECT n, 'channel-' || n, n FROM generate_series(1, %(channels)s::integer) n;

-- name: make_locations
INSERT INTO location (id, code, kind, tier, rank)
SELECT n, 'location-' || n, CASE WHEN n <= 2 THEN 'dc' ELSE 'store' END,
       CASE WHEN n <= 2 THEN 'primary' ELSE 'secondary' END, n
FROM generate_series(1, %(locations)s::integer) n;

-- name: make_channel_locations
INSERT INTO channel_location (channel, loc, ord, recorded_from)
SELECT c.id, l.id, l.id, now() FROM channel c CROSS JOIN location l;

-- name: make_items
INSERT INTO item (id, part, sku, category)
SELECT n, floor(mod(n * 11400714819323198485::numeric, 18446744073709551616) / 72057594037927936)::smallint,
       'sku-' || n, 'category-' || n %% 20
FROM generate_series(1, %(items)s::bigint) n;

-- name: make_general_policies
INSERT INTO policy (id, kind, channel, category, loc, tier, value, unit, recorded_from)
VALUES (1, 'safety_stock', NULL, NULL, NULL, 'primary', 10, 'units', now()),
       (2, 'safety_stock', NULL, NULL, 2, NULL, 5, 'units', now()),
       (3, 'buffer', NULL, 'category-1', NULL, NULL, 3, 'units', now()),
       (4, 'buffer', 2, NULL, NULL, NULL, 2, 'units', now()),
       (5, 'cap', 3, NULL, NULL, NULL, 80, 'percent', now()),
       (6, 'sell_out_at', 2, NULL, NULL, NULL, 1, 'units', now());

-- name: make_protections
-- Every tenth item, the hot one among them, is kept for the best channel.
INSERT INTO policy (id, kind, channel, item, value, recorded_from)
SELECT 6 + id, 'protection', 1, id, 1000000, now() FROM item WHERE id %% 10 = 1;

-- name: make_kept
INSERT INTO kept (part, item, channel, target, set_at)
SELECT i.part, i.id, p.channel, p.value, p.recorded_from
FROM policy p
JOIN item i ON i.id = p.item
WHERE p.kind = 'protection';

-- name: make_movements
-- One movement for each step and five hundred items.
INSERT INTO movement (part, id, kind, actor, source, ref, reason, effective_at, recorded_at, items)
SELECT floor(mod(m.id * 11400714819323198485::numeric, 18446744073709551616) / 72057594037927936)::smallint,
       m.id, m.kind, 'bench', '', '', '', now(), now(), m.items
FROM (SELECT s.step * 1000000::bigint + (i.id - 1) / 500 + 1 AS id,
             CASE WHEN s.step = 0 THEN 1 WHEN s.step > 2 * %(sales)s::integer OR s.step %% 2 = 1 THEN 30 ELSE 10 END AS kind,
             array_agg(i.id) AS items
      FROM generate_series(0, 2 * %(sales)s::integer
                              + (greatest(%(promises)s::integer, %(hot_promises)s::integer) + 99) / 100) s (step)
      JOIN item i ON s.step <= 2 * %(sales)s::integer
                     + (CASE WHEN i.id = 1 THEN %(hot_promises)s::integer ELSE %(promises)s::integer END + 99) / 100
      GROUP BY 1, 2) m;

-- name: make_opening_entries
INSERT INTO entry (part, item, version, n, recorded_at, effective_at, movement, kind, loc, lot, status, owner, channel,
                   d_on_hand, d_reserved, d_short)
SELECT i.part, i.id, 1, 2 * l.id + side, now(), now(), (i.id - 1) / 500 + 1, 1, CASE side WHEN 0 THEN l.id ELSE -1 END,
       0, 0, 0, 0, CASE side WHEN 0 THEN %(units)s::bigint ELSE -%(units)s::bigint END, 0, 0
FROM item i
CROSS JOIN location l
CROSS JOIN generate_series(0, 1) side;

-- name: make_sales_entries
INSERT INTO entry (part, item, version, n, recorded_at, effective_at, movement, kind, loc, lot, status, owner, channel,
                   d_on_hand, d_reserved, d_short)
SELECT i.part, i.id, 2 * s.n + e.shipped, e.n, now(), now(), (2 * s.n - 1 + e.shipped) * 1000000 + (i.id - 1) / 500 + 1,
       e.kind, coalesce(e.place, 1 + (i.id + s.n) %% %(locations)s::integer), 0, 0, 0, 1, e.d_on_hand, e.d_reserved, 0
FROM item i
CROSS JOIN generate_series(1, %(sales)s::bigint) s (n)
CROSS JOIN (VALUES (0, 0, 30, NULL::integer, 0, 1), (1, 0, 10, NULL, -1, -1), (1, 1, 10, -2, 1, 0))
           e (shipped, n, kind, place, d_on_hand, d_reserved);

-- name: make_promises
-- Every item sells once a round, so that an order's number grows with time. Ids have the shape of core/identity.py:
-- part, channel, number, hash. Only their hash is another one, so they lie as close together as those of real orders.
INSERT INTO promise (part, item, order_id, line, n, channel, priority, loc, lot, owner, qty, made_at)
SELECT i.part, i.id,
       (substr(o.hash, 1, 2) || lpad(to_hex(o.channel & 255), 2, '0') || lpad(to_hex(o.number), 10, '0')
        || substr(o.hash, 3, 18))::uuid,
       0, ((2 + 2 * %(sales)s::bigint + (p.n - 1) / 100) << 20) + (p.n - 1) %% 100 + 1,
       o.channel, 0, 1 + p.n %% %(locations)s::integer, 0, 0, 1, now()
FROM item i
CROSS JOIN LATERAL generate_series(1, CASE WHEN i.id = 1 THEN %(hot_promises)s::integer
                                           ELSE %(promises)s::integer END) p (n)
CROSS JOIN LATERAL (SELECT 1 + p.n %% %(channels)s::integer, (p.n - 1) * %(items)s::bigint + i.id,
                           md5(i.id || '-' || p.n)) o (channel, number, hash);

-- name: make_promise_entries
INSERT INTO entry (part, item, version, n, recorded_at, effective_at, movement, kind, loc, lot, status, owner, channel,
                   d_on_hand, d_reserved, d_short)
SELECT part, item, n >> 20, (n & 1048575)::integer, made_at, made_at,
       ((n >> 20) - 1) * 1000000 + (item - 1) / 500 + 1, 30, loc, lot, 0, owner, channel, 0, qty, 0
FROM promise;

-- name: make_orders
INSERT INTO orders (part, channel, ref, id, content, mode, state, priority, placed_at, recorded_at, actor,
                    lines)
SELECT get_byte(i.bytes, 0), p.channel, 'seed-' || ('x' || encode(substr(i.bytes, 3, 5), 'hex'))::bit(40)::bigint,
       p.order_id, i.bytes, 'all_or_nothing', 'open', 0, p.made_at, p.made_at, 'bench',
       ARRAY[ARRAY[0, p.item, 1, 0, 1, 1, 1]]
FROM promise p
CROSS JOIN LATERAL uuid_send(p.order_id) i (bytes);

-- name: make_stock
-- Rows are what their entries sum to.
INSERT INTO stock (part, item, loc, lot, status, owner, on_hand, reserved)
SELECT part, item, loc, lot, status, owner, sum(d_on_hand), sum(d_reserved)
FROM entry
WHERE loc > 0
GROUP BY part, item, loc, lot, status, owner;

-- name: make_heads
INSERT INTO head (part, item, version, recorded_at)
SELECT part, id, 1 + 2 * %(sales)s::bigint
                 + (CASE WHEN id = 1 THEN %(hot_promises)s::integer ELSE %(promises)s::integer END + 99) / 100, now()
FROM item;

-- name: make_epoch
UPDATE epoch SET rules = rules + 1;
