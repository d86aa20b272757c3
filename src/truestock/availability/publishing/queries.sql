-- ============================================================ the lane: who may publish, and how far it has come

-- name: lock_lane
-- Left out while another process publishes: there is nothing to do for two.
SELECT seq FROM lane WHERE name = 'atp' FOR NO KEY UPDATE SKIP LOCKED;

-- name: progress
-- The rules that listings are being computed for, and the last listing that was (-1: all of them).
SELECT name, seq FROM lane WHERE name IN ('atp_rules', 'atp_listing');

-- name: set_lanes
INSERT INTO lane (name, seq)
SELECT * FROM unnest(%(names)s::text[], %(seqs)s::bigint[])
ON CONFLICT (name) DO UPDATE SET seq = excluded.seq;

-- name: clock
SELECT clock_timestamp(), rules FROM epoch;

-- ============================================================ what may have changed

-- name: changes
-- In the order of the heap, which is nearly that of writing: by key, a flood of one part would starve the next.
SELECT part, item, version, recorded_at FROM changed LIMIT %(limit)s::integer;

-- name: drop_changes
DELETE FROM changed c
USING unnest(%(parts)s::smallint[], %(items)s::bigint[], %(versions)s::bigint[]) k (part, item, version)
WHERE c.part = k.part AND c.item = k.item AND c.version = k.version;

-- name: add_looks
-- What may not be well any more, or again, for the rules of alerts.
INSERT INTO alert_look (part, item, at)
SELECT part, item, %(now)s::timestamptz
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[]) k (part, item)
ON CONFLICT (part, item, at) DO NOTHING;

-- name: due_items
SELECT item FROM due WHERE at <= %(now)s::timestamptz ORDER BY at LIMIT %(limit)s::integer;

-- name: listings_after
SELECT id, channel, sku FROM listing WHERE id > %(after)s::bigint ORDER BY id LIMIT %(limit)s::integer;

-- name: listings_of_items
SELECT DISTINCT l.id, l.channel, l.sku
FROM (
    SELECT c.listing FROM component c WHERE c.item = ANY(%(items)s::bigint[]) AND c.recorded_to IS NULL
    UNION ALL
    SELECT c.listing
    FROM kit_component x
    JOIN component c ON c.item = x.kit AND c.recorded_to IS NULL
    WHERE x.item = ANY(%(items)s::bigint[]) AND x.recorded_to IS NULL
) t
JOIN listing l ON l.id = t.listing;

-- name: behind
-- What is still to be looked at of all that had changed by an instant; whether all listings were computed for rules as
-- new as those of then.
SELECT (SELECT count(*) FROM changed WHERE recorded_at <= %(at)s::timestamptz)
       + (SELECT count(*) FROM due WHERE due.at <= %(at)s::timestamptz),
       EXISTS (SELECT FROM lane WHERE name = 'atp_rules' AND seq >= %(epoch)s::bigint)
       AND EXISTS (SELECT FROM lane WHERE name = 'atp_listing' AND seq = -1);

-- ============================================================ what shall be shown

-- name: add_outbound
INSERT INTO outbound (part, listing, place, channel)
SELECT * FROM unnest(%(parts)s::smallint[], %(listings)s::bigint[], %(places)s::integer[], %(channels)s::integer[])
ON CONFLICT (part, listing, place) DO NOTHING;

-- name: lock_outbound
-- And whether orders of the channel were read with other units since it was last known what it shows: it has changed its
-- number by itself for them.
SELECT o.listing, o.place, o.rev, (o.made_from ->> 'atp')::bigint, o.desired,
       EXISTS (SELECT FROM listing l
               JOIN channel_order_line x ON x.sku = l.sku AND x.qty_at > o.shown_at
               JOIN channel_order c ON c.part = x.part AND c.id = x.order_id AND c.channel = o.channel
               WHERE l.id = o.listing)
FROM outbound o
JOIN unnest(%(parts)s::smallint[], %(listings)s::bigint[], %(places)s::integer[]) k (part, listing, place)
    ON o.part = k.part AND o.listing = k.listing AND o.place = k.place
ORDER BY o.part, o.listing, o.place
FOR NO KEY UPDATE OF o;

-- name: set_desired
UPDATE outbound o SET rev = k.rev, desired = k.desired, desired_at = %(now)s::timestamptz, made_from = k.made_from::jsonb
FROM unnest(%(parts)s::smallint[], %(listings)s::bigint[], %(places)s::integer[], %(revs)s::bigint[],
            %(desired)s::bigint[], %(made_from)s::text[]) k (part, listing, place, rev, desired, made_from)
WHERE o.part = k.part AND o.listing = k.listing AND o.place = k.place;

-- name: raise_revs
UPDATE outbound o SET rev = o.rev + 1, desired_at = %(now)s::timestamptz
FROM unnest(%(parts)s::smallint[], %(listings)s::bigint[], %(places)s::integer[]) k (part, listing, place)
WHERE o.part = k.part AND o.listing = k.listing AND o.place = k.place;

-- name: add_atp_changes
INSERT INTO atp_change (part, seq, listing, channel, atp, rev, recorded_at)
SELECT 0, seq, listing, channel, atp, rev, %(now)s::timestamptz
FROM unnest(%(seqs)s::bigint[], %(listings)s::bigint[], %(channels)s::integer[], %(atps)s::bigint[],
            %(revs)s::bigint[]) k (seq, listing, channel, atp, rev);

-- ============================================================ when it changes by itself

-- name: next_dates
-- The end of the earliest hold that still lives, and the expiry dates of lots that may be promised.
SELECT k.item,
       (SELECT min(e.expires_at) FROM hold e
        WHERE e.part = k.part AND e.item = k.item AND e.expires_at > %(now)s::timestamptz),
       CASE WHEN k.tracked THEN ARRAY(
           SELECT l.expires_at FROM lot l
           WHERE l.part = k.part AND l.item = k.item AND l.expires_at > %(now)s::timestamptz
             AND NOT EXISTS (SELECT FROM lot_hold x WHERE x.part = l.part AND x.item = l.item AND x.lot = l.id
                                                      AND x.recorded_to IS NULL)) END
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(tracked)s::boolean[]) k (part, item, tracked);

-- name: drop_due
DELETE FROM due d
USING unnest(%(parts)s::smallint[], %(items)s::bigint[]) k (part, item)
WHERE d.part = k.part AND d.item = k.item;

-- name: set_due
INSERT INTO due (part, item, at)
SELECT * FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(ats)s::timestamptz[])
ON CONFLICT (part, item) DO UPDATE SET at = excluded.at;

-- name: items_with_expired_holds
SELECT DISTINCT h.item
FROM (SELECT item FROM hold WHERE expires_at <= %(now)s::timestamptz ORDER BY expires_at LIMIT %(limit)s::integer) h;

-- ============================================================ readers of the stream

-- name: stream
SELECT a.seq, c.code, l.sku, a.atp, a.rev, a.recorded_at
FROM (SELECT * FROM atp_change WHERE part = 0 AND seq > %(after)s::bigint ORDER BY seq LIMIT %(limit)s::integer) a
JOIN channel c ON c.id = a.channel
JOIN listing l ON l.id = a.listing
ORDER BY a.seq;

-- name: ends_of_stream
SELECT (SELECT min(seq) FROM atp_change WHERE part = 0), (SELECT seq FROM lane WHERE name = 'atp');

-- name: trim_stream
DELETE FROM atp_change
WHERE part = 0 AND seq IN (
    SELECT o.seq
    FROM (SELECT seq, recorded_at FROM atp_change WHERE part = 0 ORDER BY seq LIMIT %(limit)s::integer) o
    WHERE o.recorded_at < %(before)s::timestamptz);
