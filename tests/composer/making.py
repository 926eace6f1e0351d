"""Issues and pictures for the tests of the composer."""

import io
import shutil
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from PIL import Image

from composer.images.picture_encoder import Picture
from composer.issue.document import Article, Block, Credit, Footer, Issue, Paragraph, Section, Text
from composer.pipeline import ComposedIssue, compose
from composer.rendering.theme_model import Theme
from composer.themes.theme_loading import DEFAULT_ROOT, load_theme

HEAD = """---
title: CAST Newsletter
organisation: China Association for Science and Technology
number: 2023-03
date: 2023-03-31
subject: Light in Dalian
preheader: A laser that works where no other user laser does, and four more stories.
language: en
footer:
  about: CAST is large.
  address: 3 Fuxing Road, Beijing
---
"""
BODY = "\n# Headlines\n\n## One {#one}\n\nText.\n"
AS_TYPED = "eo"  # a language whose marks nobody changes (`composer.issue.typography`)
BODY_LINE = HEAD.count("\n") + 1  # the first line after the head


def issue_of(blocks: Iterable[Block] = (), **changes: Any) -> Issue:
    """Returns an issue with one section and one article with these blocks."""
    values: dict[str, Any] = {
        "title": "CAST Newsletter",
        "organisation": "China Association for Science and Technology",
        "number": "2023-03",
        "date": date(2023, 3, 31),
        "subject": "Light in Dalian",
        "preheader": "A laser that works where no other user laser does, and four more stories.",
        "language": "en",
        "footer": Footer("CAST is large.", "3 Fuxing Road, Beijing", "https://english.cast.org.cn/", "a@cast.org.cn"),
        "credits": (Credit("Editor", "Ying Wenqi"),),
        "sections": (Section("Headlines", (Article("one", "One", tuple(blocks) or (paragraph("Text."),)),)),),
    }
    return Issue(**(values | changes))


def paragraph(text: str) -> Paragraph:
    return Paragraph((Text(text),))


def cast_theme() -> Theme:
    return load_theme("cast")


def address_of(picture: Picture) -> str:
    return f"https://news.example.org/media/{picture.name}"


def composed(issue: Issue, folder: Path = Path("/nowhere"), theme: Theme | None = None, **options: Any) -> ComposedIssue:
    return compose(issue, folder=folder, theme=theme or cast_theme(), picture_url=address_of, **options)


def picture_bytes(width: int = 600, height: int = 300, kind: str = "JPEG", **options: Any) -> bytes:
    """Returns a picture with a gradient, which is not trivial to encode."""
    out = io.BytesIO()
    image = Image.linear_gradient("L").resize((width, height)).convert(options.pop("mode", "RGB"))
    image.save(out, kind, **options)
    return out.getvalue()


def with_picture(folder: Path, name: str = "images/a.jpg", data: bytes | None = None) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data if data is not None else picture_bytes())
    return path


def codes(findings: Iterable[Any]) -> list[str]:
    return [finding.code for finding in findings]


def theme_copy(tmp_path: Path, **changes: tuple[str, str]) -> Path:
    """Returns a folder of themes with a changed copy of cast called `ours`: file name with __ for its dot -> (old, new)."""
    folder = tmp_path / "ours"
    shutil.copytree(DEFAULT_ROOT / "cast", folder)
    for file, (old, new) in changes.items():
        path = folder / file.replace("__", ".")
        text = path.read_text(encoding="utf-8")
        assert old in text, (file, old)
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return tmp_path
