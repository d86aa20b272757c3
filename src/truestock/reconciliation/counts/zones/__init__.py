"""Tasks of a zone: what is counted in its bins is held against what those bins held, and nothing else is said."""
