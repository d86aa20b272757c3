"""Pure pieces of availability: listings, sums over many items, the explanation, the past, the days ahead."""
