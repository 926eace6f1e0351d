"""What an import did to a text: lines left out, words changed, places to look at. The report and the proof read it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from composer.issue.document import EditorMark


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Text of the source that is not in the issue. Lines are counted from 1, both ends included."""

    line_from: int
    line_to: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Change:
    """Words of the source that stand in the issue in another form, for instance a word joined over two lines."""

    line_from: int
    line_to: int
    before: str
    after: str
    reason: str


@dataclass(frozen=True, slots=True)
class Mark:
    """A place an editor should look at; `line` is the line of the source, or 0 where the text says nothing."""

    line: int
    text: str


def mark_text(text: str) -> str:
    """The text of a mark as it is written into the issue file."""
    return f"check: {text.replace('--', '–')}"


@dataclass(slots=True)
class ImportLog:
    """Filled by every step of an import. `unit` is what the numbers of its lines count: lines, paragraphs or pages."""

    left_out: list[LeftOut] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    marks: list[Mark] = field(default_factory=list)
    notes: dict[str, None] = field(default_factory=dict)  # shown in the report alone, each once, in order
    limits: dict[str, None] = field(default_factory=dict)  # why the report cannot promise every word, each once, in order
    unit: str = "line"

    def leave_out(self, line_from: int, line_to: int, text: str, reason: str) -> None:
        self.left_out.append(LeftOut(line_from, line_to, text, reason))

    def change(self, line_from: int, line_to: int, before: str, after: str, reason: str) -> None:
        self.changes.append(Change(line_from, line_to, before, after, reason))

    def note(self, text: str) -> None:
        self.notes[text] = None

    def limit(self, text: str) -> None:
        """What the import cannot know about this source, as a sentence."""
        self.limits[text] = None

    def marks_for(self, line: int, texts: Iterable[str]) -> tuple[EditorMark, ...]:
        """Marks as they stand in the issue file, each once; the report lists them."""
        made = [Mark(line, text) for text in dict.fromkeys(texts)]
        self.marks += made
        return tuple(EditorMark(mark_text(mark.text)) for mark in made)
