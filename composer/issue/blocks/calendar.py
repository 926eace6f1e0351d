"""Dates with an event and a place."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from composer.issue.block import Block, BlockContext, BlockSource, InnerReader
from composer.issue.days import read_day
from composer.issue.inline_content import Inlines, plain
from composer.issue.inlines.editor_inlines import Json, content_of_editor, holder_node, line_node
from composer.issue.inlines.inline_printer import print_container, print_content
from composer.issue.inlines.inline_reader import on_one_line
from composer.issue.inlines.markdown_nodes import Node, at_semicolons, is_paragraph
from composer.issue.inlines.node_reading import EditorDocumentError, EditorNode, attrs_of, content_of, text

_WHEN = re.compile(r"(\d{4}-\d{2}-\d{2})(?:\s*(?:to|–|—|/)\s*(\d{4}-\d{2}-\d{2}))?\s*[:：]\s*")


@dataclass(frozen=True, slots=True)
class CalendarEvent:
    """One entry of a calendar; `end` is the last day of an event that takes several days."""

    start: date
    title: Inlines
    end: date | None = None
    location: Inlines = ()


@dataclass(frozen=True, slots=True)
class Calendar(Block):
    events: tuple[CalendarEvent, ...]

    container = "calendar"
    editor_nodes = ("calendar",)

    def contents(self) -> tuple[Inlines, ...]:
        return tuple(part for event in self.events for part in (event.title, event.location))

    def translated_texts(self) -> tuple[tuple[str, str], ...]:
        return tuple(("text", plain(event.title)) for event in self.events)

    @classmethod
    def read(cls, context: BlockContext, source: BlockSource) -> Calendar | None:
        events: list[CalendarEvent] = []
        for child in source.node.children:
            if child.type != "bullet_list":
                context.findings.error("calendar-shape", context.line_of(child), text="")
                continue
            for item in child.children:
                event = _read_event(context, item)
                events += [event] if event else []
        if not events and not context.findings.fatal:
            context.findings.error("block-empty", source.line, name="calendar")
        return Calendar(tuple(events), line=source.line) if events else None

    def printed(self) -> str:
        return print_container("calendar", "\n".join(map(_print_event, self.events)))

    def to_editor(self) -> Json:
        return holder_node("calendar", [_event_node(event) for event in self.events])

    @classmethod
    def of_editor(cls, node: EditorNode, read_inner: InnerReader) -> Calendar | None:
        events = tuple(map(_event_of_editor, content_of(node)))
        return Calendar(events) if events else None


def _read_event(context: BlockContext, item: Node) -> CalendarEvent | None:
    line = context.line_of(item)
    nodes = item.children[0].children if is_paragraph(item.children) else []
    first = nodes[0] if nodes else None
    opening = first.content.partition("\n")[0] if first is not None else ""
    written = context.cuttings.put_back(opening)[:40]
    match = _WHEN.match(opening) if first is not None and first.type == "text" else None
    reader = context.inlines(line)
    if match is None or first is None:
        context.findings.error("calendar-shape", line, text=written)
        return None
    parts = [
        on_one_line(reader.read(part)) for part in at_semicolons([first.with_text(first.content[match.end() :]), *nodes[1:]])
    ]
    days = [read_day(typed) for typed in match.groups() if typed]
    for typed, day in zip(match.groups(), days, strict=False):
        if day is None:
            context.findings.error("date-wrong", line, value=typed)
    if not parts[0] or len(parts) > 2:
        context.findings.error("calendar-shape", line, text=written)
    if len(parts) > 2:
        return None
    start, end = days[0], days[1] if len(days) > 1 else None
    if start is None:
        return None
    if end is not None and end <= start:
        context.findings.error("calendar-days", line, start=start.isoformat(), end=end.isoformat())
    return CalendarEvent(start, parts[0], end, parts[1] if len(parts) > 1 else ())


def _print_event(event: CalendarEvent) -> str:
    days = event.start.isoformat() + (f" to {event.end.isoformat()}" if event.end else "")
    title, location = (print_content(on_one_line(part), semicolons=True) for part in (event.title, event.location))
    return f"- {days}: {title}" + (f"; {location}" if location else "")


def _event_node(event: CalendarEvent) -> Json:
    days = {"start": event.start.isoformat(), "end": event.end.isoformat() if event.end else ""}
    return holder_node("calendarEvent", [line_node("eventTitle", event.title), line_node("eventPlace", event.location)], **days)


def _event_of_editor(node: EditorNode) -> CalendarEvent:
    attrs = attrs_of(node)
    start, end = (read_day(text(attrs, key)) for key in ("start", "end"))
    if start is None or (end is None and text(attrs, "end")):
        raise EditorDocumentError("date", text(attrs, "end" if start else "start"))
    lines = {str(part.get("type")): on_one_line(content_of_editor(part)) for part in content_of(node)}
    return CalendarEvent(start, lines.get("eventTitle", ()), end, lines.get("eventPlace", ()))
