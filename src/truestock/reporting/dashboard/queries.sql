-- Bounded by time or by what is open, so that a long history costs a dashboard nothing.

-- name: lately
SELECT count(DISTINCT o.id), coalesce(sum(l.granted * l.units), 0)::bigint,
       (SELECT coalesce(sum(s.qty - s.filled - s.cancelled), 0)::bigint FROM short s WHERE s.filled + s.cancelled < s.qty)
FROM orders o
JOIN order_line l ON l.part = o.part AND l.order_id = o.id
WHERE o.recorded_at > now() - make_interval(secs => %(seconds)s::double precision) AND o.state <> 'held';

-- name: recent_orders
-- Lines count in units of their listings; a kit's rows are one line.
SELECT o.recorded_at, c.code, o.ref, l.asked, l.granted
FROM (SELECT * FROM orders WHERE recorded_at > %(since)s::timestamptz ORDER BY recorded_at DESC LIMIT %(limit)s::integer) o
JOIN channel c ON c.id = o.channel
CROSS JOIN LATERAL (
    SELECT sum(n.qty)::bigint, sum(n.granted)::bigint
    FROM (SELECT min(qty), min(granted) FROM order_line
          WHERE part = o.part AND order_id = o.id GROUP BY n) n (qty, granted)) l (asked, granted)
ORDER BY o.recorded_at;
