"""Amazon's settlements: the reports that it makes every two weeks by itself, and the fees that stand in them."""
