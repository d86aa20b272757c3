"""Orders as files: what the other side drops is read, parcels and cancellations are written."""
