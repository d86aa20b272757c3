"""The orders of a shop: read, heard of, and told what becomes of them."""
