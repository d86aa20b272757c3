"""What alerts are about: which state is not well, what that puts at risk, and what becomes of an alert. Pure."""
