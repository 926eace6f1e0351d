"""The result of one check of `mailroom system doctor`."""

from dataclasses import dataclass
from typing import Literal

DiagnosisLevel = Literal["ok", "warn", "fault"]


@dataclass(frozen=True)
class Diagnosis:
    """The result of one check. `remedy` says what to do; it is empty where nothing is wrong."""

    check: str
    level: DiagnosisLevel
    finding: str
    remedy: str = ""
