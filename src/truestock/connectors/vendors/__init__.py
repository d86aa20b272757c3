"""Connectors of systems that no test can run here; each is held to what its vendor has published of it."""
