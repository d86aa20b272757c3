"""What keeps a database well over the years: checks, backups, room for the coming months, and what may be deleted."""
