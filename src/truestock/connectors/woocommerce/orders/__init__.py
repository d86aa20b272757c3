"""The orders of a store: read, heard of, and told what becomes of them."""
