"""The surfaces: decode, call one use case, encode; nothing else."""
