-- Facts that an undone file had seen are forgotten once no run is kept that began before they were found.
ALTER TABLE feed_unseen ADD COLUMN found_at timestamptz NOT NULL DEFAULT clock_timestamp();
