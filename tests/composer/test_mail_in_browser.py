"""The finished mail in a browser: nothing overflows, and all text has enough contrast, in light and dark mode."""

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from composer.issue import merge_fields
from composer.issue.document import (
    FULL,
    Article,
    Credit,
    Emphasis,
    Field,
    Figure,
    Issue,
    Link,
    ListBlock,
    Paragraph,
    Quote,
    Section,
    Sources,
    Strong,
    SubHeading,
    Table,
    Text,
)
from composer.issue.parsing.issue_file import load_issue
from composer.pipeline import compose
from composer.themes.theme_loading import load_theme, theme_names
from composer.themes.theme_trial import FOLDER, specimens
from tests.composer.making import issue_of, paragraph, theme_copy, with_picture
from tests.composer.making import picture_bytes as picture
from tests.support.chromium import CHROMIUM, chromium
from tests.support.mail_browser import PICTURES_AT, opened
from tests.support.mail_measures import CONTRASTS, OUTSIDE
from tests.support.variations import few, first

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "cast-2023-03"

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: the look of a mail is not checked"),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    pytest.importorskip("playwright.sync_api", reason="Playwright is not installed")
    with chromium() as running:
        yield running


def everything() -> Issue:
    """An issue with every block in every tone of cast, and words that are hard to break."""
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
    return issue_of(sections=sections, opening=blocks[:3], credits=tuple(Credit("Editor", "A B") for _ in range(5)))


@lru_cache(maxsize=64)
def page_of(theme: str, name: str, folder: Path) -> str:
    english, chinese = specimens()
    issue, place = {
        "example": (replace(load_issue(EXAMPLE), layout=FULL), EXAMPLE),
        "everything": (everything(), folder),
        "specimen": (english, FOLDER),
        "specimen-zh": (chinese, FOLDER),
        "specimen-rtl": (replace(english, language="ar"), FOLDER),
    }[name]
    mail = compose(issue, folder=place, theme=load_theme(theme), picture_url=lambda each: f"{PICTURES_AT}{each.name}")
    return merge_fields.fill(mail.html, merge_fields.preview_values(mail.fields))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("issue")
    with_picture(made)
    return made


@pytest.mark.parametrize("name", few("everything", soak=["example", "specimen", "specimen-zh", "specimen-rtl"]))
@pytest.mark.parametrize("mode", few("dark", soak=["light"]))
@pytest.mark.parametrize("width", few(375, soak=[800]))
@pytest.mark.parametrize("theme", first(theme_names()))
def test_nothing_overflows_and_all_text_has_enough_contrast(
    browser: Any, folder: Path, theme: str, width: int, mode: str, name: str
) -> None:
    requested: list[str] = []
    with opened(browser, page_of(theme, name, folder), width=width, mode=mode, pictures={}, requested=requested) as page:
        assert page.evaluate("document.documentElement.scrollWidth") == width
        assert page.evaluate(OUTSIDE) == []
        measured = page.evaluate(CONTRASTS)
    assert len(measured) > 50
    assert [row for row in measured if row[0] < row[1]] == []
    assert all(url.startswith(PICTURES_AT) for url in requested), "only pictures may be asked for"


@pytest.mark.parametrize("theme", first(theme_names()))
def test_no_word_of_the_masthead_breaks_on_a_phone_that_drops_style_blocks(browser: Any, folder: Path, theme: str) -> None:
    lines = """() => {
      const title = document.querySelector('h1').firstChild, range = document.createRange();
      return [...title.data.matchAll(/\\S+/g)].map((word) => {
        range.setStart(title, word.index); range.setEnd(title, word.index + word[0].length);
        return [word[0], new Set([...range.getClientRects()].map((r) => Math.round(r.top))).size];
      });
    }"""
    bare = re.sub(r"<style.*?</style>", "", page_of(theme, "example", folder), flags=re.DOTALL)
    with opened(browser, bare, width=375, mode="light", pictures={}) as page:
        assert page.evaluate(lines) == [["CAST", 1], ["Newsletter", 1]]
        assert page.evaluate("document.documentElement.scrollWidth") == 375


@pytest.mark.parametrize("theme", first(theme_names()))
def test_columns_stack_on_a_phone_and_are_side_by_side_on_a_desktop(browser: Any, folder: Path, theme: str) -> None:
    """The second cell of a row in a broad table is below the first one, or next to it."""
    where = """() => {
      const place = (e) => e.getBoundingClientRect();
      const [a, b] = [...document.querySelectorAll('.broad tbody tr')[0].children].map(place);
      return [b.top >= a.bottom - 1, b.left >= a.right - 1];
    }"""
    seen = {}
    for width in (375, 800):
        with opened(browser, page_of(theme, "specimen", folder), width=width, mode="light", pictures={}) as page:
            seen[width] = page.evaluate(where)
    assert seen == {375: [True, False], 800: [False, True]}


@pytest.mark.parametrize("direction", few("rtl", soak=["ltr"]))
@pytest.mark.parametrize("theme", first(theme_names()))
def test_a_long_value_of_a_stacked_table_keeps_its_column(browser: Any, tmp_path: Path, theme: str, direction: str) -> None:
    """No line of the value is below the name of its column, where it would look like another row."""
    long = paragraph("Built for a chapel in the hills and brought to the museum when the chapel was given up").content
    cells = tuple((Text(word),) for word in ("Instrumentation", "Craftsmanship", "Correspondence"))
    table = Table(cells, (((Text("Clavichord"),), long, (Strong((Text("one "),)), Text("of two"))),))
    issue = replace(issue_of((table,)), language="ar" if direction == "rtl" else "en")
    mail = compose(issue, folder=tmp_path, theme=load_theme(theme), picture_url=lambda each: each.name)
    where = """() => [...document.querySelectorAll('.broad td:not(.lead)')].map((cell) => {
      const key = cell.querySelector('.key').getBoundingClientRect(), words = document.createRange();
      words.setStartAfter(cell.querySelector('.key')); words.setEndAfter(cell.lastChild);
      return [...words.getClientRects()].filter((r) => r.width > 0)
        .map((r) => [r.top, document.dir === 'rtl' ? key.left - r.right : r.left - key.right]);
    })"""
    with opened(browser, mail.html, width=375, mode="light", pictures={}) as page:
        cells_seen = page.evaluate(where)
    assert len({top for top, _ in cells_seen[0]}) >= 3
    assert all(gap >= -0.5 for lines in cells_seen for _, gap in lines)


@pytest.mark.parametrize("width", few(320, soak=[375, 640, 800]))
@pytest.mark.parametrize("theme", first(theme_names()))
def test_no_line_breaks_inside_a_chinese_day(browser: Any, folder: Path, theme: str, width: int) -> None:
    lines = """() => [...document.querySelectorAll('span.day')].map((e) => e.getClientRects().length)"""
    with opened(browser, page_of(theme, "specimen-zh", folder), width=width, mode="light", pictures={}) as page:
        seen = page.evaluate(lines)
    assert len(seen) >= 3
    assert set(seen) == {1}


@pytest.mark.parametrize("theme", first(theme_names()))
def test_words_in_a_tight_table_break_only_at_soft_hyphens(browser: Any, folder: Path, theme: str) -> None:
    """Each line of a cell begins with a word, or with a piece of a word after a soft hyphen."""
    starts = r"""() => [...document.querySelectorAll('table.tight')]
      .filter((e) => e.textContent.replaceAll('\u00ad', '').includes('Intergovernmental'))
      .flatMap((e) => [...e.querySelectorAll('th, td')]).flatMap((cell) => {
        const begins = [], walk = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
        let top = null;
        while (walk.nextNode()) for (let at = 0; at < walk.currentNode.length; at++) {
          const letter = document.createRange();
          letter.setStart(walk.currentNode, at); letter.setEnd(walk.currentNode, at + 1);
          const place = [...letter.getClientRects()].filter((r) => r.width).at(-1);
          if (!place || walk.currentNode.data[at] === '\u00ad') continue;
          if (top !== null && place.top > top + 4) begins.push(walk.currentNode.data[at - 1]);
          top = place.top;
        }
        return begins;
      })"""
    with opened(browser, page_of(theme, "specimen", folder), width=800, mode="light", pictures={}) as page:
        seen = page.evaluate(starts)
    assert "\u00ad" in seen
    assert set(seen) <= {"\u00ad", " "}


@pytest.mark.parametrize("width", few(320, soak=[375, 800]))
@pytest.mark.parametrize("theme", first(theme_names()))
def test_no_picture_is_distorted_and_its_space_is_reserved_before_it_loads(browser: Any, theme: str, width: int) -> None:
    shapes = """() => [...document.images].map((e) => {
      const style = getComputedStyle(e), blank = (...sides) => sides.reduce((sum, s) => sum + parseFloat(style[s]), 0);
      return [e.offsetWidth - blank('paddingLeft', 'paddingRight'), e.offsetHeight - blank('paddingTop', 'paddingBottom'),
              e.naturalWidth, e.naturalHeight, style.aspectRatio.split(' ').join('')];
    })"""
    mail = compose(specimens()[0], folder=FOLDER, theme=load_theme(theme), picture_url=lambda each: PICTURES_AT + each.name)
    files = {PICTURES_AT + each.name: each.data for each in mail.pictures}
    with opened(browser, mail.html, width=width, mode="light", pictures=files) as page:
        page.wait_for_function("[...document.images].every((e) => e.complete && e.naturalWidth)")
        seen = page.evaluate(shapes)
    assert len(seen) >= 4
    for wide, high, points, lines, kept in seen:
        assert wide <= width
        assert abs(wide * lines / points - high) <= 1
        before, after = map(int, kept.removeprefix("auto").split("/"))  # the space that the browser reserves until the file loads
        assert abs(wide * after / before - high) <= 1


def test_one_logo_is_shown_in_light_mode_and_the_other_in_dark_mode(browser: Any, tmp_path: Path) -> None:
    logo = 'logo: { light: mark.png, dark: mark-dark.png, alt: "Mark", width: 120 }\nwidth: 600'
    root = theme_copy(tmp_path, theme__yaml=("width: 600", logo))
    for name, height in (("mark.png", 80), ("mark-dark.png", 90)):
        (root / "ours" / name).write_bytes(picture(240, height, "PNG"))
    mail = compose(
        specimens()[0], folder=FOLDER, theme=load_theme("ours", root), picture_url=lambda each: PICTURES_AT + each.name
    )
    seen = {}
    for mode in ("light", "dark"):
        with opened(browser, mail.html, width=640, mode=mode, pictures={}) as page:
            seen[mode] = page.evaluate("['lit', 'unlit'].map((c) => document.querySelector('img.' + c).offsetHeight > 0)")
    assert seen == {"light": [True, False], "dark": [False, True]}
