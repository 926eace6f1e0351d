"""Prints inline content as Markdown that is parsed back as the same content."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from composer.errors import Findings
from composer.issue import merge_fields
from composer.issue.inline_content import Emphasis, Field, Inline, Inlines, LineBreak, Link, Span, Strong, Text
from composer.issue.inlines.emphasis import FIELD_CLOSE, FIELD_OPEN, opens_and_closes
from composer.issue.inlines.inline_reader import Cuttings, InlineReader, cut_fields, tidy
from composer.issue.inlines.markdown import parser
from composer.issue.inlines.markdown_nodes import nodes_of

_ENTITY = re.compile(r"&(?=#|[A-Za-z][A-Za-z0-9]*;)")
_NOTHING = "[]{lang=en}"  # an empty span
_LINE_START = re.compile(r"(?:[#>=~|:]|[-+](?=\s|-|\+|$)|(?<=)(\d{1,9})[.)](?=\s|$))")
_ANNOUNCED = re.compile(r"(sources?|caption|credit|only|table|name|role|summary|by|text)[ \t]*([:：])", re.IGNORECASE)
_PLAIN_TARGET = re.compile(r"[^\s<>()\\&*_\x00-\x20]+\Z")


def print_inlines(content: Inlines, *, semicolons: bool = False) -> str:
    """Prints inline content in its normal form; `semicolons`: whether to escape semicolons in texts."""
    nodes = tidy(content)
    printed = _Printer(semicolons, underscores=True).print(nodes)
    if printed.references:
        # Next to a reference, an underscore within a word would be a delimiter.
        printed = _Printer(semicolons, underscores=True, escaped=True).print(nodes)
    if printed.references and printed.underscores:
        # Underscores do not work next to letters. Asterisks do, if the run of asterisks is parsed as intended.
        starred = _Printer(semicolons, underscores=False, escaped=True).print(nodes)
        if starred.references < printed.references and _read(starred.text) == nodes:
            return starred.text
    return printed.text


def print_content(content: Inlines, *, semicolons: bool = False) -> str:
    """Prints inline content; all lines except the first are escaped, because the first may follow other text."""
    first, *rest = print_inlines(content, semicolons=semicolons).split("\n")
    return "\n".join([first, *map(_guard, rest)])


def print_lines(content: Inlines) -> str:
    """Prints a paragraph; each line is escaped so that it is not parsed as a list, a heading or similar."""
    first, *rest = print_content(content).split("\n")
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


def print_title(title: str) -> str:
    """Prints a title on one line; number signs at its end are escaped, because the parser would drop them."""
    printed = print_content((Text(" ".join(title.split())),))
    bare = printed.rstrip("#")
    return bare + "\\#" * (len(printed) - len(bare))


def print_container(opening: str, inner: str) -> str:
    """Prints a block between lines of colons, with more colons than any block inside it."""
    longest = max((len(match[0]) for match in re.finditer(r"^:{3,}", inner, re.MULTILINE)), default=2)
    colons = ":" * (longest + 1)
    return f"{colons} {opening}\n{inner}\n{colons}"


def target(href: str) -> str:
    """Returns the address of a link in Markdown syntax."""
    if not href:
        return ""
    if merge_fields.WRITTEN.fullmatch(href):
        return f"<{href}>"
    if _PLAIN_TARGET.match(href):
        return href
    escaped = re.sub(r"[<>\\&]", lambda match: "\\" + match[0], href)
    return "<" + re.sub(r"[\n\r]", " ", escaped) + ">"


def entity(character: str) -> str:
    return f"&#x{ord(character):x};"


def _read(text: str) -> Inlines:
    cuttings, findings = Cuttings(), Findings("")
    (token,) = parser().parseInline(cut_fields(text, cuttings, findings, 1))
    return InlineReader(cuttings, findings, 1, []).read(nodes_of(token.children or ()))


@dataclass(frozen=True, slots=True)
class _Printed:
    text: str
    references: int  # characters that are written as references only because of a delimiter next to them
    underscores: int


@dataclass(slots=True)
class _Segment:
    """A piece of the output. `seen`: the piece as the parser sees it. `character`: the one that may become a reference."""

    written: str
    seen: str
    character: str = ""
    delimiter: str = ""  # of a delimiter: its first character
    opens: bool = False


class _Printer:
    """Prints inline content. A delimiter only works next to certain characters. If it would not work, its neighbour is written as
    a character reference, next to which every delimiter works."""

    def __init__(self, semicolons: bool, *, underscores: bool, escaped: bool = False) -> None:
        """`underscores`: whether they may be delimiters; `escaped`: whether those within words are escaped, too."""
        self.semicolons, self.underscores, self.escaped = semicolons, underscores, escaped
        self.segments: list[_Segment] = []

    def print(self, nodes: Inlines) -> _Printed:
        self._add_all(nodes, None)
        indexes = [at for at, part in enumerate(self.segments) if part.delimiter]
        references = 0
        while changes := sum(map(self._settle, indexes)):  # a new reference is punctuation for the delimiter on its other side
            references += changes
        underscored = sum(part.delimiter == "_" for part in self.segments)
        return _Printed("".join(part.written for part in self.segments), references, underscored)

    # -- pieces --------------------------------------------------------------------------------------------------

    def _add_all(self, nodes: Inlines, within: Inline | None) -> None:
        for at, node in enumerate(nodes):
            match node:
                case Text(text):
                    self._add_text(text, nodes, at)
                case Field():
                    self.segments.append(_Segment(merge_fields.write_field(node), FIELD_OPEN + FIELD_CLOSE, FIELD_OPEN))
                case LineBreak():
                    self._add("\\\n")
                case Link(href, children):
                    self._add("[")
                    self._add_all(children, None)
                    self._add(f"]({target(href)})")
                case Span(language, children):
                    self._add("[")
                    self._add_all(children, None)
                    self._add(f"]{{lang={language}}}")
                case Strong(children):
                    self._add_delimited("**", children, node)
                case Emphasis(children):
                    underscored = self.underscores and _beside_strong(nodes, at, within)
                    self._add_delimited("_" if underscored else "*", children, node)
                case other:
                    assert_never(other)

    def _add(self, written: str, character: str = "") -> None:
        self.segments.append(_Segment(written, written, character))

    def _add_delimited(self, delimiter: str, children: Inlines, node: Inline) -> None:
        self.segments.append(_Segment(delimiter, delimiter, delimiter=delimiter[0], opens=True))
        self._add_all(children, node)
        self.segments.append(_Segment(delimiter, delimiter, delimiter=delimiter[0]))

    def _add_text(self, text: str, nodes: Inlines, at: int) -> None:
        before = nodes[at - 1] if at else None
        after = nodes[at + 1] if at + 1 < len(nodes) else None
        last = len(text) - 1
        written = [self._escape(text, index) for index in range(len(text))]
        if text[0].isspace() and (before is None or isinstance(before, LineBreak)):  # the parser drops spaces at the ends
            written[0] = entity(text[0])
        if text[-1].isspace() and (after is None or isinstance(after, LineBreak)):
            written[-1] = entity(text[-1])
        if text[-1] == "!" and isinstance(after, Link | Span):
            written[-1] = "\\!"
        self._add(written[0], text[0])
        if last > 1:
            self._add("".join(written[1:-1]))
        if last:
            self._add(written[-1], text[-1])

    def _escape(self, text: str, at: int) -> str:
        character = text[at]
        if character in "\\*[]<>`" or (character == ";" and self.semicolons):
            return "\\" + character
        if character in "{}" or (character == "~" and "~~" in text[max(at - 1, 0) : at + 2]):
            return "\\" + character
        if character == "_":
            inside = 0 < at < len(text) - 1 and text[at - 1].isalnum() and text[at + 1].isalnum()
            return "_" if inside and not self.escaped else "\\_"
        if character == "&" and _ENTITY.match(text, at):
            return "\\&"
        return entity(character) if character in "\n\r\t" else character

    # -- delimiters ----------------------------------------------------------------------------------------------

    def _settle(self, at: int) -> bool:
        """Makes the delimiter at this index work. Returns whether that needed a change."""
        segment = self.segments[at]
        before, after = self._beside(at, -1), self._beside(at, 1)
        opens, closes = opens_and_closes(before, after, within_words=segment.delimiter == "*")
        if opens if segment.opens else closes:
            return False
        step = 1 if segment.opens else -1
        inner = after[:1] if segment.opens else before[-1:]
        return self._refer(at + step, -step) if inner.isspace() else self._refer(at - step, step)

    def _beside(self, at: int, step: int) -> str:
        """Returns what the parser sees next to the run that the delimiter is part of."""
        delimiter, index = self.segments[at].delimiter, at + step
        while 0 <= index < len(self.segments) and self.segments[index].delimiter == delimiter:
            index += step
        near = self.segments[max(index - 1, 0) : index + 1] if step < 0 else self.segments[index : index + 1]
        return "".join(part.seen for part in near) if index >= 0 else ""

    def _refer(self, at: int, step: int) -> bool:
        """Writes the character at this index as a reference; next to a merge field, an empty span has the same effect."""
        part = self.segments[at] if 0 <= at < len(self.segments) else None
        if part is None or not part.character or part.seen == entity(part.character):
            return False
        if part.character == FIELD_OPEN:
            part.written = part.written + _NOTHING if step > 0 else _NOTHING + part.written
            part.seen = part.seen + _NOTHING if step > 0 else _NOTHING + part.seen
        else:
            part.written = part.seen = entity(part.character)
        return True


def _beside_strong(nodes: Sequence[Inline], at: int, within: Inline | None) -> bool:
    """Whether the asterisks of this emphasis would be next to those of bold text."""
    node = nodes[at]
    assert isinstance(node, Emphasis)  # noqa: S101  (for the type checker)
    beside = [*nodes[max(0, at - 1) : at], *nodes[at + 1 : at + 2], node.children[0], node.children[-1]]
    at_edge = isinstance(within, Strong) and at in (0, len(nodes) - 1)
    return at_edge or any(isinstance(other, Strong) for other in beside)
