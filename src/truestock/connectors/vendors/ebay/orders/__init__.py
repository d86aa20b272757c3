"""A seller's orders: reading them, telling what has left, and what eBay says of them by itself."""
