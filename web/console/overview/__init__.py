"""The page on which staff begin: what waits for them, what is under way, and the first steps of a new installation."""
