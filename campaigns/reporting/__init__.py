"""Read-only: the numbers of a campaign, and the contents of a list's archive."""
