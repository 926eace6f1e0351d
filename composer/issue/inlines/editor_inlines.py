"""Inline content as the rich text editor has it: a flat run of nodes with marks, and back to nested content.

A mark is a property of text for the editor (ProseMirror's model), while the issue model nests. On the way back, the mark that
covers most nodes is outside; of two that cover as many, the first in the list is. Languages keep their order: the innermost
counts.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, assert_never

from composer.issue import inline_content as inline
from composer.issue.characters import FORBIDDEN
from composer.issue.inlines.inline_reader import tidy
from composer.issue.inlines.node_reading import EditorDocumentError, EditorNode, listed, mapping, text
from composer.issue.languages import LANGUAGE
from composer.issue.merge_fields import FIELDS, URL_FIELDS

Json = dict[str, Any]
LONGEST_ADDRESS = 2_000  # characters of a link
MOST_MARKS = 100  # of a node; the Markdown parser nests fewer


def inlines_to_editor(content: inline.Inlines) -> list[Json]:
    return list(_flat(content, ()))


def _flat(content: inline.Inlines, marks: tuple[Json, ...]) -> Iterator[Json]:
    for node in content:
        match node:
            case inline.Text(words):
                yield _marked({"type": "text", "text": words}, marks)
            case inline.Field(name, default):
                yield _marked({"type": "mergeField", "attrs": {"name": name, "default": default}}, marks)
            case inline.LineBreak():
                yield _marked({"type": "hardBreak"}, marks)
            case inline.Strong(children):
                yield from _flat(children, (*marks, {"type": "strong"}))
            case inline.Emphasis(children):
                yield from _flat(children, (*marks, {"type": "emphasis"}))
            case inline.Link(href, children):
                yield from _flat(children, (*marks, {"type": "link", "attrs": {"href": href}}))
            case inline.Span(language, children):
                yield from _flat(children, (*marks, {"type": "language", "attrs": {"tag": language}}))
            case other:
                assert_never(other)


def _marked(node: Json, marks: Sequence[Json]) -> Json:
    return {**node, "marks": list(marks)} if marks else node


def inlines_of_editor(nodes: object) -> inline.Inlines:
    """Returns the inline content in its normal form. Raises EditorDocumentError for nodes that do not exist."""
    return tidy(_nested(_pieces(nodes)))


def link_of_editor(nodes: object, href: str) -> inline.Link:
    """Returns one link around the content of a button; links in it do not count. Raises EditorDocumentError."""
    plain = [(node, tuple(mark for mark in marks if mark["type"] != "link")) for node, marks in _pieces(nodes)]
    tidied = tidy((inline.Link(href, _nested(plain)),))
    return next((node for node in tidied if isinstance(node, inline.Link)), inline.Link(href, ()))


def content_of_editor(node: EditorNode) -> inline.Inlines:
    return inlines_of_editor(node.get("content") or [])


def text_of_editor(node: EditorNode) -> str:
    return " ".join(inline.plain(content_of_editor(node)).split())


def line_node(kind: str, content: inline.Inlines, **attrs: object) -> Json:
    """Returns a node of the editor with inline content; an empty one has no `content`."""
    node = holder_node(kind, inlines_to_editor(content), **attrs)
    return node if content else {key: value for key, value in node.items() if key != "content"}


def holder_node(kind: str, content: list[Json], **attrs: object) -> Json:
    return {"type": kind, **({"attrs": attrs} if attrs else {}), "content": content}


_Piece = tuple[inline.Inline, tuple[Json, ...]]
_ONCE = ("strong", "emphasis", "link")


def _pieces(nodes: object) -> list[_Piece]:
    """Returns the nodes with their marks. A line break has the marks that the nodes on both sides have: it is not bold itself."""
    all_pieces = [_piece(mapping(node)) for node in listed(nodes)]
    pieces = [(node, marks) for node, marks in all_pieces if not isinstance(node, inline.Text) or node.text]
    following = _following(pieces)
    for at, (node, _) in enumerate(pieces):
        if not isinstance(node, inline.LineBreak):
            continue
        before = pieces[at - 1][1] if at else ()
        if at == 0 or not isinstance(pieces[at - 1][0], inline.LineBreak):
            before = tuple(mark for mark in before if mark in following[at])
        pieces[at] = (node, before)
    return pieces


def _following(pieces: Sequence[_Piece]) -> list[tuple[Json, ...]]:
    """For each piece, the marks of the next one that is not a line break."""
    following: list[tuple[Json, ...]] = []
    marks: tuple[Json, ...] = ()
    for node, own in reversed(pieces):
        following.append(marks)
        if not isinstance(node, inline.LineBreak):
            marks = own
    return following[::-1]


def _piece(node: Mapping[str, Any]) -> _Piece:
    marks = _marks(listed(node.get("marks", [])))
    match node.get("type"):
        case "text":
            return inline.Text(clean(text(node, "text"))), marks
        case "mergeField":
            attrs = mapping(node.get("attrs"))
            name, default = text(attrs, "name"), _default(clean(text(attrs, "default")))
            if name not in FIELDS:
                raise EditorDocumentError("field", name)
            return inline.Field(name, "" if name in URL_FIELDS else default), marks
        case "hardBreak":
            return inline.LineBreak(), marks
        case other:
            raise EditorDocumentError("node", str(other))


def _marks(marks: Sequence[object]) -> tuple[Json, ...]:
    """Returns the marks of a node. Only languages nest in each other; many different marks on many nodes would take minutes."""
    if len(marks) > MOST_MARKS:
        raise EditorDocumentError("mark", f"more than {MOST_MARKS}")
    node_marks = tuple(_mark(mapping(mark)) for mark in marks)
    kinds = [mark["type"] for mark in node_marks]
    if twice := next((kind for kind in _ONCE if kinds.count(kind) > 1), None):
        raise EditorDocumentError("mark", twice)
    return node_marks


def _mark(mark: Mapping[str, Any]) -> Json:
    match mark.get("type"):
        case "strong" | "emphasis" as kind:
            return {"type": kind}
        case "link":
            return {"type": "link", "attrs": {"href": address(mapping(mark.get("attrs")))}}
        case "language":
            return {"type": "language", "attrs": {"tag": language_tag(mapping(mark.get("attrs")), "tag")}}
        case other:
            raise EditorDocumentError("mark", str(other))


def address(attrs: Mapping[str, Any]) -> str:
    """The address of a link on one line. What it may be is checked with the issue, like addresses in a file."""
    return " ".join(clean(text(attrs, "href")).split())[:LONGEST_ADDRESS]


def language_tag(attrs: Mapping[str, Any], key: str) -> str:
    tag = text(attrs, key)
    if not LANGUAGE.match(tag):
        raise EditorDocumentError("language", tag)
    return tag


def clean(pasted: str) -> str:
    """Returns the text on one line, without invisible characters that no issue may contain. Pasted text often has some."""
    return FORBIDDEN.sub("", pasted.replace("\r", "\n").replace("\n", " ").replace("\t", " "))


def clean_lines(source: str) -> str:
    """Lines of a source without the characters that no issue may contain. Half a character could not even be stored."""
    return FORBIDDEN.sub("", source.replace("\r\n", "\n").replace("\r", "\n"))


def _default(default: str) -> str:
    """Returns the default of a merge field, without what would end the field or begin a mark: braces, `<`, backslashes."""
    default = " ".join(re.sub(r"[{}<\\]", "", default).split())
    return default.replace('"', "”").replace("“", "”") if all(mark in default for mark in "\"'”") else default


_Key = tuple[str, ...]  # a mark: its type, and the value that it has; of a language also the languages around it


def _nested(pieces: Sequence[_Piece]) -> inline.Inlines:
    marks = [_keys(own) for _, own in pieces]
    ends: list[dict[_Key, int]] = [{} for _ in pieces]  # where the run of pieces with a mark ends
    for at in range(len(pieces) - 1, -1, -1):
        following = ends[at + 1] if at + 1 < len(pieces) else {}
        same = at + 1 < len(pieces) and list(marks[at]) == list(marks[at + 1])
        ends[at] = following if same else {mark: following.get(mark, at + 1) for mark in marks[at]}
    return _between([node for node, _ in pieces], ends, 0, len(pieces), frozenset())


def _keys(marks: Sequence[Json]) -> dict[_Key, None]:
    languages: _Key = ()  # the innermost first
    keys: dict[_Key, None] = {}
    for mark in marks:
        kind, values = mark["type"], tuple(mark.get("attrs", {}).values())
        if kind == "language" and values != languages[:1]:
            languages = (*values, *languages)
        keys[(kind, *(languages if kind == "language" else values))] = None
    return keys


def _between(
    nodes: Sequence[inline.Inline], ends: Sequence[Mapping[_Key, int]], start: int, end: int, around: frozenset[_Key]
) -> inline.Inlines:
    """Returns the nodes from `start` to `end`, nested by their marks. `around`: the marks around all of them."""
    nested: list[inline.Inline] = []
    at = start
    while at < end:
        runs = {mark: min(until, end) for mark, until in ends[at].items() if mark not in around}
        if not runs:
            nested.append(nodes[at])
            at += 1
            continue
        outside = max(runs, key=runs.__getitem__)
        nested.append(_with(outside, _between(nodes, ends, at, runs[outside], around | {outside})))
        at = runs[outside]
    return tuple(nested)


def _with(mark: _Key, children: inline.Inlines) -> inline.Inline:
    match mark:
        case ("link", href):
            return inline.Link(href, children)
        case ("language", tag, *_):
            return inline.Span(tag, children)
        case ("strong",):
            return inline.Strong(children)
        case _:
            return inline.Emphasis(children)
