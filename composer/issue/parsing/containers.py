"""Reads blocks between lines of `:::`: profile, calendar, call to action, passage in another language, conditional blocks."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from composer.issue import document as doc
from composer.issue import links
from composer.issue.parsing.block_context import BlockContext
from composer.issue.parsing.figures import read_figure, read_named_lines
from composer.issue.parsing.head import LANGUAGE, read_day
from composer.issue.parsing.inlines import on_one_line
from composer.issue.parsing.markdown import CONTAINER
from composer.issue.parsing.markdown_nodes import Node, at_line_ends, at_semicolons
from composer.messages.phrases import phrase

_PROFILE_LINE = re.compile(r"(Name|Role|Credit)[ \t]*[:：][ \t]*", re.IGNORECASE)
_WHEN = re.compile(r"(\d{4}-\d{2}-\d{2})(?:\s*(?:to|–|—|/)\s*(\d{4}-\d{2}-\d{2}))?\s*[:：]\s*")
_WITH_WORDS = ("lang", "only")


class ContainerReader:
    """Reads blocks between `:::`; `read_run` reads the blocks inside them."""

    def __init__(self, context: BlockContext, read_run: Callable[..., list[doc.Block]]) -> None:
        self.context, self.findings, self.read_run = context, context.findings, read_run
        self.kinds: dict[str, Callable[[Node, str, int], list[doc.Block]]] = {
            "profile": self._profile, "calendar": self._calendar, "action": self._action, "lang": self._passage,
            "only": self._only,
        }  # fmt: skip

    def read(self, node: Node, line: int, *, top: bool) -> list[doc.Block]:
        name, words = (*self.context.cuttings.put_back(node.info).split(None, 1), "", "")[:2]
        words = words.strip()
        self._check_closed(node, name, line)
        read = self.kinds.get(name)
        if read is None and name.lower() in ("table", "tables"):
            self.findings.error("block-table", line, name=name)
        elif read is None:
            self.findings.error("block-unknown", line, name=name, **links.meant(name, self.kinds))
        elif not top:
            self.findings.error("block-place", line, name=name)
        else:
            if words and name not in _WITH_WORDS:
                self.findings.error("block-words", line, name=name, text=words)
            return read(node, words, line)
        return []

    def _check_closed(self, node: Node, name: str, line: int) -> None:
        """Reports a block that is not closed. The parser silently closes it at the end of the enclosing block."""
        end = node.map[1] if node.map else 0
        lines = self.context.lines
        last = lines[end].strip() if end < len(lines) else ""
        around = node.parent.map if node.parent is not None and node.parent.type == CONTAINER else None
        if not last or last.strip(":") or (around and around[1] == end):  # the last: this line closed the enclosing block
            self.findings.error("block-open", line, name=name)

    # -- kinds ---------------------------------------------------------------------------------------------------

    def _only(self, node: Node, words: str, line: int) -> list[doc.Block]:
        condition = self.context.condition(words, line)
        blocks = self.read_run(node.children, top=True)
        if not _says_something(blocks):
            self.findings.error("block-empty", line, name="only")
        return [doc.Only(condition, tuple(blocks), line)]

    def _passage(self, node: Node, words: str, line: int) -> list[doc.Block]:
        if not LANGUAGE.match(words):
            self.findings.error("language-wrong", line, value=words[:80])
            return []
        blocks = self.read_run(node.children, top=True)
        for block in doc.walk(tuple(blocks)):
            if isinstance(block, doc.Sources):
                self.findings.error("sources-place", block.line)
        if not _says_something(blocks):
            self.findings.error("block-empty", line, name="lang")
        return [doc.Passage(words, tuple(blocks), line)]

    def _action(self, node: Node, _words: str, line: int) -> list[doc.Block]:
        reader = self.context.inlines(line + 1)
        only = node.children[0] if len(node.children) == 1 and node.children[0].type == "paragraph" else None
        content = reader.read(only.children if only else ())
        link = content[0] if len(content) == 1 else self._link_without_text(only)
        if not isinstance(link, doc.Link):
            self.findings.error("action-shape", line)
            return list(reader.marks)
        return [doc.Action(link, line), *reader.marks]

    def _link_without_text(self, paragraph: Node | None) -> doc.Link | None:
        """The link of an unfinished button; it is an error, because nobody could press it."""
        nodes = paragraph.children if paragraph is not None else []
        if len(nodes) != 1 or nodes[0].type != "link" or nodes[0].children:
            return None
        return doc.Link(self.context.cuttings.put_back(str(nodes[0].attrs.get("href", ""))).strip(), ())

    def _calendar(self, node: Node, _words: str, line: int) -> list[doc.Block]:
        events: list[doc.Event] = []
        marks: list[doc.Block] = []
        for child in node.children:
            if child.type != "bullet_list":
                self.findings.error("calendar-shape", self.context.line_of(child.map), text="")
                continue
            for item in child.children:
                event = self._event(item, marks)
                events += [event] if event else []
        if not events and not self.findings.fatal:
            self.findings.error("block-empty", line, name="calendar")
        return [*([doc.Calendar(tuple(events), line)] if events else []), *marks]

    def _event(self, item: Node, marks: list[doc.Block]) -> doc.Event | None:
        line = self.context.line_of(item.map)
        nodes = item.children[0].children if _is_paragraph(item.children) else []
        first = nodes[0] if nodes else None
        opening = first.content.partition("\n")[0] if first is not None else ""
        written = self.context.cuttings.put_back(opening)[:40]
        match = _WHEN.match(opening) if first is not None and first.type == "text" else None
        reader = self.context.inlines(line)
        if match is None or first is None:
            self.findings.error("calendar-shape", line, text=written)
            return None
        parts = [
            on_one_line(reader.read(part)) for part in at_semicolons([first.with_words(first.content[match.end() :]), *nodes[1:]])
        ]
        marks += reader.marks
        days = [read_day(typed) for typed in match.groups() if typed]
        for typed, day in zip(match.groups(), days, strict=False):
            if day is None:
                self.findings.error("date-wrong", line, value=typed)
        if not parts[0] or len(parts) > 2:
            self.findings.error("calendar-shape", line, text=written)
        if len(parts) > 2:
            return None
        start, end = days[0], days[1] if len(days) > 1 else None
        if start is None:
            return None
        if end is not None and end <= start:
            self.findings.error("calendar-days", line, start=start.isoformat(), end=end.isoformat())
        return doc.Event(start, parts[0], end, parts[1] if len(parts) > 1 else ())

    def _profile(self, node: Node, _words: str, line: int) -> list[doc.Block]:
        first = node.children[0] if _is_paragraph(node.children[:1]) else None
        nodes = first.children if first is not None else []
        start = self.context.line_of(first.map) if first is not None else line
        reader = self.context.inlines(start)
        portrait: doc.Figure | None = None
        lines = at_line_ends(nodes)
        if nodes and nodes[0].type == "image":
            portrait = read_figure(self.context, nodes[:1], reader, start)
            lines, start = lines[1:], start + 1
        said = read_named_lines(lines, _PROFILE_LINE, "profile-line", reader, start)
        name, role = (self._one_text(said.get(what, ()), start) for what in ("name", "role"))
        if not name:
            self.findings.error("profile-name", line)
        if portrait is not None:
            portrait = replace(portrait, credit=said.get("credit", ()))
        elif "credit" in said:
            self.findings.error("profile-line", start, text="Credit")
        blocks = self.read_run(node.children[1:], top=False)
        return [doc.Profile(name, role, portrait, tuple(blocks), line), *reader.marks]

    def _one_text(self, content: doc.Inlines, line: int) -> str:
        if any(isinstance(part, doc.Field) for part in content):
            self.findings.error("field-place", line, where=phrase("the name of a profile"))
        elif any(not isinstance(part, doc.Text) for part in content):
            self.findings.warning("title-markup", line)
        return " ".join(doc.plain(content).split())


def _says_something(blocks: Sequence[doc.Block]) -> bool:
    return any(not isinstance(block, doc.EditorMark) for block in blocks)


def _is_paragraph(nodes: Sequence[Node]) -> bool:
    return len(nodes) == 1 and nodes[0].type == "paragraph"
