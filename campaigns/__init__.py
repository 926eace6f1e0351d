"""Campaigns: sending an issue to its recipients, and what became of each mail."""
