"""What one check of `mailroom system doctor` found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["ok", "warn", "fault"]


@dataclass(frozen=True)
class Check:
    """What one check found. `remedy` is empty where all is well."""

    check: str
    level: Level
    found: str
    remedy: str = ""
