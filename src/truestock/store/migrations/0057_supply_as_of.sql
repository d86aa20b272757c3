-- As of when a line of supply was last told, so that an older file that comes later changes nothing of it.
ALTER TABLE expected ADD COLUMN as_of timestamptz;
ALTER TABLE supply_told ADD COLUMN as_of timestamptz;
ALTER TABLE supply_told ADD COLUMN found_as_of timestamptz;
UPDATE supply_told s SET as_of = r.as_of FROM feed_run r WHERE r.id = s.run;
UPDATE expected e
SET as_of = greatest(e.told_at, (SELECT max(s.as_of) FROM supply_told s
                                 WHERE s.part = e.part AND s.item = e.item AND s.line = e.id))
WHERE e.kind <> 'demand';
