"""Pages of lists: their numbers, settings, archive and requests; and the attributes of people."""
