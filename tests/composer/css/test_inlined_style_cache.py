"""The cache of inlined styles never returns another style than premailer itself would write."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composer.css.inlined_style_cache import DistinguishingFeatures, distinguishing_features, style_cache
from composer.rendering import css_inliner, mjml_compiler
from composer.rendering.mjml_rendering import render_mjml
from composer.themes.specimen import specimen
from composer.themes.theme_loading import load_theme, theme_names
from tests.composer.making import only_article

CSS = """p { color: #111111; margin: 0 } .a p { color: #222222 } .a > p { padding: 1px } td + td { padding: 2px } #one p { top: 3px }
.b { color: #333333 } td.a.b { width: 4px } [dir="rtl"] p { left: 5px } [lang|="zh"] { font-size: 6px } p + .b { bottom: 7px }
.a td + td p { right: 8px } [title] { color: #444444 } p[title="x"] { color: #555555 }"""


def fresh(html: str, css: str) -> str:
    """Inlines with an empty cache."""
    style_cache.cache_clear()
    return css_inliner.inline_css(html, css)


def document(body: str) -> str:
    return f'<!DOCTYPE html><html lang="en"><head><title>x</title></head><body>{body}</body></html>'


@pytest.mark.parametrize(
    ("selectors", "asked"),
    [
        (["p", ".a .b > td"], DistinguishingFeatures((), frozenset())),
        (
            ['[dir="rtl"] td', '[LANG|="zh"]', "[title]", ".x[class~=y]"],
            DistinguishingFeatures(("dir", "lang", "title"), frozenset()),
        ),
        (["#one p"], DistinguishingFeatures(("id",), frozenset())),
        (["td + td", ".a th.b+th", "h4 + p em"], DistinguishingFeatures((), frozenset({"td", "th", "h4"}))),
        ([".x + .y"], DistinguishingFeatures((), frozenset({""}))),
        (["p", "a + b + c"], None),
        (["a ~ b"], None),
        (["td:first-child"], None),
        (["p:not(.x)"], None),
        (['[title="]"]'], None),
        (["[svg|title]"], None),
        (["\\31 x"], None),
    ],
)
def test_the_features_that_selectors_test_are_found(selectors: list[str], asked: DistinguishingFeatures | None) -> None:
    assert distinguishing_features(selectors) == asked


TAGS, CLASSES = ("p", "div", "td", "span"), ("", "a", "b", "a b", "c")
OTHERS = (
    "",
    ' dir="rtl"',
    ' lang="zh-Hans"',
    ' lang="en"',
    ' id="one"',
    ' title="x"',
    ' title="y"',
    ' style="color:red"',
    " data-q",
)


def _element(inside: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    parts = st.tuples(st.sampled_from(TAGS), st.sampled_from(CLASSES), st.sampled_from(OTHERS), st.lists(inside, max_size=4))
    return parts.map(lambda it: _written(*it))


def _written(tag: str, classes: str, others: str, inside: list[str]) -> str:
    around = ("<table><tr>", "</tr></table>") if tag == "td" else ("", "")
    cells = f'<td class="{classes}">q</td>' * (tag == "td")
    return f'{around[0]}{cells}<{tag} class="{classes}"{others}>t{"".join(inside)}</{tag}><!-- c -->{cells}{around[1]}'


bodies = st.lists(st.recursive(st.just("<p>x</p>"), _element, max_leaves=12), max_size=4).map("".join)


@given(st.lists(bodies, min_size=2, max_size=4))
def test_mails_inlined_in_sequence_equal_mails_inlined_alone(mails: list[str]) -> None:
    alone = [fresh(document(body), CSS) for body in mails]
    style_cache.cache_clear()
    assert [css_inliner.inline_css(document(body), CSS) for body in mails] == alone
    assert [css_inliner.inline_css(document(body), CSS) for body in reversed(mails)] == alone[::-1]


@pytest.mark.parametrize("name", theme_names())
def test_every_mail_of_a_theme_inlined_after_all_others_equals_one_inlined_alone(name: str) -> None:
    theme = load_theme(name)
    mails = []
    for article in specimen().articles():
        one = only_article(specimen(), article.id)
        mails.append(mjml_compiler.compile_mjml(render_mjml(one, theme, one.tags(), {}, {})))
    alone = [fresh(html, theme.css) for html in mails]
    style_cache.cache_clear()
    for html in mails:
        css_inliner.inline_css(html, theme.css)
    assert [css_inliner.inline_css(html, theme.css) for html in mails] == alone


def test_a_mail_with_known_kinds_does_not_call_premailer(monkeypatch: pytest.MonkeyPatch) -> None:
    written = fresh(document('<p class="a">one</p>'), CSS)
    monkeypatch.setattr(css_inliner, "_ask_premailer", lambda *_: pytest.fail("it was asked"))
    assert css_inliner.inline_css(document('<p class="a">two, with other words</p>'), CSS) == written.replace(
        "one", "two, with other words"
    )


@pytest.mark.parametrize("css", ["p:first-child { color: red }", "span ~ p { color: red }", "span + b + p { color: red }"])
def test_rules_with_other_selectors_always_call_premailer(css: str) -> None:
    first, second = document("<div><p>x</p></div>"), document("<div><span>1</span><b>2</b><p>x</p></div>")
    alone = [fresh(first, css), fresh(second, css)]
    assert len({"red" in html for html in alone}) == 2
    style_cache.cache_clear()
    assert [css_inliner.inline_css(html, css) for html in (first, second, first, second)] == alone * 2


def test_the_size_of_the_cache_is_limited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("composer.css.inlined_style_cache._MOST", 20)
    style_cache.cache_clear()
    for number in range(60):
        body = f'<p class="a c{number}">x</p>'
        assert f'class="a c{number}" style="color:#111; margin:0"' in css_inliner.inline_css(document(body), CSS)
        assert style_cache(CSS).count <= 20 + 5
