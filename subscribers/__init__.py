"""Subscribers, their lists and segments, and whether they may be mailed."""
