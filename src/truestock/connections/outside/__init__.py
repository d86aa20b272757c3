"""Calls that go out: where they may go, that they go nowhere else, and how hard anybody is called."""
