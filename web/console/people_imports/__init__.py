"""Imports of people: upload, columns, list and consent, what would change, progress, report, undo."""
