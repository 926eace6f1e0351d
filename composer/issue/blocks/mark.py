"""A remark for the editor, which never appears in a mail."""

from __future__ import annotations

from dataclasses import dataclass

from composer.issue.block import Block, InnerReader
from composer.issue.inlines.editor_inlines import Json, clean
from composer.issue.inlines.node_reading import EditorNode, attrs_of, text


@dataclass(frozen=True, slots=True)
class EditorMark(Block):
    """`composer.issue.inlines.inline_reader` cuts marks out of the body before it is parsed, so this class reads no nodes."""

    text: str

    editor_nodes = ("editorMark",)
    top_only = False

    def printed(self) -> str:
        return f"<!-- {' '.join(self.text.replace('-->', '→').split())} -->"

    def to_editor(self) -> Json:
        return {"type": "editorMark", "attrs": {"text": self.text}}

    @classmethod
    def of_editor(cls, node: EditorNode, read_inner: InnerReader) -> EditorMark:
        return EditorMark(" ".join(clean(text(attrs_of(node), "text")).split()))
