"""What may be promised, and what has been."""
