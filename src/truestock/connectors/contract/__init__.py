"""What a connector is: its kind, its traits, its abilities, and the words in which both sides answer each other."""
