"""What every request passes first: an id, a caller, the hot endpoints, problems, counting."""
