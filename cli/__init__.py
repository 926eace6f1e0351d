"""The admin command `mailroom`. Help and `mailroom issue` start without Django; everything else goes through `house`."""
