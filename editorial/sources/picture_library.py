"""The pictures of all issues: finds them by words, and takes one into another issue."""

import re
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import PurePosixPath

from composer.issue import document as doc
from editorial.models import IssueRecord
from editorial.sources import figures, picture_library_sql, pictures
from editorial.sources.edits import SourceEditError
from publication import audit
from publication.models import Actor

PER_PAGE = 60
_MOST_WORDS, _LONGEST = 5, 100


@dataclass(frozen=True, slots=True)
class LibraryPicture:
    """A picture of the library. `slug`, `title` and `path`: of its newest use; `uses`: in how many places it is.

    `figure`: how its newest use describes it; None if no text shows it.
    """

    digest: str
    slug: str
    title: str
    path: str
    at: datetime
    uses: int
    figure: doc.Figure | None = field(compare=False)


@dataclass(frozen=True, slots=True)
class LibraryPage:
    pictures: tuple[LibraryPicture, ...]
    page: int
    pages: int
    total: int


def find(search: str = "", page: int = 1) -> LibraryPage:
    """A page of the pictures whose name, issue, alternative text, caption or credit contains each word; the newest first.

    The nearest page if there is none with this number.
    """
    patterns = [_pattern(word) for word in search[:_LONGEST].split()[:_MOST_WORDS]]
    page = min(max(1, page), 1_000_000)
    rows = picture_library_sql.listed(patterns, PER_PAGE, (page - 1) * PER_PAGE)
    if not rows and page > 1:
        first = picture_library_sql.listed(patterns, 1, 0)
        page = -(-first[0][-1] // PER_PAGE) if first else 1
        rows = picture_library_sql.listed(patterns, PER_PAGE, (page - 1) * PER_PAGE)
    described = _figures({(row[1], row[4]) for row in rows})
    page_pictures = tuple(
        LibraryPicture(digest, slug, title, path, at, uses, described.get((issue, path)))
        for digest, issue, slug, title, path, at, uses, _ in rows
    )
    total = rows[0][-1] if rows else 0
    return LibraryPage(page_pictures, page, max(1, -(-total // PER_PAGE)), total)


def take(actor: Actor, issue: IssueRecord, digest: str) -> tuple[str, doc.Figure | None]:
    """Add a picture of another issue to an issue: its path there, and how the other issue describes it. Raises SourceEditError.

    Its text is not changed: who takes a picture says what of the description is right.
    """
    holders = picture_library_sql.holders(digest)
    if not holders:
        raise SourceEditError("picture", picture=digest)
    path = pictures.add_stored(actor, issue, digest, PurePosixPath(holders[0][1]).name)
    audit.record(actor, "take_picture", issue, issue=issue.slug, picture=path, original=digest)
    described = _figures(set(holders))
    return path, next((described[holder] for holder in holders if holder in described), None)


def _figures(uses: set[tuple[int, str]]) -> dict[tuple[int, str], doc.Figure]:
    """The first figure that shows each picture (issue, path)."""
    first_figures: dict[tuple[int, str], doc.Figure] = {}
    by_issue: dict[int, set[str]] = {}
    for issue, path in uses:
        by_issue.setdefault(issue, set()).add(path)
    for issue, _file, _part, text in picture_library_sql.texts(sorted(by_issue)) if uses else ():
        for path in sorted(by_issue[issue]):
            figure = figures.figure_of(text, path)
            if figure is not None:
                first_figures[issue, path] = figure
                by_issue[issue].remove(path)
    return first_figures


def _pattern(word: str) -> str:
    return "%" + re.sub(r"([\\%_])", r"\\\1", word.replace("\0", "")) + "%"
