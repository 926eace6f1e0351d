"""The access matrix: every URL × who × {GET, POST}, written out. A URL that is not in it is a failure."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import get_resolver

from editorial.models import IssueRecord
from subscribers import tokens
from subscribers.models import MailingList
from tests.support import archives, issues
from tests.web.conftest import RIGHTS, make_staff
from web import access

pytestmark = pytest.mark.django_db

LOGIN = "login"  # a redirect to the login
# who: anonymous; an account that is no staff but has the rights; staff without the right; staff with the right.
# name of the URL: what it needs, then GET and POST for each of them.
MATRIX = {
    "front": (access.ANYONE, {"GET": [200, 200, 200, 200], "POST": [405, 405, 405, 405]}),
    "robots": (access.ANYONE, {"GET": [200, 200, 200, 200], "POST": [405, 405, 405, 405]}),
    "health": (access.ANYONE, {"GET": [200, 200, 200, 200], "POST": [405, 405, 405, 405]}),
    "health-live": (access.ANYONE, {"GET": [200, 200, 200, 200], "POST": [405, 405, 405, 405]}),
    "health-processes": (access.ANYONE, {"GET": [503, 503, 503, 503], "POST": [405, 405, 405, 405]}),
    "media": (access.ANYONE, {"GET": [404, 404, 404, 404], "POST": [405, 405, 405, 405]}),
    "design": (access.ANYONE, {"GET": [404, 404, 404, 404], "POST": [405, 405, 405, 405]}),
    "sitemap": (access.ANYONE, {"GET": [200, 200, 200, 200], "POST": [405, 405, 405, 405]}),
    "archive": (access.ANYONE, {"GET": [200, 200, 200, 200], "POST": [405, 405, 405, 405]}),
    "archive-list": (access.ANYONE, {"GET": [200, 200, 200, 200], "POST": [405, 405, 405, 405]}),
    "archive-feed": (access.ANYONE, {"GET": [200, 200, 200, 200], "POST": [405, 405, 405, 405]}),
    "archive-year": (access.ANYONE, {"GET": [200, 200, 200, 200], "POST": [405, 405, 405, 405]}),
    "archive-issue": (access.ANYONE, {"GET": [200, 200, 200, 200], "POST": [405, 405, 405, 405]}),
    "archive-mail": (access.ANYONE, {"GET": [200, 200, 200, 200], "POST": [405, 405, 405, 405]}),
    "archive-issue-language": (access.ANYONE, {"GET": [200, 200, 200, 200], "POST": [405, 405, 405, 405]}),
    "archive-mail-language": (access.ANYONE, {"GET": [200, 200, 200, 200], "POST": [405, 405, 405, 405]}),
    "subscribe": (access.ANYONE, {"GET": [200, 200, 200, 200], "POST": [405, 405, 405, 405]}),
    "subscribe-list": (access.FORM, {"GET": [200, 200, 200, 200], "POST": [200, 200, 200, 200]}),
    "subscribe-json": (access.FORM, {"GET": [200, 200, 200, 200], "POST": [400, 400, 400, 400]}),
    "unsubscribe": (access.LINK, {"GET": [200, 200, 200, 200], "POST": [200, 200, 200, 200]}),
    "view": (access.LINK, {"GET": [200, 200, 200, 200], "POST": [405, 405, 405, 405]}),
    "confirm": (access.LINK, {"GET": [404, 404, 404, 404], "POST": [404, 404, 404, 404]}),
    "preferences": (access.LINK, {"GET": [200, 200, 200, 200], "POST": [200, 200, 200, 200]}),
    "person": (access.LINK, {"GET": [200, 200, 200, 200], "POST": [200, 200, 200, 200]}),
    "person-export": (access.LINK, {"GET": [200, 200, 200, 200], "POST": [405, 405, 405, 405]}),
    "person-json": (access.LINK, {"GET": [405, 405, 405, 405], "POST": [404, 404, 404, 404]}),
    "person-erase": (access.LINK, {"GET": [200, 200, 200, 200], "POST": [200, 200, 200, 200]}),
    "address": (access.LINK, {"GET": [404, 404, 404, 404], "POST": [404, 404, 404, 404]}),
    "review": (access.LINK, {"GET": [404, 404, 404, 404], "POST": [404, 404, 404, 404]}),
    "review-mail": (access.LINK, {"GET": [404, 404, 404, 404], "POST": [405, 405, 405, 405]}),
    "private-link": (access.FORM, {"GET": [200, 200, 200, 200], "POST": [200, 200, 200, 200]}),
    "hook-sendgrid": (access.SIGNATURE, {"GET": [405, 405, 405, 405], "POST": [403, 403, 403, 403]}),
    "account_login": (access.DOOR, {"GET": [200, 200, 200, 200], "POST": [200, 200, 200, 200]}),
    "mfa_authenticate": (access.DOOR, {"GET": [302, 302, 302, 302], "POST": [302, 302, 302, 302]}),
    "mfa_login_webauthn": (access.DOOR, {"GET": [200, 200, 200, 200], "POST": [302, 302, 302, 302]}),
    "logout": (access.DOOR, {"GET": [405, 405, 405, 405], "POST": [302, 302, 302, 302]}),
    "language": (access.DOOR, {"GET": [405, 405, 405, 405], "POST": [302, 302, 302, 302]}),
    "account_reset_password": (access.DOOR, {"GET": [200, 200, 200, 200], "POST": [302, 302, 302, 302]}),
    "account_reset_password_done": (access.DOOR, {"GET": [200, 200, 200, 200], "POST": [405, 405, 405, 405]}),
    "account_reset_password_from_key": (access.DOOR, {"GET": [200, 200, 200, 200], "POST": [200, 200, 200, 200]}),
    "join": (access.DOOR, {"GET": [404, 404, 404, 404], "POST": [404, 404, 404, 404]}),
    "staff": ("auth.view_user", {"GET": [LOGIN, 403, 403, 200], "POST": [403, 403, 403, 405]}),
    "staff-account": ("auth.change_user", {"GET": [LOGIN, 403, 403, 404], "POST": [403, 403, 403, 404]}),
    "staff-invite": ("auth.add_user", {"GET": [LOGIN, 403, 403, 405], "POST": [403, 403, 403, 422]}),
    "invitation-revoke": ("auth.add_user", {"GET": [LOGIN, 403, 403, 405], "POST": [403, 403, 403, 302]}),
    "roles": (access.STAFF, {"GET": [LOGIN, 403, 200, 200], "POST": [403, 403, 405, 405]}),
    "mfa_index": (access.OWN, {"GET": [LOGIN, 403, 200, 200], "POST": [403, 403, 405, 405]}),
    "editor-tour": (access.OWN, {"GET": [LOGIN, 403, 405, 405], "POST": [403, 403, 204, 204]}),
    "own-mails": (access.OWN, {"GET": [LOGIN, 403, 405, 405], "POST": [403, 403, 302, 302]}),
    "own-password": (access.OWN, {"GET": [LOGIN, 403, 200, 200], "POST": [403, 403, 422, 422]}),
    "own-address": (access.OWN, {"GET": [LOGIN, 403, 200, 200], "POST": [403, 403, 422, 422]}),
    "session-end": (access.OWN, {"GET": [LOGIN, 403, 405, 405], "POST": [403, 403, 404, 404]}),
    "usersessions_list": (access.OWN, {"GET": [LOGIN, 403, 200, 200], "POST": [403, 403, 302, 302]}),
    "account_reauthenticate": (access.OWN, {"GET": [LOGIN, 403, 200, 200], "POST": [403, 403, 200, 200]}),
    "mfa_reauthenticate": (access.OWN, {"GET": [LOGIN, 403, 302, 302], "POST": [403, 403, 302, 302]}),
    "mfa_reauthenticate_webauthn": (access.OWN, {"GET": [LOGIN, 403, 302, 302], "POST": [403, 403, 302, 302]}),
    "mfa_activate_totp": (access.OWN, {"GET": [LOGIN, 403, 302, 302], "POST": [403, 403, 302, 302]}),
    "app-code": (access.OWN, {"GET": [LOGIN, 403, 404, 404], "POST": [403, 403, 405, 405]}),
    "mfa_deactivate_totp": (access.OWN, {"GET": [LOGIN, 403, 404, 404], "POST": [403, 403, 404, 404]}),
    "mfa_view_recovery_codes": (access.OWN, {"GET": [LOGIN, 403, 404, 404], "POST": [403, 403, 405, 405]}),
    "mfa_generate_recovery_codes": (access.OWN, {"GET": [LOGIN, 403, 302, 302], "POST": [403, 403, 302, 302]}),
    "mfa_download_recovery_codes": (access.OWN, {"GET": [LOGIN, 403, 404, 404], "POST": [403, 403, 404, 404]}),
    "mfa_list_webauthn": (access.OWN, {"GET": [LOGIN, 403, 200, 200], "POST": [403, 403, 405, 405]}),
    "mfa_add_webauthn": (access.OWN, {"GET": [LOGIN, 403, 302, 302], "POST": [403, 403, 302, 302]}),
    "mfa_edit_webauthn": (access.OWN, {"GET": [LOGIN, 403, 302, 302], "POST": [403, 403, 302, 302]}),
    "mfa_remove_webauthn": (access.OWN, {"GET": [LOGIN, 403, 302, 302], "POST": [403, 403, 302, 302]}),
    "issues": ("editorial.view_issuerecord", {"GET": [LOGIN, 403, 403, 200], "POST": [403, 403, 403, 405]}),
    "issue-new": ("editorial.add_issuerecord", {"GET": [LOGIN, 403, 403, 200], "POST": [403, 403, 403, 422]}),
    "import-new": ("editorial.add_issuerecord", {"GET": [LOGIN, 403, 403, 200], "POST": [403, 403, 403, 405]}),
    "import-upload": ("editorial.add_issuerecord", {"GET": [LOGIN, 403, 403, 405], "POST": [403, 403, 403, 422]}),
    "import": ("editorial.add_issuerecord", {"GET": [LOGIN, 403, 403, 404], "POST": [403, 403, 403, 404]}),
    "import-progress": ("editorial.add_issuerecord", {"GET": [LOGIN, 403, 403, 404], "POST": [403, 403, 403, 405]}),
    "import-file": ("editorial.change_issuerecord", {"GET": [LOGIN, 403, 403, 404], "POST": [403, 403, 403, 405]}),
    "import-report": ("editorial.change_issuerecord", {"GET": [LOGIN, 403, 403, 404], "POST": [403, 403, 403, 405]}),
    # Who may see the doubts may not decide about them without another right.
    "issue-doubts": ("editorial.view_issuerecord", {"GET": [LOGIN, 403, 403, 200], "POST": [403, 403, 403, 403]}),
    "issue-doubt-picture": ("editorial.change_issuerecord", {"GET": [LOGIN, 403, 403, 405], "POST": [403, 403, 403, 302]}),
    "issue-past": ("campaigns.add_pastissue", {"GET": [LOGIN, 403, 403, 200], "POST": [403, 403, 403, 422]}),
    "markup": (access.STAFF, {"GET": [LOGIN, 403, 200, 200], "POST": [403, 403, 405, 405]}),
    "issue": ("editorial.view_issuerecord", {"GET": [LOGIN, 403, 403, 200], "POST": [403, 403, 403, 405]}),
    # Who may see a part may not save it without another right.
    "issue-part": ("editorial.view_issuerecord", {"GET": [LOGIN, 403, 403, 404], "POST": [403, 403, 403, 403]}),
    "issue-part-add": ("editorial.change_issuerecord", {"GET": [LOGIN, 403, 403, 404], "POST": [403, 403, 403, 422]}),
    "issue-part-move": ("editorial.change_issuerecord", {"GET": [LOGIN, 403, 403, 405], "POST": [403, 403, 403, 422]}),
    "issue-part-split": ("editorial.change_issuerecord", {"GET": [LOGIN, 403, 403, 404], "POST": [403, 403, 403, 404]}),
    "issue-part-join": ("editorial.change_issuerecord", {"GET": [LOGIN, 403, 403, 404], "POST": [403, 403, 403, 404]}),
    "issue-part-undo": ("editorial.change_issuerecord", {"GET": [LOGIN, 403, 403, 405], "POST": [403, 403, 403, 404]}),
    "issue-part-delete": ("editorial.change_issuerecord", {"GET": [LOGIN, 403, 403, 404], "POST": [403, 403, 403, 422]}),
    "issue-search": ("editorial.view_issuerecord", {"GET": [LOGIN, 403, 403, 200], "POST": [403, 403, 403, 403]}),
    "issue-pictures": ("editorial.view_issuerecord", {"GET": [LOGIN, 403, 403, 200], "POST": [403, 403, 403, 405]}),
    "picture-upload": ("editorial.add_media", {"GET": [LOGIN, 403, 403, 405], "POST": [403, 403, 403, 422]}),
    "issue-picture-delete": ("editorial.add_media", {"GET": [LOGIN, 403, 403, 404], "POST": [403, 403, 403, 422]}),
    "issue-picture-crop": ("editorial.add_media", {"GET": [LOGIN, 403, 403, 404], "POST": [403, 403, 403, 422]}),
    "issue-picture-library": ("editorial.add_media", {"GET": [LOGIN, 403, 403, 200], "POST": [403, 403, 403, 422]}),
    "issue-picture-describe": ("editorial.change_issuerecord", {"GET": [LOGIN, 403, 403, 405], "POST": [403, 403, 403, 422]}),
    "issue-thumbnail": ("editorial.view_issuerecord", {"GET": [LOGIN, 403, 403, 404], "POST": [403, 403, 403, 405]}),
    "issue-revisions": ("editorial.view_issuerecord", {"GET": [LOGIN, 403, 403, 200], "POST": [403, 403, 403, 405]}),
    "issue-compare": ("editorial.view_issuerecord", {"GET": [LOGIN, 403, 403, 200], "POST": [403, 403, 403, 405]}),
    "issue-restore": ("editorial.change_issuerecord", {"GET": [LOGIN, 403, 403, 404], "POST": [403, 403, 403, 422]}),
    "issue-languages": ("editorial.view_issuerecord", {"GET": [LOGIN, 403, 403, 200], "POST": [403, 403, 403, 405]}),
    "issue-language-add": ("editorial.change_issuerecord", {"GET": [LOGIN, 403, 403, 200], "POST": [403, 403, 403, 422]}),
    "issue-language-remove": ("editorial.change_issuerecord", {"GET": [LOGIN, 403, 403, 404], "POST": [403, 403, 403, 422]}),
    "issue-language-part": ("editorial.change_issuerecord", {"GET": [LOGIN, 403, 403, 405], "POST": [403, 403, 403, 422]}),
    "issue-language-picture": ("editorial.change_issuerecord", {"GET": [LOGIN, 403, 403, 405], "POST": [403, 403, 403, 422]}),
    "issue-presence": ("editorial.view_issuerecord", {"GET": [LOGIN, 403, 403, 405], "POST": [403, 403, 403, 200]}),
    "issue-preview": ("editorial.view_issuerecord", {"GET": [LOGIN, 403, 403, 200], "POST": [403, 403, 403, 403]}),
    "issue-preview-live": ("editorial.view_issuerecord", {"GET": [LOGIN, 403, 403, 200], "POST": [403, 403, 403, 200]}),
    "issue-preview-mail": ("editorial.view_issuerecord", {"GET": [LOGIN, 403, 403, 200], "POST": [403, 403, 403, 405]}),
    "issue-preview-picture": ("editorial.view_issuerecord", {"GET": [LOGIN, 403, 403, 404], "POST": [403, 403, 403, 405]}),
    "issue-review": ("editorial.view_review", {"GET": [LOGIN, 403, 403, 200], "POST": [403, 403, 403, 405]}),
    "issue-review-ask": ("editorial.add_review", {"GET": [LOGIN, 403, 403, 200], "POST": [403, 403, 403, 422]}),
    "issue-review-take-back": ("editorial.change_review", {"GET": [LOGIN, 403, 403, 405], "POST": [403, 403, 403, 302]}),
    "issue-review-decide": ("editorial.add_decision", {"GET": [LOGIN, 403, 403, 405], "POST": [403, 403, 403, 422]}),
    "issue-differences": ("editorial.view_review", {"GET": [LOGIN, 403, 403, 404], "POST": [403, 403, 403, 405]}),
    "issue-comments": ("editorial.view_comment", {"GET": [LOGIN, 403, 403, 200], "POST": [403, 403, 403, 405]}),
    "issue-comment-add": ("editorial.add_comment", {"GET": [LOGIN, 403, 403, 405], "POST": [403, 403, 403, 422]}),
    "issue-comment-answer": ("editorial.add_comment", {"GET": [LOGIN, 403, 403, 405], "POST": [403, 403, 403, 404]}),
    "issue-comment-resolve": ("editorial.change_comment", {"GET": [LOGIN, 403, 403, 405], "POST": [403, 403, 403, 404]}),
    "issue-comment-reopen": ("editorial.change_comment", {"GET": [LOGIN, 403, 403, 405], "POST": [403, 403, 403, 404]}),
    "issue-links": ("editorial.add_reviewlink", {"GET": [LOGIN, 403, 403, 200], "POST": [403, 403, 403, 422]}),
    "issue-link-revoke": ("editorial.add_reviewlink", {"GET": [LOGIN, 403, 403, 405], "POST": [403, 403, 403, 302]}),
    "home": (access.STAFF, {"GET": [LOGIN, 403, 200, 200], "POST": [403, 403, 405, 405]}),
    "home-sending": ("campaigns.view_campaign", {"GET": [LOGIN, 403, 403, 200], "POST": [403, 403, 403, 405]}),
    "issue-send": ("campaigns.add_campaign", {"GET": [LOGIN, 403, 403, 200], "POST": [403, 403, 403, 400]}),
    "campaigns": ("campaigns.view_campaign", {"GET": [LOGIN, 403, 403, 200], "POST": [403, 403, 403, 405]}),
    "campaign": ("campaigns.view_campaign", {"GET": [LOGIN, 403, 403, 200], "POST": [403, 403, 403, 405]}),
    "campaign-numbers": ("campaigns.view_campaign", {"GET": [LOGIN, 403, 403, 200], "POST": [403, 403, 403, 405]}),
    "campaign-people": ("subscribers.view_subscriber", {"GET": [LOGIN, 403, 403, 200], "POST": [403, 403, 403, 405]}),
    "campaign-people-csv": ("subscribers.view_subscriber", {"GET": [LOGIN, 403, 403, 200], "POST": [403, 403, 403, 405]}),
    "campaign-why": ("subscribers.view_subscriber", {"GET": [LOGIN, 403, 403, 200], "POST": [403, 403, 403, 422]}),
    "campaign-schedule": ("campaigns.change_campaign", {"GET": [LOGIN, 403, 403, 200], "POST": [403, 403, 403, 302]}),
    "campaign-send-now": ("campaigns.change_campaign", {"GET": [LOGIN, 403, 403, 200], "POST": [403, 403, 403, 302]}),
    "campaign-unschedule": ("campaigns.change_campaign", {"GET": [LOGIN, 403, 403, 405], "POST": [403, 403, 403, 302]}),
    "campaign-audience": ("campaigns.change_campaign", {"GET": [LOGIN, 403, 403, 302], "POST": [403, 403, 403, 302]}),
    "campaign-delete": ("campaigns.change_campaign", {"GET": [LOGIN, 403, 403, 302], "POST": [403, 403, 403, 302]}),
    "campaign-override": ("campaigns.override_checks", {"GET": [LOGIN, 403, 403, 200], "POST": [403, 403, 403, 302]}),
    "campaign-pause": ("campaigns.change_campaign", {"GET": [LOGIN, 403, 403, 405], "POST": [403, 403, 403, 302]}),
    "campaign-resume": ("campaigns.change_campaign", {"GET": [LOGIN, 403, 403, 405], "POST": [403, 403, 403, 302]}),
    "campaign-cancel": ("campaigns.change_campaign", {"GET": [LOGIN, 403, 403, 200], "POST": [403, 403, 403, 302]}),
    "campaign-uncertain": ("campaigns.view_campaign", {"GET": [LOGIN, 403, 403, 200], "POST": [403, 403, 403, 405]}),
    "campaign-settle": ("campaigns.change_campaign", {"GET": [LOGIN, 403, 403, 405], "POST": [403, 403, 403, 400]}),
    "version-mail": ("editorial.view_issueversion", {"GET": [LOGIN, 403, 403, 200], "POST": [403, 403, 403, 405]}),
    "variant-mail": ("editorial.view_issueversion", {"GET": [LOGIN, 403, 403, 200], "POST": [403, 403, 403, 405]}),
    "subscribers": ("subscribers.view_subscriber", {"GET": [LOGIN, 403, 403, 200], "POST": [403, 403, 403, 405]}),
    "subscribers-count": ("subscribers.view_subscriber", {"GET": [LOGIN, 403, 403, 405], "POST": [403, 403, 403, 302]}),
    "segment-count": ("subscribers.view_segment", {"GET": [LOGIN, 403, 403, 405], "POST": [403, 403, 403, 404]}),
    "segments": ("subscribers.view_segment", {"GET": [LOGIN, 403, 403, 200], "POST": [403, 403, 403, 405]}),
}
OF_ANYBODY = (access.ANYONE, access.LINK, access.FORM, access.SIGNATURE)
ROUTES = {pattern.name: pattern for pattern in get_resolver().url_patterns}


@pytest.fixture
def addresses(sending, reader, tmp_path) -> dict[str, str]:
    """Each URL's name -> an address of it."""
    MailingList.objects.update(sign_up="open")
    IssueRecord.objects.create(slug="news", title="News")  # the archive and the pages of issues have the same part of the address
    archives.send(issues.two_languages(tmp_path / "issue"), archives.open_list(sending.lists.get().slug))
    values = {
        "slug": "news", "issue": "cast-newsletter-2026-12", "year": archives.FIRST.year, "language": "zh-Hans",
        "campaign_id": sending.pk, "version_id": sending.version_id, "segment_id": 99, "pk": 99, "uidb36": "1", "key": "x", "invitation_id": 99, "comment_id": 99, "import_id": 99, "file_id": 99, "outcome": "bounced", "number": 0, "name": "missing-0123456789ab.png", "digest": "0" * 64,
        "theme": "cast",
        "unsubscribe": tokens.unsubscribe_token(reader.pk, sending.pk), "view": tokens.view_token(reader.pk, sending.pk),
        "confirm": "A" * 36, "address": "A" * 36, "join": "x", "review": "x", "review-mail": "x", "link_id": 99, "account_id": 9999999, "session_id": 9999999, "preferences": tokens.preferences_token(reader.pk, sending.pk),
    }  # fmt: skip
    private = tokens.expiring_token(tokens.Purpose.PERSON, reader.pk)
    values |= dict.fromkeys(("person", "person-export", "person-json", "person-erase"), private)
    of_issues = {**values, "slug": "cast-newsletter-2026-12"}

    def filled(name: str, route: str) -> str:
        known = of_issues if route.startswith(("console/issues/", "console/uploads/")) else values
        return "/" + re.sub(r"<\w+:(\w+)>", lambda found: str(known.get(found[1], known.get(name))), route)

    return {name: filled(name, str(pattern.pattern)) for name, pattern in ROUTES.items()}


@pytest.fixture
def clients() -> Callable[[str], list[Client]]:
    """A right -> anonymous, an account that is no staff but has the rights, staff without the right, staff with it."""

    @functools.cache
    def of(right: str) -> list[Client]:
        number = len(made)
        made.append(right)
        others = [each for each in RIGHTS if each != right]
        accounts = [
            make_staff(f"outsider-{number}", *RIGHTS, is_staff=False),
            make_staff(f"staff-without-{number}", *others),
            make_staff(f"staff-with-{number}", *([right] if right in RIGHTS else [])),
        ]
        return [Client(), *map(signed_in, accounts)]

    made: list[str] = []
    return of


def signed_in(account: User) -> Client:
    client = Client()
    client.force_login(account)
    return client


def asked(client: Client, method: str, address: str, **headers: str) -> HttpResponse:
    """The answer. What the request changed is undone, also a sign-out."""
    cookies = client.cookies.copy()
    with transaction.atomic():
        answer = client.generic(method, address, headers=headers)
        transaction.set_rollback(True)
    client.cookies = cookies
    return answer


def test_the_matrix_names_every_url():
    assert set(MATRIX) == set(ROUTES)
    assert {name: pattern.callback.access for name, pattern in ROUTES.items()} == {name: row[0] for name, row in MATRIX.items()}


def test_only_links_public_forms_and_the_providers_hook_are_free_of_the_csrf_check():
    exempt = {name for name, pattern in ROUTES.items() if getattr(pattern.callback, "csrf_exempt", False)}
    assert exempt == {
        "unsubscribe", "view", "confirm", "preferences", "person", "person-export", "person-json", "person-erase", "address",
        "review", "review-mail", "private-link", "subscribe-list", "subscribe-json", "hook-sendgrid",
    }  # fmt: skip


@pytest.mark.timeout(600)  # some six hundred requests
def test_who_may_do_what(addresses, clients):
    for name, (needs, rows) in MATRIX.items():
        for method, expected in rows.items():
            answers = [asked(client, method, addresses[name]) for client in clients(needs)]
            found = [
                LOGIN if answer.headers.get("Location", "").startswith("/console/login/?next=") else answer.status_code
                for answer in answers
            ]
            assert found == expected, (name, method, addresses[name])


def test_neither_spelling_nor_method_nor_header_opens_a_door(addresses, client):
    for name, (needs, _) in MATRIX.items():
        if needs in OF_ANYBODY:
            continue
        address = addresses[name]
        spellings = [address.rstrip("/") if address.endswith("/") else address + "/", address.upper(), address + "%00"]
        for spelling in spellings:
            answer = client.get(spelling)
            assert answer.status_code in {302, 404}, spelling
            assert answer.status_code == 404 or answer.headers["Location"].startswith("/console/login/?next=")
        if needs != access.DOOR:
            for method in ("PUT", "DELETE", "PATCH", "OPTIONS", "POST", "TRACE", "X"):
                assert client.generic(method, address).status_code == 403, (method, address)
            assert client.head(address).status_code == 302, address
            assert client.get(address, headers={"X-HTTP-Method-Override": "POST"}).status_code == 302, address


def test_the_buttons_need_djangos_token_too(editor, sending):
    client = Client(enforce_csrf_checks=True)
    client.force_login(editor)
    assert client.post(f"/console/campaigns/{sending.pk}/pause/").status_code == 403
    sending.refresh_from_db()
    assert sending.state == "sending"


def test_an_account_that_was_shut_is_out_at_once(console, editor):
    assert console.get("/console/").status_code == 200
    editor.is_staff = False
    editor.save()
    assert console.get("/console/").status_code == 403


def test_headers_of_staff_pages(console, addresses):
    for name, (needs, rows) in MATRIX.items():
        if needs in OF_ANYBODY or 404 in rows["GET"] or name in ("version-mail", "variant-mail", "issue-preview-mail"):
            continue
        headers = console.get(addresses[name]).headers
        policy = headers["Content-Security-Policy"]
        assert policy.startswith("default-src 'none'; "), name
        assert "unsafe" not in policy
        assert "frame-ancestors 'none'" in policy
        assert headers["Referrer-Policy"] == "same-origin", "with no-referrer a browser's forms fail Django's check"
        assert headers["Cache-Control"].startswith(("no-store", "max-age=0"))
        assert headers["X-Robots-Tag"] == "noindex"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"


def test_the_mail_of_a_version_is_mail_bytes_with_harmless_links(console, sending):
    answer = console.get(f"/console/versions/{sending.version_id}/mail")
    assert answer.headers["Content-Security-Policy"].startswith("sandbox; default-src 'none'")
    assert b'href="#"' in answer.content
    assert b"-mr_" not in answer.content


def test_a_route_without_an_answer_cannot_be_written(rf):
    with pytest.raises(TypeError):
        access.at("somewhere", lambda request: HttpResponse(), name="somewhere")
    guarded = access.guard(lambda request: HttpResponse(), "campaigns.a_right_that_nobody_has")
    request = rf.post("/somewhere")
    request.user = make_staff("somebody", *RIGHTS)
    with pytest.raises(PermissionDenied):
        guarded(request)


def test_every_url_stands_in_one_file():
    elsewhere = [
        file.name
        for file in (Path(__file__).resolve().parents[2] / "web").rglob("*.py")
        if file.name not in {"urls.py", "access.py"} and re.search(r"django\.urls import|re_path|include\(", file.read_text())
    ]
    assert elsewhere == []
