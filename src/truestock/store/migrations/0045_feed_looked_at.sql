-- When what lies at a feed's door was last asked for by its own times.
ALTER TABLE feed ADD COLUMN looked_at timestamptz;
