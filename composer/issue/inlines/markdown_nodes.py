"""The Markdown parser's tokens as a tree of nodes, and functions that split nodes at line ends and semicolons."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from copy import copy
from typing import Any

from markdown_it.token import Token


class Node:
    """A token of the parser, or an opening and a closing token with everything between them. `type` is the token type without
    `_open`. `map`: its first and last line, if the parser gives them. `content` of a paragraph, heading or cell is its text as
    written, and `children` are the same as nodes."""

    __slots__ = ("attrs", "children", "content", "info", "map", "meta", "parent", "tag", "type")

    def __init__(self, token: Token, kind: str, parent: Node | None) -> None:
        self.type, self.tag, self.content, self.info = kind, token.tag, token.content, token.info
        self.attrs: dict[str, Any] = token.attrs
        self.meta: dict[Any, Any] = token.meta
        self.map, self.parent = token.map, parent
        self.children: list[Node] = nodes_of(token.children) if token.children else []

    def with_text(self, text: str) -> Node:
        made = copy(self)
        made.content, made.children = text, []
        return made


def nodes_of(tokens: Iterable[Token]) -> list[Node]:
    """Builds nodes from a run of tokens in which every opening token is closed. Lines of text become one node."""
    nodes: list[Node] = []
    here, parent = nodes, None
    around: list[tuple[list[Node], Node | None]] = []
    for token in tokens:
        if token.nesting < 0:
            here, parent = around.pop()
        elif token.nesting:
            around.append((here, parent))
            parent = Node(token, token.type.removesuffix("_open"), parent)
            here.append(parent)
            here = parent.children
        elif token.type == "inline" and parent is not None:
            parent.content = token.content
            here += nodes_of(token.children or ())
        elif token.type in ("text", "softbreak"):
            text = "\n" if token.type == "softbreak" else token.content
            if here and here[-1].type == "text":
                here[-1].content += text
            else:
                here.append(Node(token, "text", parent))
                here[-1].content = text
        else:
            here.append(Node(token, token.type, parent))
    return nodes


def after(nodes: Sequence[Node], beginning: re.Pattern[str]) -> list[Node]:
    """Returns the nodes without the text that `beginning` matches in the first node."""
    first, *rest = nodes
    return [first.with_text(beginning.sub("", first.content, count=1)), *rest]


def at_line_ends(nodes: Sequence[Node]) -> list[list[Node]]:
    lines: list[list[Node]] = [[]]
    for node in nodes:
        if node.type == "hardbreak":
            lines.append([])
        elif node.type == "text" and "\n" in node.content:
            for number, line in enumerate(node.content.split("\n")):
                if number:
                    lines.append([])
                if line:
                    lines[-1].append(node.with_text(line))
        else:
            lines[-1].append(node)
    return lines


def at_semicolons(nodes: Sequence[Node], skip: int = 0) -> list[list[Node]]:
    """Splits the nodes at semicolons, after skipping the first `skip` characters."""
    parts: list[list[Node]] = [[]]
    for number, node in enumerate(nodes):
        if node.type != "text":
            parts[-1].append(node)
            continue
        for part, piece in enumerate(node.content[skip if number == 0 else 0 :].split(";")):
            if part:
                parts.append([])
            parts[-1].append(node.with_text(piece))
    return parts


def is_paragraph(nodes: Sequence[Node]) -> bool:
    return len(nodes) == 1 and nodes[0].type == "paragraph"


def begins_with(node: Node, beginning: re.Pattern[str]) -> bool:
    """Whether a paragraph begins with a keyword of the format; with an escaped colon it does not."""
    if node.type != "paragraph" or not node.children:
        return False
    first = node.children[0]
    return first.type == "text" and beginning.match(first.content) is not None
