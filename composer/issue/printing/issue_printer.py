"""Prints an issue as an issue file, which the parser reads back as the same issue."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from typing import Any, assert_never

import yaml

from composer.issue import document as doc
from composer.issue.parsing.inlines import on_one_line
from composer.issue.printing.inline_printer import entity, print_inlines, target

_LINE_START = re.compile(r"(?:[#>=~|:]|[-+](?=\s|-|\+|$)|(?<=)(\d{1,9})[.)](?=\s|$))")
_ANNOUNCED = re.compile(r"(sources?|caption|credit|only|table|name|role)[ \t]*([:：])", re.IGNORECASE)

_LARGEST_NUMBER = 999_999_999  # of a list in Markdown


def print_issue(issue: doc.Issue) -> str:
    """Returns the whole issue file as text."""
    parts = [*_blocks(issue.opening)]
    for section in issue.sections:
        parts += _section(section)
    return f"---\n{_head(issue)}---\n\n" + "\n\n".join(parts) + "\n"


def print_blocks(blocks: Sequence[doc.Block]) -> str:
    """Returns blocks as the text between two headings, without a line end after the last."""
    return "\n\n".join(_blocks(blocks))


def _head(issue: doc.Issue) -> str:
    lines = [_pair("title", issue.title), _pair("organisation", issue.organisation)]
    if issue.tagline:
        lines.append(_pair("tagline", issue.tagline))
    lines += [_pair("number", issue.number), f"date: {issue.date.isoformat()}\n" if issue.date > date.min else _pair("date", "")]
    lines += [_pair(key, getattr(issue, key)) for key in ("subject", "preheader", "language", "theme")]
    if issue.highlights:
        lines.append(_pair("highlights", list(issue.highlights)))
    if issue.credits:
        lines.append(_pair("credits", [{credit.role: credit.name} for credit in issue.credits]))
    footer = {key: getattr(issue.footer, key) for key in ("about", "address", "website", "email")}
    lines.append(_pair("footer", {key: value for key, value in footer.items() if value or key == "about"}))
    return "".join(lines)


def _pair(key: str, value: Any) -> str:
    return yaml.safe_dump({key: value}, allow_unicode=True, width=1_000_000, sort_keys=False)


def _section(section: doc.Section) -> list[str]:
    title = _title(section.title)
    if section.id:
        title += f" {{#{section.id}}}"
    parts = [f"# {title}", *_only(section.only), *_blocks(section.marks)]
    for article in section.articles:
        parts += _article(article)
    return parts


def _article(article: doc.Article) -> list[str]:
    return [f"## {_title(article.title)} {{#{article.id}}}", *_only(article.only), *_blocks(article.blocks)]


def _only(condition: str) -> list[str]:
    return [f"Only: {condition}"] if condition else []


def _title(title: str) -> str:
    """Prints a title on one line; number signs at its end are escaped, because the parser would drop them."""
    printed = _inline((doc.Text(" ".join(title.split())),))
    bare = printed.rstrip("#")
    return bare + "\\#" * (len(printed) - len(bare))


def _blocks(blocks: Sequence[doc.Block], depth: int = 0) -> list[str]:
    """Prints blocks. `depth`: the number of enclosing lists. Nested lists alternate their markers: `- - -` would be a rule."""
    parts: list[str] = []
    previous: doc.Block | None = None
    usual = depth % 2 == 1
    other = usual
    for block in blocks:
        # Two consecutive lists of one kind would be parsed as one, so the second gets the other sign.
        joins = isinstance(block, doc.ListBlock) and isinstance(previous, doc.ListBlock) and block.ordered == previous.ordered
        other = not other if joins else usual
        parts.append(_block(block, other, depth))
        previous = block
    return parts


def _block(block: doc.Block, other: bool, depth: int) -> str:
    match block:
        case doc.Paragraph(content):
            return _lines(content)
        case doc.SubHeading(text, number):
            return f"### {_numbered(_title(text), number)}"
        case doc.Figure():
            return _figure(block)
        case doc.Quote(blocks):
            inner = print_blocks(blocks)
            return "\n".join(f"> {line}".rstrip() for line in inner.split("\n"))
        case doc.ListBlock():
            return _list(block, other, depth)
        case doc.Sources(entries):
            word = "Source" if len(entries) == 1 else "Sources"
            return f"{word}: " + "; ".join(_inline(entry, semicolons=True) for entry in entries)
        case doc.Table():
            return _table(block)
        case doc.Profile():
            return _container("profile", _profile(block))
        case doc.Calendar(events):
            return _container("calendar", "\n".join(map(_event, events)))
        case doc.Action(link):
            return _container("action", _inline((link,)) if link.children else f"[]({target(link.href)})")
        case doc.Passage(language, blocks):
            return _container(f"lang {language}", print_blocks(blocks))
        case doc.Only(condition, blocks):
            return _container(f"only {condition}", print_blocks(blocks))
        case doc.EditorMark(text):
            return f"<!-- {' '.join(text.replace('-->', '→').split())} -->"
        case unknown:
            assert_never(unknown)


def _numbered(title: str, number: int | None) -> str:
    """Prints the title after its part number; a title that itself begins with a number gets its full stop escaped."""
    if number is not None:
        return f"{number}. {title or '&nbsp;'}"  # a number alone would be the title
    return re.sub(r"^(\d{1,3})([.)])(?=\s)", r"\1\\\2", title)


def _container(words: str, inner: str) -> str:
    """Prints a block between lines of colons, with more colons than any block inside it."""
    longest = max((len(match[0]) for match in re.finditer(r"^:{3,}", inner, re.MULTILINE)), default=2)
    fence = ":" * (longest + 1)
    return f"{fence} {words}\n{inner}\n{fence}"


def _profile(profile: doc.Profile) -> str:
    lines = []
    if profile.portrait:
        lines.append(f"![{_inline((doc.Text(profile.portrait.alt),))}]({target(profile.portrait.src)})")
    lines.append(f"Name: {_title(profile.name)}")
    if profile.role:
        lines.append(f"Role: {_title(profile.role)}")
    if profile.portrait and profile.portrait.credit:
        lines.append(f"Credit: {_inline(on_one_line(profile.portrait.credit))}")
    return "\n\n".join(["\n".join(lines), *_blocks(profile.blocks)])


def _event(event: doc.Event) -> str:
    days = event.start.isoformat() + (f" to {event.end.isoformat()}" if event.end else "")
    title, place = (_inline(on_one_line(part), semicolons=True) for part in (event.title, event.place))
    return f"- {days}: {title}" + (f"; {place}" if place else "")


_RULES = {"": "---", "left": ":--", "center": ":-:", "right": "--:"}


def _table(table: doc.Table) -> str:
    aligns = table.aligns or ("",) * len(table.head)
    rows = [_row(table.head), "|" + "|".join(_RULES[align] for align in aligns) + "|", *map(_row, table.rows)]
    caption = f"Table: {_inline(on_one_line(table.caption))}\n\n" if table.caption else ""
    return caption + "\n".join(rows)


def _row(cells: Sequence[doc.Inlines]) -> str:
    return "| " + " | ".join(_inline(on_one_line(cell)).replace("|", "\\|") for cell in cells) + " |"


def _figure(figure: doc.Figure) -> str:
    lines = [f"![{_inline((doc.Text(figure.alt),))}]({target(figure.src)})"]
    if figure.caption:
        lines.append(f"Caption: {_inline(on_one_line(figure.caption))}")
    if figure.credit:
        lines.append(f"Credit: {_inline(on_one_line(figure.credit))}")
    return "\n".join(lines)


def _list(block: doc.ListBlock, other: bool, depth: int) -> str:
    items: list[str] = []
    for at, item in enumerate(block.items, start=block.start):
        number = min(at, _LARGEST_NUMBER)  # only the first number counts
        sign = (f"{number}{')' if other else '.'}" if block.ordered else "*" if other else "-") + " "
        inner = "\n\n".join(_blocks(item, depth + 1)).split("\n")
        indent = " " * len(sign)
        items.append("\n".join([sign + inner[0], *(indent + line if line else "" for line in inner[1:])]).rstrip())
    return "\n".join(items)


def _lines(content: doc.Inlines) -> str:
    """Prints a paragraph; each line is escaped so that it is not parsed as a list, a heading or similar."""
    first, *rest = _inline(content).split("\n")
    return "\n".join([_guard(first), *rest])


def _guard(line: str) -> str:
    announced = _ANNOUNCED.match(line)
    if announced:
        return line[: announced.start(2)] + entity(announced[2]) + line[announced.end(2) :]
    match = _LINE_START.match(line)
    if match is None:
        return line
    at = match.end() - 1 if match[1] else 0
    return line[:at] + "\\" + line[at:]


def _inline(content: doc.Inlines, *, semicolons: bool = False) -> str:
    """Prints inline content; all lines except the first are escaped, because the first may follow other text."""
    first, *rest = print_inlines(content, semicolons=semicolons).split("\n")
    return "\n".join([first, *map(_guard, rest)])
