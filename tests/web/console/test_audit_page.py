"""The audit in the console: sentences, differences, filters, the file, and who may see what."""

import csv
import io
import re
from datetime import UTC, datetime

import pytest
from django.contrib.auth.models import User
from django.test import Client
from lxml import html

from campaigns import removing
from editorial.models import IssueRecord
from publication import audit, clock
from publication.models import Actor, Audit, Publication
from publication.senders import sender_list
from publication.staff import accounts, roles
from subscribers import attribute_declarations, mailing_lists
from subscribers.consent import subscriptions
from subscribers.records import history
from subscribers.segments import saved_segments
from tests.web.conftest import make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def wei(db) -> Actor:
    return audit.staff(accounts.add_staff(audit.system(), "wei", "wei@cast.example", "a good long phrase", roles=["admin"]))


def texts(page: Client, query: str = "", status: int = 200) -> list[str]:
    """Each entry of a page as text."""
    answer = page.get(f"/console/audit/{query}")
    assert answer.status_code == status, answer.content.decode()
    page = html.document_fromstring(answer.content.decode())
    rows = page.xpath("//table/tbody/tr[not(@class='day')] | //table//details//li")
    own = [row.xpath(".//text()" if row.tag == "li" else ".//text()[not(ancestor::details)]") for row in rows]
    return [" ".join("".join(parts).split()) for parts in own]


def file_of(page: Client, query: str = "") -> list[dict[str, str]]:
    data = b"".join(page.get(f"/console/audit/csv{query}").streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(data)))


def test_a_line_is_a_sentence_with_the_changed_fields_and_a_link_to_its_thing(console, wei):
    news = mailing_lists.create_list(wei, "news", "News", description="Everything about our work in the laboratories")
    mailing_lists.change_list(
        wei, "news", name="Newsletter", sign_up="open", description="Everything about our work in the fields"
    )
    attribute_declarations.declare(wei, "unit", "text")
    attribute_declarations.configure(wei, "unit", labels={"zh-Hans": "单位"})
    segment = saved_segments.create(wei, "named", 'name = "Li Wei" and unit = "CAST"')
    saved_segments.change(wei, segment, 'name = "Li Wei" and unit = "CAST Press"')
    removing.delete_segment(wei, segment)
    accounts.change_roles(wei, accounts.add_staff(wei, "li", "li@cast.example", "a good long phrase").username, ["publisher"])
    page = console.get("/console/audit/?what=change_list").content.decode()
    assert f'Changed the list <a href="/console/lists/{news.pk}/">“Newsletter”</a>' in page
    assert "in the <del>laboratories</del><ins>fields</ins>" in page
    assert "<dt>name</dt> <dd><del>News</del>" in page
    assert "<del>Nobody can subscribe by themselves.</del>" in page
    shown = texts(console)
    assert len(shown) == 10
    assert [re.sub(r"^[:\d]+ wei ", "", text) for text in shown[:6]] == [
        "Changed the roles of the account “li” roles auditor → publisher",
        "Created the account “li” roles auditor",
        'Deleted the segment “named” text of the segment name = "…" and unit = "CAST Press"',
        'Changed the segment “named” text of the segment name = "…" and unit = "CAST Press"',
        'Created the segment “named” text of the segment name = "…" and unit = "CAST"',
        "Changed the attribute “Unit” labels by language: zh-Hans – → 单位",
    ]


def test_entries_of_one_kind_are_folded_and_a_new_state_is_shown_after_the_one_before(console, wei):
    audit.record(wei, "name_revision", None, parts=["issue.md", "issue.md @footer"], count=2)
    audit.record(wei, "campaign_scheduled", None, before="draft")
    for name in ("one", "two", "three"):
        mailing_lists.create_list(wei, name, name.title())
    page = " ".join("".join(html.document_fromstring(console.get("/console/audit/").content.decode()).itertext()).split())
    assert "Created the list “Three” 2 earlier entries of the same kind" in page
    assert "state draft → scheduled" in page
    assert "2 parts: Order of the parts, Footer" in page


def test_filters_by_person_action_thing_and_days_of_the_publication_and_pages_of_the_rest(console, wei, monkeypatch):
    Publication.objects.update(zone="Asia/Shanghai")
    news, club = (mailing_lists.create_list(wei, slug, slug.title()) for slug in ("news", "club"))
    for hour in range(55):
        monkeypatch.setattr(clock, "now", lambda hour=hour: datetime(2027, 3, 1 + hour // 24, hour % 24, tzinfo=UTC))
        actor = wei if hour % 2 else audit.system()
        audit.record(actor, "hold_requests" if hour % 3 else "login", (news, club)[hour % 5 == 0], requests=hour + 1)
    monkeypatch.undo()

    def hours(query: str) -> list[int]:
        return [int(hour) - 1 for text in texts(console, query) for hour in re.findall(r"requests (\d+)", text)]

    everything = range(54, -1, -1)
    assert hours(f"?actor={wei.pk}&since=2027-01-01") == [hour for hour in everything if hour % 2]
    assert hours("?what=hold_requests") == [hour for hour in everything if hour % 3]
    assert hours("?what=about:list&until=2027-03-31") == [hour for hour in everything if hour % 3]
    assert hours(f"?thing=list:{club.pk}&until=2027-03-31") == [hour for hour in everything if hour % 5 == 0]
    # In Shanghai 2 March begins at 16:00 of 1 March in UTC.
    assert hours("?since=2027-03-02&until=2027-03-02") == list(range(39, 15, -1))
    assert hours(f"?thing=list:{club.pk}&what=login&actor={wei.pk}") == [45, 15]
    assert hours("?until=2027-03-31") == list(everything)[:50]
    following = html.document_fromstring(console.get("/console/audit/?until=2027-03-31").content.decode()).xpath(
        "//a[@rel='next']/@href"
    )
    assert hours(following[0]) == list(everything)[50:]
    rows = file_of(console, "?since=2027-01-01")
    assert [f'"requests": {hour + 1}' in row["detail"] for hour, row in zip(everything, rows, strict=True)] == [True] * 55
    audit.record(wei, "make_temporary_password", None, expires_at="2027-03-01 20:00+00:00")
    assert "2027-03-02 04:00" in texts(console, "?what=make_temporary_password")[0]


def test_a_filter_that_cannot_be_read_shows_nothing_and_what_to_do(console, wei):
    for query, problem in (
        ("?actor=999", "Choose one of the people."), ("?actor=x", "Choose one of the people."),
        ("?what=about:nothing", "Choose one of the actions."), ("?thing=list:x", "There is no such thing."),
        ("?thing=robot:1", "There is no such thing."), ("?since=tomorrow", "Write a day like 2026-03-31."),
        ("?until=9999-12-31", "Write a day like 2026-03-31."),
        ("?since=2027-03-02&until=2027-03-01", "The first day is after the last day."),
    ):  # fmt: skip
        assert texts(console, query, 422) == []
        assert problem in console.get(f"/console/audit/{query}").content.decode(), query
        assert console.get(f"/console/audit/csv{query}").status_code == 302
    assert len(texts(console, "?before=999999999999")) == len(texts(console)), "the first page"
    assert not Audit.objects.filter(verb="export_audit").exists()


def test_the_file_has_no_formula_and_is_itself_on_record(console, wei):
    audit.record(wei, "quarantine", Publication.objects.get(), reason="=1+1", **audit.changes({"name": "@old"}, {"name": "+new"}))
    first, *_rest = file_of(console, "?what=quarantine")
    assert (first["actor"], first["verb"], first["detail"]) == ("wei", "quarantine", '{"reason": "=1+1"}')
    assert (first["before"], first["thing_kind"]) == ('{"name": "@old"}', "publication")
    assert first["sentence"].startswith("Put the database into quarantine")
    Actor.objects.filter(pk=wei.pk).update(name="=wei")
    assert file_of(console, f"?what=about:publication&actor={wei.pk}&thing=")[0]["actor"] == "'=wei"
    assert file_of(console, f"?thing=account:{wei.user_id}&since=2001-01-01")[0]["verb"] == "add_staff"
    console.head("/console/audit/csv")
    assert [line.detail["filter"] for line in Audit.objects.filter(verb="export_audit").order_by("pk")] == [
        {"what": "quarantine"},
        {"actor": str(wei.pk), "what": "about:publication"},
        {"thing": f"account:{wei.user_id}", "since": "2001-01-01"},
    ]


def test_only_admins_and_auditors_read_the_audit_and_a_role_without_addresses_sees_none_in_it():
    assert {role for role, may in roles.ROLES.items() if "publication.view_audit" in may} == {"admin", "auditor"}
    news = mailing_lists.create_list(audit.system(), "news", "News")
    added = subscriptions.add_confirmed(audit.guest("board@board.example"), news, "mira@people.example", consent="by letter")
    removing.delete_sender(
        audit.system(), sender_list.add_sender(audit.system(), "office@cast.example", name="press@cast.example")
    )
    reader = Client()
    reader.force_login(make_staff("reader", "publication.view_audit"))
    page = reader.get("/console/audit/").content.decode()
    person = added.subscription.subscriber_id
    assert f"Added record {person} to a list" in page
    assert "@board.example" not in page.replace("b…@board.example", "")
    assert not re.search(r"\w@\w|href=\"/console/(lists|subscribers)/\d", page), "no address, and no link that would be refused"
    assert not [row for row in file_of(reader) if re.search(r"\w@\w", " ".join(row.values()))]


def test_pages_of_things_lead_to_their_entries_for_those_who_may_read_them(console, wei, page_addresses, reader):
    issue = IssueRecord.objects.get(slug="cast-newsletter-2026-12")
    mailing_lists.change_list(wei, "news", name="Newsletter")
    names = (
        "issue",
        "campaign",
        "people-list",
        "people-segment",
        "people-attribute",
        "people-import",
        "staff-account",
        "import",
    )
    leads = {}
    address = page_addresses | {"staff-account": f"/console/staff/{User.objects.get(username='wei').pk}/"}
    for name in names:
        leads[name] = re.findall(r'href="(/console/audit/\?[^"]+)"', console.get(address[name]).content.decode())
    assert leads.pop("import") == [], "the example has no document"
    assert leads["issue"] == [f"/console/audit/?thing=issue:{issue.pk}"]
    assert all(leads.values()), leads
    for link in {link for links in leads.values() for link in links}:
        assert texts(console, link.removeprefix("/console/audit/")), link
    page = page_addresses["people-person"]
    assert "/console/audit/" not in html_of_main(console, page), "its own history says the same"
    Publication.objects.update(policies={"record_views": "on"})
    [link] = re.findall(r'href="/console/audit/(\?[^"]+)"', html_of_main(console, page))
    assert "Looked at the page of" in texts(console, link.replace("&amp;", "&"))[0]
    outsider = Client()
    outsider.force_login(make_staff("outsider", *roles.ROLES["publisher"]))
    assert not any("/console/audit/" in outsider.get(address[name]).content.decode() for name in ("issue", "people-list"))
    assert history.VIEWED == "view_person"


def html_of_main(page: Client, address: str) -> str:
    return page.get(address).content.decode().partition("<main")[2]
