"""Finds articles in the archive of a list: by terms, by year and by section. Read-only.

Only what the archive shows is found: neither withheld issues nor parts for some readers.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from campaigns.reporting import archive_entries
from campaigns.reporting.archive_entries import ArchiveEntry
from composer.issue.digest import sentences
from composer.rendering.search_terms import matches_of, query_of
from editorial import archive_texts_sql
from editorial.archive_texts_sql import FoundText
from subscribers.models import MailingList

MOST_TERMS = 12  # of a query; the others are ignored
ON_A_PAGE = 20
# Characters of an excerpt: before a term, before it to the beginning of its sentence, in which further terms count, in all.
_BEFORE, _TO_SENTENCE, _AHEAD, _LENGTH = 60, 90, 140, 220

_STOPS = " .,;:。，；：、"  # not before an ellipsis

Marked = tuple[tuple[str, bool], ...]  # parts of a text, and whether each is something that was looked for


@dataclass(frozen=True, slots=True)
class ArchiveHit:
    """An article that was found: its title and the part of its text that has most of the terms, with their places marked.
    `picture`: the file of its picture, or empty."""

    entry: ArchiveEntry
    hit: FoundText
    title: Marked
    excerpt: Marked
    picture: str


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
    rank = {version_id: at for at, version_id in enumerate(entries)}  # 0: the newest
    hits = [*archive_texts_sql.find(entries, query)] if query or year or section else []
    kept = [
        hit for hit in hits
        if (year is None or entries[hit.version_id].day.year == year) and (not section or hit.section == section)
    ]  # fmt: skip
    kept.sort(key=lambda hit: (not hit.in_title, rank[hit.version_id], hit.position, hit.language))
    pages = max(1, -(-len(kept) // ON_A_PAGE))
    shown = kept[(min(page, pages) - 1) * ON_A_PAGE :][:ON_A_PAGE]
    texts = archive_texts_sql.texts(shown)
    return ArchiveResults(
        tuple(
            ArchiveHit(
                entries[hit.version_id], hit, marked(hit.title, query),
                marked(excerpt(quoted.text, query), query), quoted.picture,
            )
            for hit in shown
            for quoted in [texts[hit.version_id, hit.language, hit.article]]
        ),
        len(kept), pages, _counted(entries[hit.version_id].day.year for hit in hits),
        tuple(Counter(hit.section for hit in hits).most_common(20)),
    )  # fmt: skip


def _counted(years: Iterable[int]) -> tuple[tuple[int, int], ...]:
    return tuple(sorted(Counter(years).items(), reverse=True))


def excerpt(text: str, query: Sequence[tuple[str, bool]]) -> str:
    """The part of a text with most of the terms, from the beginning of a sentence if it is near, cut at spaces where there are
    some; its first sentences if it has no term."""
    places = sorted(matches_of(text, query))
    if not places:
        return _first_sentences(text.split("\n", 1)[0][: 2 * _LENGTH])
    best = _with_most_terms(places)
    line = text.rfind("\n", 0, best) + 1
    before = text[max(line, best - 2 * _TO_SENTENCE) : best]
    start = best - len(before) + before.rfind((sentences(before) or [""])[-1])
    if best - start <= _TO_SENTENCE:
        return _cut(text.replace("\n", " "), start)
    start = max(line, best - _BEFORE)
    if start > line and " " in text[max(line, start - 20) : start]:
        start = text.rfind(" ", line, start) + 1
    return f"…{_cut(text.replace(chr(10), ' '), start)}"


def _with_most_terms(places: Sequence[tuple[int, int, str]]) -> int:
    """The first of some sorted matches from which on most different terms follow within _AHEAD characters."""
    best, most, end = 0, 0, 0
    ahead: Counter[str] = Counter()
    for at, _, term in places:
        while end < len(places) and places[end][0] - at < _AHEAD:
            ahead[places[end][2]] += 1
            end += 1
        if len(ahead) > most:
            best, most = at, len(ahead)
        ahead[term] -= 1
        if not ahead[term]:
            del ahead[term]
    return best


def _first_sentences(paragraph: str) -> str:
    end = 0
    for sentence in sentences(paragraph):
        after = paragraph.index(sentence, end) + len(sentence)
        if after > _LENGTH:
            break
        end = after
    return paragraph[:end] or _cut(paragraph, 0)


def _cut(text: str, start: int) -> str:
    part = text[start : start + _LENGTH]
    if start + _LENGTH >= len(text):
        return part
    part = part[: part.rfind(" ")] if " " in part[-20:] else part
    return f"{part.rstrip(_STOPS)}…"


def marked(text: str, query: Sequence[tuple[str, bool]]) -> Marked:
    """The parts of a text between which a page changes to marked text and back. Pairs of characters that overlap are one part."""
    parts: list[tuple[str, bool]] = []
    end = 0
    for at, to, _ in sorted(matches_of(text, query)):
        if at > end or not parts:
            parts += [(text[end:at], False), (text[at:to], True)]
        elif to > end:
            parts[-1] = (parts[-1][0] + text[end:to], True)
        end = max(end, to)
    return tuple(part for part in (*parts, (text[end:], False)) if part[0])
