"""EDI: X12 documents in and out with their acknowledgements, and EDIFACT's report of stock."""
