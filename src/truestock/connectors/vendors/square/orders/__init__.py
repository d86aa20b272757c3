"""A seller's orders: reading them, and telling what has left and what will not."""
