"""The endpoints that every sale passes: plain functions in front of the framework, documented with the rest."""
