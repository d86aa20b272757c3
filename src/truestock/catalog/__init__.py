"""What is sold, where it lies, who sells it, and by which rules; quantities are the ledger's."""
