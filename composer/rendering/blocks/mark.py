"""Remarks for the editor: never shown to readers."""
