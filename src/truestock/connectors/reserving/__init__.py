"""What shops have in common that keep units on hand and units reserved apart: what to write, how they are called."""
