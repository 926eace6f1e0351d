"""An example address of every URL of web/urls.py: the tests of all pages take their pages from there, and their addresses from here.

A new URL needs nothing here as long as its arguments have an example below.
"""

import re
from collections.abc import Mapping
from pathlib import Path

from django.urls import URLPattern

from campaigns import launch
from campaigns.models import Campaign
from editorial.models import IssueRecord
from publication import audit
from subscribers import tokens
from subscribers.models import MailingList, Subscriber
from tests.support import archives, issues
from tests.support.heartbeats import all_alive
from tests.web import people_examples
from web.urls import urlpatterns

PAGES: dict[str, URLPattern] = {str(page.name): page for page in urlpatterns if isinstance(page, URLPattern)}
SLUG, ISSUE = "news", "cast-newsletter-2026-12"
ARGUMENTS = {
    "slug": SLUG, "issue": ISSUE, "year": archives.FIRST.year, "language": "zh-Hans", "number": 0, "outcome": "bounced",
    "theme": "cast", "name": "missing-0123456789ab.png", "digest": "0" * 64, "uidb36": "1", "key": "x", "token": "x",
    "attribute": "topics", "policy": "approvals", "period": "keep_events",
}  # fmt: skip
NOBODY = 99  # the number of a row that does not exist, for every other argument
PERSONAL = ("person", "person-export", "person-json", "person-erase")
OF_DRAFTS = ("campaign-audience", "campaign-delete", "campaign-schedule", "campaign-send-now")


def addresses(sending: Campaign, reader: Subscriber, folder: Path) -> dict[str, str]:
    """Name of a URL -> an address of it, in an installation with a campaign under way, a draft and an archive."""
    all_alive(for_seconds=3600)  # the health check of the processes answers 503 if one is missing
    sending.lists.update(sign_up="open")
    IssueRecord.objects.create(slug=SLUG, title="News")  # the archive and the pages of issues have the same part of the address
    archives.send(issues.two_languages(folder / "issue"), archives.open_list(sending.lists.get().slug))
    draft = launch.create(audit.system(), version=sending.version, lists=list(sending.lists.all()), sender=sending.sender)
    of_url = {name: {"campaign_id": draft.pk} for name in OF_DRAFTS}
    of_url |= {name: {"token": tokens.expiring_token(tokens.Purpose.PERSON, reader.pk)} for name in PERSONAL}
    of_url |= {
        "unsubscribe": {"token": tokens.unsubscribe_token(reader.pk, sending.pk)},
        "view": {"token": tokens.view_token(reader.pk, sending.pk)},
        "preferences": {"token": tokens.preferences_token(reader.pk, sending.pk)},
        "confirm": {"token": tokens.confirm_token(1)},
        "address": {"token": tokens.expiring_token(tokens.Purpose.OLD_ADDRESS, 1)},
    }
    of_people, of_people_urls = people_examples.arguments(sending.lists.get(), reader)
    known = ARGUMENTS | of_people | {"campaign_id": sending.pk, "version_id": sending.version_id, "sender_id": sending.sender_id}

    def values(name: str, route: str) -> dict[str, object]:
        issue = {"slug": ISSUE} if route.startswith(("console/issues/", "console/uploads/")) else {}
        return known | issue | of_url.get(name, {}) | of_people_urls.get(name, {})

    return {name: _filled(str(page.pattern), values(name, str(page.pattern))) for name, page in PAGES.items()}


def of_people(mailing_list: MailingList, person: Subscriber) -> dict[str, str]:
    """Name of a URL of the section of people -> an address of it, about records of this list."""
    known, of_url = people_examples.arguments(mailing_list, person)
    pages = {name: str(page.pattern) for name, page in PAGES.items() if name.startswith("people")}
    return {name: _filled(route, known | of_url.get(name, {})) for name, route in pages.items()}


def _filled(route: str, values: Mapping[str, object]) -> str:
    return "/" + re.sub(r"<\w+:(\w+)>", lambda argument: str(values.get(argument[1], NOBODY)), route)
