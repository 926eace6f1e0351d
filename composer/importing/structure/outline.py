"""The outline an import builds up before it becomes an issue: sections, articles and their parts, with source lines."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum, auto

from composer.importing.readers.text.text_blocks import Block


class Part(Enum):
    PARAGRAPH = auto()
    HEADING = auto()
    ITEM = auto()
    FIGURE = auto()


@dataclass(slots=True)
class Piece:
    """One part of an article; `marks` are remarks that stand above it."""

    part: Part
    block: Block
    marks: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Story:
    """An article in the making."""

    title: str
    line: int
    pieces: list[Piece] = field(default_factory=list)
    sources: list[Block] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)

    @property
    def opens_with_text(self) -> bool:
        """Whether text comes next: nothing but pictures stands below the last heading."""
        parts = [piece.part for piece in self.pieces if piece.part is not Part.FIGURE]
        return not parts or parts[-1] is Part.HEADING

    @property
    def has_text(self) -> bool:
        return any(piece.part is not Part.FIGURE for piece in self.pieces)


@dataclass(slots=True)
class Chapter:
    """A section in the making."""

    title: str
    line: int
    stories: list[Story] = field(default_factory=list)
    marks: list[str] = field(default_factory=list)
