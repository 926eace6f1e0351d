"""An issue on disk: building its mail into a folder, and a complete issue to start from."""

from __future__ import annotations

import io
import secrets
import shutil
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from composer.composition import Composition, compose_folder
from composer.errors import ComposeError, Finding
from composer.issue import merge_fields
from composer.issue.document import (
    Article,
    Credit,
    Emphasis,
    Field,
    Figure,
    Footer,
    Issue,
    Link,
    ListBlock,
    Paragraph,
    Quote,
    Section,
    Sources,
    SubHeading,
    Text,
)
from composer.issue.parsing.issue_file import ISSUE_FILE, print_issue
from composer.issue.variants import MOST_VARIANTS
from composer.pipeline import ComposedIssue

PICTURES = "images"


def names_of(number: int) -> tuple[str, str]:
    """The files of a variant: issue.html and issue.txt of variant 0, issue.1.html and issue.1.txt of the next."""
    stem = f"issue.{number}" if number else "issue"
    return f"{stem}.html", f"{stem}.txt"


BUILT = (PICTURES, *(name for number in range(MOST_VARIANTS) for name in names_of(number)))


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
            for name, content in zip(names_of(variant.number), _contents(variant.mail, raw=raw), strict=True):
                (place / name).write_text(content, encoding="utf-8", newline="\n")
    names = [name for variant in made.variants for name in names_of(variant.number)]
    names += [f"{PICTURES}/{picture.name}" for picture in made.pictures]
    return Build(made, out, tuple(out / name for name in names))


def _contents(mail: ComposedIssue, *, raw: bool) -> tuple[str, str]:
    return (mail.html, mail.text) if raw else shown(mail)


def shown(mail: ComposedIssue, name: str = "") -> tuple[str, str]:
    """HTML and text of a mail, for looking at it as somebody called `name`. Links to pages of ours lead nowhere."""
    html = merge_fields.fill(mail.html, merge_fields.preview_values(mail.fields, name))
    return html, merge_fields.fill(mail.text, merge_fields.preview_values(mail.fields, name, merge_fields.EXAMPLE_PAGES))


def refuse_foreign(out: Path, own: Collection[str]) -> None:
    """Raises ComposeError when `out` holds anything but what is `own`."""
    foreign = out.exists() and (not out.is_dir() or any(path.name not in own for path in out.iterdir()))
    if foreign:
        raise ComposeError(Finding("out-exists", params={"path": str(out)}, file=str(out)))


@contextmanager
def all_or_nothing(out: Path) -> Iterator[Path]:
    """A folder beside `out` that takes its place at the end; nobody ever sees it half-written."""
    out.parent.mkdir(parents=True, exist_ok=True)
    place = out.parent / f".{out.name}-{secrets.token_hex(6)}"
    old = place.with_name(f"{place.name}-old")
    place.mkdir()  # not mkdtemp, whose folders nobody else may read
    try:
        yield place
        if out.exists():
            out.rename(old)
        place.rename(out)
    except BaseException:
        if old.exists() and not out.exists():
            old.rename(out)
        raise
    finally:
        shutil.rmtree(place, ignore_errors=True)
        shutil.rmtree(old, ignore_errors=True)


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


def starter(today: date) -> Issue:
    """An issue in which everything that the format has occurs once."""
    first = Article(
        "first-light",
        "First light: say in one line what happened",
        (
            Paragraph((Text("Begin with what is new, and say who did it, where and when. Then tell why it matters."),)),
            Figure(
                "images/first-light.png",
                "A bright disc rises over dark hills under a row of stars",
                (Text("A caption says what the picture cannot"),),
                (Text("Name of the photographer"),),
            ),
            SubHeading("A sub-heading helps those who skim"),
            Paragraph(
                (
                    Text("Keep paragraphs short, stress "),
                    Emphasis((Text("little"),)),
                    Text(", and link to "),
                    Link("https://example.org/report", (Text("the report itself"),)),
                    Text("."),
                )
            ),
            Quote((Paragraph((Text("A quotation brings in a voice."),)),)),
            Sources(((Text("Name of the first source"),), (Link("https://example.org/", (Text("the second"),)),))),
        ),
    )
    second = Article(
        "coming-up",
        "Coming up",
        (
            ListBlock(
                ((Paragraph((Text("a date and what happens on it"),)),), (Paragraph((Text("another date"),)),)),
            ),
        ),
    )
    return Issue(
        title="Our Newsletter",
        organisation="Name of the Organisation",
        tagline="What we found, and what it means",
        number=today.strftime("%Y-%m"),
        date=today,
        subject="Say in 40 to 60 characters what is new in this issue",
        preheader="One line more that inboxes show after the subject: add to it, do not repeat it.",
        language="en",
        footer=Footer(
            about="Say in two sentences who you are.",
            address="Street and number, postal code, city, country",
            website="https://example.org/",
            email="newsletter@example.org",
        ),
        sections=(Section("Headlines", (first,)), Section("Dates", (second,))),
        opening=(Paragraph((Text("Dear "), Field("name", "reader"), Text(","))),
                 Paragraph((Text("a line or two of greeting may stand here."),))),
        credits=(Credit("Editor", "Your Name"),),
    )  # fmt: skip


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
