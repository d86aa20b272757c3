"""The orders of a channel that speaks our REST: read, heard of, sent whole, and told what becomes of them."""
