"""Photographs a page at two widths, light and dark, and looks for what is wider than the screen or breaks a rule of axe."""

from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from io import BytesIO
from itertools import product
from pathlib import Path
from typing import Any, Self

from axe_playwright_python.sync_playwright import Axe
from PIL import Image
from playwright.sync_api import TimeoutError as Late

from tests.support.waiting import wait_until
from tests.tour.visit import EDITOR, READER, VIEWER, Visit

SCREENS = {1280: 900, 390: 844}  # width -> height, in CSS pixels
SCHEMES = ("light", "dark")
# Each scheme and each width once: that is enough for contrast, labels and the size of targets.
JUDGED = {(1280, "light"), (390, "dark")}
PATIENCE = 15_000  # milliseconds
AXE = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "resultTypes": ["violations"],
    "iframes": False,  # mails in frames run no scripts; tests/composer/test_axe.py checks them
}
# {wide: [text], cut: [text], columns: [text]}: elements beyond the right edge of the screen; elements whose content is cut off
# and cannot be scrolled, as what is typed into an input can; columns of a table that are seen only after scrolling sideways.
OVERFLOW = """() => {
  const name = (e) => e.tagName.toLowerCase() + (e.id ? '#' + e.id : [...e.classList].map((c) => '.' + c).join(''));
  const shown = (e) => e.checkVisibility() && e.clientWidth > 1 && e.clientHeight > 1;
  const found = {wide: [], cut: [], columns: []};
  const all = [...document.querySelectorAll('body *')].filter(shown);
  const screen = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > screen) {
    const beyond = all.filter((e) => e.getBoundingClientRect().right > screen + 1);
    const inner = beyond.filter((e) => !beyond.some((other) => other !== e && e.contains(other)));
    found.wide.push(`${document.documentElement.scrollWidth} px: ${inner.slice(0, 3).map(name).join(', ')}`);
  }
  for (const e of all) {
    const style = getComputedStyle(e);
    const label = getComputedStyle(e, '::before'); // in the padding of the cell
    if (e.matches('td[data-label]') && parseFloat(style.paddingLeft) + parseFloat(label.marginLeft) < 0) {
      found.cut.push(`the label of ${name(e)} in ${name(e.closest('table'))}`);
    }
    if (style.overflowX === 'visible' || e.scrollWidth <= e.clientWidth + 1 || e.matches('input')) continue;
    const edge = e.getBoundingClientRect().right;
    const cells = [...e.querySelectorAll('tr:first-child > *')].filter((c) => c.getBoundingClientRect().right > edge + 1);
    if (cells.length) found.columns.push(`${name(e)}: ${cells.length} not in sight`);
    else if (style.overflowX !== 'auto' && style.overflowX !== 'scroll' && style.textOverflow !== 'ellipsis') found.cut.push(name(e));
  }
  return found;
}"""

# A picture of a whole page never scrolls there, so pictures that load only in sight would be empty in it.
LOAD_PICTURES = """async () => {
  const pictures = [...document.images];
  for (const picture of pictures) picture.loading = 'eager';
  await Promise.all(pictures.map((picture) => picture.decode().catch(() => undefined)));
}"""


@dataclass(frozen=True)
class Shot:
    """One picture. `notes` are things to look at that are no faults."""

    page: str
    language: str
    width: int
    scheme: str
    file: str
    notes: tuple[str, ...] = ()


@dataclass
class Taken:
    shots: list[Shot] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)


class Camera:
    """A browser in one language, signed in where a page asks for it; a context manager."""

    def __init__(self, browser: Any, root: str, folder: Path, language: str, locale: str) -> None:
        self._browser, self._root, self._folder = browser, root, folder
        self._language, self._locale = language, locale
        self._pages: dict[str, Any] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for page in self._pages.values():
            page.context.close()

    def photograph(self, visit: Visit) -> Taken:
        """Go there, take the four pictures and keep the text. What goes wrong is a fault of the tour and does not end it."""
        taken, page = Taken(), self._page(visit.who)
        where = f"{self._language} {visit.name}"
        try:
            status = self._go(page, visit)
            if status != visit.status:
                taken.faults.append(f"{where}: status {status}, expected {visit.status}")
            for (width, height), scheme in product(SCREENS.items(), SCHEMES):
                page.set_viewport_size({"width": width, "height": height})
                page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
                if not visit.is_mail:
                    _show_frames(page)
                    page.evaluate(LOAD_PICTURES)
                self._take(page, visit, width, scheme, taken)
            # For proofreading.
            (self._folder / f"{visit.name}-{self._language}.txt").write_text(page.locator("body").inner_text(), encoding="utf-8")
        except Exception as problem:  # a step that finds no button, a page that never loads
            taken.faults.append(f"{where}: {type(problem).__name__}: {str(problem).splitlines()[0]}")
        return taken

    def _take(self, page: Any, visit: Visit, width: int, scheme: str, taken: Taken) -> None:
        file = f"{visit.name}-{self._language}-{width}-{scheme}.png"
        where = f"{self._language} {visit.name} at {width}"
        page.screenshot(path=self._folder / file, full_page=True, animations="disabled")
        notes: list[str] = []
        if scheme == SCHEMES[0]:  # colours change no widths
            overflow = page.evaluate(OVERFLOW)
            taken.faults += [f"{where}: wider than the screen: {text}" for text in overflow["wide"]]
            taken.faults += [f"{where}: cut off: {text}" for text in overflow["cut"]]
            notes = [f"{where}: columns to scroll to: {text}" for text in overflow["columns"]]
        if (width, scheme) in JUDGED and not visit.is_mail:
            violations = Axe().run(page, options=AXE).response["violations"]
            taken.faults += [
                f"{where}, {scheme}: axe {each['id']}: {node['html'][:120]}" for each in violations for node in each["nodes"]
            ]
        taken.shots.append(Shot(visit.name, self._language, width, scheme, file, tuple(notes)))

    def _go(self, page: Any, visit: Visit) -> int:
        """Open the page and take its steps; the status of the last answer that became the page."""
        answers: list[int] = []

        def note(answer: Any) -> None:
            if answer.request.is_navigation_request() and answer.frame == page.main_frame and not 300 <= answer.status < 400:
                answers.append(answer.status)

        page.on("response", note)
        try:
            page.goto(visit.path if "://" in visit.path else self._root + visit.path)
            for step in visit.steps:
                step(page)
            if not visit.is_mail:
                _show_frames(page)
            with suppress(Late):  # a page that renews itself is never idle for long
                page.wait_for_load_state("networkidle", timeout=5_000)
        finally:
            page.remove_listener("response", note)
        return answers[-1]

    def _page(self, who: str) -> Any:
        """The one page of this account, signed in when it is first asked for."""
        if who not in self._pages:
            context = self._browser.new_context(locale=self._locale)
            context.set_default_timeout(PATIENCE)
            self._pages[who] = context.new_page()
            if who != READER:
                sign_in(self._pages[who], self._root, who)
        return self._pages[who]


def _show_frames(page: Any) -> None:
    """Make the window as high as the page if it has frames, and wait until they are drawn.

    Frames load only in sight. Mails are sandboxed: Chromium draws them in another process, some time after they have loaded,
    and leaves them white in a picture of the whole page where they are outside the window.
    """
    frames = [frame for frame in page.locator("iframe").all() if frame.is_visible()]
    if not frames:
        return
    size = page.viewport_size
    page.set_viewport_size({**size, "height": max(size["height"], page.evaluate("document.documentElement.scrollHeight"))})
    for frame in frames:
        wait_until(partial(_is_drawn, frame), 10, "the mail in a frame is drawn")


def _is_drawn(frame: Any) -> bool:
    """Whether the frame shows more than one colour."""
    with Image.open(BytesIO(frame.screenshot())) as picture:
        width, height = picture.size  # without the border
        darkest, lightest = picture.convert("L").crop((10, 10, width - 10, height - 10)).getextrema()
    return bool(darkest != lightest)


def sign_in(page: Any, root: str, who: str) -> None:
    from tests.tour import cast

    page.goto(f"{root}/console/login/")
    page.fill("#id_username", {EDITOR: cast.CHIEF, VIEWER: cast.VIEWER}[who])
    page.fill("#id_password", cast.PASSWORD)
    page.click("main button[type=submit]")
    page.wait_for_url(f"{root}/console/")
