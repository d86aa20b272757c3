"""What people look at and sign: lists of what is there and of what has happened; it reads, and writes nothing."""
