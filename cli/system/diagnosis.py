"""What one check of `mailroom system doctor` found."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

DiagnosisLevel = Literal["ok", "warn", "fault"]


@dataclass(frozen=True)
class Diagnosis:
    """What one check found. `remedy` is empty where all is well."""

    check: str
    level: DiagnosisLevel
    found: str
    remedy: str = ""
