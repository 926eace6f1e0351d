"""Why, history, export of a person's data, merge, move and erase: by the words of the command line."""

import json
import stat

import pytest

from campaigns.models import Campaign
from publication.models import Audit
from subscribers.models import ConsentRecord, Segment, Subscriber
from tests.support import people

WEI = "wei@people.example"


@pytest.fixture
def wei(done, news):
    return done("subscriber", "add", WEI, "--list", "news", "--consent", "by letter of Wei Chen", "--name", "Wei Chen")


@pytest.fixture
def campaign(db, settings) -> Campaign:
    settings.SENDGRID_API_KEY = "SG.test"
    return people.make_campaign(3, 4)


def test_why_says_what_it_means_and_what_happened(run, done, campaign):
    people.start(campaign)
    shown = run("subscriber", "why", "Reader0@people.example", "--campaign", campaign.pk)
    assert shown.code == 0, shown.err
    assert "This person is a recipient. Their mail is in the queue." in shown.out
    assert "Chosen as a recipient: batch 0, variant 1" in shown.out
    document = done("subscriber", "why", "reader0@people.example", "--campaign", campaign.pk)
    assert (document["is_recipient"], document["meaning"]["code"]) == (True, "waiting")
    assert document["steps"][0]["at"].endswith("+00:00")


def test_why_not_names_the_reason_and_its_time(run, done, campaign):
    done("subscriber", "unsubscribe", "reader0@people.example", "--all")
    people.start(campaign)
    shown = run("subscriber", "why", "reader0@people.example", "--campaign", campaign.pk)
    assert "This person was not among the recipients when they were chosen." in shown.out
    assert "- The person left CAST Newsletter: removed by staff. (20" in shown.out
    assert "Times are in " in shown.out
    assert "There is no record with this address" in run("subscriber", "why", "x@people.example", "--campaign", campaign.pk).out


def test_why_refuses_what_is_no_address_or_no_campaign(run, campaign):
    assert run("subscriber", "why", "nobody", "--campaign", campaign.pk).code == 1
    assert "999" in run("subscriber", "why", WEI, "--campaign", 999).err
    assert run("subscriber", "why", WEI).code == 2


def test_history_is_one_timeline(run, done, wei):
    done("subscriber", "edit", WEI, "--zone", "Asia/Shanghai")
    done("subscriber", "unsubscribe", WEI, "--list", "news")
    entries = done("subscriber", "history", WEI)["history"]
    assert [(entry["origin"], entry["what"], entry["list"]) for entry in entries] == [
        ("ledger", "added", "news"), ("audit", "edit_subscriber", ""), ("ledger", "left", "news"),
    ]  # fmt: skip
    shown = run("subscriber", "history", WEI).out
    assert "“by letter of …”" in shown
    assert "removed by staff" in shown


def test_history_shows_a_change_of_address_once(done, wei):
    done("subscriber", "move", WEI, "wei@new.example", "--consent", "by telephone")
    entries = done("subscriber", "history", "wei@new.example")["history"]
    assert [(entry["origin"], entry["what"]) for entry in entries] == [("ledger", "added"), ("ledger", "changed_address")]
    assert Audit.objects.filter(verb="change_address").count() == 1


def test_the_data_of_a_person_is_written_as_json_and_as_a_page(run, done, wei, tmp_path):
    printed = done("subscriber", "export-data", WEI)
    assert printed["person"]["name"] == "Wei Chen"
    files = tmp_path / "wei.json", tmp_path / "wei.html"
    answer = run("subscriber", "export-data", WEI, "--to", files[0], "--html", files[1], "--language", "zh-hans")
    assert answer.code == 0, answer.err
    assert json.loads(files[0].read_text())["person"] == printed["person"]
    assert WEI in files[1].read_text(encoding="utf-8")
    assert {stat.S_IMODE(file.stat().st_mode) for file in files} == {0o600}
    assert run("subscriber", "export-data", WEI, "--to", files[0]).code == 1, "nothing is overwritten"
    assert ConsentRecord.objects.filter(act="exported").count() == Audit.objects.filter(verb="export_person").count() == 2


def test_two_records_are_merged_after_a_question(run, done, wei):
    done("subscriber", "add", "old@people.example", "--list", "news", "--consent", "x", "--language", "zh")
    done("suppression", "add", "old@people.example", "--detail", "asked by telephone")
    Segment.objects.create(slug="old", text='email = "old@people.example"')
    refused = run("subscriber", "merge", WEI, "old@people.example", given="n\n")
    assert (refused.code, Subscriber.objects.filter(merged_into=None).count()) == (1, 2)
    answer = run("subscriber", "merge", WEI, "old@people.example", given="y\n")
    assert answer.code == 0, answer.err
    assert "got the details: language" in answer.out
    assert "old@people.example stays suppressed (manual)" in answer.out
    assert "mailroom segment change old TEXT" in answer.out
    gone = Subscriber.objects.exclude(merged_into=None).get()
    shown = done("subscriber", "show", WEI)
    assert (shown["language"], shown["merged_records"]) == ("zh", [gone.pk])
    again = run("subscriber", "merge", WEI, f"#{gone.pk}", "--yes")
    assert (again.code, "was merged into subscriber" in again.err) == (1, True)
    number = f"#{gone.pk}"
    for command in (("move", number, "x@people.example", "--consent", "x"), ("edit", number, "--name", "Wei"),
                    ("unsubscribe", number, "--all"), ("erase", number, "--yes")):  # fmt: skip
        again = run("subscriber", *command)
        assert (again.code, f"use '#{gone.merged_into_id}'" in again.err) == (1, True), again.err
    assert done("subscriber", "show", number)["merged_into"] == gone.merged_into_id
    assert done("subscriber", "show", WEI)["subscriptions"][0]["state"] == "confirmed"
    assert run("subscriber", "merge", WEI, WEI.upper(), "--yes").code == 1


def test_a_person_moves_to_another_address(run, done, wei):
    assert done("subscriber", "move", WEI, "wei@new.example", "--consent", "by telephone")["address"] == "wei@new.example"
    assert run("subscriber", "show", WEI).code == 1
    assert done("subscriber", "show", "wei@new.example")["subscriptions"][0]["state"] == "confirmed"
    assert done("subscriber", "add", WEI, "--list", "news", "--consent", "x")["address"] == "wei@new.example"
    assert done("subscriber", "add", "other@new.example", "--list", "news", "--consent", "x")["new"]
    refused = run("subscriber", "move", "other@new.example", "wei@new.example", "--consent", "x")
    assert (refused.code, "another subscriber has this address" in refused.err) == (1, True)
    assert "statement of their consent" in run("subscriber", "move", "wei@new.example", "w@new.example", "--consent", " ").err


def test_erasing_says_what_else_happens_and_what_only_staff_can_change(run, done, wei):
    Segment.objects.create(slug="wei", text=f'email = "{WEI}"')
    shown = run("subscriber", "erase", WEI, "--yes")
    assert "The deletion at the provider is planned." in shown.out
    assert "Segment wei still quotes this person" in shown.out
    number = Subscriber.objects.get().pk
    again = done("subscriber", "erase", f"#{number}", "--yes")
    assert (again["erased"], again["records"]) == (True, [])
    assert done("subscriber", "show", f"#{number}")["address"] is None
    assert run("subscriber", "show", "#999999").code == 1
