"""Rules about what telephones show: without the style block (QQ Mail, 163, Gmail with other accounts), in dark modes that change
colours themselves, and to a thumb."""

import re
from collections.abc import Iterator

from composer.css.colours import Colour, colour_of, contrast_ratio, to_hex
from composer.css.selectors import Element
from composer.css.stylesheets import pixels, value_in
from composer.errors import Finding
from composer.messages.phrases import Phrase, phrase
from composer.preflight.mail import Mail
from composer.preflight.parsed_html import read_out, single_spaces
from composer.preflight.phone_view import line_height, vertical_space
from composer.preflight.rule_registry import fault, rule
from composer.preflight.rules.contrast import at_rule, styles_of, texts_by_colours
from composer.preflight.rules.subject_and_text import SUBJECT_COLUMNS
from composer.rendering.text_wrapping import columns

NARROWEST = 320  # CSS pixels: the narrowest telephone in use
LEAST_TAP = 24.0  # CSS pixels: WCAG 2.2, success criterion 2.5.8
SUBJECT_ON_PHONES = 40  # columns
LONG = 20.0  # screens: few people read a mail to the end that is longer
LATE = 2.5  # screens
LEAST_INVERTED = 2.0  # of colours that a mail client makes itself; the standard blue of links has 2.1 to 2.4
_SEPARATORS = re.compile(r"[\s\xa0·|,;/()（）、，；-]*")
# A cell shrinks with what is in it.
_TOO_WIDE: dict[str, Phrase] = {"img": phrase("a picture"), "table": phrase("a table"), "div": phrase("a box")}


@rule("phone-width", "warning", origin="issue.mjml.j2")
def _width(mail: Mail) -> Iterator[Finding]:
    """Finds what is wider than a telephone if the style block is dropped: then only style attributes and attributes count."""
    problems: dict[Phrase, None] = {}
    for element in mail.parsed.all(*_TOO_WIDE):
        style = str(element.get("style") or "")
        width = pixels(value_in(style, "width")) or pixels(element.get("width"))
        shrinks = "%" in value_in(style, "width") or value_in(style, "max-width").endswith("%")
        if width and width > NARROWEST and not shrinks and element not in mail.parsed.hidden:
            problems[phrase("{element} {width} pixels wide", element=_TOO_WIDE[element.tag], width=f"{width:g}")] = None
    for problem in problems:
        yield fault("warning", problem=problem, limit=NARROWEST)


@rule("phone-length", "info", origin="issue")
def _length(mail: Mail) -> Iterator[Finding]:
    if mail.phone.screens > LONG:
        yield fault("info", screens=f"{mail.phone.screens:.0f}", minutes=mail.phone.minutes)


@rule("picture-late", "info", origin="issue")
def _late(mail: Mail) -> Iterator[Finding]:
    first = mail.phone.first_picture
    if first is not None and first > LATE:
        yield fault("info", screen=f"{first + 1:.0f}")


@rule("subject-phone", "info", origin="issue")
def _subject(mail: Mail) -> Iterator[Finding]:
    shown = mail.as_usual(mail.subject)
    if not SUBJECT_ON_PHONES < columns(shown) <= SUBJECT_COLUMNS[1]:
        return
    begin = shown
    while columns(begin) > SUBJECT_ON_PHONES:
        begin = begin[:-1]
    yield fault("info", mail.issue.lines.get("subject"), shown=begin.rstrip(), limit=SUBJECT_ON_PHONES)


@rule("tap-target", "warning", origin="issue.mjml.j2")
def _taps(mail: Mail) -> Iterator[Finding]:
    """Finds links outside of sentences that are too low for a thumb."""
    low: dict[str, float] = {}
    styles = styles_of(mail.parsed, "light")
    for link in mail.parsed.all("a"):
        if (
            not link.get("href")
            or link in mail.parsed.hidden
            or next(link.iter("img"), None) is not None
            or _is_in_sentence(link)
        ):
            continue
        height = line_height(link, styles[link].size) + vertical_space(str(link.get("style") or ""))
        if height < LEAST_TAP:
            low.setdefault(read_out(link), height)
    for text, height in low.items():
        yield fault("warning", words=text[:60], height=f"{height:.0f}", least=f"{LEAST_TAP:.0f}")


def _is_in_sentence(link: Element) -> bool:
    """Whether other text than separators is in the block of a link."""
    block = next((node for node in link.iterancestors() if node.tag not in ("strong", "em", "span", "b", "i")), None)
    if block is None:
        return False
    linked = {node for other in block.iter("a") for node in other.iter()}
    parts = [(node.text or "") for node in block.iter() if node not in linked and isinstance(node.tag, str)]
    parts += [(node.tail or "") for node in block.iter() if node is not block and (node not in linked or node.tag == "a")]
    return _SEPARATORS.fullmatch(single_spaces(parts)) is None


@rule("contrast-inverted", "warning", origin="issue.mjml.j2")
def _inverted(mail: Mail) -> Iterator[Finding]:
    """Gmail on telephones inverts the lightness of colours in dark mode and ignores the rules of a mail."""
    seen: set[tuple[str, str]] = set()
    for element, text, (fore, back, _) in texts_by_colours(mail, "light", mail.parsed.texts):
        if (fore, back) in seen:
            continue
        seen.add((fore, back))
        ratio = contrast_ratio(inverted(fore), inverted(back))
        if ratio < LEAST_INVERTED < contrast_ratio(fore, back):
            finding = fault(
                "warning", fore=fore, back=back, ratio=f"{ratio:.2f}", wanted=f"{LEAST_INVERTED:g}", words=text.strip()[:40]
            )
            yield at_rule(finding, mail.theme, element, "light", fore, back)


@rule("dark-outlook", "warning", origin="issue.mjml.j2")
def _outlook(mail: Mail) -> Iterator[Finding]:
    """Outlook on the web and on telephones ignores the media query, but marks the elements whose colours it changed."""
    texts = [style.text for style in mail.parsed.styles]
    if any("prefers-color-scheme" in text for text in texts) and not any("[data-ogsc]" in text for text in texts):
        yield fault("warning")


def inverted(colour: str) -> str:
    """Returns the colour with its lightness turned around, as Gmail does on telephones; `#rrggbb`."""
    given = colour_of(colour)
    if given is None:
        return colour
    red, green, blue, _ = given
    shift = 1 - (max(red, green, blue) + min(red, green, blue))
    turned: Colour = (*(min(1.0, max(0.0, part + shift)) for part in (red, green, blue)), 1.0)  # type: ignore[assignment]
    return to_hex(turned)
