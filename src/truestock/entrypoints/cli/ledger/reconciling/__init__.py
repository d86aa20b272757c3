"""Commands by which the ledger is held true to what others state."""
