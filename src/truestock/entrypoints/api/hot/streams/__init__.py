"""The change stream for clients: pages from a cursor on, and server-sent events."""
