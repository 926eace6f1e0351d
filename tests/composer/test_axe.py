"""The rendered mails before axe-core: every block in every theme, by the rules of WCAG 2.2 AA."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from composer import merge
from composer.pipeline import compose
from composer.specimen import FOLDER, specimens
from composer.theme import load_theme, theme_names
from tests.chromium import MARKS, chromium
from tests.gallery.browser import PICTURES_AT, opened

pytestmark = MARKS
RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


def faults(browser: Any, html: str, pictures: dict[str, bytes], width: int, mode: str) -> list[str]:
    from axe_playwright_python.sync_playwright import Axe

    with opened(browser, html, width=width, mode=mode, pictures=pictures) as page:
        found = Axe().run(page, options=RULES).response
        assert found["testEngine"]["name"] == "axe-core"
        return [f"{each['id']}: {[node['html'][:120] for node in each['nodes']]}" for each in found["violations"]]


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("name", theme_names())
def test_axe_finds_nothing_in_a_mail(browser: Any, name: str, mode: str) -> None:
    for issue in specimens():
        mail = compose(issue, folder=FOLDER, theme=load_theme(name), picture_url=lambda picture: PICTURES_AT + picture.name)
        html = merge.fill(mail.html, merge.preview_values(mail.fields, "Wei"))
        pictures = {PICTURES_AT + picture.name: picture.data for picture in mail.pictures}
        for width in (375, 800):
            assert faults(browser, html, pictures, width, mode) == [], (issue.language, width)


def test_axe_would_find_something(browser: Any) -> None:
    html = '<html><head><title>x</title></head><body><img src="a.png"><p style="color:#ccc">Faint</p></body></html>'
    found = " ".join(faults(browser, html, {}, 800, "light"))
    for rule in ("image-alt", "html-has-lang", "color-contrast"):
        assert rule in found
