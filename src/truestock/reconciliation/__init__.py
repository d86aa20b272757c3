"""The ledger held true to the shelves: where sources disagree with it, what people count, and what alerts say."""
