"""Modules that are imported when a command first uses them, so that help, completion and `mailroom issue` start at once.

Beside `if TYPE_CHECKING: from campaigns import launch` stands `else: launch = later("campaigns.launch")`.
"""

from __future__ import annotations

import importlib
from typing import Any


class LaterModule:
    """Stands for a module until an attribute of it is wanted."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, attribute: str) -> Any:
        return getattr(importlib.import_module(self._name), attribute)

    def __repr__(self) -> str:
        return f"<{self._name}, imported when used>"


def later(name: str) -> Any:
    """The module `name`, imported when an attribute of it is first used."""
    return LaterModule(name)
