"""Texts with markup, which staff, guests and subscribers can write, are text on every page and in every mail that shows them."""

import re

import pytest
from django.db.models import Model
from django.test import Client

from campaigns.models import Campaign, Delivery
from editorial.models import Comment, IssueRecord, IssueVariant, IssueVersion, Review, ReviewLink
from editorial.review import comments, requests, review_links
from editorial.sources import edits, issue_state
from publication import audit
from publication.models import Publication, Sender, StaffMail
from subscribers.models import MailingList, Segment, Subscriber
from tests.support.reviewing import account
from tests.web.conftest import RIGHTS, make_staff
from tests.web.hostile_markup import HIT
from tests.web.test_access import close_file
from web.texts.audit import recorded_values
from worker import notice_mail

pytestmark = pytest.mark.django_db
MARKUP = f"""\"><script>{HIT}</script><img src=x onerror="{HIT}"></textarea></title><a href="javascript:{HIT}">x</a>"""
# What a page that does not escape it contains. No page of ours has such an element or attribute.
RUNS = re.compile(r"<script>|<img src=x|</textarea></title>|<a href=\"javascript:")
# Every text that people write, by the record that stores it. Each value ends with the name of its field.
WRITTEN: dict[type[Model], tuple[str, ...]] = {
    Publication: ("name", "postal_address"),
    MailingList: ("name", "description"),
    Segment: ("name", "text", "description"),
    Sender: ("name",),
    Subscriber: ("name",),
    Campaign: ("name",),
    Delivery: ("reason",),
    IssueRecord: ("title",),
    IssueVersion: ("subject",),
    IssueVariant: ("subject", "preheader"),
    Review: ("note",),
    ReviewLink: ("name",),
    Comment: ("text", "quotation", "name"),
}


@pytest.fixture
def planted(page_addresses, reader) -> dict[str, str]:
    """The addresses of all pages, of an installation in which every text is markup."""
    issue = IssueRecord.objects.get(slug="cast-newsletter-2026-12")
    author = account("author", "publisher")
    requests.ask(author, issue, [account("wei").user], note="x")
    link = review_links.create(author, issue.current, "Board")
    review_links.comment(link, "x", "x")
    comments.add(author, issue, "x", quotation="The doors open", file="issue.md", part="light")
    Segment.objects.create(slug="markup", text="x")
    Delivery.objects.filter(subscriber_id=reader.pk).update(state="bounced")
    for model, names in WRITTEN.items():
        assert model.objects.exists(), model
        for name in names:
            model.objects.update(**{name: f"{MARKUP} {model.__name__}.{name}"})
    base = issue_state.head(issue.pk).edits["text", "issue.md", "light"]
    edits.save_part(author, issue, "issue.md", "light", f"## Light {{#light}}\n\n{MARKUP} IssueEdit.text\n", base)
    plant_audit()
    page = f"/console/issues/{issue.slug}/part/?file=issue.md&part=light"
    more = {"review": f"/review/{review_links.token_of(link)}/", "issue-part": page, "source": f"{page}&view=source"}
    return {**page_addresses, **more, "differences": f"/console/issues/{issue.slug}/differences/?from=1"}


def plant_audit() -> None:
    """A line with markup as its verb and in each detail, and lines with markup where the page treats it in a way of its own."""
    guest = audit.guest(f"{MARKUP} Actor.name")
    audit.record(guest, f"{MARKUP} Audit.verb", None, **dict.fromkeys(recorded_values.FIELDS, f"{MARKUP} Audit.value"))
    audit.record(guest, "change_list", None, **audit.changes(_side(f"{MARKUP} Audit.old"), _side(f"{MARKUP} Audit.new")))
    audit.record(guest, "delete_list", None, name=f"{MARKUP} Audit.gone", **{MARKUP: f"{MARKUP} Audit.unknown"})
    audit.record(guest, "declare_attribute", None, name=f"{MARKUP} Audit.attribute")


def _side(value: str) -> dict[str, object]:
    return {"name": value, "texts": {MARKUP: {"name": value}}, "values": [{"value": value, "labels": {"en": value}}]}


AUDITED = {f"Audit.{name}" for name in ("verb", "old", "new", "value", "gone", "unknown", "attribute")} | {"Actor.name"}


def test_markup_is_text_on_every_page(planted):
    guest, staff = Client(), Client()
    staff.force_login(make_staff("everything", *RIGHTS))
    faults, shown = {}, ""
    for name, address in planted.items():
        answer = (staff if address.startswith("/console/") else guest).get(address)
        close_file(answer)
        if answer.headers.get("Content-Type", "").startswith("text/html"):
            page = answer.content.decode()
            shown += page
            if markup := RUNS.findall(page):
                faults[name] = markup
    assert faults == {}
    fields = {f"{model.__name__}.{name}" for model, names in WRITTEN.items() for name in names} | {"IssueEdit.text"} | AUDITED
    assert [field for field in sorted(fields) if field not in shown] == [], "each text is on a page"


def test_markup_is_text_in_every_mail_to_staff_guests_and_subscribers(planted, settings):
    settings.PUBLIC_URL = "https://news.example"
    sender = Sender.objects.first()
    mails = [notice_mail.envelope_of_staff_mail(mail, sender).html for mail in StaffMail.objects.all()]
    for purpose in ("confirm", "welcome", "person"):
        mails.append(
            notice_mail.render_notice(purpose, MailingList.objects.first(), "https://a.example/", "en", "https://b.example/")[1]
        )
    assert len(mails) >= 4
    assert [html for html in mails if RUNS.search(html)] == []
    assert "MailingList.name" in "".join(mails)
