"""The page from which an issue is sent."""
