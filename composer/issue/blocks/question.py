"""A question to readers, with two to five answers of which each recipient can choose one."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from composer.issue.block import Block, BlockContext, BlockSource, InnerReader
from composer.issue.inline_content import Inlines, Text
from composer.issue.inlines.editor_inlines import Json, holder_node, line_node, text_of_editor
from composer.issue.inlines.inline_printer import print_container, print_lines
from composer.issue.inlines.markdown_nodes import Node, is_paragraph
from composer.issue.inlines.node_reading import EditorNode, attrs_of, content_of, text
from composer.messages.phrases import phrase

USUAL_NAME = "question"  # that of a question without a name
FEWEST, MOST = 2, 5  # answers
LONGEST = 200  # characters of the question, and of an answer
LONGEST_NAME = 30
_NAME = re.compile(rf"[a-z0-9][a-z0-9-]{{0,{LONGEST_NAME - 1}}}")
_NOT_IN_NAME = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class ReaderQuestion(Block):
    """`name` is the same in all languages of the issue, so that their answers are counted together. It is in sent addresses."""

    text: str
    answers: tuple[str, ...]
    name: str = USUAL_NAME

    container = "question"
    has_argument = True
    text_name = phrase("a question")
    editor_nodes = ("question",)

    @property
    def is_whole(self) -> bool:
        """Whether it can be asked. One that is still being written has empty lines."""
        texts = self.own_texts()
        differs = len({answer.casefold() for answer in self.answers}) == len(self.answers)
        return differs and FEWEST <= len(self.answers) <= MOST and all(0 < len(text) <= LONGEST for text in texts)

    def own_texts(self) -> tuple[str, ...]:
        return (self.text, *self.answers)

    def translated_texts(self) -> tuple[tuple[str, str], ...]:
        return (("text", self.text),)

    @classmethod
    def read(cls, context: BlockContext, source: BlockSource) -> ReaderQuestion | None:
        line, rest = source.line, list(source.node.children)
        name = source.argument or USUAL_NAME
        if _NAME.fullmatch(name) is None:
            context.findings.error("question-name", line, text=name)
        asked = _text_in(context, [rest.pop(0)]) if is_paragraph(rest[:1]) else ""
        items = rest.pop(0).children if rest and rest[0].type == "bullet_list" else []
        if rest or not all(not item.children or (is_paragraph(item.children) and len(item.children) == 1) for item in items):
            context.findings.error("question-shape", line, fewest=FEWEST, most=MOST, limit=LONGEST)
            return None
        question = ReaderQuestion(asked, tuple(_text_in(context, item.children) for item in items), name, line=line)
        if not question.is_whole:
            context.findings.error("question-shape", line, fewest=FEWEST, most=MOST, limit=LONGEST)
        return question

    def printed(self) -> str:
        opening = "question" if self.name == USUAL_NAME else f"question {self.name}"
        answers = "\n".join(f"- {_printed(answer)}".rstrip() for answer in self.answers)
        return print_container(opening, "\n\n".join(filter(None, (_printed(self.text), answers))))

    def to_editor(self) -> Json:
        lines = [line_node("asked", _inlines(self.text)), *(line_node("answer", _inlines(answer)) for answer in self.answers)]
        return holder_node("question", lines, name="" if self.name == USUAL_NAME else self.name)

    @classmethod
    def of_editor(cls, node: EditorNode, read_inner: InnerReader) -> ReaderQuestion:
        texts: dict[str, list[str]] = {"asked": [], "answer": []}
        for line in content_of(node):
            texts.setdefault(str(line.get("type")), []).append(text_of_editor(line))
        name = _NOT_IN_NAME.sub("-", text(attrs_of(node), "name").lower()).strip("-")[:LONGEST_NAME]
        return ReaderQuestion(" ".join(texts["asked"]), tuple(texts["answer"]), name or USUAL_NAME)


def _text_in(context: BlockContext, nodes: Sequence[Node]) -> str:
    """Returns the text of the only paragraph; empty if there is none."""
    if not nodes:
        return ""
    line = context.line_of(nodes[0])
    return context.plain_text(context.inlines(line).read(nodes[0].children), line, ReaderQuestion.text_name)


def _printed(line: str) -> str:
    return print_lines(_inlines(" ".join(line.split())))


def _inlines(text: str) -> Inlines:
    return (Text(text),) if text else ()
