"""What varies, with its reason: told one by one, or in a file."""
