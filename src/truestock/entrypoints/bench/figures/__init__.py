"""What a measurement answers: figures with their bar and aim, rounds, the machine, and how they are shown."""
