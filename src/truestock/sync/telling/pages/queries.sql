-- name: readiness
-- Whether pages are written at all, and whether stock is due now, in the manner in which the channel is sent it.
SELECT c.push_pages, EXISTS (
    SELECT FROM outbound o
    WHERE o.channel = c.channel AND o.acked_rev < o.rev AND o.in_flight_since IS NULL
      AND (o.place <> 0) = %(by_place)s::boolean
      AND (o.next_try_at IS NULL OR o.next_try_at <= %(now)s::timestamptz)
      AND (%(daily)s::integer = 0 OR o.sent_on IS DISTINCT FROM (%(now)s::timestamptz AT TIME ZONE 'UTC')::date
           OR o.sent_that_day < %(daily)s::integer))
FROM connection c
WHERE c.channel = %(channel)s::integer;

-- name: pages_due
-- Open listings whose content is not the one looked at last, or whose next try has come; those of a product together.
-- What was looked at is told by when each of its contents changed: a later commit may carry an earlier instant.
-- Each content is looked up by its key (LIMIT 1), as right after an import a plan by old statistics would compare all.
SELECT f.listing, f.sku, f.product, f.item, f.seen, coalesce(p.digest, ''), coalesce(p.tries, 0)
FROM (
    SELECT l.id AS listing, l.sku, coalesce(own.product, general.product, '') AS product, i.sku AS item,
           array[extract(epoch FROM own.changed_at), extract(epoch FROM general.changed_at),
                 extract(epoch FROM page.changed_at), extract(epoch FROM shared.changed_at)]::text AS seen
    FROM listing l
    JOIN LATERAL (
        SELECT count(*) AS items, min(c.item) AS item, min(c.units) AS units
        FROM component c
        WHERE c.listing = l.id AND c.recorded_to IS NULL
    ) t ON t.items > 0
    LEFT JOIN item i ON i.id = t.item AND t.items = 1 AND t.units = 1
    LEFT JOIN LATERAL (
        SELECT x.id, x.product, x.changed_at FROM content x
        WHERE x.channel = l.channel AND x.kind = 'variant' AND x.code = l.sku
        LIMIT 1
    ) own ON true
    LEFT JOIN LATERAL (
        SELECT x.id, x.product, x.changed_at FROM content x
        WHERE x.channel = 0 AND x.kind = 'variant' AND x.code = i.sku
        LIMIT 1
    ) general ON true
    LEFT JOIN LATERAL (
        SELECT x.changed_at FROM content x
        WHERE x.channel = l.channel AND x.kind = 'product' AND x.code = coalesce(own.product, general.product)
        LIMIT 1
    ) page ON true
    LEFT JOIN LATERAL (
        SELECT x.changed_at FROM content x
        WHERE x.channel = 0 AND x.kind = 'product' AND x.code = coalesce(own.product, general.product)
        LIMIT 1
    ) shared ON true
    WHERE l.channel = %(channel)s::integer AND (own.id IS NOT NULL OR general.id IS NOT NULL)
) f
LEFT JOIN page_pushed p ON p.channel = %(channel)s::integer AND p.listing = f.listing
WHERE p.listing IS NULL OR p.seen <> f.seen OR p.next_try_at <= %(now)s::timestamptz
ORDER BY f.product, f.listing
LIMIT %(limit)s::integer;

-- name: mark_pages
INSERT INTO page_pushed (part, listing, channel, digest, seen, pushed_at, tries, next_try_at, trouble)
SELECT k.part, k.listing, %(channel)s::integer, k.digest, k.seen, CASE WHEN k.pushed THEN clock_timestamp() END,
       k.tries, k.next_try_at, k.trouble
FROM unnest(%(parts)s::smallint[], %(listings)s::bigint[], %(digests)s::text[], %(seen)s::text[], %(pushed)s::boolean[],
            %(tries)s::integer[], %(next_try_at)s::timestamptz[], %(trouble)s::text[])
     k (part, listing, digest, seen, pushed, tries, next_try_at, trouble)
ORDER BY k.part, k.listing
ON CONFLICT (part, listing) DO UPDATE
SET digest = coalesce(nullif(excluded.digest, ''), page_pushed.digest), seen = excluded.seen,
    pushed_at = coalesce(excluded.pushed_at, page_pushed.pushed_at), tries = excluded.tries,
    next_try_at = excluded.next_try_at, trouble = excluded.trouble;

-- name: forget_pages
DELETE FROM page_pushed WHERE channel = %(channel)s::integer;

-- name: lock_page_images
SELECT i.kind, i.code, i.page, i.ours::text, i.others, i.unsure
FROM page_images i
JOIN unnest(%(kinds)s::text[], %(codes)s::text[]) k (kind, code) ON k.kind = i.kind AND k.code = i.code
WHERE i.channel = %(channel)s::integer
ORDER BY i.kind, i.code, i.page
FOR NO KEY UPDATE OF i;

-- name: doubt_page_images
UPDATE page_images i SET unsure = true
FROM unnest(%(kinds)s::text[], %(codes)s::text[]) k (kind, code)
WHERE i.channel = %(channel)s::integer AND i.kind = k.kind AND i.code = k.code;

-- name: trust_page_images
UPDATE page_images i SET unsure = false
FROM unnest(%(kinds)s::text[], %(codes)s::text[], %(pages)s::text[]) k (kind, code, page)
WHERE i.channel = %(channel)s::integer AND i.kind = k.kind AND i.code = k.code AND i.page = k.page AND i.unsure;

-- name: keep_page_images
INSERT INTO page_images (channel, kind, code, page, ours, others, unsure)
SELECT %(channel)s::integer, k.kind, k.code, k.page, k.ours, ARRAY(SELECT jsonb_array_elements_text(k.others)), false
FROM unnest(%(kinds)s::text[], %(codes)s::text[], %(pages)s::text[], %(ours)s::jsonb[], %(others)s::jsonb[])
     k (kind, code, page, ours, others)
ORDER BY k.kind, k.code, k.page
ON CONFLICT (channel, kind, code, page) DO UPDATE
SET ours = excluded.ours, others = excluded.others, unsure = false;

-- name: switch_pages
UPDATE connection SET push_pages = %(on)s::boolean WHERE channel = %(channel)s::integer;

-- name: pages_told
SELECT c.push_pages,
       (SELECT count(*) FROM page_pushed p WHERE p.channel = c.channel AND p.digest <> ''),
       (SELECT count(*) FROM page_pushed p WHERE p.channel = c.channel AND p.trouble <> '')
FROM connection c
WHERE c.channel = %(channel)s::integer;

-- name: page_troubles
-- The pages that a channel would not take, the most often tried first.
SELECT l.sku, p.tries, p.next_try_at, p.trouble
FROM page_pushed p
JOIN listing l ON l.id = p.listing
WHERE p.channel = %(channel)s::integer AND p.trouble <> ''
ORDER BY p.tries DESC, l.sku
LIMIT %(limit)s::integer;
