"""Brakes: complaints and hard bounces, of one receiving domain or of all, above a limit hold a campaign (docs/bounces.md)."""
