"""`make tour`: pictures of every page that people open, on a desktop screen and a phone, light and dark, in both languages."""
