"""Reads inline nodes of the Markdown parser into inline content in its normal form."""

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import NamedTuple

from composer.errors import ContentError, Findings
from composer.issue import merge_fields
from composer.issue.characters import check_characters
from composer.issue.inline_content import Emphasis, Field, Inline, Inlines, LineBreak, Link, Span, Strong, Text
from composer.issue.inlines.emphasis import CJK, FIELD_CLOSE, FIELD_OPEN, MARK_CLOSE, MARK_OPEN
from composer.issue.inlines.foreign_markup import report_in_line
from composer.issue.inlines.markdown_nodes import Node
from composer.issue.languages import LANGUAGE

_PLACEHOLDER = re.compile("([\ufdd0\ufdd2])([0-9]+)[\ufdd1\ufdd3]")
_MARK = re.compile("\ufdd2[0-9]+\ufdd3")
_HTML = re.compile(r"</?[A-Za-z][^<>]*>|<!--|<![A-Za-z]|<\?")

_LINE_END = re.compile(r"[\n\r][ \t\n\r]*")
# The lookbehind avoids quadratic time: otherwise a long run of spaces is scanned again from each of its spaces.
_EDGE = re.compile(r"(?:(?<![ \t])[ \t]+)?[\n\r]+[ \t]*")
_WithChildren = Strong | Emphasis | Link | Span
_WITH_CHILDREN = (Strong, Emphasis, Link, Span)
# An asterisk between letters or digits, as in 2*3, is intended; next to a Chinese character, it is half of a pair.
_LEFT_OVER = re.compile(
    r"\*\*\S{0,20}|\][({]\S{0,20}|\][ \t]+\((?=https?:|mailto:|tel:|www\.)\S{0,20}"
    rf"|(?:(?<![\w*])\*(?=\w)|(?<={CJK})\*(?=\w)|(?<!\*)\*(?=\w)(?={CJK}))\S{{0,20}}"
)
# The end of a link or a picture whose address has a space. A pair of brackets in it and a title after it are allowed.
_SPACED = re.compile(r'\]\([ \t]*([^\s()<>]+[ \t](?:[^()<>"]|\([^()<>"]{0,80}\)){1,300}?)(?:[ \t]"[^"]*")?[ \t]*\)')
_ADDRESS = re.compile(r"https?:|www\.|images/|.*\.[A-Za-z][A-Za-z0-9]{1,4}\Z")
_SIGNS = re.compile(r"[<*\]\[`~]")  # with one of them begins all that is reported


class CutMark(NamedTuple):
    """A remark for the editor, which was cut out of the body; the line is where it begins."""

    text: str
    line: int


@dataclass
class Cuttings:
    """Merge fields and editor marks that were cut out of the body before parsing."""

    fields: list[tuple[str, Field]] = field(default_factory=list)  # as written, as read
    marks: list[CutMark] = field(default_factory=list)

    def put_back(self, text: str) -> str:
        """Returns the text as the editor wrote it, without marks."""

        def written(match: re.Match[str]) -> str:
            return self.fields[int(match[2])][0] if match[1] == FIELD_OPEN else ""

        return _PLACEHOLDER.sub(written, text)


def without_marks(text: str) -> str:
    return _MARK.sub("", text)


class InlineReader:
    """Reads the inline nodes of one paragraph or heading; adds its editor marks to `marks`."""

    def __init__(self, cuttings: Cuttings, findings: Findings, line: int, marks: list[CutMark]) -> None:
        self.cuttings, self.findings, self.line, self.marks = cuttings, findings, line, marks
        self.in_list = False  # or in a quotation

    def read(self, nodes: Sequence[Node]) -> Inlines:
        return tidy(self._read(nodes))

    def _read(self, nodes: Sequence[Node]) -> Inlines:
        content: list[Inline] = []
        for node in nodes:
            match node.type:
                case "text":
                    content += self._text(node.content)
                case "text_special":
                    check_characters(node.content, self.line, self.findings)  # such as &#x202e;
                    content.append(Text(node.content))
                case "hardbreak":
                    self.line += 1
                    content.append(LineBreak())
                case "strong":
                    content.append(Strong(self._read(node.children)))
                case "em":
                    content.append(Emphasis(self._read(node.children)))
                case "link":
                    content.append(self._link(node))
                case "span":
                    content += self._span(node)
                case "image":
                    self.findings.error("image-in-list" if self.in_list else "image-in-text", self.line)
                case other:
                    self.findings.error("not-in-format", self.line, what=other)
        return tuple(content)

    def _link(self, node: Node) -> Link:
        href = self.cuttings.put_back(str(node.attrs.get("href", ""))).strip()
        line = self.line
        self.report_title(node)
        link = Link(href, self._read(node.children), line)
        if not tidy(link.children):
            self.findings.error("link-no-text", line, url=href)
        return link

    def report_title(self, node: Node) -> None:
        """Warns of a title after the address of a link or picture, because no mail shows it."""
        if title := " ".join(self.cuttings.put_back(str(node.attrs.get("title", ""))).split()):
            self.findings.warning("link-title", self.line, text=title[:60])

    def _span(self, node: Node) -> Inlines:
        """Reads text with a language; after a finding about the language, returns only the text."""
        language = str(node.attrs.get("lang", ""))
        others = sorted(node.attrs.keys() - {"lang"}) + sorted(node.meta.get("insecure_attrs", {}))
        children = self._read(node.children)
        if others or not language:
            self.findings.error("span-attribute", self.line, text=self.cuttings.put_back(", ".join(others)))
        elif not LANGUAGE.match(language):
            self.findings.error("language-wrong", self.line, value=self.cuttings.put_back(language)[:80])
        else:
            return (Span(language, children),)
        return children

    def _text(self, text: str) -> list[Inline]:
        """Replaces placeholders by fields, and collects marks."""
        self._report_left_over(text)
        self.line += text.count("\n")
        content: list[Inline] = []
        end = 0
        for match in _PLACEHOLDER.finditer(text):
            content.append(Text(text[end : match.start()]))
            end = match.end()
            if match[1] == FIELD_OPEN:
                content.append(self.cuttings.fields[int(match[2])][1])
            else:
                self.marks.append(self.cuttings.marks[int(match[2])])
        content.append(Text(text[end:]))
        return content

    def _report_left_over(self, text: str) -> None:
        if not _SIGNS.search(text):
            return
        for line, line_text in enumerate(text.split("\n"), start=self.line):
            for match in _HTML.finditer(line_text):
                self.findings.warning("html-in-text", line, html=self.cuttings.put_back(match[0])[:60])
            line_text = _SPACED.sub(partial(self._report_spaced, line), line_text)
            for match in _LEFT_OVER.finditer(line_text):
                self.findings.warning("markup-left", line, text=self.cuttings.put_back(match[0]))
            report_in_line(line_text, line, self.findings, self.cuttings.put_back)

    def _report_spaced(self, line: int, match: re.Match[str]) -> str:
        """Reports an address with a space. Returns what is left to check: nothing, or all of it if it is other text."""
        if not _ADDRESS.match(match[1]):
            return match[0]
        self.findings.error("address-space", line, src=self.cuttings.put_back(match[1]))
        return ""


def tidy(content: Sequence[Inline]) -> Inlines:
    """Returns the normal form: neighbours of one kind joined, no empty nodes, no spaces at the ends, texts on one line."""
    return _trim(_tidy(content, frozenset())) if content else ()


def _tidy(content: Sequence[Inline], inside: frozenset[object]) -> list[Inline]:
    tidied: list[Inline] = []
    for node in content:
        if isinstance(node, _WITH_CHILDREN):
            kind: object = type(node)
            around = inside
            if isinstance(node, Span):  # only the innermost language counts: English within Chinese within English says something
                kind, around = node.language, frozenset(outer for outer in inside if not isinstance(outer, str))
            children = tuple(_tidy(node.children, around | {kind}))
            if kind in inside:  # bold inside bold has no meaning
                _append_all(tidied, children)
            else:
                before, kept, after = _without_breaks(children)
                tidied += before
                if kept:
                    _append_all(tidied, (_emphasis_outside(replace(node, children=kept)),))
                tidied += after
        elif not isinstance(node, Text) or node.text:
            tidied.append(node)
    return _texts_joined(tidied)


def _emphasis_outside(node: _WithChildren) -> _WithChildren:
    """Turns bold around only emphasis into emphasis around bold, because Markdown has one way to write both."""
    if isinstance(node, Strong) and len(node.children) == 1 and isinstance(node.children[0], Emphasis):
        return Emphasis((Strong(node.children[0].children),))
    return node


def _without_breaks(children: Inlines) -> tuple[Inlines, Inlines, Inlines]:
    """Splits off line breaks at the ends, because markup cannot begin or end with one."""
    start, end = 0, len(children)
    while start < end and isinstance(children[start], LineBreak):
        start += 1
    while end > start and isinstance(children[end - 1], LineBreak):
        end -= 1
    return children[:start], children[start:end], children[end:]


def _append_all(content: list[Inline], nodes: Iterable[Inline]) -> None:
    """Appends the nodes; bold after bold, and emphasis after emphasis, are joined."""
    for node in nodes:
        last = content[-1] if content else None
        if isinstance(node, Strong | Emphasis) and type(node) is type(last):
            assert isinstance(last, Strong | Emphasis)  # noqa: S101  (for the type checker)
            merged: list[Inline] = list(last.children)
            _append_all(merged, node.children)
            content[-1] = replace(last, children=tuple(_texts_joined(merged)))
        else:
            content.append(node)


def _texts_joined(nodes: list[Inline]) -> list[Inline]:
    """Joins neighbouring texts, none of which is empty. All at once: joining them one by one took minutes."""
    joined: list[Inline] = []
    run: list[str] = []
    for node in nodes:
        if isinstance(node, Text):
            run.append(node.text)
            continue
        if run:
            joined.append(Text(_join_lines("".join(run))))
            run = []
        joined.append(node)
    if run:
        joined.append(Text(_join_lines("".join(run))))
    return joined


def _join_lines(text: str) -> str:
    """Replaces line ends by spaces, or by nothing between two East Asian characters, which are written without spaces.

    Line ends at the ends of the text stay, because their neighbours are not known yet.
    """
    parts: list[str] = []
    last = 0
    for match in _LINE_END.finditer(text):
        line = text[last : match.start()].rstrip(" \t")
        if match.end() == len(text):
            break
        if line:
            parts += (line, "" if _wide(line[-1]) and _wide(text[match.end()]) else " ")
            last = match.end()
    return "".join((*parts, text[last:])) if parts else text


def _wide(character: str) -> bool:
    # Korean is also wide, but written with spaces between words.
    return unicodedata.east_asian_width(character) in "WF" and not "\uac00" <= character <= "\ud7a3"


def _trim(content: Sequence[Inline]) -> Inlines:
    nodes = [_settle(node) for node in content]
    while nodes and _is_whitespace(nodes[0]):
        del nodes[0]
    while nodes and _is_whitespace(nodes[-1]):
        del nodes[-1]
    for edge, stripped in ((0, str.lstrip), (-1, str.rstrip)):
        if nodes and isinstance(node := nodes[edge], Text):
            nodes[edge] = Text(stripped(node.text))
    return tuple(nodes)


def _is_whitespace(node: Inline) -> bool:
    return isinstance(node, LineBreak) or (isinstance(node, Text) and not node.text.strip())


def _settle(node: Inline) -> Inline:
    """Replaces the remaining line ends at the ends of texts, next to other nodes, by spaces."""
    if isinstance(node, Text):
        return Text(_EDGE.sub(" ", node.text)) if "\n" in node.text or "\r" in node.text else node
    if isinstance(node, _WITH_CHILDREN):
        return replace(node, children=tuple(map(_settle, node.children)))
    return node


def on_one_line(content: Inlines) -> Inlines:
    """Replaces line breaks by spaces, for content that the file has on one line: captions, table cells."""
    return tidy([_without_line_breaks(node) for node in content])


def _without_line_breaks(node: Inline) -> Inline:
    if isinstance(node, LineBreak):
        return Text(" ")
    if isinstance(node, _WITH_CHILDREN):
        return replace(node, children=tuple(map(_without_line_breaks, node.children)))
    return node


def cut_fields(text: str, cuttings: Cuttings, findings: Findings, first_line: int) -> str:
    return "\n".join(
        merge_fields.replaced(line, partial(_cut_field, cuttings, findings, number))
        for number, line in enumerate(text.split("\n"), start=first_line)
    )


def _cut_field(cuttings: Cuttings, findings: Findings, line: int, written: str, inside: str) -> str:
    try:
        read = merge_fields.read_field(inside)
    except ContentError as fault:
        shown = {name: cuttings.put_back(param) if type(param) is str else param for name, param in fault.params.items()}
        findings.error(fault.code, line, **shown)
        return written
    if read.name == "name" and not read.default:
        findings.warning("field-default", line, name=read.name)
    cuttings.fields.append((written, read))
    return f"{FIELD_OPEN}{len(cuttings.fields) - 1}{FIELD_CLOSE}"


def cut_marks(text: str, cuttings: Cuttings, findings: Findings, first_line: int) -> str:
    """Replaces every `<!-- mark -->` in the body by a placeholder; the number of lines stays the same."""

    parts: list[str] = []
    last, line = 0, first_line
    while (start := merge_fields.unescaped(text, "<!--", last)) >= 0:
        line += text.count("\n", last, start)
        end = text.find("-->", start + 4)
        if end < 0:
            findings.error("mark-open", line)
            break
        inside = text[start + 4 : end]
        ends = inside.count("\n")
        cuttings.marks.append(CutMark(" ".join(inside.split()), line))
        parts += (text[last:start], f"{MARK_OPEN}{len(cuttings.marks) - 1}{MARK_CLOSE}" + "\n" * ends)
        last, line = end + 3, line + ends
    return "".join((*parts, text[last:]))
