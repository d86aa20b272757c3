-- What a transaction has changed that is about to be rolled back.

-- name: rows_changed
-- What this very transaction has changed: by stock row, with what of it was displaced, what more is owed, and what lies
-- and is reserved there now.
SELECT i.id, e.loc, e.lot, e.status, i.sku, coalesce(l.code, ''), coalesce(t.code, ''), coalesce(c.code, ''),
       e.d_on_hand, e.d_reserved, e.displaced, e.d_short, coalesce(k.on_hand, 0), coalesce(k.reserved, 0)
FROM (
    SELECT e.part, e.item, e.loc, e.lot, e.status, e.owner, sum(e.d_on_hand)::bigint AS d_on_hand,
           sum(e.d_reserved)::bigint AS d_reserved,
           -coalesce(sum(e.d_reserved) FILTER (WHERE e.kind = 33), 0)::bigint AS displaced,
           sum(e.d_short)::bigint AS d_short
    FROM movement m
    CROSS JOIN unnest(m.items) n (item)
    JOIN item i ON i.id = n.item
    JOIN entry e ON e.part = i.part AND e.item = i.id AND e.movement = m.id AND e.recorded_at = m.recorded_at
        AND e.loc >= 0
    WHERE m.recorded_at >= now() AND m.xmin = pg_current_xact_id()::xid
    GROUP BY e.part, e.item, e.loc, e.lot, e.status, e.owner
) e
JOIN item i ON i.id = e.item
LEFT JOIN location l ON l.id = e.loc
LEFT JOIN lot t ON t.part = e.part AND t.item = e.item AND t.id = e.lot AND e.lot > 0
LEFT JOIN channel c ON c.id = e.owner
LEFT JOIN stock k ON k.part = e.part AND k.item = e.item AND k.loc = e.loc AND k.lot = e.lot AND k.status = e.status
    AND k.owner = e.owner
ORDER BY i.sku, l.code, t.code, e.status, c.code;
