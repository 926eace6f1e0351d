"""Shared by all processes: settings, URLs, servers, time limits, private files."""
