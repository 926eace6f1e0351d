"""Rules that screen readers depend on: roles of tables, language and direction, the title, and headings."""

from collections.abc import Iterator
from itertools import pairwise

from composer.css.selectors import Element
from composer.errors import Finding
from composer.issue.languages import direction_of, parts_of
from composer.messages.phrases import phrase
from composer.preflight.mail import Mail
from composer.preflight.parsed_html import single_spaces
from composer.preflight.rule_registry import fault, rule

_LAYOUT = frozenset({"presentation", "none"})  # roles of a table that only lays out


@rule("role", "error", origin="issue.mjml.j2")
def _roles(mail: Mail) -> Iterator[Finding]:
    for root in (mail.parsed.root, mail.parsed.outlook):
        data = _data_tables(root)
        for table in root.iter("table"):
            if table.get("role") not in _LAYOUT and table not in data:
                yield fault(words=_beginning(table))
                return


@rule("role-data", "error", origin="issue.mjml.j2")
def _data_roles(mail: Mail) -> Iterator[Finding]:
    data = _data_tables(mail.parsed.root)
    for table in mail.parsed.all("table"):
        if table in data and table.get("role") in _LAYOUT:
            yield fault(words=_beginning(table))


def _data_tables(root: Element) -> frozenset[Element]:
    """Returns the tables that have their own heading cells, and those of the issue, whose columns may have no names."""
    headed = frozenset(next(cell.iterancestors("table"), None) for cell in root.iter("th"))
    return headed | frozenset(table for table in root.iter("table") if "data" in (table.get("class") or "").split())


def _beginning(table: Element) -> str:
    return single_spaces(table.itertext())[:40]


@rule("lang", "error", origin="issue.mjml.j2")
def _language(mail: Mail) -> Iterator[Finding]:
    language = mail.parsed.root.get("lang") or ""
    if language != mail.issue.language:
        yield fault(found=language, wanted=mail.issue.language)


@rule("dir", "error", origin="issue.mjml.j2")
def _direction(mail: Mail) -> Iterator[Finding]:
    direction, expected = mail.parsed.root.get("dir") or "", direction_of(mail.issue.language)
    if direction != expected:
        yield fault(found=direction, wanted=expected)


@rule("lang-wrapper", "error", origin="issue.mjml.j2")
def _wrapper(mail: Mail) -> Iterator[Finding]:
    """Webmail keeps the content of the body and drops the html element, so both need language and direction."""
    expected = (mail.issue.language, direction_of(mail.issue.language))
    wrappers = [mail.parsed.body, *mail.parsed.all("div", "table", "center", "td")]
    if expected not in {(wrapper.get("lang"), wrapper.get("dir")) for wrapper in wrappers}:
        yield fault(wanted=expected[0], direction=expected[1])


@rule("lang-part", "warning", origin="issue.mjml.j2")
def _parts(mail: Mail) -> Iterator[Finding]:
    """Finds Chinese text without a lang attribute in a mail of another language: mail clients may draw it with Japanese glyphs,
    and screen readers spell it out. What authors write gets the attribute when the mail is rendered, so a theme has such text."""
    seen: set[str] = set()
    for element, text in mail.parsed.texts:
        if text.isascii() or element in mail.parsed.hidden:
            continue
        for passage, language in parts_of(text, _language_of(element)):
            if language and passage not in seen:
                seen.add(passage)
                yield fault("warning", text=passage, line=mail.sources.line_of_words(passage))


def _language_of(element: Element) -> str:
    return next((node.get("lang") for node in (element, *element.iterancestors()) if node.get("lang")), "")


@rule("title", "error", origin="issue.mjml.j2")
def _title(mail: Mail) -> Iterator[Finding]:
    if not mail.parsed.title:
        yield fault()


@rule("headings", "warning", origin="issue.mjml.j2")
def _headings(mail: Mail) -> Iterator[Finding]:
    levels = [level for level, _ in mail.parsed.headings]
    if levels.count(1) != 1:
        yield fault("warning", problem=phrase("there are {count} first-level headings instead of one", count=levels.count(1)))
    for before, after in pairwise(levels):
        if after > before + 1:
            problem = phrase("a heading of level {after} follows one of level {before}", after=after, before=before)
            yield fault("warning", problem=problem)
            break
    for level, text in mail.parsed.headings:
        if not text:
            yield fault("warning", problem=phrase("a heading of level {level} has no text", level=level))
