"""What connectors that read orders share: how far a channel has been read, and what a line was sold for. Pure."""
