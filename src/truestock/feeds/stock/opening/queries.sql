-- What a check of opening balances asks beforehand; the booking itself asks again under its lock.

-- name: cells_with_entries
-- By ordinal, the cells that the ledger has moved anything in. A lot that is not there yet has none.
SELECT k.n
FROM unnest(%(parts)s::smallint[], %(items)s::bigint[], %(locs)s::integer[], %(lots)s::text[], %(statuses)s::smallint[])
         WITH ORDINALITY k (part, item, loc, lot, status, n)
LEFT JOIN lot l ON l.part = k.part AND l.item = k.item AND l.code = k.lot
WHERE (k.lot = '' OR l.id IS NOT NULL)
  AND EXISTS (SELECT FROM entry e WHERE e.part = k.part AND e.item = k.item AND e.loc = k.loc
              AND e.lot = coalesce(l.id, 0) AND e.status = k.status)
