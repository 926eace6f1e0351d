"""Remarks for the editor: never shown to readers."""

from __future__ import annotations

NAMES_IN_THEMES: dict[str, tuple[str, ...]] = {}
