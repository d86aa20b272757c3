"""Reads what a simulation is made of: world files, the named worlds, and the orders that are sold in them."""
