"""Stock as files: what the hub writes, what the other side says became of it, and what it says that it shows."""
