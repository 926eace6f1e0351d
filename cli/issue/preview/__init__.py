"""`mailroom issue preview`: shows the finished mail of an issue folder in a browser and composes it again on every change."""
