"""Who may sign in, and how guessing is slowed."""
