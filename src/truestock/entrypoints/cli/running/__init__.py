"""Making a hub, running it, and finding out why it does not run."""
