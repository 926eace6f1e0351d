"""What is stored about one person, as JSON and as a page."""

import json
import re
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import translation

from campaigns.drafts import tester_groups
from campaigns.models import Campaign, Click, MeasuredLink
from campaigns.reporting import person_export, person_page
from config.env import LANGUAGE_CODES
from publication import audit, clock
from publication.models import Publication
from subscribers.consent import address_changes, erasing, measuring_consent, subscriptions, suppressions
from subscribers.consent.ledger import Proof
from subscribers.consent.unsubscribing import unsubscribe_undo
from subscribers.models import MailingList, Notice, Subscriber, Subscription
from subscribers.records import merging
from tests.campaigns import attempt_steps
from tests.support import people
from web.texts.people import person_words

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[3]
READER = "reader0@people.example"
KEYS = {
    "format", "made_at", "publication", "person", "subscriptions", "consent", "suppression", "campaigns", "notices", "test_mails",
    "tester_groups", "address_changes", "imports", "changes", "clicks", "answers",
}  # fmt: skip


@pytest.fixture
def reader() -> Subscriber:
    Publication.objects.update(attribute_schema={"role": {"type": "text"}, "topics": {"type": "words"}}, zone="Asia/Shanghai")
    campaign = people.make_campaign(3, 4)
    reader = Subscriber.objects.get(address=READER)
    subscriptions.edit(audit.command_line(), reader, name="<b>Wei</b>", attributes={"role": "editor", "topics": ["a", "b"]})
    club = people.make_list("club")
    subscriptions.add_confirmed(audit.command_line(), club, READER, consent="by letter, 3 May 2027")
    Subscription.objects.update(created_at=clock.now() - timedelta(days=1))
    people.start(campaign)
    sent = attempt_steps.send_next(campaign, attempt_steps.ACCEPTED)
    attempt_steps.hear(
        attempt_steps.event(campaign, reader.pk, sent.attempt, "delivered", seconds_ago=9) | {"response": "250 OK"},
        attempt_steps.event(campaign, reader.pk, sent.attempt, "click", seconds_ago=5) | {"url": "https://cast.example/a"},
    )
    other = Subscriber.objects.get(address="reader1@people.example")
    attempt_steps.hear(attempt_steps.event(campaign, other.pk, sent.attempt, "click") | {"url": "https://cast.example/others"})
    subscriptions.unsubscribe(audit.subscriber(), reader.pk, list_ids=[club.pk], how="page", campaign_id=campaign.pk)
    tester_groups.create(audit.command_line(), "Board", [READER.upper(), "other@cast.example"])
    Notice.objects.create(purpose="person", token="1", subscriber=reader, address=READER, state="accepted")
    Subscriber.objects.filter(pk=reader.pk).update(language="zh-Hans", country="SG")
    address_changes.ask_as_staff(audit.command_line(), reader, "new@people.example", reason="Wei rang us")
    suppressions.suppress(audit.command_line(), READER, "manual", "asked by telephone")
    return reader


def test_the_export_has_everything_on_record_and_nothing_of_others(reader):
    document = person_export.export(reader)
    assert document.keys() == KEYS
    assert json.loads(json.dumps(document)) == document
    assert document["person"]["attributes"] == {"role": "editor", "topics": ["a", "b"]}
    assert [(subscription["list"], subscription["state"], subscription["consent"]) for subscription in document["subscriptions"]] == [
        ("club", "unsubscribed", "by letter, 3 May 2027"), ("news", "confirmed", ""),
    ]  # fmt: skip
    assert [(act["act"], act["list"], act["wording"]) for act in document["consent"]] == [
        ("added", "club", "by letter, 3 May 2027"), ("left", "club", None), ("asked_address_change", None, None),
    ]  # fmt: skip
    assert document["suppression"]["address"]["reason"] == "manual"
    [campaign] = document["campaigns"]
    assert (campaign["outcome"], campaign["subject"], campaign["record"]) == ("delivered", "News", reader.pk)
    assert [(event["kind"], event["url"]) for event in campaign["events"]] == [
        ("delivered", None), ("clicked", "https://cast.example/a"),
    ]  # fmt: skip
    assert [(notice["purpose"], notice["address"], notice["state"]) for notice in document["notices"]] == [
        ("person", READER, "accepted"), ("old_address", READER, "planned"), ("new_address", "n…@people.example", None),
    ]  # fmt: skip
    assert [(change["new_address"], change["reason"]) for change in document["address_changes"]] == [
        ("n…@people.example", "Wei rang us"),
    ]  # fmt: skip
    assert (document["person"]["language"], document["person"]["country"]) == ("zh-Hans", "SG")
    assert [(change["change"], change["by"], change["fields"]) for change in document["changes"]] == [
        ("edit_subscriber", "cli", ["name", "role", "topics"]),
    ]  # fmt: skip
    assert [row["group"] for row in document["tester_groups"]] == ["Board"]
    assert "reader1" not in json.dumps(document)
    assert "other@cast.example" not in json.dumps(document)
    times = re.findall(r'"(\d{4}-\d\d-\d\dT[^"]+)"', json.dumps(document))
    assert len(times) > 10
    assert all(time.endswith("+00:00") for time in times)


def test_the_copy_has_the_agreement_to_be_measured_and_the_persons_own_clicks(reader):
    agreed = {"source": "form", "proof": Proof.CONFIRMATION_LINK, "wording": "You may keep it", "language": "en"}
    measuring_consent.agree(audit.subscriber(), reader, **agreed)
    other = Subscriber.objects.get(address="reader1@people.example")
    links = [
        MeasuredLink.objects.create(version_id=1, variant=0, position=at, url=url, text=text)
        for at, (url, text) in enumerate(
            [("", ""), ("https://cast.example/a", "Read <on>"), ("https://cast.example/b", "Others")]
        )
    ]
    for person, link, reasons in ((reader, links[1], 0), (reader, links[0], 1), (other, links[2], 0)):
        Click.objects.create(campaign_id=1, link_id=link.pk, subscriber_id=person.pk, at=clock.now(), reasons=reasons)
    document = person_export.export(reader)
    assert document["person"]["measured_since"]
    assert [(line["act"], line["wording"]) for line in document["consent"]][-1] == ("agreed_measuring", "You may keep it")
    assert [(click["kind"], click["url"], click["text"], click["by_machine"]) for click in document["clicks"]] == [
        ("click", "https://cast.example/a", "Read <on>", False), ("open", None, "", True),
    ]  # fmt: skip
    page = person_page.render_page(document, "en")
    assert "Read &lt;on&gt;: https://cast.example/a" in page
    assert "opened the email (perhaps by a program)" in page
    assert "agreed that clicks are kept with your name <span" in page


def test_the_export_includes_merged_records(reader):
    keep = people.make_people(1, people.make_list("club"), prefix="kept")[0]
    merging.merge(audit.command_line(), keep=keep, gone=reader)
    document = person_export.export(keep)
    assert document["person"]["merged_records"] == [reader.pk]
    assert [sent["record"] for sent in document["campaigns"]] == [reader.pk]
    assert {subscription["record"] for subscription in document["subscriptions"]} == {keep.pk, reader.pk}


def test_an_erased_person_has_an_export_without_personal_data(reader):
    erasing.erase(audit.command_line(), reader)
    document = person_export.export(reader)
    assert (document["person"]["address"], document["person"]["attributes"]) == (None, {})
    assert READER not in json.dumps(document)
    assert Campaign.objects.count() == len(document["campaigns"]) == 1


@pytest.mark.parametrize("language", LANGUAGE_CODES)
def test_the_page_shows_every_value_escaped_and_loads_nothing(reader, language):
    document = person_export.export(reader)
    page = person_page.render_page(document, language)
    assert f'<html lang="{language}"' in page
    for shown in (
        READER,
        "editor",
        "by letter, 3 May 2027",
        "https://cast.example/a",
        "n…@people.example",
        "asked by telephone",
        "Board",
        "Wei rang us",
        "Simplified Chinese" if language == "en" else "简体中文" if language == "zh-hans" else "",
    ):
        assert shown in page
    assert "&lt;b&gt;Wei&lt;/b&gt;" in page
    assert "<b>Wei" not in page
    assert not re.findall(r"""(?:src|href|action)\s*=|url\(|@import|<script|<link|<img""", page)
    assert "Asia/Shanghai" in page
    assert page.count("<h1>") == 1
    with translation.override(language):
        new, old = (str(person_words.NOTICES[purpose]) for purpose in ("new_address", "old_address"))
    assert f'{new} <span class="quiet">(n…@people.example)' in page
    assert old in page
    assert not re.search(r"<dd>(zh-Hans|SG)</dd>", page)


def test_the_page_names_lists_attributes_and_changes_as_readers_know_them(reader):
    Publication.objects.update(attribute_schema={"role": {"type": "text", "label": "岗位"}, "topics": {"type": "words"}})
    MailingList.objects.filter(slug="club").update(name="会员通讯")
    audit.record(audit.subscriber(), "ask_private_link", reader)
    page = person_page.render_page(person_export.export(reader), "zh-hans")
    assert "由工作人员添加：会员通讯" in page
    assert not re.search(r"\bclub\b", page)
    assert "<dt>岗位</dt><dd>editor</dd>" in page
    changes = page[page.rindex("<h2>") :]
    assert all(name in changes for name in ("姓名", "岗位", "Topics"))
    assert "ask_private_link" not in page


def test_every_change_of_a_person_that_the_audit_records_has_a_text():
    """Finds the verbs in the source: those that are recorded with a subscriber or a subscription."""
    about_people = r"person|subscriber|subscription|current|keep|of_person"
    verbs = set()
    for path in (ROOT / "subscribers").rglob("*.py"):
        source = path.read_text("utf-8")
        verbs |= set(re.findall(rf'audit\.record\w*\(\s*\w+, "(\w+)", (?:{about_people})\b', source))
        verbs |= set(re.findall(r"INSERT INTO audit.*?'(\w+)', '(?:subscriber|subscription)'", source, re.DOTALL))
    assert {"join", "ask_private_link", "pause_subscriber"} <= verbs
    assert verbs | {unsubscribe_undo.VERB, "export_person"} == set(person_words.CHANGES)


def test_exporting_changes_nothing(reader, django_assert_max_num_queries):
    with django_assert_max_num_queries(40) as captured:
        person_page.render_page(person_export.export(reader))
    assert not [
        statement["sql"] for statement in captured.captured_queries if re.match(r"\s*(INSERT|UPDATE|DELETE)", statement["sql"])
    ]
