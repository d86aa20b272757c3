"""The made-up company of a season: what it sells, where it lies, who buys."""
