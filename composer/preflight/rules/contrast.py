"""Rules about colours: the contrast of text in light and dark mode, also of the text that blocked pictures leave, and the
declarations for dark mode."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from functools import lru_cache

import tinycss2

from composer.css.cascade import Mode
from composer.css.colours import colour_of, contrast_ratio, over, to_hex
from composer.css.computed_style import TextStyle, text_styles
from composer.css.selectors import Element
from composer.css.stylesheets import rules_of, style_rules, value_in
from composer.errors import Finding, Level
from composer.preflight.mail import Mail
from composer.preflight.parsed_html import ParsedHtml
from composer.preflight.rule_registry import fault, rule
from composer.rendering.theme_model import Theme

_BACKGROUNDS = ("background", "background-color")


def rule_of(theme: Theme, element: Element, mode: Mode, fore: str, back: str) -> tuple[str, int] | None:
    """(file, line) of the rule that sets the text colour `fore`, or else the background `back`; None if no rule does.

    Both colours are written #rrggbb.
    """
    for names, colour in ((("color",), fore), (_BACKGROUNDS, back)):
        rules = [rule for file in theme.sheets for rule in _rules_with(theme, file, mode, names, colour)]
        hit = [(_matched(selector, element), position) for selector, position in rules]
        for node in (element, *element.iterancestors()) if hit else ():
            for nodes, position in hit:
                if node in nodes:
                    return position
            if mode == "light" and any(value_in(str(node.get("style") or ""), name) for name in names):
                break  # set here, so it is not inherited
    return None


def _rules_with(
    theme: Theme, file: str, mode: Mode, names: tuple[str, ...], colour: str
) -> Iterator[tuple[str, tuple[str, int]]]:
    """(selector, place) of each rule that sets one of the properties to this colour."""
    sheet = theme.sheets[file]
    other = "dark" if mode == "light" else "light"
    for style_rule, media in style_rules(rules_of(sheet.css)):
        if other in media:
            continue
        for declaration in tinycss2.parse_declaration_list(style_rule.content, skip_comments=True, skip_whitespace=True):
            if declaration.type == "declaration" and declaration.lower_name in names:
                own_colour = colour_of(tinycss2.serialize(declaration.value))
                if own_colour is not None and to_hex(own_colour) == colour:
                    yield (
                        tinycss2.serialize(style_rule.prelude).strip(),
                        (theme.path_of(file), sheet.lines[declaration.source_line - 1]),
                    )


def _matched(selector: str, element: Element) -> frozenset[Element]:
    """Returns the elements that the selector matches in the document of the element; empty if it cannot be read."""
    from cssselect import SelectorError  # noqa: PLC0415  (comes with the inliner, and is needed only for a finding)
    from lxml.cssselect import CSSSelector  # noqa: PLC0415

    try:
        return frozenset(CSSSelector(selector, translator="html")(element.getroottree()))
    except SelectorError:
        return frozenset()


LEAST, LEAST_LARGE = 4.5, 3.0  # WCAG 2.2, success criterion 1.4.3
LARGE, LARGE_BOLD = 24.0, 18.66  # CSS pixels: 18 points, 14 points bold
_SMALLEST = 2.0  # CSS pixels: anything smaller is a line or a gap, not text

_SCHEME = re.compile(r"(?:^|[;{\s])color-scheme\s*+:[^;:}]*?\bdark\b")


@rule("contrast", "error", origin="issue.mjml.j2")
def _contrast(mail: Mail) -> Iterator[Finding]:
    """The contrast is computed from the final HTML, to find elements that a theme rule misses."""
    yield from _faint(mail, "light", mail.parsed.texts)


@rule("contrast-dark", "error", origin="issue.mjml.j2")
def _contrast_dark(mail: Mail) -> Iterator[Finding]:
    if supports_dark(mail.parsed):
        yield from _faint(mail, "dark", mail.parsed.texts)


@rule("alt-contrast", "warning", origin="issue.mjml.j2")
def _alt_contrast(mail: Mail) -> Iterator[Finding]:
    """Mail clients that block pictures show the alternative text, in the colour of the text around the picture."""
    yield from _faint(mail, "light", _alternative_texts(mail.parsed), level="warning")


@rule("alt-contrast-dark", "warning", origin="issue.mjml.j2")
def _alt_contrast_dark(mail: Mail) -> Iterator[Finding]:
    if supports_dark(mail.parsed):
        yield from _faint(mail, "dark", _alternative_texts(mail.parsed), level="warning")


@rule("dark-meta", "warning", origin="issue.mjml.j2")
def _dark_meta(mail: Mail) -> Iterator[Finding]:
    for name in ("color-scheme", "supported-color-schemes"):
        if set(mail.parsed.metas.get(name, "").split()) != {"light", "dark"}:
            yield fault("warning", name=name)


@rule("dark-scheme", "warning", origin="issue.mjml.j2")
def _dark_scheme(mail: Mail) -> Iterator[Finding]:
    bodies = (body for block in mail.parsed.styles for body in re.findall(r":root\s*+\{([^}]*+)", block.text))
    if not any(_SCHEME.search(body) for body in bodies):
        yield fault("warning")


def supports_dark(parsed: ParsedHtml) -> bool:
    """Whether a mail client in dark mode shows the mail dark: the mail declares support, or has style rules for it."""
    return "dark" in parsed.metas.get("color-scheme", "") or any("prefers-color-scheme" in style.text for style in parsed.styles)


@lru_cache(maxsize=2)  # one for each mode: two rules read each
def styles_of(parsed: ParsedHtml, mode: Mode) -> dict[Element, TextStyle]:
    return text_styles(parsed.styled, parsed.styles, mode, dark_canvas=mode == "dark" and supports_dark(parsed))


def colours_of(style: TextStyle) -> tuple[str, str, float] | None:
    """Returns (text colour, background, required contrast); None if the text is hidden, or is on a picture."""
    if style.hidden or style.background is None or style.size <= _SMALLEST:
        return None
    least = LEAST_LARGE if style.size >= (LARGE_BOLD if style.bold else LARGE) else LEAST
    red, green, blue, alpha = style.colour
    return to_hex(over((red, green, blue, alpha * style.opacity), style.background)), to_hex(style.background), least


def _alternative_texts(parsed: ParsedHtml) -> Iterator[tuple[Element, str]]:
    return ((image, str(image.get("alt") or "")) for image in parsed.all("img"))


def _faint(mail: Mail, mode: Mode, texts: Iterable[tuple[Element, str]], *, level: Level = "error") -> Iterator[Finding]:
    """Yields one finding for each pair of colours with too little contrast, with the first of `texts` in these colours."""
    for element, text, (fore, back, least) in texts_by_colours(mail, mode, texts):
        ratio = contrast_ratio(fore, back)
        if ratio < least:
            excerpt = " ".join(text.split())[:40]
            finding = fault(level, fore=fore, back=back, ratio=f"{ratio:.2f}", wanted=f"{least:g}", words=excerpt)
            yield at_rule(finding, mail.theme, element, mode, fore, back)


def texts_by_colours(
    mail: Mail, mode: Mode, texts: Iterable[tuple[Element, str]]
) -> Iterator[tuple[Element, str, tuple[str, str, float]]]:
    """Yields the first of `texts`, with its element, in each combination of (text colour, background, required contrast)."""
    styles = styles_of(mail.parsed, mode)
    first: dict[TextStyle, tuple[Element, str]] = {}
    for element, text in texts:
        if text and not text.isspace():
            first.setdefault(styles[element], (element, text))
    seen: set[tuple[str, str, float] | None] = {None}
    for style, (element, text) in first.items():
        colours = colours_of(style)
        if colours in seen or colours is None:
            continue
        seen.add(colours)
        yield element, text, colours


def at_rule(finding: Finding, theme: Theme, element: Element, mode: Mode, fore: str, back: str) -> Finding:
    """Returns the finding at the place of the theme's rule that gives the element these colours, if there is one."""
    position = rule_of(theme, element, mode, fore, back)
    return replace(finding, file=position[0], line=position[1]) if position else finding
