"""Pure decisions and values: no I/O, clock, randomness or ids of its own; they come in as arguments."""
