"""Colours are computed as in a browser: small cases by hand, whole mails compared with Chromium."""

from collections.abc import Iterator
from typing import Any

import pytest

from composer.css.cascade import Mode
from composer.css.colours import to_hex
from composer.css.selectors import read_selector
from composer.preflight import Mail
from composer.preflight.parsed_html import ParsedHtml
from composer.preflight.rules.contrast import colours_of, styles_of
from composer.themes.theme_loading import DEFAULT_ROOT
from tests.composer.preflight.mails import SOUND, mail_of, write_issue
from tests.support.chromium import CHROMIUM, chromium
from tests.support.variations import few, first


def look(css: str, body: str, mode: Mode = "light") -> tuple[str, str]:
    """Returns (colour, background) of the element with the id x."""
    parsed = ParsedHtml(
        f'<html><head><meta name="color-scheme" content="light dark"><style>{css}</style></head><body>{body}</body></html>'
    )
    element = parsed.root.find(".//*[@id='x']")
    found = styles_of(parsed, mode)[element]
    return to_hex(found.colour), to_hex(found.background) if found.background else "?"


@pytest.mark.parametrize(
    ("css", "body", "colours"),
    [
        ("", '<p id="x">a</p>', ("#000000", "#ffffff")),
        ("p{color:#111111}", '<p id="x">a</p>', ("#111111", "#ffffff")),
        ("p{color:#111111}", '<p id="x" style="color:#222222">a</p>', ("#222222", "#ffffff")),
        ("p{color:#111111 !important}", '<p id="x" style="color:#222222">a</p>', ("#111111", "#ffffff")),
        (".a p{color:#111111}p{color:#333333}", '<div class="a"><p id="x">a</p></div>', ("#111111", "#ffffff")),
        ("#x{color:#111111}.b.c{color:#333333}", '<p class="b c" id="x">a</p>', ("#111111", "#ffffff")),
        (".a>p{color:#111111}", '<div class="a"><div><p id="x">a</p></div></div>', ("#000000", "#ffffff")),
        (".a>p{color:#111111}", '<div class="a"><p id="x">a</p></div>', ("#111111", "#ffffff")),
        (".a .b p{color:#111111}", '<div class="b"><div class="a"><p id="x">a</p></div></div>', ("#000000", "#ffffff")),
        (
            ".a > .b p{color:#111111}",
            '<div class="a"><div class="b"><div class="b"><p id="x">a</p></div></div></div>',
            ("#111111", "#ffffff"),
        ),
        ("[data-ogsc] p{color:#111111}", '<p id="x">a</p>', ("#000000", "#ffffff")),
        ("p:hover{color:#111111}", '<p id="x">a</p>', ("#000000", "#ffffff")),
        ("[ID] {color:#111111}", '<p id="x">a</p>', ("#111111", "#ffffff")),
        ("@media not print{p{color:#111111}}", '<p id="x">a</p>', ("#111111", "#ffffff")),
        ("@media (min-width:10em){p{color:#111111}}", '<p id="x">a</p>', ("#111111", "#ffffff")),
        ("@media (min-width:60em){p{color:#111111}}", '<p id="x">a</p>', ("#000000", "#ffffff")),
        ("@media print{p{color:#111111}}", '<p id="x">a</p>', ("#000000", "#ffffff")),
        ("@media (max-width:479px){p{color:#111111}}", '<p id="x">a</p>', ("#000000", "#ffffff")),
        ("@media (min-width:480px){p{color:#111111}}", '<p id="x">a</p>', ("#111111", "#ffffff")),
        ("", '<table bgcolor="#123456"><tr><td id="x">a</td></tr></table>', ("#000000", "#123456")),
        ("td{background:#eeeeee}", '<table bgcolor="#123456"><tr><td id="x">a</td></tr></table>', ("#000000", "#eeeeee")),
        (
            "",
            '<div style="background:#112233"><p id="x" style="background-color:transparent">a</p></div>',
            ("#000000", "#112233"),
        ),
        (
            "",
            '<div style="background:#000"><p id="x" style="background:rgba(255,255,255,0.5)">a</p></div>',
            ("#000000", "#808080"),
        ),
        ("", '<a href="#" id="x">a</a>', ("#0000ee", "#ffffff")),
        ("a{color:inherit}", '<p style="color:#345678"><a href="#" id="x">a</a></p>', ("#345678", "#ffffff")),
        ("", '<font color="red" id="x">a</font>', ("#ff0000", "#ffffff")),
        ("", '<div style="background:url(a.png) #112233"><p id="x">a</p></div>', ("#000000", "?")),
    ],
)
def test_the_computed_colours_of_an_element_are_right(css: str, body: str, colours: tuple[str, str]) -> None:
    assert look(css, body) == colours


@pytest.mark.parametrize(
    ("body", "pair"),
    [
        ('<p id="x" style="opacity:.2">a</p>', ("#cccccc", "#ffffff", 4.5)),
        ('<div style="opacity:50%"><p id="x" style="opacity:0.5">a</p></div>', ("#bfbfbf", "#ffffff", 4.5)),
        ('<div style="font-size:1px"><p id="x" style="font-size:medium;color:#eeeeee">a</p></div>', ("#eeeeee", "#ffffff", 4.5)),
        ('<p id="x" style="font-size:x-large">a</p>', ("#000000", "#ffffff", 3.0)),
        ('<p id="x" hidden style="color:#eeeeee">a</p>', None),
        ('<p id="x" style="font:italic 30px serif">a</p>', ("#000000", "#ffffff", 3.0)),
    ],
)
def test_the_contrast_check_uses_the_right_pair_of_colours(body: str, pair: tuple[str, str, float] | None) -> None:
    parsed = ParsedHtml(f"<html><head></head><body>{body}</body></html>")
    assert colours_of(styles_of(parsed, "light")[parsed.root.find(".//*[@id='x']")]) == pair


def test_in_dark_mode_dark_rules_apply_and_default_colours_change() -> None:
    css = "p{color:#111111}@media (prefers-color-scheme: dark){p{color:#eeeeee !important}}"
    assert look(css, '<p id="x" style="color:#222222">a</p>', "dark") == ("#eeeeee", "#121212")
    assert look(css, '<div id="x">a</div>', "dark") == ("#ffffff", "#121212")
    assert look(css, '<p id="x" style="color:#222222">a</p>') == ("#222222", "#ffffff")


def test_elements_that_differ_in_one_selector_feature_get_their_own_style() -> None:
    """Styles are computed once per class of elements; no two of these may be in the same class unless their colours are equal."""
    css = "#x.a{color:#111111}.b p{color:#222222}p[title=t]{color:#333333}p{color:#444444}"
    bodies = {
        '<p id="x" class="c">a</p>': "#444444",
        '<p id="x" class="a">a</p>': "#111111",
        '<div class="b"><p id="x" class="c">a</p></div>': "#222222",
        '<div class="c"><p id="x" class="c">a</p></div>': "#444444",
        '<p id="x" title="t">a</p>': "#333333",
        '<p id="x" title="u">a</p>': "#444444",
        '<p id="x" style="color:#555555">a</p>': "#555555",
        '<p><font id="x" color="#666666">a</font></p>': "#666666",
        '<p><a id="x" href="#">a</a></p>': "#0000ee",
        '<p><a id="x">a</a></p>': "#444444",
    }
    parsed = ParsedHtml(f"<html><head><style>{css}</style></head><body>{''.join(bodies)}</body></html>")
    styles = styles_of(parsed, "light")
    assert [to_hex(styles[each].colour) for each in parsed.root.iterfind(".//*[@id='x']")] == list(bodies.values())


@pytest.mark.parametrize("selector", ["a+b", "a~b", "a::before", "p:not(.x)", "a:hover", ">a", ""])
def test_an_unsupported_selector_matches_nothing(selector: str) -> None:
    read = read_selector(selector)
    assert read is None or not read[0]


COLOURS = """() => [...document.body.querySelectorAll('*')].filter((e) => e.tagName != 'TBODY').map((e) => {
  const style = getComputedStyle(e);
  let ground = e;
  for (; ground; ground = ground.parentElement) {
    const c = getComputedStyle(ground).backgroundColor.match(/[\\d.]+/g).map(Number);
    if (c.length < 4 || c[3] > 0) break;
  }
  const hex = (c) => '#' + c.match(/[\\d.]+/g).slice(0, 3).map((v) => Number(v).toString(16).padStart(2, '0')).join('');
  return [e.tagName.toLowerCase(), hex(style.color), ground ? hex(getComputedStyle(ground).backgroundColor) : '',
          Math.round(parseFloat(style.fontSize)), parseInt(style.fontWeight) >= 600];
})"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def mails(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Mail]:
    return {
        name: mail_of(write_issue(tmp_path_factory.mktemp("mail"), *SOUND[name]), DEFAULT_ROOT)
        for name in ("every block", "another theme", "Chinese", "Arabic")
    }


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed: no second opinion")
@pytest.mark.parametrize("mode", few("dark", soak=["light"]))
@pytest.mark.parametrize("name", first(["every block", "another theme", "Chinese", "Arabic"]))
def test_every_element_of_a_mail_has_the_same_style_as_in_chromium(
    browser: Any, mails: dict[str, Mail], name: str, mode: Mode
) -> None:
    context = browser.new_context(viewport={"width": 800, "height": 900}, color_scheme=mode, java_script_enabled=False)
    page = context.new_page()
    page.route("**/*", lambda route: route.abort())
    page.set_content(mails[name].html)
    theirs = page.evaluate(COLOURS)
    context.close()
    looks = styles_of(mails[name].parsed, mode)
    body = [each for each in mails[name].parsed.body.iterdescendants() if isinstance(each.tag, str) and each.tag != "tbody"]
    assert [each.tag for each in body] == [row[0] for row in theirs]
    assert len(body) > 60
    wrong = []
    for element, (tag, colour, ground, size, bold) in zip(body, theirs, strict=True):
        ours = looks[element]
        told = (tag, to_hex(ours.colour), to_hex(ours.background) if ours.background else "", round(ours.size), ours.bold)
        if told != (tag, colour, ground or told[2], size, bold) and not ours.hidden:
            wrong.append((told, (tag, colour, ground, size, bold)))
    assert wrong == []
