"""What channels sell and nobody knows here: the inbox, and the rules that say what SKUs mean."""
