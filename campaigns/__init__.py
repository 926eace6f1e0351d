"""What is sent, how far it is, and what came of it."""
