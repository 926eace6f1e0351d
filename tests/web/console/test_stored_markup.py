"""Texts that are markup, through every input that staff and guests can fill, run on no page and in no mail: in Chromium."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.conf import settings as configured
from django.contrib.auth.models import User
from django.test import Client

from campaigns.models import Campaign
from editorial.models import DocumentImport, ReviewLink
from editorial.review import review_links
from publication import audit
from publication.models import StaffMail
from subscribers import tokens
from subscribers.models import MailingList, Subscriber
from tests.support import documents
from tests.support.chromium import MARKS
from tests.web import hostile_markup
from tests.web.console import markup_inputs
from tests.web.console.markup_inputs import Inputs
from tests.web.console.markup_judge import Judge, names, pages_of_table
from web.content_policies import CONSOLE_POLICY
from web.urls import urlpatterns
from worker import notice_mail, upkeep

pytestmark = [*MARKS, pytest.mark.django_db(transaction=True)]
ALL = hostile_markup.texts()
# One of each kind: elements, attributes in both quotation marks, frames, links, what waits for a mouse.
FEW = [*ALL[3:16:3], *ALL[28:200:25], ALL[15], ALL[49]][:12]
# Not pages: only posted to, no HTML, or part of another page. The second factors show nothing that somebody typed.
NOT_PAGES = {
    "staff-invite", "invitation-revoke", "own-mails", "session-end", "issue-part-move", "picture-upload", "issue-presence",
    "issue-review-take-back", "issue-part-undo", "editor-tour", "import-file", "import-progress", "issue-picture-describe", "issue-doubt-picture",
    "import-upload", "import-report", "issue-language-part", "issue-language-picture",
    "issue-review-decide", "issue-comment-add", "issue-comment-answer", "issue-comment-resolve", "issue-comment-reopen",
    "issue-link-revoke", "issue-thumbnail", "issue-preview-picture", "issue-preview-live", "campaign-people-csv", "subscribers-count",
    "segment-count", "campaign-unschedule", "campaign-pause", "campaign-resume", "campaign-settle", "app-code", "home-sending",
    "campaign-numbers", "mfa_download_recovery_codes", "mfa_view_recovery_codes", "mfa_generate_recovery_codes",
    "account_reauthenticate", "mfa_reauthenticate", "mfa_reauthenticate_webauthn", "mfa_activate_totp", "mfa_deactivate_totp",
    "mfa_add_webauthn", "mfa_edit_webauthn", "mfa_remove_webauthn", "mfa_list_webauthn",
}  # fmt: skip
# Where the console and the pages of guests lead that this test does not follow.
NOT_FOLLOWED = {
    "campaign-people-csv",
    "import-file",
    "import-report",
    "mfa_download_recovery_codes",
    "account_reauthenticate",
    "logout",
}

# What is no name, address, day or code, and the reason of an override that is not possible on a server without https.
REFUSED = {
    "username", "invited", "date", "broken", "reason", "due", "missing", "link-address", "wrong-code", "test", "time",
}  # fmt: skip


def signed_in(chromium, root: str, name: str) -> Judge:
    client, context = Client(), chromium.new_context()
    client.force_login(User.objects.get(username=name))
    cookie = configured.SESSION_COOKIE_NAME
    context.add_cookies([{"name": cookie, "value": client.cookies[cookie].value, "url": root}])
    return Judge(context.new_page(), root)


def console_pages(inputs: Inputs) -> list[str]:
    """Where the walk begins: home, and each issue. Everything else is linked from there, or has no link of its own."""
    pages = ["/console/", "/console/account/", "/console/account/sessions/", "/console/markup/"]
    for each in (*inputs.issues, *inputs.drafts):
        pages.append(f"/console/issues/{each.slug}/")
    for each in inputs.issues:
        pages += [
            f"/console/issues/{each.slug}/{page}/"
            for page in ("links", "preview", "review", "send", "revisions", "comments", "doubts", "search", "languages")
        ]
        pages += [
            f"/console/issues/{each.slug}/pictures/?picture=images/lab.png&alt=%22%3E%3Cimg%20src=x%20onerror=alert(1)%3E",
            f"/console/issues/{each.slug}/differences/?from=1", f"/console/issues/{each.slug}/revisions/compare/?from=1&to=0",
            f"/console/issues/{each.slug}/preview/?person={Subscriber.objects.first().pk}&view=text",
        ]  # fmt: skip
        pages.append(f"/console/versions/{each.current_id}/0/mail")
    for campaign in Campaign.objects.order_by("id")[:1]:
        pages += [f"/console/campaigns/{campaign.pk}/{page}/" for page in ("people/bounced", "why", "uncertain")]
    for campaign in Campaign.objects.order_by("-id")[:1]:
        pages += [f"/console/campaigns/{campaign.pk}/{page}/" for page in ("schedule", "send-now", "override", "cancel")]
    pages += [f"/console/imports/{run.pk}/" for run in DocumentImport.objects.order_by("id")]
    return [*pages, "/console/issues/?q=%3Cimg%20src%3Dx%20onerror%3Dconsole.log(%27markup-ran%27)%3E"]


def guest_pages() -> list[str]:
    links = [f"/review/{review_links.token_of(link)}/" for link in ReviewLink.objects.order_by("-id")[:20]]
    person = Subscriber.objects.first()
    private = f"/d/{tokens.expiring_token(tokens.Purpose.PERSON, person.pk)}"
    campaign = Campaign.objects.order_by("id").first()
    return [
        *links, "/", "/archive/", "/subscribe/", private, f"{private}/export",
        f"/v/{tokens.view_token(person.pk, campaign.pk)}", f"/u/{tokens.unsubscribe_token(person.pk, campaign.pk)}",
        *(f"/archive/{slug}/" for slug in MailingList.objects.filter(archive="public").values_list("slug", flat=True)),
    ]  # fmt: skip


def mails(settings) -> list[tuple[str, str]]:
    """Every planned mail to staff and guests, and the mails of a list: purpose and HTML."""
    found = [(mail.purpose, mail) for mail in StaffMail.objects.order_by("id") if notice_mail.is_wanted(mail)]
    sender = markup_inputs.people.make_sender()
    made = [(purpose, notice_mail.envelope_of_staff_mail(mail, sender).html) for purpose, mail in found]
    for each in MailingList.objects.all()[:20]:
        for purpose in ("confirm", "welcome", "person"):
            made.append(
                (purpose, notice_mail.render_notice(purpose, each, "https://news.example/", "en", "https://news.example/")[1])
            )
    return made


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_no_stored_text_becomes_markup(browser, live_server, settings):
    settings.SENDGRID_API_KEY = "SG.test"
    settings.PUBLIC_URL, settings.MEDIA_URL = live_server.url, f"{live_server.url}/media/"
    inputs = markup_inputs.fill(ALL, per_issue=25)
    author = audit.staff(User.objects.get(username="author"))
    for text in ALL[:3]:  # in the name of the file and in its text; the third stays unread
        documents.begun(author, documents.written(documents.TEXT.replace("Harbour Gazette", text), f"{text}.txt"))
    upkeep.read_documents()
    most = 2 * len(inputs.issues) + 1
    judge = signed_in(browser, live_server.url, "author")
    judge.walk(console_pages(inputs), lambda name, count: name not in NOT_FOLLOWED and count < most)
    assert set(pages_of_table(urlpatterns)) - NOT_PAGES - set(judge.visited) == set(), "every page of the console was opened"
    for refusal in inputs.refusals:
        judge.show(refusal.form, refusal.status, refusal.headers.get("Content-Security-Policy", ""), refusal.body)
    stranger = Judge(browser.new_context().new_page(), live_server.url)
    stranger.walk(guest_pages(), lambda name, count: count < max(20, most))
    for purpose, html in mails(settings):
        stranger.show(f"mail {purpose}", 200, "", html)
    assert (judge.faults, stranger.faults) == ({}, {})
    seen = set(names([*judge.texts, *stranger.texts]))
    assert markup_inputs.written() - seen == set(), "each input arrives on a page"
    # The second text of a conflict is shown, not stored. Names have a length that some texts exceed.
    sometimes = {"conflict", "link", "guest", "sender"}
    assert inputs.refused.keys() & inputs.stored.keys() <= sometimes
    assert set(inputs.refused) - sometimes == REFUSED


@pytest.mark.soak
def test_a_page_that_does_not_escape_is_found(browser, live_server, settings, tmp_path):
    """A template without escaping: each text is found, under the policy of the console and without one."""
    judge = Judge(browser.new_context().new_page(), live_server.url)
    page = "<!DOCTYPE html><title>x</title><h1>x</h1><p>%s</p>"
    for text in FEW:
        for policy in (CONSOLE_POLICY, ""):
            judge.faults.clear()
            judge.show("planted", 200, policy, page % text)
            assert judge.faults, (text, policy)
    judge.faults.clear()
    judge.show("safe", 200, CONSOLE_POLICY, page % "&lt;img src=x onerror=alert(1)&gt;")
    assert judge.faults == {}


@pytest.mark.soak
def test_a_template_that_does_not_escape_is_found(browser, live_server, settings, tmp_path):
    root = Path(settings.TEMPLATES[0]["DIRS"][0])
    comments = (root / "console/issues/_comments.html").read_text(encoding="utf-8")
    assert "each.text|linebreaksbr" in comments
    planted = tmp_path / "console/issues/_comments.html"
    planted.parent.mkdir(parents=True)
    planted.write_text(comments.replace("each.text|linebreaksbr", "each.text|safe"), encoding="utf-8")
    settings.TEMPLATES = [{**settings.TEMPLATES[0], "DIRS": [tmp_path, root]}]
    settings.SENDGRID_API_KEY = "SG.test"
    inputs = markup_inputs.fill(FEW[:2], 2)
    judge = signed_in(browser, live_server.url, "author")
    for page in ("comments", "review"):
        judge.open(f"/console/issues/{inputs.issues[0].slug}/{page}/")
    assert len(judge.faults) == 2
