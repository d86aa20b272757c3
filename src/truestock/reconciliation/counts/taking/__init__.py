"""Takes what is counted, by scans or by a file, and ends the counting of an item."""
