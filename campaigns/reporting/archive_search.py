"""Finds articles in the archive of a list: by terms, by year and by section. Read-only.

Only what the archive shows is found: neither withheld issues nor parts for some readers.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from campaigns.reporting import archive_entries
from campaigns.reporting.archive_entries import ArchiveEntry
from composer.rendering.search_terms import query_of
from editorial import archive_texts_sql
from editorial.archive_texts_sql import FoundText
from subscribers.models import MailingList

MOST_TERMS = 12  # of a query; the others are ignored
ON_A_PAGE = 20
_BEFORE, _LENGTH = 60, 220  # characters of an excerpt


@dataclass(frozen=True, slots=True)
class ArchiveHit:
    """An article that was found, with the part of its text around the first term."""

    entry: ArchiveEntry
    hit: FoundText
    excerpt: str = ""


@dataclass(frozen=True, slots=True)
class ArchiveResults:
    """`years` and `sections`: each with the number of hits that it has, whatever year and section were asked for."""

    hits: tuple[ArchiveHit, ...]
    count: int
    pages: int
    years: tuple[tuple[int, int], ...]
    sections: tuple[tuple[str, int], ...]


def search(mailing_list: MailingList, text: str, *, year: int | None = None, section: str = "", page: int = 1) -> ArchiveResults:
    """The articles with all terms of `text`, those with them in the title first, then the newest. Without terms: all articles of
    the year or section, and none if neither is given."""
    query = query_of(text, MOST_TERMS)
    entries = {entry.version_id: entry for entry in archive_entries.entries(mailing_list)}
    hits = [*archive_texts_sql.find(entries, query)] if query or year or section else []
    kept = [
        hit for hit in hits
        if (year is None or entries[hit.version_id].day.year == year) and (not section or hit.section == section)
    ]  # fmt: skip
    kept.sort(key=lambda hit: (not hit.in_title, -entries[hit.version_id].published.timestamp(), hit.position, hit.language))
    pages = max(1, -(-len(kept) // ON_A_PAGE))
    shown = kept[(min(page, pages) - 1) * ON_A_PAGE :][:ON_A_PAGE]
    texts = archive_texts_sql.texts(shown)
    return ArchiveResults(
        tuple(
            ArchiveHit(entries[hit.version_id], hit, excerpt(texts[hit.version_id, hit.language, hit.article], query))
            for hit in shown
        ),
        len(kept), pages, _counted(entries[hit.version_id].day.year for hit in hits),
        tuple(Counter(hit.section for hit in hits).most_common(20)),
    )  # fmt: skip


def _counted(years: Iterable[int]) -> tuple[tuple[int, int], ...]:
    return tuple(sorted(Counter(years).items(), reverse=True))


def excerpt(text: str, query: Iterable[tuple[str, bool]]) -> str:
    """The part of a text around its first term, cut at spaces where there are some."""
    lower = text.lower()
    positions = [at for term, _ in query if (at := lower.find(term)) >= 0]
    start = max(0, min(positions, default=0) - _BEFORE)
    start = text.rfind(" ", 0, start) + 1 if start and " " in text[max(0, start - 20) : start] else start
    part = text[start : start + _LENGTH]
    if start + _LENGTH < len(text):
        part = part[: part.rfind(" ")] if " " in part[-20:] else part
        part += "…"
    return f"…{part}" if start else part
