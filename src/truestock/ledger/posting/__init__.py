"""What a booking means: its codes resolved, its changes on its item's book, and what it writes beside."""
