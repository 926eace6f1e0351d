"""Build the mail of an issue folder on disk, and write a starter issue."""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from composer.composition import Composition, compose_folder
from composer.errors import ComposeError, Finding
from composer.issue.parsing.issue_file import ISSUE_FILE
from composer.issue.printing.issue_printer import print_issue
from composer.issue.starter import starter
from composer.issue.variants import MOST_VARIANTS
from composer.output_folder import PICTURES, all_or_nothing, refuse_foreign, variant_file_names, with_example_values
from composer.pipeline import ComposedIssue

BUILT = (PICTURES, *(name for number in range(MOST_VARIANTS) for name in variant_file_names(number)))


@dataclass(frozen=True, slots=True)
class Build:
    """What was built, and where. `composed` is the mail of variant 0."""

    composition: Composition
    out: Path
    files: tuple[Path, ...]

    @property
    def composed(self) -> ComposedIssue:
        return self.composition.variants[0].mail

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Those of the mail, without that its pictures are not on the web: here they are meant to be files beside it."""
        return tuple(finding for finding in self.composition.findings if finding.code != "images-https")


def build(folder: Path, out: Path, theme_root: Path | None = None, *, raw: bool = False) -> Build:
    """Writes issue.html, issue.txt and images/ into `out`, all or nothing; an earlier build there is replaced. Each further
    variant has files of its own.

    Merge fields show harmless values, unless `raw` leaves their tags. Raises ComposeError, also when `out` holds
    anything that is not a build.
    """
    refuse_foreign(out, BUILT)
    made = compose_folder(folder, theme_root=theme_root, picture_url=lambda picture: f"{PICTURES}/{picture.name}")
    with all_or_nothing(out) as place:
        (place / PICTURES).mkdir()
        for picture in made.pictures:
            (place / PICTURES / picture.name).write_bytes(picture.data)
        for variant in made.variants:
            for name, content in zip(variant_file_names(variant.number), _contents(variant.mail, raw=raw), strict=True):
                (place / name).write_text(content, encoding="utf-8", newline="\n")
    names = [name for variant in made.variants for name in variant_file_names(variant.number)]
    names += [f"{PICTURES}/{picture.name}" for picture in made.pictures]
    return Build(made, out, tuple(out / name for name in names))


def _contents(mail: ComposedIssue, *, raw: bool) -> tuple[str, str]:
    return (mail.html, mail.text) if raw else with_example_values(mail)


def new_issue(folder: Path, *, today: date | None = None) -> Path:
    """Writes a complete issue to start from, with one picture, and returns its file. Overwrites nothing."""
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ComposeError(Finding("issue-exists", params={"path": str(folder)}, file=str(folder)))
    issue = starter(today or date.today())
    with all_or_nothing(folder) as place:
        (place / "images").mkdir()
        (place / "images" / "first-light.png").write_bytes(draw_starter_picture())
        (place / ISSUE_FILE).write_text(print_issue(issue), encoding="utf-8", newline="\n")
    return folder / ISSUE_FILE


def draw_starter_picture() -> bytes:
    """A small landscape as PNG, drawn here so that the starter needs no file of its own."""
    from PIL import Image, ImageDraw  # noqa: PLC0415  (a build draws nothing and need not load it)

    width, height = 1200, 640
    image = Image.new("RGB", (width, height))
    draw = ImageDraw.Draw(image)
    for y in range(height):
        share = y / height
        draw.line((0, y, width, y), fill=(int(11 + 90 * share), int(34 + 60 * share), int(57 + 60 * share)))
    for x in range(60, width, 90):
        y = 60 + (x * 7) % 130
        draw.ellipse((x, y, x + 5, y + 5), fill=(255, 255, 255))
    draw.ellipse((690, 210, 930, 450), fill=(255, 154, 128))
    draw.polygon([(0, 470), (260, 330), (520, 480), (760, 380), (1200, 520), (1200, 640), (0, 640)], fill=(11, 34, 57))
    draw.polygon([(0, 560), (400, 480), (800, 570), (1200, 500), (1200, 640), (0, 640)], fill=(6, 19, 31))
    out = io.BytesIO()
    image.quantize(64, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
    return out.getvalue()
