"""The page from which an issue is sent: content, checks, approvals, test mails, audience, and the campaigns of the issue."""

import re
from html import unescape

import pytest
from django.test import Client

from campaigns import launch
from campaigns.drafts import test_mails
from campaigns.models import Campaign, LostCampaign, TestSend
from campaigns.states import move_campaign
from editorial import issue_versions
from editorial.models import IssueRecord
from editorial.previewing import issue_preview
from editorial.review import decisions
from editorial.sources import edits, issue_state
from publication import audit, clock
from publication.models import Publication, Sender
from subscribers.models import MailingList, StoredCount
from subscribers.segments import saved_segments
from tests.support import people
from tests.support.issues import two_languages
from tests.web.conftest import make_staff

pytestmark = pytest.mark.django_db
FILE = "issue.md"
MARKUP = "<script>alert(1)</script>"
ALL = (
    "campaigns.add_campaign", "campaigns.change_campaign", "campaigns.view_campaign", "campaigns.add_testsend",
    "editorial.view_issuerecord", "editorial.add_issueversion", "editorial.view_issueversion",
)  # fmt: skip


@pytest.fixture(autouse=True)
def _own_data(settings, tmp_path, monkeypatch):
    settings.DATA_DIR = tmp_path / "data"
    monkeypatch.setattr(issue_preview, "_workshop", issue_preview._Workshop())


@pytest.fixture
def issue(tmp_path) -> IssueRecord:
    return issue_versions.store(audit.system(), two_languages(tmp_path / "issue")).version.issue


@pytest.fixture
def publisher(db):
    account = make_staff("publisher", *ALL)
    account.email = "publisher@cast.example"
    account.save()
    return account


@pytest.fixture
def desk(client, publisher) -> Client:
    client.force_login(publisher)
    return client


@pytest.fixture
def audience(db) -> MailingList:
    people.make_sender()
    mailing_list = people.make_list()
    people.make_people(40, mailing_list)
    return mailing_list


def page(issue: IssueRecord) -> str:
    return f"/console/issues/{issue.slug}/send/"


def save(issue: IssueRecord, text: str, part: str = "light") -> None:
    state = issue_state.head(issue.pk)
    edits.save_part(audit.system(), issue, FILE, part, text, state.edits["text", FILE, part])


def page_text(answer) -> str:
    """The page as it reads."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", "", answer.content.decode())))


def chosen(issue: IssueRecord, action: str, **more: object) -> dict[str, object]:
    issue.refresh_from_db()
    return {"action": action, "version": issue.current_id, "audience": "chosen", **more}


CHANGED = "was changed after version 1 was prepared"


def test_the_prepared_version_is_what_is_sent(desk, issue, audience):
    shown = page_text(desk.get(page(issue)))
    assert "Light in Dalian, version 1" in shown
    assert "3 variants; each person gets one" in shown
    choices = desk.get(page(issue)).content.decode()
    assert re.search(r"<option value=.1.>2 · [^<]*, if Country is China</option>", choices), "in words, as everywhere"
    assert CHANGED not in shown
    assert "The checks found no errors" in shown
    assert "Sending an issue needs no approval" in shown


def test_one_sentence_says_what_will_happen(desk, issue, audience):
    shown = page_text(desk.get(page(issue)))
    assert "40 people of CAST Newsletter, from CAST Newsletter <newsletter@cast.example>" in shown
    other = MailingList.objects.create(slug="other", name=f"Other {MARKUP}")
    people.make_people(1, other, prefix="other")
    assert "Choose a list" in page_text(desk.get(page(issue)))
    answer = desk.post(page(issue), chosen(issue, "count", list=[other.pk]))
    assert f"1 person of Other {MARKUP}" in page_text(answer)
    assert MARKUP not in answer.content.decode()
    saved_segments.create(audit.system(), "nobody", 'country = "XX"')
    segment = saved_segments.find("nobody")
    shown = page_text(desk.post(page(issue), chosen(issue, "count", list=[audience.pk, other.pk], segment=segment.pk)))
    assert "0 people of CAST Newsletter, Other" in shown
    assert "Nobody would get it" in shown
    assert StoredCount.objects.filter(name=f"numbers:issue:{issue.pk}").count() == 1
    assert Campaign.objects.count() == 0
    LostCampaign.objects.create(
        campaign_id=7, campaign_created_at=clock.now(), digest=issue.current.digest, name="Tide tables", lists=[audience.slug],
        first_at=clock.now(), people={"one": 19_316},
    )  # fmt: skip
    said = "to 19,316 people, in a part of the database that was lost"
    assert [said in page_text(desk.get(f"{page(issue)}?audience=chosen&list={pk}")) for pk in (audience.pk, other.pk)] == [
        True,
        False,
    ]


def test_a_changed_text_is_not_sent_until_it_is_prepared(desk, issue, audience):
    save(issue, "## The light source opens {#light}\n\nAnother text.\n")
    assert CHANGED in page_text(desk.get(page(issue)))
    draft = launch.create(audit.system(), version=issue.current, lists=[audience], sender=Sender.objects.get())
    assert CHANGED in page_text(desk.get(f"/console/campaigns/{draft.pk}/"))
    other = people.make_list("other")
    answer = desk.post(f"{page(issue)}?audience=chosen&list={other.pk}", {"action": "prepare"}, follow=True)
    shown = page_text(answer)
    assert "Version 2 is prepared." in shown
    assert re.findall(r'name="list" value="(\d+)" checked', answer.content.decode()) == [str(other.pk)], "the audience stays"
    assert CHANGED not in shown
    issue.refresh_from_db()
    assert issue.current.number == 2
    assert issue.current.actor.user.username == "publisher"
    assert "Nothing has changed: version 2 is up to date." in page_text(
        desk.post(page(issue), {"action": "prepare"}, follow=True)
    )


def test_a_comment_changes_nothing_that_is_sent(desk, issue, audience):
    text = next(part.text for part in issue_state.head(issue.pk).files[FILE] if part.id == "light")
    save(issue, text.rstrip("\n") + "\n\n")
    assert CHANGED not in page_text(desk.get(page(issue)))


def test_a_text_with_errors_cannot_be_prepared_and_leads_to_the_part(desk, issue, audience):
    save(issue, "## The light source opens {#light}\n\n::: nonsense\nx\n:::\n")
    assert "What is sent is version 1." in page_text(desk.get(page(issue)))
    answer = desk.post(page(issue), {"action": "prepare"})
    assert answer.status_code == 422
    assert "Your text is safe" in page_text(answer)
    assert "part=light&amp;line=3" in answer.content.decode()
    issue.refresh_from_db()
    assert issue.current.number == 1


def test_an_issue_that_was_never_prepared(desk, audience, tmp_path):
    record = IssueRecord.objects.create(slug="new-issue", title=MARKUP)
    answer = desk.get(page(record))
    assert "No version of this issue is ready" in page_text(answer)
    assert MARKUP not in answer.content.decode()
    assert desk.post(page(record), {"action": "prepare"}).status_code == 422
    source = two_languages(tmp_path / "source")
    texts = {FILE: (source / FILE).read_text(encoding="utf-8")}
    edits.replace_source(audit.system(), record, None, issue_state.of_sources(texts, {}), reason="import")
    assert "Use the newest text to send it." in page_text(desk.get(page(record)))
    assert "version 1" in page_text(desk.post(page(record), {"action": "prepare"}, follow=True))


def test_errors_of_the_checks_are_in_words_and_lead_to_their_part(desk, issue, audience):
    save(issue, "## The light source opens {#light}\n\nTODO\n")
    issue_versions.store_head(audit.system(), issue)
    assert "1 warning" in page_text(desk.get(page(issue)))
    Publication.objects.update_or_create(pk=1, defaults={"name": "CAST", "check_levels": {"placeholder": "error"}})
    answer = desk.get(page(issue))
    assert "1 error: it must be corrected" in page_text(answer)
    assert "Version 2 waits until its errors are corrected." in page_text(answer)
    assert b'value="schedule"' not in answer.content, "nobody but those who may override errors chooses a time"
    assert "part=light&amp;line=3" in answer.content.decode()


def test_approvals_and_what_is_missing(desk, issue, audience):
    Publication.objects.update_or_create(pk=1, defaults={"name": "CAST", "policies": {"approvals": 1}})
    shown = page_text(desk.get(page(issue)))
    assert "Version 1 waits for 1 approval." in shown
    assert "1 approval is missing. Without it, the campaign cannot be scheduled." in shown
    issue.refresh_from_db()
    reviewer = audit.staff(make_staff(f"reviewer{1}", "editorial.add_decision"))
    decisions.request_changes(reviewer, issue.current, f"Shorten it {MARKUP}")
    answer = desk.get(page(issue))
    assert "reviewer1 changes requested" in page_text(answer)
    assert "Version 1 waits for the changes that were requested." in page_text(answer)
    assert MARKUP not in answer.content.decode()
    decisions.approve(reviewer, issue.current)
    shown = page_text(desk.get(page(issue)))
    assert "reviewer1 approved it" in shown
    assert "All needed approvals are there." in shown


def test_a_request_for_changes_is_named_until_somebody_reviews_a_newer_version(desk, issue, audience):
    reviewer = audit.staff(make_staff("li", "editorial.add_decision"))
    decisions.request_changes(reviewer, issue.current, f"Shorten it {MARKUP}")
    said = "li asked for changes to version 1; version 2 was not reviewed again."
    assert said not in page_text(desk.get(page(issue)))
    save(issue, "## The light source opens {#light}\n\nShorter.\n")
    issue_versions.store_head(audit.system(), issue)
    answer = desk.get(page(issue))
    assert f"{said}“Shorten it {MARKUP}”" in page_text(answer)
    assert MARKUP not in answer.content.decode()
    assert b'value="schedule"' in answer.content, "it is no barrier"
    issue.refresh_from_db()
    decisions.approve(audit.staff(make_staff("wang", "editorial.add_decision")), issue.current)
    assert said not in page_text(desk.get(page(issue)))


def test_a_sender_that_waits_for_its_confirmation_cannot_be_chosen(desk, issue, audience):
    waiting = Sender.objects.create(email="new@cast.example", must_confirm=True)
    html = desk.get(page(issue)).content.decode()
    assert f'<option value="{waiting.pk}" disabled>new@cast.example (to be confirmed)</option>' in html
    assert "Nothing can be sent from new@cast.example before it is confirmed." in html
    assert 'value="schedule"' in html
    Sender.objects.update(must_confirm=True)
    assert "It waits for its sender to be confirmed." in page_text(desk.get(page(issue)))


def test_a_test_mail_to_me_and_to_any_address_of_any_variant(desk, issue, audience, publisher):
    html = desk.get(page(issue)).content.decode()
    assert 'value="publisher@cast.example"' in html
    answer = desk.post(page(issue), chosen(issue, "test", address="publisher@cast.example", variant="0"), follow=True)
    assert "A test mail to publisher@cast.example is on its way." in page_text(answer)
    desk.post(page(issue), chosen(issue, "test", address="director@cast.example", variant="2"))
    sent = list(TestSend.objects.order_by("id").values_list("address", "variant", "version_id"))
    assert sent == [("publisher@cast.example", 0, issue.current_id), ("director@cast.example", 2, issue.current_id)]


def test_nobody_mails_a_list_without_approvals_by_test_mails(desk, issue, audience, monkeypatch):
    monkeypatch.setattr(test_mails, "AN_HOUR", 3)
    given = {"action": "test", "version": issue.current_id, "variant": 0}
    answers = [desk.post(page(issue), {**given, "address": f"reader{number}@people.example"}) for number in range(4)]
    assert [answer.status_code for answer in answers] == [302, 302, 302, 422]
    assert "You sent 3 test mails within an hour." in answers[3].content.decode()
    assert TestSend.objects.count() == 3
    for _ in range(2):
        test_mails.send(audit.command_line(), issue.current, people.make_sender(), "me@cast.example")


def test_a_refused_test_mail_keeps_what_was_typed(desk, issue, audience):
    for given, refusal in (
        ({"address": "no address"}, "This address cannot be used. This is not an email address. Check the spelling."),
        ({"address": "wei@localhost"}, "This address cannot be used. Mail cannot reach the part of this address after the @."),
        ({"address": "a@cast.example", "variant": "7"}, "The issue has no such variant"),
        ({"address": "a@cast.example", "variant": "x"}, "The issue has no such variant"),
    ):
        answer = desk.post(page(issue), chosen(issue, "test", **given))
        assert answer.status_code == 422
        assert refusal in page_text(answer)
        assert f'value="{given["address"]}"' in answer.content.decode()
    assert TestSend.objects.count() == 0


@pytest.mark.parametrize(("action", "following"), [("schedule", "schedule"), ("now", "send-now")])
def test_the_draft_is_made_and_its_own_page_asks_for_confirmation(desk, issue, audience, settings, action, following):
    settings.SENDGRID_API_KEY = "SG.test"
    saved_segments.create(audit.system(), "english", 'language = "en"')
    segment = saved_segments.find("english")
    given = chosen(issue, action, list=[audience.pk], segment=segment.pk, name=f"December {MARKUP}")
    answer = desk.post(page(issue), given)
    made = Campaign.objects.get()
    assert answer.headers["Location"] == f"/console/campaigns/{made.pk}/{following}/"
    assert (made.state, made.version_id, made.segment, made.name) == ("draft", issue.current_id, segment, f"December {MARKUP}")
    assert list(made.lists.all()) == [audience]
    assert made.actor.user.username == "publisher"
    shown = page_text(desk.get(answer.headers["Location"]))
    assert "Nothing is sent until you confirm." in shown
    assert re.search(r"\b40\b", shown)
    listed = desk.get(page(issue))
    assert "draft" in page_text(listed)
    assert MARKUP not in listed.content.decode()


def test_a_draft_needs_a_list_and_keeps_what_was_chosen(desk, issue, audience):
    MailingList.objects.create(slug="other", name="Other")
    answer = desk.post(page(issue), chosen(issue, "schedule", name="My name"))
    assert answer.status_code == 422
    assert "A campaign needs at least one list." in page_text(answer)
    assert 'value="My name"' in answer.content.decode()
    assert Campaign.objects.count() == 0


def test_a_page_that_shows_an_older_version_makes_no_draft_and_sends_no_test(desk, issue, audience):
    given = chosen(issue, "schedule", list=[audience.pk])
    save(issue, "## The light source opens {#light}\n\nAnother text.\n")
    issue_versions.store_head(audit.system(), issue)
    for action in ("schedule", "now", "test", "replace"):
        answer = desk.post(page(issue), given | {"action": action, "address": "a@cast.example"})
        assert answer.status_code == 409
        assert "Another version of this issue was prepared" in page_text(answer)
    assert (Campaign.objects.count(), TestSend.objects.count()) == (0, 0)


def test_a_draft_can_take_the_newest_version(desk, issue, audience):
    desk.post(page(issue), chosen(issue, "schedule", list=[audience.pk]))
    draft = Campaign.objects.get()
    save(issue, "## The light source opens {#light}\n\nAnother text.\n")
    issue_versions.store_head(audit.system(), issue)
    assert "Use version 2" in page_text(desk.get(page(issue)))
    shown = page_text(desk.post(page(issue), chosen(issue, "replace", campaign=draft.pk), follow=True))
    assert "now sends version 2." in shown
    assert "Use version 2" not in shown
    draft.refresh_from_db()
    assert draft.version.number == 2
    move_campaign(audit.system(), draft.pk, "scheduled", sources=["draft"])
    answer = desk.post(page(issue), chosen(issue, "replace", campaign=draft.pk))
    assert answer.status_code == 422
    assert desk.post(page(issue), chosen(issue, "replace", campaign="x")).status_code == 422


def test_an_unknown_action_does_nothing(desk, issue, audience):
    for action in ("", "nonsense"):
        assert desk.post(page(issue), chosen(issue, action, list=[audience.pk])).status_code == 400
    assert Campaign.objects.count() == 0


def test_each_action_needs_its_own_right(client, issue, audience):
    for missing, action in (
        ("campaigns.add_testsend", "test"), ("editorial.add_issueversion", "prepare"), ("campaigns.change_campaign", "replace"),
    ):  # fmt: skip
        client.force_login(make_staff(f"no-{action}", *(right for right in ALL if right != missing)))
        answer = client.post(page(issue), chosen(issue, action, address="a@cast.example"))
        assert answer.status_code == 403
        assert client.get(page(issue)).status_code == 200
    assert TestSend.objects.count() == 0


def test_without_lists_or_sender_the_page_says_what_is_missing(desk, issue):
    assert "There is no list yet." in page_text(desk.get(page(issue)))
    mailing_list = people.make_list()
    assert "There is no sender yet." in page_text(desk.get(page(issue)))
    assert desk.post(page(issue), chosen(issue, "schedule", list=[mailing_list.pk])).status_code == 422
    assert desk.post(page(issue), chosen(issue, "test", address="a@cast.example")).status_code == 422


@pytest.mark.soak
def test_the_page_needs_a_bounded_number_of_queries(desk, issue, audience, django_assert_max_num_queries):
    for number in range(30):
        desk.post(page(issue), chosen(issue, "schedule", list=[audience.pk], name=f"Draft {number}"))
    save(issue, "".join(f"## Article {at} {{#article-{at}}}\n\nText {at}, TODO.\n\n" for at in range(30)))
    issue_versions.store_head(audit.system(), issue)
    with django_assert_max_num_queries(60):
        answer = desk.get(page(issue))
    assert "Only the newest 20 are shown." in page_text(answer)


def test_the_page_that_overrides_errors_names_the_part_and_leads_to_it(desk, issue, audience):
    save(issue, "## The light source opens {#light}\n\nTODO\n")
    issue_versions.store_head(audit.system(), issue)
    issue.refresh_from_db()
    Publication.objects.update_or_create(pk=1, defaults={"name": "CAST", "check_levels": {"placeholder": "error"}})
    campaign = launch.create(audit.system(), version=issue.current, lists=[audience], sender=Sender.objects.get())
    desk.force_login(make_staff("chief", *ALL, "campaigns.override_checks"))
    assert b'value="schedule"' in desk.get(page(issue)).content
    answer = desk.get(f"/console/campaigns/{campaign.pk}/override/")
    html = answer.content.decode()
    assert re.search(r'<a href="[^"]*part=light&amp;line=3">[^<]*The light source opens', html)
    assert html.count("part=light") == 1, "once for all variants"
    assert FILE not in page_text(answer)


def test_a_digest_names_proposed_summaries_and_a_correction_in_an_article_is_a_change(desk, tmp_path):
    folder = two_languages(tmp_path / "digest")
    for file in folder.glob("issue*.md"):
        file.write_text(file.read_text(encoding="utf-8").replace("\nlanguage:", "\nlayout: digest\nlanguage:"), encoding="utf-8")
    text = "The doors open to visitors today. " + "The light is bright, and all of it can be seen from the hall. " * 9
    save(
        issue := issue_versions.store(audit.system(), folder).version.issue, f"## The light source opens {{#light}}\n\n{text}\n\n"
    )
    issue_versions.store_head(audit.system(), issue)
    shown = page_text(desk.get(page(issue)))
    assert "nobody has read it: The doors open to visitors today." in shown
    assert CHANGED.replace("1", "2") not in shown
    save(issue, f"## The light source opens {{#light}}\n\n{text} Correction: it is closed on Mondays.\n\n")
    assert CHANGED.replace("1", "2") in page_text(desk.get(page(issue)))
