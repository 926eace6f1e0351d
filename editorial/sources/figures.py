"""The figures and portraits in the texts of an issue: which ones there are, which lack a description, and describing them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from composer.issue import document as doc
from composer.issue.editing.part_document import document_of, source_of
from composer.issue.editing.source_blocks import blocks_of, read_groups
from composer.issue.parts.part_texts import PartText, closed, opened
from editorial.models import IssueRecord
from editorial.sources import edits, issue_state
from editorial.sources.edits import AppliedEdit, SourceEditError
from editorial.sources.issue_state import IssueState
from publication.models import Actor

LONGEST = 500  # characters of an alternative text or a credit


@dataclass(frozen=True, slots=True)
class FigurePosition:
    """Where a figure is: the `number`-th one of a part, from 0 on. `base`: the edit of the part's text in which it was seen."""

    file: str
    part: str
    number: int
    base: int


@dataclass(frozen=True, slots=True)
class PlacedFigure:
    position: FigurePosition
    figure: doc.Figure


def figures_in(text: str) -> tuple[doc.Figure, ...]:
    """The figures and portraits of a part's text that can be read, in order."""
    if "](" not in text:
        return ()
    blocks = tuple(blocks_of(read_groups(opened(text).body)))
    return tuple(block for block in doc.walk(blocks) if isinstance(block, doc.Figure))


def figure_of(text: str, path: str) -> doc.Figure | None:
    """The first figure of a part's text that shows a picture.

    It reads only the paragraph if that is enough: a page of the library would take seconds for whole texts. The credit of a
    portrait is in another paragraph of its card.
    """
    at = text.find(f"]({path})")
    if at >= 0 and ":::" not in text:
        start, end = text.rfind("\n\n", 0, at) + 1, text.find("\n\n", at)
        figure = next(
            (candidate for candidate in figures_in(text[start : end if end >= 0 else None]) if candidate.src == path), None
        )
        if figure is not None:
            return figure
    return next((candidate for candidate in figures_in(text) if candidate.src == path), None) if path in text else None


def undescribed(state: IssueState) -> Iterator[PlacedFigure]:
    """The figures of a source without an alternative text or without a credit."""
    for file, parts in state.files.items():
        for part in parts:
            for number, figure in enumerate(figures_in(part.text)):
                if not figure.missing and not (figure.alt and figure.credit):
                    yield PlacedFigure(FigurePosition(file, part.id, number, state.edits.get(("text", file, part.id), 0)), figure)


def describe(actor: Actor, issue: IssueRecord, position: FigurePosition, src: str, *, alt: str, credit: str) -> AppliedEdit:
    """Write an alternative text and a credit at a figure, without a change of anything else. Empty: keep what is there.

    `src`: the picture that the actor saw. Raises EditConflictError if the text changed since `position.base`, SourceEditError if
    the figure is not there.
    """
    seen = edits.text_at(issue, position.file, position.part, position.base)
    before = seen if seen is not None else issue_state.newest_text(issue.pk, position.file, position.part)
    parted = opened(before)
    document = document_of(parted.body).json()
    figures = [node for node in _nodes(document["doc"]) if node["type"] in ("figure", "portrait")]
    if position.number >= len(figures) or figures[position.number]["attrs"]["src"] != src:
        raise SourceEditError("part", file=position.file, part=position.part)
    _fill(figures[position.number], " ".join(alt.split())[:LONGEST], " ".join(credit.split())[:LONGEST])
    text = closed(PartText(parted.title, source_of(document, parted.body)), before)
    return edits.save_part(actor, issue, position.file, position.part, text, position.base)


def _fill(node: dict[str, Any], alt: str, credit: str) -> None:
    if alt:
        node["attrs"]["alt"] = alt
    if credit:
        [line] = [child for child in node["content"] if child["type"] == "credit"]
        line["content"] = [{"type": "text", "text": credit}]


def _nodes(node: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield node
    for child in node.get("content", ()):
        yield from _nodes(child)
