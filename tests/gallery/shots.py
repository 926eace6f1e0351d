"""Screenshots of every block of the specimen in one theme: the page is opened once and cut at the articles."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from composer.issue import merge_fields
from composer.issue.document import Issue
from composer.pipeline import ComposedIssue, compose
from composer.rendering.theme_model import Theme
from composer.themes.specimen import FOLDER
from tests.gallery.browser import PICTURES_AT, opened

# Returns [name, top, height] of the top of the mail, of each article, and of the footer, which begins with the text `last`.
CUTS = """(last) => {
  const band = (e) => { while (e.parentElement && !e.parentElement.matches('[role=article]')) e = e.parentElement; return e; };
  const top = (e) => e.getBoundingClientRect().top + scrollY;
  const heads = [...document.querySelectorAll('h3[id]')];
  const opens = (e, before) => band(e) !== band(before) && top(e) - top(band(e)) < 90 ? top(band(e)) : top(e);
  const marks = [...document.querySelectorAll('h2, h3[id]')];
  const starts = heads.map((h, i) => {
    const before = marks[marks.indexOf(h) - 1];
    const first = before && before.tagName === 'H2' ? before : h;
    return opens(first, heads[i - 1] || (first === marks[0] ? first : marks[0]));
  });
  const words = document.evaluate(`//*[text()[contains(., "${last}")]]`, document, null, 7, null);
  const foot = opens(words.snapshotItem(words.snapshotLength - 1).closest('p, td'), heads[heads.length - 1]);
  const all = document.documentElement.scrollHeight;
  const cuts = [['top', 0], ...heads.map((h, i) => [h.id, starts[i]]), ['foot', foot], ['', all]];
  return cuts.slice(0, -1).map(([name, y], i) => [name, y, cuts[i + 1][1] - y]);
}"""


@dataclass(frozen=True, slots=True)
class Shot:
    block: str
    png: bytes


def composed(issue: Issue, theme: Theme) -> tuple[ComposedIssue, str, dict[str, bytes]]:
    """Returns the mail of the specimen, its HTML with filled fields, and its pictures by address."""
    mail = compose(issue, folder=FOLDER, theme=theme, picture_url=lambda picture: f"{PICTURES_AT}{picture.name}")
    html = merge_fields.fill(mail.html, merge_fields.preview_values(mail.fields))
    return mail, html, {f"{PICTURES_AT}{picture.name}": picture.data for picture in mail.pictures}


def shoot(browser: Any, html: str, pictures: dict[str, bytes], *, foot: str, width: int, mode: str) -> Iterator[Shot]:
    """Yields the whole page, then its blocks. `foot`: the first text after the last article."""
    with opened(browser, html, width=width, mode=mode, pictures=pictures) as page:
        yield Shot("whole", page.screenshot(full_page=True))
        for name, top, height in page.evaluate(CUTS, foot):
            clip = {"x": 0, "y": top, "width": width, "height": max(1, height)}
            yield Shot(name, page.screenshot(full_page=True, clip=clip))
