"""simulate: the command, its tables and its chart."""
