"""Opens each mail of one sheet in Chromium, measures it in every mode and width, and photographs the beginning of some."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from composer.themes.theme_loading import load_theme
from tests.gallery import browser_checks
from tests.gallery.contents import Mail, mail_of
from tests.gallery.link_checks import wrong_links
from tests.support.mail_browser import opened

MODES = ("light", "dark", "no-style", "no-pictures")
WIDTHS = (320, 375, 640, 1000)  # CSS pixels
DEEPEST = 1600  # CSS pixels of a mail that a picture shows
JUDGED_WIDTH = 375  # at which axe runs: its rules do not depend on the width
_SCHEMES = {"dark": "dark"}


class Sheet(NamedTuple):
    """What one contact sheet shows."""

    theme: str
    layout: str
    language: str

    @property
    def name(self) -> str:
        return "-".join(self)


class View(NamedTuple):
    """One way to look at one mail."""

    content: str
    mode: str
    width: int


@dataclass
class Selection:
    """Which mails are measured, in which modes and at which widths."""

    contents: tuple[str, ...]
    modes: tuple[str, ...]
    widths: tuple[int, ...]

    def has_picture(self, view: View) -> bool:
        """Whether the sheet shows this view: the first content in every mode and width, the others in light mode on a phone."""
        return view.content == self.contents[0] or (view.mode == self.modes[0] and view.width == self._phone())

    def is_judged(self, view: View) -> bool:
        """Whether axe judges this view: it takes seconds, so once for each mode, on the mail with every block and every shape."""
        judged = "long-names" if "long-names" in self.contents else self.contents[0]
        return view.content == judged and view.width == self._phone()

    def _phone(self) -> int:
        return JUDGED_WIDTH if JUDGED_WIDTH in self.widths else self.widths[0]


@dataclass
class Taken:
    """`shots`: PNG files. `faults`: what is wrong -> in which views."""

    sheet: Sheet
    shots: dict[View, bytes] = field(default_factory=dict)
    faults: dict[str, list[View]] = field(default_factory=dict)
    measured: int = 0

    def note(self, faults: Iterator[str], view: View) -> None:
        for fault in faults:
            views = self.faults.setdefault(fault, [])
            if view not in views:
                views.append(view)


def take(browser: Any, sheet: Sheet, selection: Selection, pictures: Path, themes: Path | None = None) -> Taken:
    """Measures the mails of a sheet. `pictures`: the folder of their pictures. `themes`: the folder of the themes."""
    taken, theme = Taken(sheet), load_theme(sheet.theme, themes)
    for content in selection.contents:
        mail = mail_of(theme, sheet.layout, sheet.language, content, pictures)
        taken.note(wrong_links(mail), View(content, "all", 0))
        for mode in selection.modes:
            _take_mode(browser, mail, content, mode, selection, taken)
    return taken


def _take_mode(browser: Any, mail: Mail, content: str, mode: str, selection: Selection, taken: Taken) -> None:
    html = browser_checks.bare(mail.html) if mode == "no-style" else mail.html
    files = {} if mode == "no-pictures" else mail.pictures
    views = [View(content, mode, width) for width in selection.widths]
    scheme = _SCHEMES.get(mode, "light")
    with opened(browser, html, width=views[0].width, mode=scheme, pictures=files, scripts=True) as page:
        page.wait_for_function("[...document.images].every((e) => e.complete)")
        for view in views:
            page.set_viewport_size({"width": view.width, "height": 900})
            taken.note(browser_checks.layout_faults(page, view.width), view)
            taken.note(browser_checks.colour_faults(page), view)
            if mode == "no-pictures":
                taken.note(browser_checks.picture_faults(page), view)
            if selection.has_picture(view):
                height = min(DEEPEST, page.evaluate("document.documentElement.scrollHeight"))
                clip = {"x": 0, "y": 0, "width": view.width, "height": height}
                taken.shots[view] = page.screenshot(clip=clip, full_page=True, animations="disabled")
            if selection.is_judged(view):  # last: axe scrolls
                taken.note(browser_checks.rule_faults(page), view)
            taken.measured += 1


def sheets(themes: tuple[str, ...], layouts: tuple[str, ...], languages: tuple[str, ...]) -> list[Sheet]:
    return [Sheet(*combination) for combination in product(themes, layouts, languages)]
