"""Builds the mail of an issue folder on disk, and writes a starter issue."""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from composer.composition import Composition, compose_folder
from composer.errors import ComposeError, Finding
from composer.issue.parsing.issue_file import ISSUE_FILE
from composer.issue.starter import starter_files
from composer.issue.variants import MOST_VARIANTS
from composer.output_folder import PICTURES, refuse_foreign, variant_file_names, with_example_values, write_folder
from composer.pipeline import ComposedIssue

BUILT = (PICTURES, *(name for number in range(MOST_VARIANTS) for name in variant_file_names(number)))


@dataclass(frozen=True, slots=True)
class Build:
    """The result of a build. `composed` is the mail of variant 0."""

    composition: Composition
    out: Path
    files: tuple[Path, ...]

    @property
    def composed(self) -> ComposedIssue:
        return self.composition.variants[0].mail

    @property
    def findings(self) -> tuple[Finding, ...]:
        """The findings of the mail without `images-https`, because the pictures of a build are files next to it."""
        return tuple(finding for finding in self.composition.findings if finding.code != "images-https")


def build(folder: Path, out: Path, theme_root: Path | None = None, *, raw: bool = False) -> Build:
    """Writes issue.html, issue.txt and images/ into `out`, all or nothing; an earlier build there is replaced. Each further
    variant has its own files.

    Merge fields show example values, unless `raw` leaves their tags. Raises ComposeError, also if `out` contains anything that is
    not a build.
    """
    refuse_foreign(out, BUILT)
    made = compose_folder(folder, theme_root=theme_root, picture_url=lambda picture: f"{PICTURES}/{picture.name}")
    files: dict[str, bytes] = {}
    for variant in made.variants:
        contents = (variant.mail.html, variant.mail.text) if raw else with_example_values(variant.mail)
        files |= zip(variant_file_names(variant.number), map(str.encode, contents), strict=True)
    files |= {f"{PICTURES}/{picture.name}": picture.data for picture in made.pictures}
    return Build(made, out, write_folder(out, files))


def new_issue(folder: Path, *, today: date | None = None) -> Path:
    """Writes a complete starter issue with one picture, and returns its file. Overwrites nothing."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ComposeError(Finding("issue-exists", params={"path": str(folder)}, file=str(folder)))
    write_folder(folder, starter_files(today or date.today()))
    return folder / ISSUE_FILE
