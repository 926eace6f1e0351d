"""Remarks for the editor: never shown to readers."""

NAMES_IN_THEMES: dict[str, tuple[str, ...]] = {}
