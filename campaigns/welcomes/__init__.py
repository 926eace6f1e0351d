"""Issues that welcome people to a list: which one a list has, and who becomes a recipient of its campaign."""
