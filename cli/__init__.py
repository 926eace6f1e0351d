"""The command `mailroom`. Help and `mailroom issue` start without Django; commands on the database go through `bootstrap`."""
