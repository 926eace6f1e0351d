"""URLs of the archive's pages, in every language, and the names of languages."""

from urllib.parse import urlsplit

from django.conf import settings
from django.shortcuts import resolve_url
from django.utils.translation import get_language_info

from campaigns.reporting.archive_entries import ArchiveEntry
from composer.issue.languages import best_language
from config.public_urls import READ
from editorial.public_pages import Face
from subscribers.models import MailingList

_TERRITORIES = {"en": "en_US", "zh": "zh_CN"}


def absolute(path: str) -> str:
    """With scheme and host; an absolute URL is returned unchanged."""
    return path if urlsplit(path).netloc else settings.PUBLIC_URL + path


def front(mailing_list: MailingList) -> str:
    return resolve_url("archive-list", mailing_list.slug)


def year(mailing_list: MailingList, number: int) -> str:
    return resolve_url("archive-year", mailing_list.slug, number)


def feed(mailing_list: MailingList) -> str:
    return resolve_url("archive-feed", mailing_list.slug)


def issue(mailing_list: MailingList, entry: ArchiveEntry, face: Face) -> str:
    """The URL of an issue on a list's pages. That of its first language has no language tag."""
    return issue_in(mailing_list, entry.slug, "" if face == entry.faces[0] else face.language)


def issue_in(mailing_list: MailingList, slug: str, language: str = "") -> str:
    """The URL of an issue in a language that is not its first; without a language that of its first one."""
    if not language:
        return resolve_url("archive-issue", mailing_list.slug, slug)
    return resolve_url("archive-issue-language", mailing_list.slug, slug, language)


def article(mailing_list: MailingList, entry: ArchiveEntry, face: Face, name: str) -> str:
    """The URL of an article's page; `name`: the id of the article, or `{}` for any."""
    return f"{issue(mailing_list, entry, face)}{READ}/{name}/"


def in_each_language(mailing_list: MailingList, entry: ArchiveEntry) -> list[tuple[str, str]]:
    """(language, absolute URL) of an issue on a list's pages."""
    return [(face.language, absolute(issue(mailing_list, entry, face))) for face in entry.faces]


def picture(name: str, *, whole: bool) -> str:
    """A picture's URL. Unless `whole`, one on our own host is relative, because the page's policy allows 'self' only."""
    own = f"{settings.PUBLIC_URL}/"
    url: str = settings.MEDIA_URL + name
    return url if whole or not url.startswith(own) else url.removeprefix(settings.PUBLIC_URL)


def face_for(entry: ArchiveEntry, language: str) -> Face:
    """The face of an issue for a reader of `language`; the first one if there is none in that language."""
    served = best_language(language, [face.language for face in entry.faces])
    return next(face for face in entry.faces if face.language == served)


def name_of(language: str) -> str:
    """The language's own name; its tag if the name is not known."""
    try:
        return str(get_language_info(language.lower())["name_local"])
    except KeyError:
        return language


def locale(language: str) -> str:
    """`language_TERRITORY` as Open Graph requires; empty if the territory is not known."""
    parts = language.split("-")
    territory = next((part for part in parts[1:] if len(part) == 2), "")
    if territory:
        return f"{parts[0].lower()}_{territory.upper()}"
    if "hant" in language.lower():
        return "zh_TW"
    return _TERRITORIES.get(parts[0].lower(), "")
