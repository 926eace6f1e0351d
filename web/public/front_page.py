"""The front page and /robots.txt."""

from datetime import date
from itertools import chain
from typing import Any, NamedTuple

from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url

from campaigns.reporting import archive_entries
from campaigns.reporting.archive_entries import ArchiveEntry
from campaigns.reporting.issue_rhythm import Rhythm, rhythm_of
from composer.issue.digest import in_turn
from composer.rendering.archive_page import WebIssue
from config.public_urls import ARCHIVE, DESIGN, MEDIA, READ, SUBSCRIBE
from publication import clock
from publication.installation import publication
from subscribers import mailing_lists
from subscribers.models import MailingList
from web.public import cached_pages
from web.public.archive import archive_pages, archive_urls
from web.public.links.form_token import HONEYPOT
from web.public.links.link_page import show
from web.public.sign_up.embedded_form import EmbeddedForm, embedded_form

# Everything else belongs to one person or to staff. Mail programs fetch pictures without reading robots.txt.
CLOSED = "User-agent: *\nDisallow: /\n"
ALWAYS_OPEN = (MEDIA, DESIGN, "static")

_SMALL_STORIES = 3  # in a row
_STORIES = 2 + _SMALL_STORIES  # of the newest issue, besides its lead
_EARLIER = 5  # issues before it


class _Newsletter(NamedTuple):
    """A list on the front page: what is sent to it, and how to get it."""

    list: MailingList
    is_archived: bool
    issue_count: int
    rhythm: Rhythm | None
    form: EmbeddedForm | None


def front(request: HttpRequest) -> HttpResponse:
    """The newest public issue with some of its stories, the issues before it, and the newsletters with the forms to subscribe.
    Without a public issue: what this server is for."""
    archives, open_lists = archive_entries.public_lists(), mailing_lists.open_lists()
    entries_by_list = {archive.pk: archive_entries.entries(archive) for archive in archives}
    by_slug: dict[str, ArchiveEntry] = {}  # an issue that went to several lists is shown once
    for entry in chain.from_iterable(entries_by_list.values()):
        by_slug.setdefault(entry.slug, entry)
    issues = sorted(by_slug.values(), key=lambda entry: (entry.day, entry.published), reverse=True)
    if issues:
        lists = {row.pk: row for row in (*archives, *open_lists)}
        return _magazine(request, issues, entries_by_list, list(lists.values()))
    page = show("public/front.html", archives=archives, open_lists=open_lists, is_indexed=bool(archives or open_lists))
    if archives or open_lists:
        del page.headers["X-Robots-Tag"]
    return page


def _magazine(
    request: HttpRequest, issues: list[ArchiveEntry], entries_by_list: dict[int, list[ArchiveEntry]], lists: list[MailingList]
) -> HttpResponse:
    language = cached_pages.language_of(request)
    today = clock.in_zone(clock.now(), publication().zone).date()
    newsletters = [_newsletter(mailing_list, entries_by_list.get(mailing_list.pk), language, today) for mailing_list in lists]
    newest = archive_pages.newest_of(issues[0], language)
    return archive_pages.listing(
        request, "public/archive/home.html", language, "/", indexed=True, newsletters=newsletters, honeypot=HONEYPOT,
        sign_up=next((own for own in newsletters if own.form and own.list == issues[0].list), None),
        form_count=sum(newsletter.form is not None for newsletter in newsletters),
        archived=[newsletter.list for newsletter in newsletters if newsletter.is_archived],
        rows=archive_pages.rows_of(issues[1 : 1 + _EARLIER], language), articles=f"{newest['first']['address']}{READ}/",
        **_stories(newest["shown"]), **newest,
    )  # fmt: skip


def _stories(shown: WebIssue | None) -> dict[str, Any]:
    """The lead of an issue, some other stories, from each section one before a second one, and how many stories it has.

    If there are pictures for a row of three, only stories with a picture are shown.
    """
    if shown is None:
        return {}
    articles = [article for section in shown.sections for article in section.articles]
    others = [[article for article in section.articles if article.id != shown.lead] for section in shown.sections]
    pictured = in_turn([article for article in group if article.picture] for group in others)[:_STORIES]
    stories = pictured
    if len(pictured) < _SMALL_STORIES:
        stories = sorted(in_turn(others)[:_STORIES], key=lambda article: article.picture is None)
    return {
        "lead_story": next((article for article in articles if article.id == shown.lead), None),
        "stories": stories,
        "story_count": len(articles),
    }


def _newsletter(mailing_list: MailingList, entries: list[ArchiveEntry] | None, language: str, today: date) -> _Newsletter:
    form = embedded_form(mailing_list, language)
    days = [entry.day for entry in entries or ()]
    return _Newsletter(mailing_list, entries is not None, len(days), rhythm_of(days, today), form)


def robots(request: HttpRequest) -> HttpResponse:
    """Closed to search engines until there is a public archive or an open list; then these and the front page are open, and the
    sitemap is named.
    """
    lists_by_folder = {ARCHIVE: archive_entries.public_lists(), SUBSCRIBE: mailing_lists.open_lists()}
    folders = [folder for folder, lists in lists_by_folder.items() if lists]
    text = CLOSED
    if folders:
        allowed = "".join(f"Allow: /{folder}/\n" for folder in (*folders, *ALWAYS_OPEN))
        text = f"User-agent: *\nAllow: /$\n{allowed}Disallow: /\n\nSitemap: {archive_urls.absolute(resolve_url('sitemap'))}\n"
    return HttpResponse(text, content_type="text/plain; charset=utf-8", headers={"Cache-Control": "public, max-age=3600"})
