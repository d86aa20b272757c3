"""Replays: the same orders sold the old way and through the hub, counted by one auditor so that the columns compare.

Pure: time comes with the events, chance as an argument; reading files and calling the hub belong to feeds/."""
