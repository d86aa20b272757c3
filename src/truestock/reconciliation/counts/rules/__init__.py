"""What counting decides, from figures alone: what is due, what a count says, and how much that is worth."""
