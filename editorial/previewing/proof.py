"""What a preview can show at one moment: the newest mail that could be composed, and the findings with their places."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from composer.errors import Finding
from composer.issue.parsing.source_positions import placed

if TYPE_CHECKING:
    from composer.composition import Composition

# The real address of the pictures is known only when a version is stored. This one is as long as real ones, so that the sizes
# are right; `client_views` replaces it with the preview's own.
MEDIA = "https://media.invalid/"
LEVELS = ("error", "warning", "info")  # the worst first


@dataclass(frozen=True, slots=True)
class Proof:
    """What the preview can show at one moment. `revision` counts from 1.

    `composition` is the newest mail that could be composed, `before` the one that it replaced. `faults` say why the issue
    cannot be composed now; then `composition` is an older one, or None where there was none. `trouble` is the reason where
    the issue is not at fault. `sources` are the lines of the files that findings name.
    """

    revision: int
    composition: Composition | None = None
    before: Composition | None = None
    faults: tuple[Finding, ...] = ()
    trouble: str = ""
    sources: dict[str, tuple[str, ...]] = field(default_factory=dict)
    made_at: float = 0.0

    @property
    def stale(self) -> bool:
        return bool(self.faults or self.trouble)


def place_all(findings: tuple[Finding, ...], sources: dict[str, tuple[str, ...]]) -> tuple[Finding, ...]:
    """The findings with their columns, file by file, errors first."""
    files = dict.fromkeys(finding.file for finding in findings)
    found = [each for file in files for each in placed((f for f in findings if f.file == file), sources.get(file, ()))]
    return tuple(sorted(found, key=lambda finding: LEVELS.index(finding.level)))
