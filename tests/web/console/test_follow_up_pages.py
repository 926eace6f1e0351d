"""From the report of a campaign to the draft of its follow-up; and the archive, which shows a correction above the issue."""

import re
from datetime import timedelta
from html import unescape

import pytest
from django.test import Client

from campaigns import launch
from campaigns.follow_ups import followed_people
from campaigns.models import Campaign
from editorial import issue_versions
from editorial.sources import head_changes
from publication import audit, clock
from publication.staff import roles
from subscribers.models import Subscriber
from tests.support import archives, clicks, measured, people
from tests.support.issues import two_languages
from tests.web.conftest import make_staff

pytestmark = pytest.mark.django_db
OTHERS = {"subject-0": "Did you miss it?", "subject-1": "您错过了吗？"}


@pytest.fixture
def desk(client) -> Client:
    client.force_login(make_staff("publisher", *roles.ROLES["publisher"]))
    return client


@pytest.fixture
def sent(settings, tmp_path) -> Campaign:
    """An issue in two languages, sent to four people who are measured and did not click; the mail of one bounced."""
    settings.SENDGRID_API_KEY, settings.MEDIA_ROOT = "SG.test", tmp_path / "media"
    clicks.measure_people()
    news = archives.open_list()
    for person in people.make_people(4, news):
        clicks.agree(person, clock.now() - timedelta(days=1))
    version = issue_versions.store(audit.system(), two_languages(tmp_path / "issue")).version
    made = launch.create(audit.system(), version=version, lists=[news], sender=people.make_sender(), name="No. 12")
    measured.finish(people.start(made), bounced=1)
    made.refresh_from_db()
    return made


def address(campaign: Campaign, kind: str) -> str:
    return f"/console/campaigns/{campaign.pk}/follow-up/{kind}/"


def draft_of(answer) -> Campaign:
    assert answer.status_code == 302, unescape(answer.content.decode())
    made = Campaign.objects.latest("pk")
    assert answer.url == f"/console/campaigns/{made.pk}/"
    return made


def test_the_report_leads_to_each_follow_up_and_lists_those_there_are(desk, sent):
    report = f"/console/campaigns/{sent.pk}/report/"
    assert re.findall(r"/follow-up/([a-z-]+)/", desk.get(report).content.decode()) == ["not-reached", "not-read", "correction"]
    made = draft_of(desk.post(address(sent, "not-reached"), {"seen": "0"}))
    assert (made.version, made.followed, made.archived) == (sent.version, sent, False)
    page = unescape(desk.get(f"/console/campaigns/{made.pk}/").content.decode())
    assert "whom “No. 12” did not reach" in page
    assert "As of now, 1 person would get it." in page
    assert f'href="/console/campaigns/{made.pk}/"' in desk.get(report).content.decode()
    second = desk.post(address(sent, "not-reached"), {"seen": "0"})  # the button pressed twice, or by two people
    assert second.status_code == 422
    assert "There is already such a follow-up." in second.content.decode()
    assert Campaign.objects.count() == 2
    audience = f"/console/campaigns/{made.pk}/audience/"
    assert 'name="list"' not in desk.get(audience).content.decode()
    office = people.make_sender("office@cast.example")
    assert desk.post(audience, {"sender": office.pk}).status_code == 302
    made.refresh_from_db()
    assert made.sender == office
    assert "get the issue twice" not in desk.get(f"/console/campaigns/{made.pk}/schedule/").content.decode()


def test_another_subject_is_written_into_the_issue(desk, sent):
    page = desk.get(address(sent, "not-read")).content.decode()
    before = head_changes.subjects_of(sent.version.issue_id)
    assert all(f'value="" placeholder="{subject}"' in unescape(page) for _language, subject in before.values())
    same = {f"subject-{at}": subject for at, (_language, subject) in enumerate(before.values())}
    for wrong in ({}, {"subject-0": " ", "subject-1": "x"}, same, OTHERS | {"subject-1": same["subject-1"]}):
        assert desk.post(address(sent, "not-read"), {"seen": "0", **wrong}).status_code == 422
    assert head_changes.subjects_of(sent.version.issue_id) == before
    made = draft_of(desk.post(address(sent, "not-read"), {"seen": "0", **OTHERS}))
    assert set(made.version.variants.values_list("subject", flat=True)) == {*OTHERS.values()}
    assert people.start(made).recipients == 3


def test_a_correction_is_above_the_issue_in_the_archive(desk, client, sent, tmp_path):
    folder = archives.write(tmp_path / "two", "\n# A\n\n## B\n\nText.\n", subject="What was wrong", number="2", title="Erratum")
    other = issue_versions.store(audit.system(), folder).version
    slug, form = sent.version.issue.slug, {"seen": "0"}
    page = desk.get(address(sent, "correction")).content.decode()
    assert other.issue.slug in page
    before = head_changes.subjects_of(sent.version.issue_id)
    assert f'value="Correction: {before["issue.md"][1]}"' in unescape(page)
    assert 'value="更正：' in page, "the Chinese text of the issue"
    refused = desk.post(address(sent, "correction"), form | {"issue": slug})
    assert (refused.status_code, "“No. 12” sent exactly this content." in unescape(refused.content.decode())) == (422, True)
    made = draft_of(desk.post(address(sent, "correction"), form | {"issue": other.issue.slug}))
    assert (made.version, made.archived) == (other, True)
    reader = Client()
    assert "Correction" not in reader.get(f"/archive/news/{slug}/").content.decode()
    assert reader.get(f"/archive/news/{other.issue.slug}/").status_code == 404
    assert people.start(made).recipients == 3
    measured.finish(made)
    page = reader.get(f"/archive/news/{slug}/").content.decode()
    above = page[: page.index('<article class="issue">')]
    assert f'href="/archive/news/{other.issue.slug}/"' in above
    assert "What was wrong" in above
    assert reader.get(f"/archive/news/{other.issue.slug}/").status_code == 200
    head_changes.change_subjects(audit.system(), sent.version.issue, {"issue.md": "The right one"})
    again = draft_of(desk.post(address(made, "correction"), form | {"issue": slug, "subject-0": "The right one"}))
    measured.finish(people.start(again))
    assert "This issue was corrected on" not in reader.get(f"/archive/news/{slug}/").content.decode()
    assert "The right one" in reader.get(f"/archive/news/{other.issue.slug}/").content.decode()


def test_only_what_is_over_can_be_followed_up(desk, sent):
    assert desk.get(address(sent, "nonsense")).status_code == 404
    Campaign.objects.filter(pk=sent.pk).update(measuring="anonymous", state="sending")
    assert "/follow-up/" not in desk.get(f"/console/campaigns/{sent.pk}/report/").content.decode()
    assert desk.post(address(sent, "not-reached"), {"seen": "0"}).status_code == 422
    assert "nobody knows who did not click a link" in desk.get(address(sent, "not-read")).content.decode()
    assert Campaign.objects.count() == 1


def test_nobody_gets_the_same_mail_again_by_a_follow_up_of_a_follow_up(desk, sent, tmp_path):
    """A correction by another issue, corrected by the first one again; and other subjects, the second time those of the first."""
    issue = sent.version.issue
    before = {f"subject-{at}": subject for at, (_language, subject) in enumerate(head_changes.subjects_of(issue.pk).values())}
    first = draft_of(desk.post(address(sent, "not-read"), {"seen": "0", **OTHERS}))
    uncorrected = {"seen": "0", "issue": issue.slug, "subject-0": "Correction: x", "subject-1": "Correction: y"}
    refused = desk.post(address(sent, "correction"), uncorrected)
    assert (refused.status_code, "sent exactly this content." in unescape(refused.content.decode())) == (422, True)
    measured.finish(people.start(first))
    assert desk.post(address(first, "not-read"), {"seen": "0", **before}).status_code == 422, "the subjects of the first mail"
    folder = archives.write(tmp_path / "two", "\n# A\n\n## B\n\nText.\n", subject="What was wrong", number="2", title="Erratum")
    other = issue_versions.store(audit.system(), folder).version
    page = unescape(desk.get(address(sent, "correction")).content.decode())
    assert "There are other follow-ups of this campaign." in page
    assert "3 people would get it now." in page
    erratum = draft_of(desk.post(address(sent, "correction"), {"seen": "0", "issue": other.issue.slug}))
    measured.finish(people.start(erratum))
    assert desk.post(address(erratum, "correction"), {"seen": "0", "issue": issue.slug}).status_code == 422
    same = Campaign(followed=erratum, follow_up="correction", version=sent.version)  # as if the rule of contents had not seen it
    assert not Subscriber.objects.filter(followed_people.of_campaign(same)).exists()
    same.version = other
    assert not Subscriber.objects.filter(followed_people.of_campaign(same)).exists()
