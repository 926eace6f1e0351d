"""Issue -> issue file. What this prints, the parser reads back as the same issue."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from typing import Any

import yaml

from composer import merge
from composer.document import (
    Action,
    Article,
    Block,
    Calendar,
    EditorMark,
    Emphasis,
    Event,
    Field,
    Figure,
    Inline,
    Inlines,
    Issue,
    LineBreak,
    Link,
    ListBlock,
    Only,
    Paragraph,
    Passage,
    Profile,
    Quote,
    Section,
    Sources,
    Span,
    Strong,
    SubHeading,
    Table,
    Text,
)
from composer.inlines import on_one_line, tidy

_ENTITY = re.compile(r"&(?=#|[A-Za-z][A-Za-z0-9]*;)")
_LINE_START = re.compile(r"(?:[#>=~|:]|[-+](?=\s|-|\+|$)|(?<=)(\d{1,9})[.)](?=\s|$))")
_ANNOUNCED = re.compile(r"(sources?|caption|credit|only|table|name|role)[ \t]*([:：])", re.IGNORECASE)
_NOTHING = "[]{lang=en}"  # words in another language, of which there are none
_PLAIN_TARGET = re.compile(r"[^\s<>()\\&*_\x00-\x20]+\Z")


def print_issue(issue: Issue) -> str:
    """The whole issue file as text."""
    parts = [*_blocks(issue.opening)]
    for section in issue.sections:
        parts += _section(section)
    return f"---\n{_head(issue)}---\n\n" + "\n\n".join(parts) + "\n"


def _head(issue: Issue) -> str:
    lines = [_pair("title", issue.title), _pair("organisation", issue.organisation)]
    if issue.tagline:
        lines.append(_pair("tagline", issue.tagline))
    lines += [_pair("number", issue.number), f"date: {issue.date.isoformat()}\n"]
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


def _section(section: Section) -> list[str]:
    parts = [f"# {_title(section.title)}", *_only(section.only), *_blocks(section.marks)]
    for article in section.articles:
        parts += _article(article)
    return parts


def _article(article: Article) -> list[str]:
    return [f"## {_title(article.title)} {{#{article.id}}}", *_only(article.only), *_blocks(article.blocks)]


def _only(condition: str) -> list[str]:
    return [f"Only: {condition}"] if condition else []


def _title(title: str) -> str:
    """A title on one line; a number sign at its end would be taken for the end of the heading."""
    printed = _inline((Text(" ".join(title.split())),))
    bare = printed.rstrip("#")
    return bare + "\\#" * (len(printed) - len(bare))


def _blocks(blocks: Sequence[Block], depth: int = 0) -> list[str]:
    """`depth`: in how many lists. Nested lists take the signs in turn: `- - -` would be a line of dashes."""
    parts: list[str] = []
    previous: Block | None = None
    usual = depth % 2 == 1
    other = usual
    for block in blocks:
        # Two lists of one kind in a row would read as one: the second gets the other sign.
        joins = isinstance(block, ListBlock) and isinstance(previous, ListBlock) and block.ordered == previous.ordered
        other = not other if joins else usual
        parts.append(_block(block, other, depth))
        previous = block
    return parts


def _block(block: Block, other: bool, depth: int) -> str:
    match block:
        case Paragraph(content):
            return _lines(content)
        case SubHeading(text, number):
            return f"### {_numbered(_title(text), number)}"
        case Figure():
            return _figure(block)
        case Quote(blocks):
            inner = "\n\n".join(_blocks(blocks))
            return "\n".join(f"> {line}".rstrip() for line in inner.split("\n"))
        case ListBlock():
            return _list(block, other, depth)
        case Sources(entries):
            word = "Source" if len(entries) == 1 else "Sources"
            return f"{word}: " + "; ".join(_inline(entry, semicolons=True) for entry in entries)
        case Table():
            return _table(block)
        case Profile():
            return _container("profile", _profile(block))
        case Calendar(events):
            return _container("calendar", "\n".join(map(_event, events)))
        case Action(link):
            return _container("action", _inline((link,)))
        case Passage(language, blocks):
            return _container(f"lang {language}", "\n\n".join(_blocks(blocks)))
        case Only(condition, blocks):
            return _container(f"only {condition}", "\n\n".join(_blocks(blocks)))
        case EditorMark(text):
            return f"<!-- {' '.join(text.replace('-->', '→').split())} -->"


def _numbered(title: str, number: int | None) -> str:
    """The title of a part behind its number; a title that itself begins with one has its full stop escaped."""
    if number is not None:
        return f"{number}. {title}"
    return re.sub(r"^(\d{1,3})([.)])(?=\s)", r"\1\\\2", title)


def _container(words: str, inner: str) -> str:
    """A block between colons: more of them than any block within it has."""
    longest = max((len(match[0]) for match in re.finditer(r"^:{3,}", inner, re.MULTILINE)), default=2)
    fence = ":" * (longest + 1)
    return f"{fence} {words}\n{inner}\n{fence}"


def _profile(profile: Profile) -> str:
    lines = []
    if profile.portrait:
        lines.append(f"![{_inline((Text(profile.portrait.alt),))}]({_target(profile.portrait.src)})")
    lines.append(f"Name: {_title(profile.name)}")
    if profile.role:
        lines.append(f"Role: {_title(profile.role)}")
    if profile.portrait and profile.portrait.credit:
        lines.append(f"Credit: {_inline(on_one_line(profile.portrait.credit))}")
    return "\n\n".join(["\n".join(lines), *_blocks(profile.blocks)])


def _event(event: Event) -> str:
    days = event.start.isoformat() + (f" to {event.end.isoformat()}" if event.end else "")
    parts = [_inline(on_one_line(part), semicolons=True) for part in (event.title, event.place) if part]
    return f"- {days}: {'; '.join(parts)}"


_RULES = {"": "---", "left": ":--", "center": ":-:", "right": "--:"}


def _table(table: Table) -> str:
    aligns = table.aligns or ("",) * len(table.head)
    rows = [_row(table.head), "|" + "|".join(_RULES[align] for align in aligns) + "|", *map(_row, table.rows)]
    caption = f"Table: {_inline(on_one_line(table.caption))}\n\n" if table.caption else ""
    return caption + "\n".join(rows)


def _row(cells: Sequence[Inlines]) -> str:
    return "| " + " | ".join(_inline(on_one_line(cell)).replace("|", "\\|") for cell in cells) + " |"


def _figure(figure: Figure) -> str:
    lines = [f"![{_inline((Text(figure.alt),))}]({_target(figure.src)})"]
    if figure.caption:
        lines.append(f"Caption: {_inline(on_one_line(figure.caption))}")
    if figure.credit:
        lines.append(f"Credit: {_inline(on_one_line(figure.credit))}")
    return "\n".join(lines)


def _list(block: ListBlock, other: bool, depth: int) -> str:
    items: list[str] = []
    for number, item in enumerate(block.items, start=block.start):
        sign = (f"{number}{')' if other else '.'}" if block.ordered else "*" if other else "-") + " "
        inner = "\n\n".join(_blocks(item, depth + 1)).split("\n")
        indent = " " * len(sign)
        items.append("\n".join([sign + inner[0], *(indent + line if line else "" for line in inner[1:])]).rstrip())
    return "\n".join(items)


def _target(href: str) -> str:
    """A link's address as Markdown takes it."""
    if not href:
        return ""
    if merge.WRITTEN.fullmatch(href):
        return f"<{href}>"
    if _PLAIN_TARGET.match(href):
        return href
    escaped = re.sub(r"[<>\\&]", lambda match: "\\" + match[0], href)
    return "<" + re.sub(r"[\n\r]", " ", escaped) + ">"


def _lines(content: Inlines) -> str:
    """A paragraph; no line of it can be taken for a list, a heading or the like."""
    first, *rest = _inline(content).split("\n")
    return "\n".join([_guard(first), *rest])


def _guard(line: str) -> str:
    announced = _ANNOUNCED.match(line)
    if announced:
        return line[: announced.start(2)] + _entity(announced[2]) + line[announced.end(2) :]
    match = _LINE_START.match(line)
    if match is None:
        return line
    at = match.end() - 1 if match[1] else 0
    return line[:at] + "\\" + line[at:]


def _inline(content: Inlines, *, semicolons: bool = False) -> str:
    """Inline content; of its lines, all but the first are guarded, because only paragraphs begin with their first."""
    first, *rest = _Writer(semicolons).write(tidy(content)).split("\n")
    return "\n".join([first, *map(_guard, rest)])


class _Writer:
    """Writes inline content. Delimiters only work beside certain characters; where one would not, its neighbour is
    written as a character reference, which always does."""

    def __init__(self, semicolons: bool) -> None:
        self.semicolons = semicolons

    def write(self, nodes: Inlines, within: Inline | None = None) -> str:
        underscored = [_needs_underscores(nodes, at, within) for at in range(len(nodes))]
        return "".join(self._node(nodes, at, underscored) for at in range(len(nodes)))

    def _node(self, nodes: Inlines, at: int, underscored: list[bool]) -> str:
        node = nodes[at]
        match node:
            case Text(text):
                return self._text(text, nodes, at, underscored)
            case Field():
                return self._field(node, nodes, at, underscored)
            case LineBreak():
                return "\\\n"
            case Link(href, children):
                return f"[{self.write(children)}]({_target(href)})"
            case Span(language, children):
                return f"[{self.write(children)}]{{lang={language}}}"
            case Strong(children):
                return f"**{self.write(children, node)}**"
            case Emphasis(children):
                sign = "_" if underscored[at] else "*"
                return f"{sign}{self.write(children, node)}{sign}"

    def _field(self, field: Field, nodes: Inlines, at: int, underscored: list[bool]) -> str:
        """A field is as a letter to the delimiters beside it; where they would fail, empty words keep it away."""
        before = nodes[at - 1] if at else None
        after = nodes[at + 1] if at + 1 < len(nodes) else None
        apart_before = _needs_reference("a", before, -1, at > 0 and underscored[at - 1])
        apart_after = _needs_reference("a", after, 0, after is not None and underscored[at + 1])
        return f"{_NOTHING * apart_before}{merge.write_field(field)}{_NOTHING * apart_after}"

    def _text(self, text: str, nodes: Inlines, at: int, underscored: list[bool]) -> str:
        written = [self._escape(text, i) for i in range(len(text))]
        before = nodes[at - 1] if at else None
        after = nodes[at + 1] if at + 1 < len(nodes) else None
        if isinstance(after, Link | Span) and text.endswith("!"):
            written[-1] = "\\!"
        if _needs_reference(text[0], before, -1, at > 0 and underscored[at - 1]):
            written[0] = _entity(text[0])
        if _needs_reference(text[-1], after, 0, after is not None and underscored[at + 1]):
            written[-1] = _entity(text[-1])
        return "".join(written)

    def _escape(self, text: str, at: int) -> str:
        character = text[at]
        if character in "\\*[]<>`" or (character == ";" and self.semicolons):
            return "\\" + character
        if character in "{}" or (character == "~" and "~~" in text[max(at - 1, 0) : at + 2]):
            return "\\" + character
        if character == "_":
            inside = 0 < at < len(text) - 1 and text[at - 1].isalnum() and text[at + 1].isalnum()
            return "_" if inside else "\\_"
        if character == "&" and _ENTITY.match(text, at):
            return "\\&"
        return _entity(character) if character in "\n\r\t" else character


def _needs_underscores(nodes: Inlines, at: int, within: Inline | None) -> bool:
    """Whether stars of another kind would stand beside the stars of this emphasis."""
    node = nodes[at]
    if not isinstance(node, Emphasis):
        return False
    beside = [*nodes[max(0, at - 1) : at], *nodes[at + 1 : at + 2], node.children[0], node.children[-1]]
    at_edge = isinstance(within, Strong) and at in (0, len(nodes) - 1)
    return at_edge or any(isinstance(other, Strong) for other in beside)


def _needs_reference(mine: str, other: Inline | None, edge: int, underscored: bool) -> bool:
    """Whether the delimiter between `mine` and its neighbour would fail beside the bare character.

    `edge` is the place of the neighbour's child that is nearest: 0 or -1.
    """
    if other is None or isinstance(other, LineBreak):
        return mine.isspace()  # blanks at an edge are dropped
    if not isinstance(other, Strong | Emphasis) or mine.isspace() or _punctuation(mine):
        return False
    inner = other.children[edge]
    if underscored or not isinstance(inner, Text):
        return True  # underscores do not work inside a word
    if len(inner.text) == 1 and len(other.children) > 1:
        return True  # its only character may be written as a reference itself, which begins and ends with punctuation
    return _punctuation(inner.text[edge]) or inner.text[edge].isspace()


def _punctuation(character: str) -> bool:
    return unicodedata.category(character)[0] in "PS"


def _entity(character: str) -> str:
    return f"&#x{ord(character):x};"
