-- Who has counted does not approve, unless a role says so.
ALTER TABLE write_off_limit ADD COLUMN own_counts boolean NOT NULL DEFAULT false;
