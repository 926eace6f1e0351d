"""Blocks of an issue from the nodes of the rich text editor, which a browser sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from composer.issue import conditions
from composer.issue import document as doc
from composer.issue.editing.editor_inlines import address, clean, inlines_of_editor, language_tag, link_of_editor
from composer.issue.editing.node_reading import EditorDocumentError, attrs_of, content_of, text
from composer.issue.parsing.head import read_day
from composer.issue.parsing.inlines import on_one_line

Node = Mapping[str, Any]
DEEPEST = 60  # nested lists and quotations, as in a file
_TOP_ONLY = {"subHeading", "figure", "captionedTable", "profile", "calendar", "action", "passage", "only", "sources", "rawSource"}


def blocks_of_editor(nodes: Sequence[Node]) -> tuple[doc.Block, ...]:
    """Returns the blocks that nodes say; empty paragraphs and lists say nothing. Raises EditorDocumentError."""
    return tuple(_blocks(nodes, top=True, depth=0))


def _blocks(nodes: Sequence[Node], *, top: bool, depth: int) -> Iterator[doc.Block]:
    if depth > DEEPEST:
        raise EditorDocumentError("deep")
    for node in nodes:
        kind = text(node, "type")
        if kind in _TOP_ONLY and not top:
            raise EditorDocumentError("place", kind)
        block = _block(node, kind, depth)
        if block is not None:
            yield block


def _block(node: Node, kind: str, depth: int) -> doc.Block | None:
    match kind:
        case "paragraph":
            content = _inline(node)
            return doc.Paragraph(content) if content else None
        case "subHeading":
            return _sub_heading(node)
        case "figure":
            return _figure(node)
        case "blockquote":
            blocks = tuple(_blocks(content_of(node), top=False, depth=depth + 1))
            return doc.Quote(blocks) if blocks else None
        case "bulletList" | "orderedList":
            return _list(node, depth)
        case "editorMark":
            return doc.EditorMark(" ".join(clean(text(attrs_of(node), "text")).split()))
        case _:
            return _card(node, kind, depth)


def _card(node: Node, kind: str, depth: int) -> doc.Block | None:
    match kind:
        case "captionedTable":
            return _table(node)
        case "profile":
            return _profile(node, depth)
        case "calendar":
            events = tuple(map(_event, content_of(node)))
            return doc.Calendar(events) if events else None
        case "action":
            return doc.Action(link_of_editor(node.get("content") or [], address(attrs_of(node))))
        case "passage":
            blocks = tuple(_blocks(content_of(node), top=True, depth=depth + 1))
            return doc.Passage(language_tag(attrs_of(node), "language"), blocks)
        case "only":
            blocks = tuple(_blocks(content_of(node), top=True, depth=depth + 1))
            return doc.Only(condition_of(attrs_of(node)), blocks)
        case "sources":
            entries = tuple(filter(None, map(_inline, content_of(node))))
            return doc.Sources(entries) if entries else None
        case _:
            raise EditorDocumentError("node", kind)


def condition_of(attrs: Mapping[str, Any], key: str = "condition") -> str:
    """A condition in its normal form; empty while it is not chosen. Raises EditorDocumentError."""
    written = clean(text(attrs, key)).strip()
    try:
        return str(conditions.parse(written)) if written else ""
    except conditions.ConditionError as fault:
        raise EditorDocumentError("condition", written) from fault


def _inline(node: Node) -> doc.Inlines:
    return inlines_of_editor(node.get("content") or [])


def _line(node: Node) -> str:
    """Plain text on one line."""
    return " ".join(doc.plain(_inline(node)).split())


def _sub_heading(node: Node) -> doc.SubHeading:
    number = attrs_of(node).get("number")
    if number is not None and (type(number) is not int or not 0 <= number <= 999):
        raise EditorDocumentError("number", repr(number))
    return doc.SubHeading(_line(node), number)


def _figure(node: Node) -> doc.Figure:
    said = {str(part.get("type")): on_one_line(_inline(part)) for part in content_of(node)}
    return doc.Figure(*_picture(node), said.get("caption", ()), said.get("credit", ()))


def _picture(node: Node) -> tuple[str, str]:
    """The path of a picture in the issue folder, and its alternative text."""
    attrs = attrs_of(node)
    src = clean(text(attrs, "src")).strip() or doc.MISSING_PICTURE
    return src[:300], " ".join(clean(text(attrs, "alt")).split())


def _list(node: Node, depth: int) -> doc.ListBlock | None:
    items = tuple(tuple(_blocks(content_of(item), top=False, depth=depth + 1)) for item in content_of(node))
    ordered = node.get("type") == "orderedList"
    start = attrs_of(node).get("start", 1) if ordered else 1
    if type(start) is not int or not 0 <= start <= 999_999_999:
        raise EditorDocumentError("number", repr(start))
    return doc.ListBlock(items, ordered, start) if items else None


def _table(node: Node) -> doc.Table | None:
    caption: doc.Inlines = ()
    rows: list[tuple[doc.Inlines, ...]] = []
    aligns: tuple[str, ...] = ()
    for part in content_of(node):
        if part.get("type") == "tableCaption":
            caption = on_one_line(_inline(part))
            continue
        for row in content_of(part):
            cells = content_of(row)
            if not rows:
                aligns = tuple(_align(cell) for cell in cells)
            rows.append(tuple(map(_cell, cells)))
    if not rows or not rows[0]:
        return None
    width = len(rows[0])
    if any(len(row) != width for row in rows):
        raise EditorDocumentError("table")
    return doc.Table(rows[0], tuple(rows[1:]), aligns if any(aligns) else (), caption)


def _align(cell: Node) -> str:
    align = text(attrs_of(cell), "align")
    if align not in ("", "left", "center", "right"):
        raise EditorDocumentError("align", align)
    return align


def _cell(cell: Node) -> doc.Inlines:
    """The content of a cell. Several paragraphs, which a paste may bring, become one line."""
    attrs = attrs_of(cell)
    if attrs.get("colspan", 1) != 1 or attrs.get("rowspan", 1) != 1:
        raise EditorDocumentError("table")
    found: list[doc.Inline] = []
    for paragraph in content_of(cell):
        content = _inline(paragraph)
        found += ([doc.Text(" ")] if found and content else []) + list(content)
    return on_one_line(tuple(found))


def _profile(node: Node, depth: int) -> doc.Profile:
    attrs = attrs_of(node)
    portrait: doc.Figure | None = None
    rest = content_of(node)
    if rest and rest[0].get("type") == "portrait":
        first, *rest = rest
        parts = content_of(first)
        if len(parts) > 1:
            raise EditorDocumentError("shape", "portrait")
        portrait = doc.Figure(*_picture(first), (), on_one_line(_inline(parts[0])) if parts else ())
    name, role = (" ".join(clean(text(attrs, key)).split()) for key in ("name", "role"))
    return doc.Profile(name, role, portrait, tuple(_blocks(rest, top=False, depth=depth + 1)))


def _event(node: Node) -> doc.Event:
    attrs = attrs_of(node)
    start, end = (read_day(text(attrs, key)) for key in ("start", "end"))
    if start is None or (end is None and text(attrs, "end")):
        raise EditorDocumentError("date", text(attrs, "end" if start else "start"))
    said = {str(part.get("type")): on_one_line(_inline(part)) for part in content_of(node)}
    return doc.Event(start, said.get("eventTitle", ()), end, said.get("eventPlace", ()))
