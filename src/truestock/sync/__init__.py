"""Keeps channels in step: what each listing shall show, what was sent, what the channel said, and what it shows."""
