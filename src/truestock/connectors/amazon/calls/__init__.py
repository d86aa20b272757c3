"""How Amazon is called: which operations, how often, with whose token, and which way a call failed."""
