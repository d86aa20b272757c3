"""Jobs: work that is queued in the caller's own transaction and done later, once or again until it succeeds.

The queue is a library's, in a schema of its own; this room is the only one that knows which."""
