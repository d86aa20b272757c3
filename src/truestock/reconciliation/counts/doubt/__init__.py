"""What becomes of units that a picker did not find, where no count says it."""
