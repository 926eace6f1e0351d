"""People as staff work with them: found by words and conditions, and changed many at a time."""
