"""How an article appears in a digest: its summary, or its whole text. The first lines of an article."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from composer.errors import Findings, Level, nearest
from composer.issue.block import Block, BlockContext, BlockSource, InnerReader
from composer.issue.inline_content import Inlines, plain
from composer.issue.inlines.editor_inlines import Json, clean, content_of_editor, holder_node, line_node
from composer.issue.inlines.inline_printer import print_content, print_title
from composer.issue.inlines.inline_reader import on_one_line
from composer.issue.inlines.markdown_nodes import Node, after, at_line_ends, begins_with
from composer.issue.inlines.node_reading import EditorNode, attrs_of, content_of, text
from composer.messages.phrases import phrase

_LINE = re.compile(r"(Summary|By|Text)[ \t]*[:：][ \t]*", re.IGNORECASE)
_BEGINNING = re.compile(r"(?:Summary|By)[ \t]*[:：]|Text[ \t]*[:：][ \t]*whole[ \t]*(?:\n|\Z)", re.IGNORECASE)
_WHOLE = "whole"
# The printer writes the colon of such a text as a reference.
_LABEL = re.compile(r"[*_]{0,3}([^\W\d_]{1,10}(?: by| text)?)[*_]{0,3}[ \t]*(?:[:：]|&#x(?:3a|ff1a);)[*_]{0,3}")
# What people write instead, and how similar a misspelt label is to the first of them.
_MEANT: dict[str, tuple[frozenset[str], str, float]] = {
    "summary-label": (frozenset({"摘要", "提要", "导读", "導讀"}), "summary", 0.75),
    "author-label": (
        frozenset({"by", "byline", "text by", "words by", "writer", "written by", "作者", "撰文", "撰稿", "记者", "記者", "文"}),
        "author",
        0.85,
    ),
    "text-label": (frozenset({"text", "正文", "全文"}), "full text", 0.85),
}


@dataclass(frozen=True, slots=True)
class Summary(Block):
    """`byline`: who wrote the article. `whole`: a digest has the whole text of the article instead of the summary."""

    content: Inlines = ()
    byline: str = ""
    whole: bool = False

    text_name = phrase("the author of an article")
    editor_nodes = ("summary",)
    editor_texts = (("summary", "byline"),)

    def contents(self) -> tuple[Inlines, ...]:
        return (self.content,)

    def own_texts(self) -> tuple[str, ...]:
        return (self.byline,)

    def translated_texts(self) -> tuple[tuple[str, str], ...]:
        return (("text", plain(self.content)),)

    def linked(self, link: Callable[[Inlines], Inlines]) -> Block:
        return replace(self, content=link(self.content))

    @classmethod
    def begins(cls, node: Node, *, top: bool) -> bool:
        return top and begins_with(node, _BEGINNING)

    @classmethod
    def read(cls, context: BlockContext, source: BlockSource) -> Summary | None:
        context.report_foreign_lines(source.node, source.line)
        _report_continued(context, source)
        named: dict[str, list[Node]] = {}
        name = ""
        for line in at_line_ends(source.node.children):
            match = _LINE.match(line[0].content) if line and line[0].type == "text" else None
            if match is None and name == "summary":
                named[name] += [source.node.children[0].with_text("\n"), *line]
            if match is None:
                continue
            name = match[1].lower()
            if name in named:
                context.findings.error("summary-twice", source.line, what=match[1])
            named[name] = after(line, _LINE)
        reader = context.inlines(source.line)
        content = on_one_line(reader.read(named.get("summary", ())))
        byline = context.plain_text(reader.read(named.get("by", ())), source.line, cls.text_name)
        kept = plain(reader.read(named.get("text", ()))).strip()
        if kept.lower() not in ("", _WHOLE):
            context.findings.error("summary-whole", source.line, text=kept[:60])
        written = {"summary": content, "by": byline, "text": kept}
        if not all(written[name] for name in named):
            context.findings.error("summary-empty", source.line)
            return None
        return Summary(content, byline, bool(kept), line=source.line)

    def printed(self) -> str:
        lines = [f"Summary: {print_content(on_one_line(self.content))}"] if self.content else []
        lines += [f"By: {print_title(self.byline)}"] if self.byline else []
        return "\n".join([*lines, "Text: whole"] if self.whole else lines)

    def to_editor(self) -> Json:
        return holder_node("summary", [line_node("summaryLine", self.content)], byline=self.byline, whole=self.whole)

    @classmethod
    def of_editor(cls, node: EditorNode, read_inner: InnerReader) -> Summary | None:
        parts = content_of(node)
        content = on_one_line(content_of_editor(parts[0])) if parts else ()
        attrs = attrs_of(node)
        byline, whole = " ".join(clean(text(attrs, "byline")).split()), attrs.get("whole") is True
        return Summary(content, byline, whole) if content or byline or whole else None


def _report_continued(context: BlockContext, source: BlockSource) -> None:
    """Reports text directly below a line `By:` or `Text:`, which have one line, and labels that the format does not know."""
    label = ""
    for number, line in enumerate(map(str.strip, source.node.content.split("\n")), start=source.line):
        if match := _LINE.match(line):
            label = match[1]
            continue
        is_summary = label.lower() == "summary"
        is_label = report_label(line, number, context.findings, "warning" if is_summary else "error")
        written = context.cuttings.put_back(line)
        if written and not is_label and not is_summary:
            context.findings.error("label-continued", number, text=written[:60], label=label)


def report_label(line: str, number: int, findings: Findings, level: Level = "warning") -> bool:
    """Reports a line that looks like one of the first lines of an article, but has a label that the format does not know.

    Returns whether it is such a line.
    """
    match = _LABEL.match(line)
    label = match[1].lower() if match else ""
    for code, (others, name, cutoff) in _MEANT.items():
        if match and (label in others or nearest(label, [name], cutoff)):
            findings.add(code, level, number, label=html.unescape(match[0]))
            return True
    return False
