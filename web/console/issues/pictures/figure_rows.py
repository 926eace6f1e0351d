"""The figures of an issue that lack an alternative text or a credit, for the page that asks for them."""

from __future__ import annotations

from dataclasses import dataclass, field

from composer.issue.parts import outline
from composer.issue.parts.splitting import Part
from editorial.models import IssueRecord
from editorial.sources import figures
from editorial.sources.figures import FigurePosition
from editorial.sources.issue_state import IssueState
from web.console.issues.issue_page import part_of, part_url


@dataclass(frozen=True, slots=True)
class TypedDescription:
    """What a refused form sent, to show it again. `src`: the picture."""

    place: FigurePosition
    src: str
    alt: str = ""
    credit: str = ""


@dataclass(frozen=True, slots=True)
class FigureRow:
    """A figure to describe. `digest`: of its picture, empty if the issue does not have it. `typed`: what its form shows."""

    place: FigurePosition
    part: Part
    url: str
    language: str
    src: str
    digest: str
    lacks_alt: bool
    lacks_credit: bool
    typed: TypedDescription | None = field(default=None)


def rows(issue: IssueRecord, state: IssueState, typed: TypedDescription | None = None) -> list[FigureRow]:
    """One row for each figure without a description, in the order of the files."""
    several = len(state.files) > 1
    found = []
    for each in figures.undescribed(state):
        place, src = each.position, each.figure.src
        part = part_of(state, place.file, place.part) or Part(place.part, "")
        language = outline.language_of(state.files[place.file]) if several else ""
        is_typed = typed is not None and (typed.place.file, typed.place.part, typed.src) == (place.file, place.part, src)
        found.append(
            FigureRow(
                place, part, part_url(issue, place.file, place.part), language, src, state.pictures.get(src, ""),
                not each.figure.alt, not each.figure.credit, typed if is_typed else None,
            )
        )  # fmt: skip
    return found
