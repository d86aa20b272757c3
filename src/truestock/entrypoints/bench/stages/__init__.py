"""Where a measurement takes place: worlds made by SQL, servers of their own, open hubs."""
