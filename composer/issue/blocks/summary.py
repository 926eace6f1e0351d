"""How an article appears in a digest: its summary, or its whole text. The first lines of an article."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from composer.issue.block import Block, BlockContext, BlockSource, InnerReader
from composer.issue.inline_content import Inlines, plain
from composer.issue.inlines.editor_inlines import Json, clean, content_of_editor, holder_node, line_node
from composer.issue.inlines.inline_printer import print_content, print_title
from composer.issue.inlines.inline_reader import on_one_line
from composer.issue.inlines.markdown_nodes import Node, after, at_line_ends, begins_with
from composer.issue.inlines.node_reading import EditorNode, attrs_of, content_of, text
from composer.messages.phrases import phrase

_LINE = re.compile(r"(Summary|By|Text)[ \t]*[:：][ \t]*", re.IGNORECASE)
_BEGINNING = re.compile(r"(?:Summary|By)[ \t]*[:：]|Text[ \t]*[:：][ \t]*whole[ \t]*\Z", re.IGNORECASE)
_WHOLE = "whole"


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
        named: dict[str, list[Node]] = {}
        name = ""
        for line in at_line_ends(source.node.children):
            match = _LINE.match(line[0].content) if line and line[0].type == "text" else None
            if match is None:
                named[name] += [source.node.children[0].with_text("\n"), *line]
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
