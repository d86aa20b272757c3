"""Feeds over HTTP: how their files are read, and what their sources call things."""
