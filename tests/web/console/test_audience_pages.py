"""Choosing an audience with exclusions, its numbers and the people behind them; tester groups and test mails to them."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client

from campaigns import launch
from campaigns.audience.audiences import Exclusions
from campaigns.drafts import test_mails, tester_groups
from campaigns.models import Campaign, Slice, Tester, TesterGroup, TestSend
from campaigns.sending import single_mails
from editorial import issue_versions
from editorial.models import IssueRecord
from publication import audit, clock
from publication.models import Audit
from publication.staff import roles
from subscribers.consent import suppressions
from subscribers.models import StoredCount, Subscriber, Subscription
from subscribers.segments import saved_segments
from tests.support import people
from tests.support.issues import two_languages
from tests.web.conftest import make_staff
from worker import single_sender

pytestmark = pytest.mark.django_db
MARKUP = "<script>alert(1)</script>"


@pytest.fixture(autouse=True)
def _own_data(settings, tmp_path):
    settings.DATA_DIR, settings.SENDGRID_API_KEY = tmp_path / "data", "SG.test"


@pytest.fixture
def issue(tmp_path) -> IssueRecord:
    return issue_versions.store(audit.system(), two_languages(tmp_path / "issue")).version.issue


@pytest.fixture
def desk(client) -> Client:
    client.force_login(make_staff("publisher", *roles.ROLES["publisher"]))
    return client


@pytest.fixture
def earlier() -> Campaign:
    """A campaign that 3 of the 5 people of the list `news` have."""
    people.make_people(5, people.make_list())
    some = people.make_list("some")
    Subscription.objects.bulk_create(
        Subscription(subscriber=person, list=some, state="confirmed", source="test")
        for person in Subscriber.objects.order_by("pk")[:3]
    )
    campaign = launch.create(
        audit.system(), version=people.make_version(), lists=[some], sender=people.make_sender(), name=f"No. 12 {MARKUP}"
    )
    started = people.start(campaign)
    Slice.objects.filter(campaign=started).update(state="accepted")
    return started


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", answer.content.decode())))


def chosen(issue: IssueRecord, action: str, **more: object) -> dict[str, object]:
    issue.refresh_from_db()
    return {"action": action, "version": issue.current_id, "audience": "chosen", **more}


def links(answer, why: str) -> list[str]:
    return [unescape(href) for href in re.findall(r'href="([^"]*)"', answer.content.decode()) if f"why={why}" in unescape(href)]


def test_who_got_an_earlier_campaign_is_left_out_with_one_choice(desk, issue, earlier):
    page, news = f"/console/issues/{issue.slug}/send/", people.make_list()
    assert f'name="not_campaign" value="{earlier.pk}"' in desk.get(page).content.decode()
    answer = desk.post(page, chosen(issue, "count", list=[news.pk], not_campaign=[earlier.pk]))
    shown = text_of(answer)
    assert "2 people of" in shown
    assert "People who are or were on these lists: 5. Of these, 3 do not get it; most frequent reason: " in shown
    assert f"left out: got “No. 12 {MARKUP}”, or may have got it 3" in shown
    assert MARKUP not in answer.content.decode()
    assert "English 2" in shown
    assert "people.example 2" in shown
    (behind,) = links(answer, "excluded_campaign")
    listed = desk.get(behind)
    assert [address in text_of(listed) for address in ("reader0@", "reader2@", "reader3@")] == [True, True, False]
    back = unescape(re.search(r'class="crumb"><a href="([^"]*)"', listed.content.decode())[1])
    assert "2 people of" in text_of(desk.get(back)), "the choices are still there"
    assert "reader4@people.example" in text_of(desk.get(links(answer, "gets")[0]))
    made = desk.post(page, chosen(issue, "schedule", list=[news.pk], not_campaign=[earlier.pk]))
    draft = Campaign.objects.latest("pk")
    assert made.headers["Location"] == f"/console/campaigns/{draft.pk}/schedule/"
    assert Exclusions.of(draft).campaigns == [earlier]
    assert "who got" in text_of(desk.get(f"/console/campaigns/{draft.pk}/"))
    draft.excluded_lists.add(people.make_list("some"))
    draft.segment = saved_segments.create(audit.system(), "physics", 'country = "CN"')
    draft.save()
    in_short = "To: CAST Newsletter · segment physics · without “CAST Newsletter” and 1 more"
    for address in (page, "/console/", "/console/campaigns/"):
        assert in_short in text_of(desk.get(address))


def test_people_who_got_the_issue_are_left_out_from_the_warning_about_repeats(desk, issue, earlier):
    other = launch.create(audit.system(), version=earlier.version, lists=[people.make_list()], sender=earlier.sender)
    now = clock.now()
    Campaign.objects.filter(pk=other.pk).update(state="sent", started_at=now, finished_at=now - timedelta(hours=1))
    Campaign.objects.filter(pk=earlier.pk).update(
        version=issue.current, state="sent", started_at=now - timedelta(days=9), finished_at=now
    )
    page = f"/console/issues/{issue.slug}/send/"
    [some] = earlier.lists.all()
    shown = desk.get(f"{page}?audience=chosen&list={some.pk}").content.decode()
    assert re.findall(r'name="not_campaign" value="(\d+)"', shown) == [str(earlier.pk), str(other.pk)], "of this issue first"
    assert f'value="leave-out" data-leave-out="{earlier.pk} "' in shown
    shown = desk.post(page, chosen(issue, "leave-out", list=[some.pk], name="Once more")).content.decode()
    assert re.findall(r'name="not_campaign" value="(\d+)" checked', shown) == [str(earlier.pk)]
    assert "the issue twice" not in shown
    assert 'value="Once more"' in shown


def test_a_draft_takes_other_exclusions_and_shows_them_frozen(desk, earlier):
    draft = launch.create(audit.system(), version=earlier.version, lists=[people.make_list()], sender=people.make_sender())
    segment = saved_segments.create(audit.system(), "elsewhere", 'country = "XX"')
    page, given = f"/console/campaigns/{draft.pk}/audience/", {"audience": "chosen", "list": [people.make_list().pk]}
    given |= {"not_list": [people.make_list("some").pk], "not_segment": [segment.pk]}
    answer = desk.post(page, given | {"action": "count"})
    assert "2 people get it" in text_of(answer)
    assert Exclusions.of(draft) == Exclusions([], [], []), "counting changes nothing"
    assert "left out: on the list “CAST Newsletter” 3" in text_of(answer)
    refused = desk.post(page, given | {"not_list": given["list"]})
    assert refused.status_code == 422
    assert "Choose one of the two." in text_of(refused)
    assert desk.post(page, given).status_code == 302
    assert "2 people get it" in text_of(desk.get(page))
    launch.schedule(audit.system(), draft.pk, launch.moment(f"{people.AHEAD} 09:00", "UTC"))
    shown = text_of(desk.get(f"/console/campaigns/{draft.pk}/"))
    assert "who is in the segment elsewhere" in shown
    assert 'not (list = "some") and not (country = "XX")' in shown
    assert "People who are or were on these lists: 5. Of these, 3 do not get it; most frequent reason: " in shown
    assert re.search(r"goes to 2 people on \S+ \S+", shown), shown
    saved_segments.change(audit.system(), segment, 'language = "en"')
    (behind,) = links(desk.get(f"/console/campaigns/{draft.pk}/"), "gets")
    listed = desk.get(behind)
    assert text_of(listed).count("@people.example") == 2, "the audience is frozen"
    assert f'class="crumb"><a href="/console/campaigns/{draft.pk}/"' in listed.content.decode()
    desk.force_login(make_staff("guest", "campaigns.view_campaign"))
    bare = desk.get(f"/console/campaigns/{draft.pk}/")
    assert "Of these, 3 do not get it; most frequent reason: " in text_of(bare)
    assert not links(bare, ""), "who may not see people gets numbers only"


def test_opening_the_page_starts_no_slow_count(desk, issue, earlier):
    page, given = f"/console/issues/{issue.slug}/send/", chosen(issue, "count", list=[people.make_list().pk])
    desk.post(page, given)
    StoredCount.objects.filter(name=f"numbers:issue:{issue.pk}").update(seconds=3, counted_at="2026-01-01T00:00:00Z")
    query = f"?audience=chosen&list={people.make_list().pk}"
    before = StoredCount.objects.get(name=f"numbers:issue:{issue.pk}").counted_at
    assert "data-count-wanted" in desk.get(page + query).content.decode()
    assert StoredCount.objects.get(name=f"numbers:issue:{issue.pk}").counted_at == before
    desk.post(page, given)
    assert StoredCount.objects.get(name=f"numbers:issue:{issue.pk}").counted_at > before


def test_the_people_behind_a_number_are_masked_by_role_and_paged(client, earlier, monkeypatch):
    monkeypatch.setattr("web.console.issues.sending.audience_people.PER_PAGE", 2)
    client.force_login(make_staff("author", *roles.ROLES["editor"]))
    address = f"/console/audience/people/?list={people.make_list().pk}&why=gets"
    pages, shown = 0, ""
    while address:
        answer = client.get(address)
        shown, pages = shown + text_of(answer), pages + 1
        following = re.search(r'href="([^"]*)" rel="next"', answer.content.decode())
        address = f"/console/audience/people/{unescape(following[1])}" if following else ""
    assert (pages, shown.count("r…@people.example")) == (3, 5)
    assert "reader" not in shown
    for odd in ("why=nonsense", "why=excluded_list:9", "why=", "why=suppressed:nonsense&list=x"):
        assert client.get(f"/console/audience/people/?{odd}").status_code in {200, 404}


def test_a_group_of_testers_gets_a_test_mail_each(desk, issue, earlier):
    answer = desk.post(
        "/console/settings/testers/", {"name": f"Office {MARKUP}", "addresses": "a@cast.example; b@cast.example\nA@cast.example"}
    )
    assert answer.status_code == 302
    group = TesterGroup.objects.get()
    assert [tester.address for tester in group.testers.order_by("pk")] == ["a@cast.example", "b@cast.example"]
    page = f"/console/issues/{issue.slug}/send/"
    query = f"?issue={issue.slug}&audience=chosen&not_campaign={earlier.pk}"
    listed = desk.get(f"/console/settings/testers/{query}&not_campaign=999").content.decode()
    assert MARKUP not in listed
    back = f'class="crumb"><a href="{page}?audience=chosen&amp;not_campaign={earlier.pk}"'
    assert back in listed, "it leads back to the issue, with what was chosen"
    renamed = desk.post(
        f"/console/settings/testers/{group.pk}/{query}",
        {"name": f"Office {MARKUP}", "addresses": "a@cast.example, b@cast.example"},
    )
    assert renamed["Location"] == f"/console/settings/testers/{query}"
    assert 'class="crumb"' not in desk.get("/console/settings/testers/?issue=https://evil.example").content.decode()
    done = desk.post(page, chosen(issue, "test-group", group=group.pk, variant="2"), follow=True)
    assert "2 test mails to the group" in text_of(done)
    assert list(TestSend.objects.order_by("pk").values_list("address", "variant")) == [
        ("a@cast.example", 2),
        ("b@cast.example", 2),
    ]
    assert "a@cast" not in str(list(Audit.objects.values_list("detail", flat=True)))
    suppressions.suppress(audit.system(), "b@cast.example", "manual", "asked")
    refused = desk.post(page, chosen(issue, "test-group", group=group.pk))
    assert (refused.status_code, TestSend.objects.count()) == (422, 2)
    assert "b@cast.example is suppressed" in text_of(refused)
    assert desk.post(page, chosen(issue, "test-group", group="x")).status_code == 422
    Tester.objects.all().delete()
    assert desk.post(page, chosen(issue, "test-group", group=group.pk)).status_code == 422


def test_each_address_of_a_group_counts_against_the_limit_of_an_hour(desk, issue, monkeypatch):
    people.make_sender()
    monkeypatch.setattr(test_mails, "AN_HOUR", 3)
    group = tester_groups.create(audit.system(), "Office", ["a@cast.example", "b@cast.example"])
    page = f"/console/issues/{issue.slug}/send/"
    answers = [desk.post(page, chosen(issue, "test-group", group=group.pk)).status_code for _ in range(2)]
    assert (answers, TestSend.objects.count()) == ([302, 422], 2)


@pytest.mark.parametrize(
    ("name", "addresses", "problem"),
    [
        ("", "a@cast.example", "Enter a name"),
        ("x" * 61, "a@cast.example", "Enter a name"),
        ("Board", "a@cast.example", "There is already a group “Board”"),
        ("New", " \n", "Enter at least one address"),
        ("New", "nonsense", "“nonsense” cannot be used."),
        ("New", "\n".join(f"a{at}@cast.example" for at in range(21)), "A group has at most 20 addresses. These are 21."),
    ],
)
def test_a_group_that_cannot_be_stored_keeps_what_was_typed(desk, name, addresses, problem):
    group = tester_groups.create(audit.system(), "Board", ["chair@cast.example"])
    other = tester_groups.create(audit.system(), "Office", ["desk@cast.example"])
    for page in ("/console/settings/testers/", f"/console/settings/testers/{other.pk}/"):
        answer = desk.post(page, {"name": name, "addresses": addresses})
        assert answer.status_code == 422
        assert problem in text_of(answer)
        assert addresses.strip() in unescape(answer.content.decode())
    assert list(TesterGroup.objects.order_by("pk")) == [group, other]


def test_a_group_is_changed_and_deleted(desk):
    group = tester_groups.create(audit.system(), "Board", ["chair@cast.example", "x@cast.example"])
    page = f"/console/settings/testers/{group.pk}/"
    assert "chair@cast.example" in desk.get(page).content.decode()
    desk.post(page, {"name": "The board", "addresses": "chair@cast.example\nnew@cast.example"})
    old = {
        "name": "Board",
        "addresses": "x@cast.example",
        "stored.name": "Board",
        "stored.addresses": "chair@cast.example\r\nx@cast.example",
    }
    late = desk.post(page, old)
    group.refresh_from_db()
    assert (late.status_code, group.name, group.testers.count()) == (409, "The board", 2)
    assert "It now reads: The board: chair@cast.example, new@cast.example" in text_of(late)
    known = dict(re.findall(r'name="(stored\.\w+)" value="([^"]*)"', late.content.decode()))
    assert desk.post(page, old | known).status_code == 302
    assert [tester.address for tester in group.testers.all()] == ["x@cast.example"]
    assert desk.post(page, {"action": "delete"}).status_code == 302
    assert (TesterGroup.objects.count(), Tester.objects.count(), desk.get(page).status_code) == (0, 0, 404)


def test_a_test_mail_as_a_subscriber_has_their_variant_and_name_and_no_link_of_theirs(desk, issue, earlier, monkeypatch):
    reader = Subscriber.objects.order_by("pk").first()
    Subscriber.objects.filter(pk=reader.pk).update(name="Ada Lovelace", country="CN")
    page = f"/console/issues/{issue.slug}/send/"
    done = desk.post(page, chosen(issue, "test", address="me@cast.example", reader=reader.address), follow=True)
    assert "is on its way" in text_of(done)
    mail = TestSend.objects.select_related("sender").get()
    assert (mail.address, mail.variant, mail.parameters) == ("me@cast.example", 1, {"reader": reader.pk})
    assert "Lovelace" not in str(list(Audit.objects.values_list("detail", flat=True)))
    body = single_sender._test_body(mail, single_mails.sql.SingleClaim("test_send", mail.pk, 1)).decode()
    assert "Ada Lovelace" in body
    assert '"email":"me@cast.example"' in body.replace(" ", "")
    Subscriber.objects.filter(pk=reader.pk).update(address=None, name="")
    assert "Lovelace" not in single_sender._test_body(mail, single_mails.sql.SingleClaim("test_send", mail.pk, 1)).decode()
    refused = desk.post(page, chosen(issue, "test", address="me@cast.example", reader="nobody@people.example"))
    assert refused.status_code == 422
    assert "No subscriber has the address “nobody@people.example”" in text_of(refused)


def test_only_accounts_that_see_addresses_choose_a_subscriber(client, issue, earlier):
    masked = [right for right in roles.ROLES["publisher"] if right != "subscribers.see_addresses"]
    client.force_login(make_staff("masked", *masked))
    page = f"/console/issues/{issue.slug}/send/"
    assert 'name="reader"' not in client.get(page).content.decode()
    answer = client.post(page, chosen(issue, "test", address="me@cast.example", reader="reader0@people.example"))
    assert (answer.status_code, TestSend.objects.count()) == (403, 0)
