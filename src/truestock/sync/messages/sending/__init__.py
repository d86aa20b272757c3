"""Sends a message in one of the ways there are: by mail, by a signed call, or by whatever Apprise can reach."""
