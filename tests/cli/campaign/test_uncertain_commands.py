"""`mailroom uncertain`: lists uncertain batches as text and JSON, and settles them by a decision of staff."""

import pytest

from campaigns.models import Campaign, DeliveryLog, LostCampaign, Slice
from campaigns.recovery import restore_check
from campaigns.reporting import reports
from campaigns.sending import schedule
from publication import audit, clock
from tests.campaigns.attempt_steps import ACCEPTED, UNKNOWN, event, hear, receive, send_next
from tests.support import people

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def campaign(run):
    made = people.start(people.make_campaign(9, attempt_size=3))
    for outcome in (UNKNOWN, UNKNOWN, ACCEPTED):
        send_next(made, outcome)
    schedule.finish_done()
    return made


def test_uncertain_batches_are_listed_with_what_they_wait_for(done, run, campaign):
    document = done("uncertain", "ls")
    assert (document["uncertain"], len(document["slices"])) == (6, 2)
    assert {batch["campaign"] for batch in document["slices"]} == {campaign.pk}
    assert document["webhook"]["level"] == "red"
    text = run("uncertain", "ls", "--campaign", campaign.pk).out
    assert "6 people may or may not have received this." in text
    assert "no answer within 30 s" in text
    assert "the provider's events until" in text
    assert run("uncertain", "ls", "--campaign", "999").code == 1


def test_the_list_of_an_installation_without_uncertain_recipients(run):
    assert run("uncertain", "ls").out.strip() == "Nobody is uncertain."


def test_a_batch_is_shown_with_addresses_only_on_request(done, run, campaign):
    first = done("uncertain", "ls")["slices"][0]
    document = done("uncertain", "show", "--attempt", first["attempt"])
    assert (document["slice"], document["attempts"][0]["outcome"], document["log"][0]["kind"]) == (
        first["slice"],
        "unknown",
        "unknown",
    )
    assert "address" not in document["subscribers"][0]
    assert "@" in done("uncertain", "show", first["slice"], "--people")["subscribers"][0]["address"]
    assert "@people.example" not in run("uncertain", "show", first["slice"]).out
    shown = done("uncertain", "show", first["slice"], "--people")["subscribers"][0]["address"]
    assert shown in run("uncertain", "show", first["slice"], "--people").out


@pytest.mark.parametrize(
    "wrong",
    [
        ["show"], ["show", "1", "--attempt", "1"], ["settle", "1", "--reason", "x"], ["settle", "1", "--resend"],
        ["settle", "--resend", "--reason", "x"], ["settle", "1", "--campaign", "1", "--all", "--resend", "--reason", "x"],
        ["settle", "--campaign", "1", "--resend", "--reason", "x"],
    ],
)  # fmt: skip
def test_incomplete_or_contradictory_arguments_are_wrong_use(run, wrong):
    assert run("uncertain", *wrong).code == 2


def test_settling_shows_the_numbers_and_asks_first(run, done, campaign):
    first = done("uncertain", "ls")["slices"][0]["slice"]
    asked = run("uncertain", "settle", first, "--resend", "--reason", "asked them", given="n\n")
    assert asked.code == 1
    assert "3 people in 1 batch, uncertain since" in asked.err
    assert "Recipients who already received it will get a duplicate." in asked.err
    assert Slice.objects.get(pk=first).state == "unknown"
    done("uncertain", "settle", first, "--resend", "--reason", "asked them", "--yes")
    assert Slice.objects.get(pk=first).state == "planned"
    assert DeliveryLog.objects.get(kind="decided").detail["reason"] == "asked them"
    refused = run("uncertain", "settle", first, "--abandon", "--reason", "x", "--yes")
    assert (refused.code, f"batch {first} (planned)" in refused.err) == (1, True)


def test_everything_uncertain_in_a_campaign_is_settled_at_once(done, run, campaign):
    document = done("uncertain", "settle", "--campaign", campaign.pk, "--all", "--abandon", "--reason", "given up", "--yes")
    assert (document["people"], len(document["slices"])) == (6, 2)
    assert reports.report(campaign.pk).abandoned == 6
    assert done("uncertain", "settle", "--campaign", campaign.pk, "--all", "--abandon", "--reason", "x", "--yes")["people"] == 0


def test_settling_is_refused_while_events_are_not_processed(run, done, campaign):
    first = done("uncertain", "ls")["slices"][0]
    member = done("uncertain", "show", first["slice"])["subscribers"][0]["subscriber"]
    receive(event(campaign, member, first["attempt"]))
    refused = run("uncertain", "settle", first["slice"], "--resend", "--reason", "x", "--yes")
    assert (refused.code, "--force decides" in refused.err) == (1, True)
    assert run("uncertain", "settle", first["slice"], "--resend", "--reason", "x", "--yes", "--force").code == 0


def test_the_report_counts_possible_duplicates_and_their_people(run, done, campaign):
    first = done("uncertain", "ls")["slices"][0]
    member = done("uncertain", "show", first["slice"])["subscribers"][0]["subscriber"]
    done("uncertain", "settle", first["slice"], "--resend", "--reason", "x", "--yes")
    schedule.tend_ended()
    again = send_next(campaign, ACCEPTED)
    hear(event(campaign, member, first["attempt"]))
    report = done("campaign", "report", campaign.pk)
    assert (report["possible_duplicates"], report["possible_duplicate_people"]) == (1, 3)
    [duplicate] = report["duplicates"]
    assert (duplicate["slice"], duplicate["first_attempt"], duplicate["second_attempt"], duplicate["people"]) == (
        first["slice"], first["attempt"], again.attempt, 3,
    )  # fmt: skip
    assert "3 people may have received this twice." in run("campaign", "report", campaign.pk).out


def test_report_and_doctor_show_the_webhooks_health(run, done, campaign, settings):
    assert "Webhook: red (no signing key" in run("campaign", "report", campaign.pk).out
    lines = {check["check"]: check for check in run("system", "doctor", "--json").document["checks"]}
    assert lines["webhook"]["level"] == "warn"
    settings.SENDGRID_WEBHOOK_KEYS = ["a key"]
    assert done("uncertain", "ls")["webhook"]["level"] == "idle"


def test_after_a_restore_texts_say_what_is_possible_now(run, done, campaign):
    restore_check.restore_check(audit.command_line(), always=True)
    Campaign.objects.filter(pk=campaign.pk).update(state="held", held_reason="quarantine", finished_at=None)
    assert "restore-check" in run("campaign", "report", campaign.pk).out
    listed = run("uncertain", "ls").out
    assert "needs your decision" in listed
    assert "waiting for a report" not in listed
    done("system", "lift-quarantine", "--reason", "looked through", "--yes")
    report = run("campaign", "report", campaign.pk).out
    assert f"mailroom campaign resume {campaign.pk}" in report.replace("resume ID", f"resume {campaign.pk}")
    assert "restore-check" not in report
    assert "restore lost" not in report
    lost = LostCampaign.objects.create(
        campaign_id=99, campaign_created_at=clock.now(), digest="d", name="Tides", first_at=clock.now(), people={"one": 9}
    )
    lost.repeats.add(campaign)
    assert "people sent to before, in a part of the database that a restore lost" in run("campaign", "report", campaign.pk).out
    assert done("campaign", "report", campaign.pk)["sent_before_restore"] == 9
    assert "may be repeated: staff allowed campaign" in run("system", "restore-check").out
