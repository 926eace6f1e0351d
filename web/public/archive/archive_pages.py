"""/archive/…: issues that were sent to a list, as public pages; `campaigns.reporting.archive_entries` selects them.

The URL of an issue's page determines its language. Lists of issues are in the reader's language.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.utils import translation

from campaigns.questions import questions
from campaigns.reporting import archive_entries
from campaigns.reporting.archive_entries import ArchiveEntry
from composer.issue.languages import direction_of
from composer.issue.merge_fields import fill
from composer.rendering.archive_page import LinkTargets, WebPicture, legible, unaddressed
from config import public_urls
from editorial import archive_texts, public_pages, stored_pictures
from editorial.models import IssueVersion
from editorial.public_pages import Face
from editorial.stored_variants import find_variant, merge_fields
from publication import reader_texts
from publication.installation import publication
from publication.reader_texts import PublicationTexts
from subscribers.models import MailingList
from web import page_identity, report_parts
from web.mail_bytes import MailBytes
from web.number_tables import NumberTable
from web.public import cached_pages
from web.public.archive import archive_urls
from web.public.links.form_token import HONEYPOT
from web.public.sign_up.embedded_form import embedded_form
from web.texts.language_names import page_language

_WHOLE = "text=whole"  # the query with which the page of an issue has the whole texts
ON_THE_FRONT = 24  # issues on a list's page; the pages of its years show all of them


def index(request: HttpRequest) -> HttpResponse:
    """The archives of all lists are on the front page."""
    return redirect("front", permanent=True)


def front(request: HttpRequest, slug: str) -> HttpResponse:
    mailing_list = find_open_list(slug)
    language = cached_pages.language_of(request)
    every = archive_entries.entries(mailing_list)
    return listing(
        request, "public/archive/front.html", language, archive_urls.front(mailing_list), indexed=is_public(mailing_list),
        list=mailing_list, description=legible(reader_texts.text_in(mailing_list, language).description),
        feed=feed_of(mailing_list), years=_years(every), rows=rows_of(every[1:ON_THE_FRONT], language),
        sign_up=sign_up_of(mailing_list, language), honeypot=HONEYPOT,
        **(newest_of(every[0], language) if every else {}),
    )  # fmt: skip


def newest_of(entry: ArchiveEntry, language: str) -> dict[str, Any]:
    """Return the newest issue as pages show it first: `first`, the issue in a list; `shown`, its content, None if it cannot be
    read; `lead`, its picture or None."""
    (row,) = rows_of([entry], language)
    entry, face = row["entry"], row["face"]
    version = public_pages.whole([entry.version_id])[entry.version_id]
    shown = public_pages.page(version, face.language, places_of(entry, face, version))
    return {"first": row, "shown": shown, "lead": shown.picture[0] if shown and shown.picture else None}


def rows_of(entries: list[ArchiveEntry], language: str) -> list[dict[str, Any]]:
    """Return issues as lists show them."""
    return _with_covers(_row(entry, language) for entry in archive_entries.with_faces(entries))


def latest(request: HttpRequest, slug: str) -> HttpResponse:
    """Lead to the newest issue, so that a link in a mail stays right; to the page of the list as long as there is none."""
    mailing_list = find_open_list(slug)
    newest = archive_entries.with_faces(archive_entries.entries(mailing_list)[:1])
    if not newest:
        return redirect("archive-list", slug)
    archived = FoundIssue(newest[0], archive_urls.face_for(newest[0], cached_pages.language_of(request)), None, None)
    return HttpResponseRedirect(archived.address)


def year(request: HttpRequest, slug: str, year: int) -> HttpResponse:
    mailing_list = find_open_list(slug)
    language = cached_pages.language_of(request)
    every = archive_entries.entries(mailing_list)
    then = [entry for entry in every if entry.day.year == year]
    if not then:
        raise Http404
    return listing(
        request, "public/archive/year.html", language, archive_urls.year(mailing_list, year), indexed=is_public(mailing_list),
        list=mailing_list, feed=feed_of(mailing_list),
        rows=rows_of(then, language), years=_years(every), year=year,
    )  # fmt: skip


def issue(request: HttpRequest, slug: str, issue: str, language: str = "") -> HttpResponse:
    """Show one issue in one of its languages. The URL without a language shows the first."""
    archived = find_issue(slug, issue, language)
    entry, face = archived.entry, archived.face
    if request.path != archived.address:
        return HttpResponseRedirect(archived.address)  # temporary: another language may become the first
    version = public_pages.whole([entry.version_id])[entry.version_id]
    is_whole = request.META["QUERY_STRING"] == _WHOLE
    shown = public_pages.page(version, face.language, places_of(entry, face, version))
    chrome = page_language(face.language) or settings.LANGUAGE_CODE
    home, about = archive_entries.home_of(entry), publication()
    return cached_pages.page(
        request, "public/archive/issue.html", chrome, indexed=is_public(entry.list), kind="article",
        publication=PublicationTexts(about), design=page_identity.of_theme(version.theme, about),
        list=entry.list, feed=feed_of(entry.list), entry=entry, face=face,
        title=face.subject, description=face.preheader,
        shown=shown, written_day=shown and shown.written(entry.day), picture=absolute_picture(shown.picture if shown else None),
        content_language=face.language, direction=direction_of(face.language), locale=archive_urls.locale(face.language),
        canonical=archive_urls.absolute(archive_urls.issue(home, entry, face)),
        alternates=_alternates(home, entry), languages=[_language_link(entry, other_face) for other_face in entry.faces],
        is_whole=is_whole, other_form=archived.address if is_whole else f"{archived.address}?{_WHOLE}",
        mail=f"{archived.address}mail", articles=f"{archived.address}{public_urls.READ}/",
        neighbours=_with_covers(_row(near, face.language) for near in (archived.older, archived.newer) if near),
        newer=archived.newer, corrections=corrections(entry, face.language),
        answered=_answered(entry, version, face.language, chrome), sign_up=sign_up_of(entry.list, chrome), honeypot=HONEYPOT,
    )  # fmt: skip


def _answered(entry: ArchiveEntry, version: IssueVersion, language: str, chrome: str) -> list[NumberTable]:
    """The counts of questions that staff show, if everybody was asked: texts in the language of the issue, headings in that of
    the page."""
    asked = questions.answered_in_archive(entry.list, entry.slug, language)
    if asked:
        public = {question.name for issue in public_pages.public_issues(version) for question in issue.questions()}
        asked = [question for question in asked if question.name in public]
    with translation.override(chrome):
        return report_parts.answers(asked, is_public=True)


def corrections(entry: ArchiveEntry, language: str) -> list[dict[str, Any]]:
    """The day of each correction of an issue, and the issue as lists show it; None if it is the same one."""
    corrections = archive_entries.corrections_of(entry)
    if not corrections:
        return []
    slugs = {correction.slug for correction in corrections}
    others = archive_entries.with_faces(
        other for other in archive_entries.entries(entry.list) if other.slug in slugs and other.slug != entry.slug
    )
    rows = {other.slug: _row(other, language) for other in others}
    return [{"day": correction.sent.date(), "row": rows.get(correction.slug)} for correction in corrections]


class ArchivedMail(MailBytes):
    """The mail of an issue, without personal data."""

    def get(self, request: HttpRequest, **where: Any) -> HttpResponse:
        return cached_pages.kept(request, super().get(request, **where), indexed=False)

    def html(self, **where: Any) -> str:
        archived = find_issue(where["slug"], where["issue"], where.get("language", ""))
        mail = find_variant(archived.entry.version_id, archived.face.number)
        page, front = (archive_urls.absolute(path) for path in (archived.address, archive_urls.front(archived.entry.list)))
        answers = public_urls.answer_url(public_urls.READERS_TOKEN)
        return fill(mail.html, unaddressed(merge_fields(mail), page, front, public_urls.subscribe_url(), answers))


# ---------------------------------------------------------------------------------------------------------- finding an issue
@dataclass(frozen=True, slots=True)
class FoundIssue:
    """An issue's entry in the requested language, with its neighbours."""

    entry: ArchiveEntry
    face: Face
    newer: ArchiveEntry | None
    older: ArchiveEntry | None

    @property
    def address(self) -> str:
        return archive_urls.issue(self.entry.list, self.entry, self.face)


def find_issue(slug: str, issue: str, language: str) -> FoundIssue:
    """Find an issue. Raises Http404 if it does not exist or is not public: the response must not reveal which."""
    every = archive_entries.entries(find_open_list(slug))
    at = next((at for at, candidate in enumerate(every) if candidate.slug == issue), None)
    if at is None:
        raise Http404
    near = archive_entries.with_faces(every[max(0, at - 1) : at + 2])
    here = 1 if at else 0
    entry = near[here]
    face = (
        next((candidate for candidate in entry.faces if candidate.language.lower() == language.lower()), None)
        if language
        else entry.faces[0]
    )
    if face is None:
        raise Http404
    return FoundIssue(entry, face, near[0] if at else None, near[here + 1] if len(near) > here + 1 else None)


def find_open_list(slug: str) -> MailingList:
    """Find a list by its slug, if its archive is not off. Raises Http404."""
    mailing_list = archive_entries.find_open(slug)
    if mailing_list is None:
        raise Http404
    return mailing_list


def is_public(mailing_list: MailingList) -> bool:
    return mailing_list.archive == MailingList.Archive.PUBLIC


def places_of(entry: ArchiveEntry, face: Face, version: IssueVersion, *, whole: bool = False, articles: str = "") -> LinkTargets:
    """Where the links of an issue's content lead. `whole`: with absolute URLs, as feed readers need them; `articles`: as in
    `LinkTargets`."""
    page = archive_urls.absolute(archive_urls.issue(entry.list, entry, face))
    front = archive_urls.absolute(archive_urls.front(entry.list))
    pictures = pictures_of(version, whole=whole)
    return LinkTargets(page, front, pictures, page if whole else "", public_urls.subscribe_url(), articles)


def pictures_of(version: IssueVersion, *, whole: bool = False) -> tuple[tuple[str, WebPicture], ...]:
    stored = stored_pictures.by_name(version)
    return tuple(
        (src, WebPicture(archive_urls.picture(name, whole=whole), stored[name].width, stored[name].height))
        for src, name in version.pictures
        if name in stored
    )


# -------------------------------------------------------------------------------------------------------- template values
def listing(request: HttpRequest, template: str, language: str, address: str, *, indexed: bool, **context: Any) -> HttpResponse:
    """A page of links, in the reader's language and the design of the newest issue."""
    theme, about = archive_entries.newest_theme([context["list"]] if "list" in context else []), publication()
    return cached_pages.page(
        request, template, language, indexed=indexed, publication=PublicationTexts(about),
        canonical=archive_urls.absolute(address), design=page_identity.of_theme(theme, about),
        here=address, kind="website", locale=archive_urls.locale(language), **context,
    )  # fmt: skip


def sign_up_of(mailing_list: MailingList | None, language: str) -> dict[str, Any] | None:
    """The form to subscribe to the list. Caches may show its token to several visitors: after a mail many people open the same
    page at once, and a token ends much later than a copy in a cache."""
    form = embedded_form(mailing_list, language) if mailing_list is not None else None
    return {"list": mailing_list, "form": form} if form is not None else None


def _row(entry: ArchiveEntry, language: str) -> dict[str, Any]:
    """Return an issue as lists show it, in the language of the issue that fits the reader best."""
    face = archive_urls.face_for(entry, language)
    return {
        "entry": entry, "face": face, "direction": direction_of(face.language),
        "address": archive_urls.issue(entry.list, entry, face),
        "also": [_language_link(entry, other_face) for other_face in entry.faces if other_face != face],
    }  # fmt: skip


def _with_covers(some: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    """Add the picture and the number of articles to rows; neither is there as long as a version waits for its texts."""
    rows = list(some)
    covers = archive_texts.covers(row["entry"].version_id for row in rows)
    for row in rows:
        cover = covers.get((row["entry"].version_id, row["face"].language))
        if cover is not None:
            row["article_count"] = cover.article_count
            row["picture"] = archive_urls.picture(cover.picture, whole=False) if cover.picture else ""
    return rows


def _years(every: list[ArchiveEntry]) -> list[tuple[int, str]]:
    """Year and address of the pages of the years, the newest first; empty if the list's page already shows all issues of its only
    year."""
    numbers = sorted({entry.day.year for entry in every}, reverse=True)
    if len(numbers) == 1 and len(every) <= ON_THE_FRONT:
        return []
    return [(number, archive_urls.year(every[0].list, number)) for number in numbers]


def feed_of(mailing_list: MailingList) -> str | None:
    """The feed's URL; only public pages name it."""
    return archive_urls.absolute(archive_urls.feed(mailing_list)) if is_public(mailing_list) else None


def _language_link(entry: ArchiveEntry, face: Face) -> dict[str, str]:
    return {
        "language": face.language,
        "name": archive_urls.name_of(face.language),
        "address": archive_urls.issue(entry.list, entry, face),
    }


def _alternates(home: MailingList, entry: ArchiveEntry) -> list[tuple[str, str]]:
    """Return language and URL of each translation for search engines; empty if there is only one language."""
    links = archive_urls.in_each_language(home, entry)
    return [*links, ("x-default", links[0][1])] if len(links) > 1 else []


def absolute_picture(shown: tuple[WebPicture, str] | None) -> dict[str, Any] | None:
    """A picture with its alternative text, as other sites show it beside a link to the page."""
    if shown is None:
        return None
    picture, alt = shown
    return {"url": archive_urls.absolute(picture.url), "width": picture.width, "height": picture.height, "alt": legible(alt)}
