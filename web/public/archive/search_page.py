"""/archive/<list>/search/: articles by terms, year and section. The address has everything that is asked; nothing is stored."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url

from campaigns.reporting import archive_entries, archive_search
from campaigns.reporting.archive_entries import ArchiveEntry
from campaigns.reporting.archive_search import ArchiveHit, ArchiveResults
from composer.issue.languages import direction_of
from web.public import cached_pages
from web.public.archive import archive_pages, archive_urls
from web.texts.language_names import page_language
from web.whole_numbers import whole_number

LONGEST = 200  # characters of a query


def search(request: HttpRequest, slug: str) -> HttpResponse:
    """GET with `q`, `year`, `section` and `page`. Links and the form keep them, and the language that the reader chose."""
    mailing_list = archive_pages.find_open_list(slug)
    language = cached_pages.language_of(request)
    query = request.GET.get("q", "").replace("\x00", "").strip()[:LONGEST]
    section = request.GET.get("section", "").replace("\x00", "").strip()
    year, page = whole_number(request.GET.get("year", ""), 4), whole_number(request.GET.get("page", ""), 4) or 1
    results = archive_search.search(mailing_list, query, year=year, section=section, page=page)
    address = resolve_url("archive-search", slug)
    chosen_language = page_language(request.GET.get("language", ""))
    asked = {"q": query, "year": str(year or ""), "section": section}

    def query_with(**changes: object) -> str:
        given = {**asked, "language": chosen_language, **{name: str(value or "") for name, value in changes.items()}}
        return urlencode({name: value for name, value in given.items() if value})

    def leading(**changes: object) -> str:
        return f"{address}?{query_with(**changes)}"

    return archive_pages.listing(
        request, "public/archive/search.html", language, address, indexed=False, list=mailing_list, feed=None,
        asked=query_with(language="", page=page if page > 1 else 0), chosen_language=chosen_language,
        query=query, section=section, year=year, results=results, is_asked=bool(query or section or year),
        hits=_rows(results),
        years=[
            (number, count, leading(year=number, page=0), number == year)
            for number, count in _choices(results.years, year)
        ],
        sections=[
            (name, count, leading(section=name, page=0), name == section)
            for name, count in _choices(results.sections, section)
        ],
        without_year=leading(year=0), without_section=leading(section=""),
        previous=leading(page=page - 1) if 1 < page <= results.pages else "",
        following=leading(page=page + 1) if page < results.pages else "",
    )  # fmt: skip


def _choices(offered: Sequence[tuple[Any, int]], chosen: Any) -> Sequence[tuple[Any, int]]:
    """What results can be narrowed to: nothing where all of them have the same."""
    return offered if len(offered) > 1 or (chosen and chosen not in dict(offered)) else ()


def _rows(results: ArchiveResults) -> list[dict[str, Any]]:
    entries = {hit.entry.version_id: hit.entry for hit in results.hits}
    with_faces = {entry.version_id: entry for entry in archive_entries.with_faces(entries.values())}
    return [_row(result, with_faces[result.entry.version_id]) for result in results.hits]


def _row(result: ArchiveHit, entry: ArchiveEntry) -> dict[str, Any]:
    hit = result.hit
    face = next(face for face in entry.faces if face.language == hit.language)
    return {
        "entry": entry, "title": result.title, "section": hit.section, "excerpt": result.excerpt, "language": hit.language,
        "direction": direction_of(hit.language), "address": archive_urls.article(entry.list, entry, face, hit.article),
        "picture": archive_urls.picture(result.picture, whole=False) if result.picture else "",
    }  # fmt: skip
