"""Reads only: the numbers of a campaign, and what a list's archive shows."""
