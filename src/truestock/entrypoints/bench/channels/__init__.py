"""What others are told of a change, channels and whoever minds alerts, and what channels tell: how soon."""
