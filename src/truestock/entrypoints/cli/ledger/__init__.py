"""The ledger's commands: its proof, its repair, reversal of a movement, and bookings by hand."""
