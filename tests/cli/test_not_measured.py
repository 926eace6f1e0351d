"""What is not measured has no number, date or segment in any command, also if the provider reports opens and clicks unasked."""

import re
from datetime import timedelta

import pytest

from campaigns.models import Campaign
from subscribers.models import Segment, Subscriber
from tests.campaigns import attempt_steps
from tests.support import clicks, people

WEI, OTHER = "reader0@people.example", "reader1@people.example"
ACTIVE = 'engaged >= "90 days ago"'


@pytest.fixture
def delivered(db, settings) -> Campaign:
    """A campaign that its two recipients got. Of the first one, the provider reported an open and a click unasked."""
    settings.SENDGRID_API_KEY = "SG.test"
    campaign = people.start(people.make_campaign(2, 2))
    sent = attempt_steps.send_next(campaign, attempt_steps.ACCEPTED)
    first, second = sent.people
    attempt_steps.hear(
        attempt_steps.event(campaign, first, sent.attempt, "delivered", seconds_ago=9),
        attempt_steps.event(campaign, second, sent.attempt, "delivered", seconds_ago=9),
        attempt_steps.event(campaign, first, sent.attempt, "open", seconds_ago=8),
        attempt_steps.event(campaign, first, sent.attempt, "click", seconds_ago=5) | {"url": "https://cast.example/a"},
    )
    return campaign


@pytest.fixture
def saved(db) -> Segment:
    """A segment that was stored while people were measured."""
    return Segment.objects.create(slug="active", text=ACTIVE)


def test_the_report_says_not_measured_and_never_a_number(done, run, delivered):
    report = done("campaign", "report", delivered.pk)
    assert (report["measuring"], report["clicks"], report["opens"], report["delivered"]) == ("off", None, None, 2)
    shown = run("campaign", "report", delivered.pk).out
    assert re.search(r"^clicks +not measured$", shown, re.MULTILINE)
    assert done("campaign", "show", delivered.pk)["report"]["clicks"] is None


def test_a_person_and_why_say_not_measured(done, run, delivered):
    assert done("subscriber", "show", WEI)["last_click_at"] is None
    assert re.search(r"last click at +not measured\n", run("subscriber", "show", WEI).out)
    why = ("subscriber", "why", WEI, "--campaign", delivered.pk)
    document = done(*why)
    assert (document["meaning"]["code"], document["opened"], document["clicked"]) == ("delivered", None, None)
    assert [step["code"] for step in document["steps"] if step["code"].startswith("event_")] == [
        "event_delivered", "event_unasked", "event_unasked",
    ]  # fmt: skip
    shown = run(*why).out
    assert "Opens and clicks of this person are not measured." in shown
    assert "although the mail forbade it to track" in shown
    assert "The mail arrived and was opened" not in shown


def test_of_measured_people_all_of_them_show_what_is_known(done, run, delivered):
    clicks.measure(delivered)
    wei, other = (Subscriber.objects.get(address=address) for address in (WEI, OTHER))
    for person in (wei, other):
        clicks.agree(person, delivered.started_at - timedelta(hours=1))
    clicks.click(delivered, wei)
    report = done("campaign", "report", delivered.pk)
    assert (report["measuring"], report["clicks"], report["measured"], report["clicked"]) == ("individual", 1, 2, 1)
    assert done("subscriber", "show", WEI)["last_click_at"]
    document = done("subscriber", "why", WEI, "--campaign", delivered.pk)
    assert (document["meaning"]["code"], document["opened"], document["clicked"]) == ("clicked", False, True)
    document = done("subscriber", "why", OTHER, "--campaign", delivered.pk)
    assert (document["meaning"]["code"], document["opened"], document["clicked"]) == ("delivered", False, False)
    assert done("subscriber", "show", OTHER)["last_click_at"] is None
    assert not re.search(r"last click at +not measured", run("subscriber", "show", OTHER).out)
    assert done("segment", "count", ACTIVE)["matching"] == 1
    assert done("segment", "count", f"clicked != {delivered.pk}")["matching"] == 1


def test_the_segment_field_is_refused_with_the_reason_and_what_to_do(run):
    for command in (("create", "active"), ("count",), ("sample",), ("check",)):
        answer = run("segment", *command, f'language = "en" and {ACTIVE}')
        assert answer.code == 1
        text = answer.out + answer.err
        assert "error in the segment at character 21: engaged cannot be used, because it is not measured who clicks" in text
        assert "joined" in text


def test_stored_segments_with_the_field_are_listed(done, run, saved):
    Segment.objects.create(slug="english", text='language = "en"')
    [active, english] = done("segment", "ls")["segments"]
    assert (active["segment"], active["code"], english["code"]) == ("active", "not_measured", None)
    assert "it is not measured who clicks" in active["problem"]
    assert "it is not measured who clicks" in run("segment", "ls").out
    [check] = [line for line in run("system", "doctor", "--json").document["checks"] if line["check"] == "segments"]
    assert (check["level"], check["found"].split(":")[0]) == ("warn", "active cannot be used")
    assert "mailroom segment change active" in check["remedy"]


def test_the_doctor_names_an_account_that_tracks_in_spite_of_the_requests(run, delivered):
    [check] = [line for line in run("system", "doctor", "--json").document["checks"] if line["check"] == "tracking"]
    assert check["level"] == "warn"
    assert f"campaign {delivered.pk}" in check["found"]
