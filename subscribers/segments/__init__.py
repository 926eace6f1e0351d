"""Conditions on subscribers: the language, saved segments, who may be mailed, and counts."""
