"""The admin command `mailroom`. `mailroom --help` and `mailroom issue` start without Django; everything else goes through `house`."""
