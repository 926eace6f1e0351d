"""Opens and clicks are not measured: no command prints a number, a date or a segment of them, also if events of them arrive."""

import re

import pytest

from campaigns.models import Campaign
from subscribers.models import Segment
from tests.campaigns import attempt_steps
from tests.support import people

WEI = "reader0@people.example"
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
    """A segment that was stored before the field was refused."""
    return Segment.objects.create(slug="active", text=ACTIVE)


def test_the_report_says_not_measured_and_never_a_number(done, run, delivered):
    report = done("campaign", "report", delivered.pk)
    assert (report["opened"], report["clicked"], report["delivered"]) == (None, None, 2)
    shown = run("campaign", "report", delivered.pk).out
    assert re.search(r"opened +not measured\nclicked +not measured\n", shown)
    assert done("campaign", "show", delivered.pk)["report"]["opened"] is None


def test_a_person_and_why_say_not_measured(done, run, delivered):
    assert done("subscriber", "show", WEI)["engaged_at"] is None
    assert re.search(r"engaged at +not measured\n", run("subscriber", "show", WEI).out)
    why = ("subscriber", "why", WEI, "--campaign", delivered.pk)
    document = done(*why)
    assert (document["meaning"]["code"], document["opened"], document["clicked"]) == ("delivered", None, None)
    assert [step["code"] for step in document["steps"] if step["code"].startswith("event_")] == [
        "event_delivered", "event_unasked", "event_unasked",
    ]  # fmt: skip
    shown = run(*why).out
    assert "Opens and clicks are not measured." in shown
    assert "although the mail forbade it to track" in shown
    assert "The mail arrived and was opened" not in shown


def test_all_of_them_show_what_is_measured_once_it_is(done, run, delivered, measured):
    report = done("campaign", "report", delivered.pk)
    assert (report["opened"], report["clicked"]) == (1, 1)
    assert re.search(r"opened +1\nclicked +1\n", run("campaign", "report", delivered.pk).out)
    assert done("subscriber", "show", WEI)["engaged_at"]
    document = done("subscriber", "why", WEI, "--campaign", delivered.pk)
    assert (document["meaning"]["code"], document["opened"], document["clicked"]) == ("clicked", True, True)
    other = done("subscriber", "why", "reader1@people.example", "--campaign", delivered.pk)
    assert (other["meaning"]["code"], other["opened"], other["clicked"]) == ("delivered", False, False)
    assert done("segment", "count", ACTIVE)["matching"] == 1


def test_the_segment_field_is_refused_with_the_reason_and_what_to_do(run):
    for command in (("create", "active"), ("count",), ("sample",), ("check",)):
        answer = run("segment", *command, f'language = "en" and {ACTIVE}')
        assert answer.code == 1
        text = answer.out + answer.err
        assert "error in the segment at character 21: engaged cannot be used, because opens and clicks are not measured" in text
        assert "joined" in text


def test_stored_segments_with_the_field_are_listed(done, run, saved):
    Segment.objects.create(slug="english", text='language = "en"')
    [active, english] = done("segment", "ls")["segments"]
    assert (active["segment"], active["code"], english["code"]) == ("active", "not_measured", None)
    assert "opens and clicks are not measured" in active["problem"]
    assert "opens and clicks are not measured" in run("segment", "ls").out
    [check] = [line for line in run("system", "doctor", "--json").document["checks"] if line["check"] == "segments"]
    assert (check["level"], check["found"].split(":")[0]) == ("warn", "active cannot be used")
    assert "mailroom segment change active" in check["remedy"]


def test_the_doctor_names_an_account_that_tracks_in_spite_of_the_requests(run, delivered):
    [check] = [line for line in run("system", "doctor", "--json").document["checks"] if line["check"] == "tracking"]
    assert check["level"] == "warn"
    assert f"campaign {delivered.pk}" in check["found"]
