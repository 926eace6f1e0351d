"""Selectors, and which of them may be left out because they fit nothing: never one that fits."""

from __future__ import annotations

import pytest
from lxml import etree
from lxml.cssselect import CSSSelector

from composer.css.selectors import Inventory, read_selector
from composer.css.unused_rules import parse_head_css
from composer.themes.specimen import FOLDER, specimens
from composer.themes.theme_loading import load_theme, theme_names
from tests.composer.making import composed

PAGE = etree.fromstring(
    b"""<html lang="en"><body><div class="desk" dir="ltr"><table class="a b"><tr><td class="x">1</td><td class="y">
    <p lang="zh-Hans">2<em>3</em></p><span class="a">4</span></td></tr></table></div></body></html>""",
    etree.HTMLParser(),
)

FITTING = (
    "p", "td.x", ".a", "table.a.b", ".desk td.y", "div.desk p em", "table.a span", ".a .a", "td.x + td.y", ".desk td + td p",
    '[lang|="zh"] em', "[lang|=zh]", '[lang="zh-Hans"] em', '[dir="ltr"] td', "div > table", "table > tr", "td ~ td", "*",
    '[lang|="en"] p', '[dir|="ltr"] p',
)  # fmt: skip
OTHERS = (
    "h1", "td.z", ".desk .z", "table.a.x", ".x p", ".y table", '[lang|="fr"] em', '[lang="zh"] em', '[dir="rtl"] td',
    "td.x + td.z", "th + td.z", "em span.a em.b", ".x > .q",
)  # fmt: skip


@pytest.mark.parametrize("selector", FITTING)
def test_what_fits_is_never_left_out(selector: str) -> None:
    assert CSSSelector(selector, translator="html")(PAGE)
    assert Inventory(PAGE).may_fit(selector)


@pytest.mark.parametrize("selector", OTHERS)
def test_what_fits_nothing_for_certain_is_left_out(selector: str) -> None:
    assert not CSSSelector(selector, translator="html")(PAGE)
    assert not Inventory(PAGE).may_fit(selector)


@pytest.mark.parametrize("selector", ["p:not(.x)", "a[href^='x']", "li:first-child", "td.x:hover", ""])
def test_what_is_not_understood_is_kept(selector: str) -> None:
    assert Inventory(PAGE).may_fit(selector)


@pytest.mark.parametrize("name", theme_names())
def test_every_selector_of_a_theme_that_fits_its_specimen_is_kept(name: str) -> None:
    theme = load_theme(name)
    judged = 0
    for issue in specimens():
        mail = composed(issue, FOLDER, theme)
        root = etree.fromstring(mail.html.encode(), etree.HTMLParser(encoding="utf-8"))
        inventory = Inventory(root)
        for selector in {selector for rule in (*parse_head_css(theme.css), *theme.head_rules) for selector, _ in rule.selectors}:
            if "[data-" not in selector and ":" not in selector and CSSSelector(selector, translator="html")(root):
                judged += 1
                assert inventory.may_fit(selector), selector
    assert judged > 50


def test_a_selector_is_read_from_the_right_with_its_weight() -> None:
    read = read_selector("div.a#b > td[lang=en] p")
    assert read is not None
    chain, weight = read
    assert [each.tag for each in chain] == ["p", "td", "div"]
    assert [each.child for each in chain] == [False, True, False]
    assert weight == (1, 2, 3)
    assert read_selector("p:hover") is None
