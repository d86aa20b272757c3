"""Orders and their states: buy (soft allocation), release, cancel, ship (hard allocation)."""
