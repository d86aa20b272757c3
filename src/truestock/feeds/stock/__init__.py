"""Stock that other systems tell of: opening balances, what marketplaces keep, and feeds."""
