"""The figures of an issue that lack an alternative text or a credit, for the page that asks for them."""

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
    """The values that a refused form sent, which the page shows again. `src` is the path of the picture."""

    position: FigurePosition
    src: str
    alt: str = ""
    credit: str = ""


@dataclass(frozen=True, slots=True)
class FigureRow:
    """A figure to describe. `digest` is empty if the issue lacks the picture. `typed` holds the values of a refused form."""

    position: FigurePosition
    part: Part
    url: str
    language: str
    src: str
    digest: str
    lacks_alt: bool
    lacks_credit: bool
    typed: TypedDescription | None = field(default=None)


def rows(issue: IssueRecord, state: IssueState, typed: TypedDescription | None = None) -> list[FigureRow]:
    """Return one row for each figure without a description, in the order of the files."""
    several = len(state.files) > 1
    figure_rows = []
    for undescribed in figures.undescribed(state):
        position, src = undescribed.position, undescribed.figure.src
        part = part_of(state, position.file, position.part) or Part(position.part, "")
        language = outline.language_of(state.files[position.file]) if several else ""
        is_typed = typed is not None and (typed.position.file, typed.position.part, typed.src) == (
            position.file,
            position.part,
            src,
        )
        figure_rows.append(
            FigureRow(
                position, part, part_url(issue, position.file, position.part), language, src, state.pictures.get(src, ""),
                not undescribed.figure.alt, not undescribed.figure.credit, typed if is_typed else None,
            )
        )  # fmt: skip
    return figure_rows
