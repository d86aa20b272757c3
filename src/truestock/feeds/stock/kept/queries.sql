-- name: centres
-- The locations that sell on this channel alone, with what the channel calls them, where that was said.
SELECT l.code, coalesce(p.code, '')
FROM location l
LEFT JOIN place_location x ON x.loc = l.id
LEFT JOIN place p ON p.id = x.place AND p.channel = %(channel)s::integer
WHERE l.kind = 'marketplace_fc' AND l.only_channel = %(channel)s::integer
ORDER BY l.code;

-- name: items_of
-- The one item that each of the channel's SKUs takes; SKUs that take several, or lots, cannot be counted.
SELECT g.sku, min(i.sku), min(c.units)
FROM listing g
JOIN component c ON c.listing = g.id AND c.recorded_to IS NULL
JOIN item i ON i.id = c.item
WHERE g.channel = %(channel)s::integer
GROUP BY g.id, g.sku
HAVING count(*) = 1 AND NOT bool_or(i.kit OR i.lot_tracked);

-- name: lying
-- What lies at a location by the ledger, whoever owns it.
SELECT i.sku, s.status, sum(s.on_hand)::bigint
FROM stock s
JOIN item i ON i.id = s.item
JOIN location l ON l.id = s.loc
WHERE l.code = %(location)s::text AND s.lot = 0
GROUP BY i.sku, s.status;
