"""What connected channels are told, and what they tell: measured against a server that takes everything at once."""
