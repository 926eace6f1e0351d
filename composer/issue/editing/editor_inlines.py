"""Inline content as the rich text editor has it: a flat run of nodes with marks, and back to nested content.

A mark is a property of text for the editor (ProseMirror's model), while the issue model nests. On the way back, the mark that
covers most nodes is outside; of two that cover as many, the first in the list is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, assert_never

from composer.issue import document as doc
from composer.issue.editing.node_reading import EditorDocumentError, listed, mapping, text
from composer.issue.merge_fields import FIELDS, URL_FIELDS
from composer.issue.parsing.head import FORBIDDEN, LANGUAGE
from composer.issue.parsing.inlines import tidy

Json = dict[str, Any]
LONGEST_ADDRESS = 2_000  # characters of a link


def inlines_to_editor(content: doc.Inlines) -> list[Json]:
    """Returns the editor's nodes for inline content."""
    return list(_flat(content, ()))


def _flat(content: doc.Inlines, marks: tuple[Json, ...]) -> Iterator[Json]:
    for node in content:
        match node:
            case doc.Text(words):
                yield _marked({"type": "text", "text": words}, marks)
            case doc.Field(name, default):
                yield _marked({"type": "mergeField", "attrs": {"name": name, "default": default}}, marks)
            case doc.LineBreak():
                yield _marked({"type": "hardBreak"}, marks)
            case doc.Strong(children):
                yield from _flat(children, (*marks, {"type": "strong"}))
            case doc.Emphasis(children):
                yield from _flat(children, (*marks, {"type": "emphasis"}))
            case doc.Link(href, children):
                yield from _flat(children, (*marks, {"type": "link", "attrs": {"href": href}}))
            case doc.Span(language, children):
                yield from _flat(children, (*marks, {"type": "language", "attrs": {"tag": language}}))
            case other:
                assert_never(other)


def _marked(node: Json, marks: Sequence[Json]) -> Json:
    return {**node, "marks": list(marks)} if marks else node


def inlines_of_editor(nodes: object) -> doc.Inlines:
    """Returns the inline content in its normal form. Raises EditorDocumentError for nodes that do not exist."""
    return tidy(_nested(_pieces(nodes)))


def link_of_editor(nodes: object, href: str) -> doc.Link:
    """Returns one link around the content of a button; links in it do not count. Raises EditorDocumentError."""
    plain = [(node, tuple(mark for mark in marks if mark["type"] != "link")) for node, marks in _pieces(nodes)]
    found = tidy((doc.Link(href, _nested(plain)),))
    return next((node for node in found if isinstance(node, doc.Link)), doc.Link(href, ()))


_Piece = tuple[doc.Inline, tuple[Json, ...]]


def _pieces(nodes: object) -> list[_Piece]:
    """The nodes with their marks. A line break has the marks that the nodes on both sides have: it is not bold itself."""
    found = [_piece(mapping(node)) for node in listed(nodes)]
    pieces = [(node, marks) for node, marks in found if not isinstance(node, doc.Text) or node.text]
    for at, (node, _) in enumerate(pieces):
        if isinstance(node, doc.LineBreak):
            before = pieces[at - 1][1] if at else ()
            after = next((marks for other, marks in pieces[at + 1 :] if not isinstance(other, doc.LineBreak)), ())
            pieces[at] = (node, tuple(mark for mark in before if mark in after))
    return pieces


def _piece(node: Mapping[str, Any]) -> _Piece:
    marks = tuple(_mark(mapping(mark)) for mark in listed(node.get("marks", [])))
    match node.get("type"):
        case "text":
            return doc.Text(clean(text(node, "text"))), marks
        case "mergeField":
            attrs = mapping(node.get("attrs"))
            name, default = text(attrs, "name"), _default(clean(text(attrs, "default")))
            if name not in FIELDS:
                raise EditorDocumentError("field", name)
            return doc.Field(name, "" if name in URL_FIELDS else default), marks
        case "hardBreak":
            return doc.LineBreak(), marks
        case other:
            raise EditorDocumentError("node", str(other))


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
    """A BCP 47 tag. Raises EditorDocumentError."""
    tag = text(attrs, key)
    if not LANGUAGE.match(tag):
        raise EditorDocumentError("language", tag)
    return tag


def clean(words: str) -> str:
    """The words on one line, without invisible characters that no issue may contain. Pasted text often has some."""
    return FORBIDDEN.sub("", words.replace("\r", "\n").replace("\n", " ").replace("\t", " "))


def clean_lines(source: str) -> str:
    """Lines of a source without the characters that no issue may contain. Half a character could not even be stored."""
    return FORBIDDEN.sub("", source.replace("\r\n", "\n").replace("\r", "\n"))


def _default(words: str) -> str:
    """The default of a merge field, without what would end the field or begin a mark: braces, `<`, backslashes."""
    words = " ".join(re.sub(r"[{}<\\]", "", words).split())
    return words.replace('"', "”").replace("“", "”") if all(mark in words for mark in "\"'”") else words


def _nested(pieces: Sequence[_Piece]) -> doc.Inlines:
    found: list[doc.Inline] = []
    at = 0
    while at < len(pieces):
        node, marks = pieces[at]
        if not marks:
            found.append(node)
            at += 1
            continue
        runs = [_run(pieces, at, mark) for mark in marks]
        length = max(runs)
        outside = marks[runs.index(length)]
        inner = [(each, tuple(mark for mark in own if mark != outside)) for each, own in pieces[at : at + length]]
        found.append(_with(outside, _nested(inner)))
        at += length
    return tuple(found)


def _run(pieces: Sequence[_Piece], at: int, mark: Json) -> int:
    """How many pieces from here on have the mark."""
    end = at
    while end < len(pieces) and mark in pieces[end][1]:
        end += 1
    return end - at


def _with(mark: Json, children: doc.Inlines) -> doc.Inline:
    match mark["type"]:
        case "strong":
            return doc.Strong(children)
        case "emphasis":
            return doc.Emphasis(children)
        case "link":
            return doc.Link(mark["attrs"]["href"], children)
        case _:
            return doc.Span(mark["attrs"]["tag"], children)
