-- name: all_rows
-- Every stock row, in an order of its own.
SELECT i.sku, l.code, t.on_hand
FROM stock t
JOIN item i ON i.id = t.item
JOIN location l ON l.id = t.loc
ORDER BY hashint8(t.item), t.loc;
