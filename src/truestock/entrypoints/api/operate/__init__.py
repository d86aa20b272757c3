"""For those who run a hub: health, metrics, logs."""
