"""The finished mail in a browser: nothing sticks out, and every word can be read, in light and in dark."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from composer import merge
from composer.document import (  # fmt: skip
    Article,
    Credit,
    Emphasis,
    Field,
    Figure,
    Link,
    ListBlock,
    Paragraph,
    Quote,
    Section,
    Sources,
    SubHeading,
    Text,
)
from composer.issue import load_issue
from composer.pipeline import compose
from composer.theme import Theme
from tests.composer.making import issue_of, paragraph, with_picture

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "cast-2023-03"
CHROMIUM = next((path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name))), None)
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: the look of a mail is not checked"),
]

# Every element with words of its own: its colour against the nearest ground, and its size.
CONTRASTS = """() => {
  const channels = (c) => c.match(/[\\d.]+/g).map(Number);
  const light = (c) => c.slice(0, 3).map((v) => v / 255)
    .map((v) => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const c = channels(getComputedStyle(e).backgroundColor);
      if (c.length < 4 || c[3] > 0) return c;
    }
    return [255, 255, 255];
  };
  return [...document.body.querySelectorAll('*')]
    .filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim()))
    .filter((e) => e.getClientRects().length && getComputedStyle(e).display !== 'none'
                   && getComputedStyle(e).visibility !== 'hidden' && e.offsetHeight > 1)
    .map((e) => {
      const style = getComputedStyle(e), a = light(channels(style.color)), b = light(ground(e));
      const big = parseFloat(style.fontSize) >= 24;
      return [(Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), big ? 3 : 4.5, e.tagName,
              e.className, e.textContent.slice(0, 40)];
    });
}"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    with playwright.sync_playwright() as running:
        chromium = running.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def pages(theme: Theme, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The example, and an issue with everything in every tone and words that are hard to break."""
    folder = tmp_path_factory.mktemp("issue")
    with_picture(folder)
    link = Link("https://example.org/", (Text("a link"),))
    blocks = (
        Paragraph((Text("Dear "), Field("name", "reader"), Text(" "), link, Emphasis((Text(" soft"),)))),
        SubHeading("A sub-heading"),
        Figure("images/a.jpg", "seen", (Text("caption "), link), (link,)),
        Figure("missing", "to come"),
        Quote((Paragraph((Text("a voice "), link)),)),
        ListBlock(((Paragraph((link,)), ListBlock(((paragraph("nested"),),))),), ordered=True),
        paragraph("Donaudampfschifffahrtselektrizitätenhauptbetriebswerkbauunterbeamtengesellschaft"),
        Sources(((Text("plain"),), (link,))),
    )
    titles = ["One", "Two", "Three", "Scientist Profile", "Five"]
    sections = tuple(Section(title, (Article(f"a{i}", title, blocks), Article(f"b{i}", f"{title} again", blocks)))
                     for i, title in enumerate(titles))  # fmt: skip
    everything = issue_of(sections=sections, opening=blocks[:3], credits=tuple(Credit("Editor", "A B") for _ in range(5)))
    made: dict[str, str] = {}
    for name, issue, place in (("example", load_issue(EXAMPLE), EXAMPLE), ("everything", everything, folder)):
        mail = compose(issue, folder=place, theme=theme, picture_url=lambda picture: f"https://e.org/{picture.name}")
        made[name] = merge.fill(mail.html, merge.preview_values(mail.fields))
    return made


@pytest.mark.parametrize("name", ["example", "everything"])
@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("width", [375, 800])
def test_nothing_sticks_out_and_every_word_can_be_read(
    browser: Any, pages: dict[str, str], width: int, mode: str, name: str
) -> None:
    requested: list[str] = []
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=mode, java_script_enabled=False)
    page = context.new_page()
    page.route("**/*", lambda route: (requested.append(route.request.url), route.abort()))
    page.set_content(pages[name])
    assert page.evaluate("document.documentElement.scrollWidth") == width
    measured = page.evaluate(CONTRASTS)
    context.close()
    assert len(measured) > 50
    assert [row for row in measured if row[0] < row[1]] == []
    assert all(url.startswith("https://e.org/") for url in requested), "only pictures may be asked for"
