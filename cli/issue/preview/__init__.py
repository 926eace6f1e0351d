"""`mailroom issue preview`: the finished mail of an issue folder in a browser, made anew whenever a file changes."""
