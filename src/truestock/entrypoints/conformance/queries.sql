-- What the stories read of the channel that they play on, and how time passes for it.

-- name: standing
-- Each listing: what it shall show, what is on its way or in force, and whether it waits.
SELECT l.sku, o.desired, greatest(coalesce(o.shown, 0), coalesce(o.sent, 0)),
       o.acked_rev < o.rev OR o.in_flight_since IS NOT NULL OR o.unseen > 0
FROM outbound o
JOIN listing l ON l.id = o.listing
WHERE o.channel = %(channel)s::integer AND o.place = 0
ORDER BY l.sku;

-- name: known_orders
-- Units of each order as the hub has read it last.
SELECT c.ref, coalesce(sum(x.qty), 0)::bigint
FROM channel_order c
LEFT JOIN channel_order_line x ON x.part = c.part AND x.order_id = c.id
WHERE c.channel = %(channel)s::integer
GROUP BY c.ref;

-- name: pass_outbound
UPDATE outbound o
SET next_try_at = o.next_try_at - %(span)s::interval, in_flight_since = o.in_flight_since - %(span)s::interval,
    unseen_at = o.unseen_at - %(span)s::interval, shown_at = o.shown_at - %(span)s::interval,
    desired_at = o.desired_at - %(span)s::interval, drift_since = o.drift_since - %(span)s::interval
WHERE o.channel = %(channel)s::integer;

-- name: pass_connection
UPDATE connection n SET orders_read_at = n.orders_read_at - %(span)s::interval WHERE n.channel = %(channel)s::integer;

-- name: pass_orders
UPDATE channel_order c SET first_read_at = c.first_read_at - %(span)s::interval WHERE c.channel = %(channel)s::integer;

-- name: pass_lines
UPDATE channel_order_line x SET qty_at = x.qty_at - %(span)s::interval, left_at = x.left_at - %(span)s::interval
FROM channel_order c
WHERE c.part = x.part AND c.id = x.order_id AND c.channel = %(channel)s::integer;

-- name: pass_steps
UPDATE order_step s
SET next_try_at = s.next_try_at - %(span)s::interval, recorded_at = s.recorded_at - %(span)s::interval
WHERE s.channel = %(channel)s::integer;
