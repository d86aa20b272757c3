"""One folder for each outside system: payloads out and in, and what the system is like, declared as data.

A connector gets an HTTP client and credentials, never a database. Retries, budgets and marks live once, in the sync.
"""
