"""Blocks of an issue as nodes of the rich text editor, in the JSON of ProseMirror."""

from __future__ import annotations

from collections.abc import Iterable
from typing import assert_never

from composer.issue import document as doc
from composer.issue.editing.editor_inlines import Json, inlines_to_editor


def blocks_to_editor(blocks: Iterable[doc.Block]) -> list[Json]:
    """Returns one node for each block."""
    return [_node(block) for block in blocks]


def _node(block: doc.Block) -> Json:
    match block:
        case doc.Paragraph(content):
            return _inline("paragraph", content)
        case doc.SubHeading(text, number):
            return _inline("subHeading", (doc.Text(text),) if text else (), number=number)
        case doc.Figure(src, alt, caption, credit):
            return _holding("figure", [_inline("caption", caption), _inline("credit", credit)], src=src, alt=alt)
        case doc.Quote(blocks):
            return _holding("blockquote", _filled(blocks))
        case doc.ListBlock(items, ordered, start):
            found = [_holding("listItem", _filled(item)) for item in items]
            return _holding("orderedList", found, start=start) if ordered else _holding("bulletList", found)
        case doc.Table():
            return _table(block)
        case doc.Profile():
            return _profile(block)
        case doc.Calendar(events):
            return _holding("calendar", [_event(event) for event in events])
        case doc.Action(link):
            return _inline("action", link.children, href=link.href)
        case doc.Passage(language, blocks):
            return _holding("passage", _filled(blocks), language=language)
        case doc.Only(condition, blocks):
            return _holding("only", _filled(blocks), condition=condition)
        case doc.Sources(entries):
            return _holding("sources", [_inline("sourceEntry", entry) for entry in entries])
        case doc.EditorMark(text):
            return {"type": "editorMark", "attrs": {"text": text}}
        case other:
            assert_never(other)


def raw_node(source: str, problem: str) -> Json:
    """A node for lines that cannot be shown as blocks. `problem`: the error in words."""
    return {"type": "rawSource", "attrs": {"source": source, "problem": problem}}


def _inline(kind: str, content: doc.Inlines, **attrs: object) -> Json:
    found = _holding(kind, inlines_to_editor(content), **attrs)
    return found if content else {key: value for key, value in found.items() if key != "content"}


def _holding(kind: str, content: list[Json], **attrs: object) -> Json:
    return {"type": kind, **({"attrs": attrs} if attrs else {}), "content": content}


def _filled(blocks: tuple[doc.Block, ...]) -> list[Json]:
    """The nodes; an empty paragraph if there are none, because the editor needs a place for the cursor."""
    return blocks_to_editor(blocks) or [{"type": "paragraph"}]


def _table(table: doc.Table) -> Json:
    aligns = table.aligns or ("",) * len(table.head)
    rows = [_holding("tableRow", [_cell("tableHeader", cell, align) for cell, align in zip(table.head, aligns, strict=True)])]
    rows += [
        _holding("tableRow", [_cell("tableCell", cell, align) for cell, align in zip(row, aligns, strict=True)])
        for row in table.rows
    ]
    return _holding("captionedTable", [_inline("tableCaption", table.caption), _holding("table", rows)])


def _cell(kind: str, content: doc.Inlines, align: str) -> Json:
    return _holding(kind, [_inline("paragraph", content)], align=align)


def _profile(profile: doc.Profile) -> Json:
    portrait = profile.portrait
    content: list[Json] = []
    if portrait is not None:
        content.append(_holding("portrait", [_inline("credit", portrait.credit)], src=portrait.src, alt=portrait.alt))
    return _holding("profile", [*content, *_filled(profile.blocks)], name=profile.name, role=profile.role)


def _event(event: doc.Event) -> Json:
    days = {"start": event.start.isoformat(), "end": event.end.isoformat() if event.end else ""}
    return _holding("calendarEvent", [_inline("eventTitle", event.title), _inline("eventPlace", event.place)], **days)
