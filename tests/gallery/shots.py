"""Pictures of every block of the specimen in one theme: the page is opened once and cut where an article begins and ends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from composer import merge
from composer.document import Issue
from composer.pipeline import ComposedIssue, compose
from composer.specimen import FOLDER
from composer.theme import Theme
from tests.gallery.browser import PICTURES_AT, opened

# [name, top, height] of the head of the mail, of each article, and of its foot.
CUTS = """() => {
  const band = (e) => { while (!e.parentElement.matches('[role=article]')) e = e.parentElement; return e; };
  const box = (e) => { const r = e.getBoundingClientRect(); return [r.top + scrollY, r.bottom + scrollY]; };
  const heads = [...document.querySelectorAll('h3[id]')];
  const starts = heads.map((h, i) => i && band(heads[i - 1]) === band(h) ? box(h)[0] : box(band(h))[0]);
  const ends = heads.map((h, i) => i + 1 < heads.length && band(heads[i + 1]) === band(h) ? starts[i + 1] : box(band(h))[1]);
  const last = ends[ends.length - 1];
  return [['top', 0, starts[0]], ...heads.map((h, i) => [h.id, starts[i], ends[i] - starts[i]]),
          ['foot', last, document.documentElement.scrollHeight - last]];
}"""


@dataclass(frozen=True, slots=True)
class Shot:
    block: str
    png: bytes


def composed(issue: Issue, theme: Theme) -> tuple[ComposedIssue, str, dict[str, bytes]]:
    """The mail of the specimen, its HTML with fields filled, and its pictures by address."""
    mail = compose(issue, folder=FOLDER, theme=theme, picture_url=lambda picture: f"{PICTURES_AT}{picture.name}")
    html = merge.fill(mail.html, merge.preview_values(mail.fields))
    return mail, html, {f"{PICTURES_AT}{picture.name}": picture.data for picture in mail.pictures}


def shoot(browser: Any, html: str, pictures: dict[str, bytes], *, width: int, mode: str) -> Iterator[Shot]:
    """The whole page first, then its blocks."""
    with opened(browser, html, width=width, mode=mode, pictures=pictures) as page:
        yield Shot("whole", page.screenshot(full_page=True))
        for name, top, height in page.evaluate(CUTS):
            clip = {"x": 0, "y": top, "width": width, "height": max(1, height)}
            yield Shot(name, page.screenshot(full_page=True, clip=clip))
