"""Sales as they were, with errors put in: how many of them does reconciliation find, and does it make any up?"""
