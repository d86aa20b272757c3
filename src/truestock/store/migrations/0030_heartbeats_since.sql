-- What waited while no server ran is not a sign that one is silent.
ALTER TABLE heartbeat ADD COLUMN since timestamptz NOT NULL DEFAULT now();
ALTER TABLE heartbeat ALTER COLUMN since DROP DEFAULT;
