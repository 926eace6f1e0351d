"""axe checks mails against WCAG 2.2 AA: the specimen and a real issue, in each theme, light and dark, on phone and desktop.

`make test` checks one theme on a phone in dark mode, and that one planted fault is found; `make soak` checks the rest.
"""

from collections.abc import Iterator
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from composer.issue import merge_fields
from composer.issue.document import FULL
from composer.issue.parsing.issue_file import load_issue
from composer.pipeline import compose
from composer.themes.theme_loading import load_theme, theme_names
from composer.themes.theme_trial import FOLDER, specimen
from tests.support.chromium import MARKS, chromium
from tests.support.mail_browser import PICTURES_AT, opened
from tests.support.variations import first

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "cast-2023-03"
OPTIONS = {
    "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]},
    "resultTypes": ["violations"],
}
CASES = [
    pytest.param(theme, mode, width, marks=() if (theme, mode, width) == ("cast", "dark", 375) else pytest.mark.soak)
    for theme in theme_names()
    for mode in ("light", "dark")
    for width in (375, 800)
]

pytestmark = MARKS


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as running:
        yield running


@lru_cache(maxsize=8)
def mail_of(theme: str, name: str) -> tuple[str, dict[str, bytes]]:
    """Returns the HTML as a recipient gets it, and its pictures by address."""
    issue, folder = (specimen(), FOLDER) if name == "specimen" else (replace(load_issue(EXAMPLE), layout=FULL), EXAMPLE)
    mail = compose(issue, folder=folder, theme=load_theme(theme), picture_url=lambda each: f"{PICTURES_AT}{each.name}")
    pictures = {f"{PICTURES_AT}{each.name}": each.data for each in mail.pictures}
    return merge_fields.fill(mail.html, merge_fields.preview_values(mail.fields)), pictures


def judged(browser: Any, html: str, pictures: dict[str, bytes], width: int, mode: str) -> tuple[set[str], list[str]]:
    """Returns (rules that passed, violations as rule and element)."""
    from axe_playwright_python.sync_playwright import Axe

    with opened(browser, html, width=width, mode=mode, pictures=pictures, scripts=True) as page:
        told = Axe().run(page, options=OPTIONS).response
    faults = [f"{each['id']}: {node['html'][:160]}" for each in told["violations"] for node in each["nodes"]]
    return {each["id"] for each in told["passes"]}, faults


@pytest.mark.parametrize(("theme", "mode", "width"), CASES)
def test_axe_finds_nothing(browser: Any, theme: str, mode: str, width: int) -> None:
    found = {}
    for name in ("specimen", "sample"):
        html, pictures = mail_of(theme, name)
        held, faults = judged(browser, html, pictures, width, mode)
        assert held >= {"color-contrast", "html-has-lang", "image-alt", "link-name", "target-size"}
        if faults:
            found[name] = faults
    assert found == {}


# Rule -> the planted fault that it must find.
FAULTS = {
    "image-alt": (' alt="', ' data-alt="'),
    "html-has-lang": (' lang="', ' data-lang="'),
    "color-contrast": ("</body>", '<p style="background: #ffffff; color: #bbbbbb">hardly to be read</p></body>'),
    "link-name": ("</body>", '<a href="https://example.org/"></a></body>'),
    "target-size": (
        "</body>",
        '<div><a href="https://e.org/a" style="display: block; height: 8px; width: 8px; overflow: hidden">a</a>'
        '<a href="https://e.org/b" style="display: block; height: 8px; width: 8px; overflow: hidden">b</a></div></body>',
    ),
}


@pytest.mark.parametrize("rule", first(FAULTS))
def test_axe_finds_planted_faults(browser: Any, rule: str) -> None:
    html, pictures = mail_of("plain", "specimen")
    faulty = html.replace(*FAULTS[rule])
    assert faulty != html
    _, faults = judged(browser, faulty, pictures, 375, "light")
    assert {fault.partition(":")[0] for fault in faults} >= {rule}
