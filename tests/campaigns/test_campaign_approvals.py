"""A campaign needs the approvals that the publication asks for, keeps them, and does not begin while somebody asks for changes."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, transaction

from campaigns import campaign_approvals, launch
from campaigns.drafts import draft_changes
from campaigns.launch_guards import CampaignActionError
from campaigns.models import Campaign, DeliveryLog
from campaigns.sending import schedule
from editorial.models import IssueRecord, Review, ReviewRequest
from editorial.review import decisions
from publication import audit, clock
from tests.support import people
from tests.support.reviewing import account, make_campaign, make_current, need
from tests.support.waiting import somebody_waits, wait_until

pytestmark = pytest.mark.django_db


@pytest.fixture
def campaign(db) -> Campaign:
    return make_campaign()


def later():
    return clock.now() + timedelta(hours=1)


def start(campaign: Campaign) -> Campaign:
    launch.schedule(audit.system(), campaign.pk)
    schedule.start_due()
    campaign.refresh_from_db()
    return campaign


# Everything that turns a draft into a scheduled campaign; the console and the CLI call these.
DOORS = {
    "now": lambda campaign: launch.schedule(audit.system(), campaign.pk),
    "at a time": lambda campaign: launch.schedule(audit.system(), campaign.pk, later()),
    "each zone": lambda campaign: launch.schedule_each_zone(audit.system(), campaign.pk, f"{people.AHEAD} 09:00", zone="UTC"),
}


@pytest.mark.parametrize("door", DOORS)
def test_without_the_approvals_nothing_is_scheduled_and_with_them_it_is(campaign, door):
    need(2)
    decisions.approve(account("wei"), campaign.version)
    with pytest.raises(CampaignActionError) as refused:
        DOORS[door](campaign)
    assert (refused.value.code, refused.value.params) == ("not-asked", {"campaign": campaign.pk, "needed": 2, "given": 1})
    assert Campaign.objects.get(pk=campaign.pk).state == "draft"
    decisions.approve(account("lin"), campaign.version)
    DOORS[door](campaign)
    assert Campaign.objects.get(pk=campaign.pk).state == "scheduled"


def test_the_refusal_names_who_was_asked_and_has_not_answered(campaign):
    need(2)
    wei, lin = account("wei"), account("lin")
    review = Review.objects.create(version=campaign.version, actor=audit.system())
    for actor in (wei, lin, account("author", "editor")):  # the author may only comment
        ReviewRequest.objects.create(review=review, account=actor.user)
    decisions.approve(wei, campaign.version)
    with pytest.raises(CampaignActionError) as refused:
        launch.schedule(audit.system(), campaign.pk)
    assert (refused.value.code, refused.value.params["waiting"]) == ("approvals", ("lin",))


def test_a_publication_that_asks_for_none_needs_none_and_the_log_says_nothing_of_approvals(campaign):
    assert start(campaign).state == "filling"
    assert not DeliveryLog.objects.filter(kind="approved").exists()
    assert campaign_approvals.kept(campaign) == []


def test_a_campaign_keeps_its_approvals_and_loses_them_when_it_is_a_draft_again(campaign):
    need(1)
    made = decisions.approve(account("wei"), campaign.version, network="192.0.2.7")
    launch.schedule(audit.system(), campaign.pk, later())
    assert campaign_approvals.kept(campaign) == [
        {"name": "wei", "at": made.created_at, "version": 1, "through": "console", "network": "192.0.2.7"}
    ]
    assert DeliveryLog.objects.get(kind="approved").detail == {"names": ["wei"], "needed": 1}
    launch.unschedule(audit.system(), campaign.pk)
    assert campaign_approvals.kept(campaign) == []


def test_an_approval_counts_for_the_same_content_and_not_for_another(campaign):
    need(1)
    decisions.approve(account("wei"), campaign.version)
    other = people.make_version(html=people.HTML.replace("News for", "Other news for"))
    make_current(other)
    draft_changes.replace_version(audit.system(), campaign.pk, other)
    with pytest.raises(CampaignActionError, match="not-asked"):
        launch.schedule(audit.system(), campaign.pk)
    again = people.make_version()  # the content that was approved, stored again
    draft_changes.replace_version(audit.system(), campaign.pk, again)
    launch.schedule(audit.system(), campaign.pk)
    assert [approval["version"] for approval in campaign_approvals.kept(campaign)] == [1]


def test_a_policy_that_is_raised_afterwards_does_not_stop_what_is_scheduled(campaign):
    launch.schedule(audit.system(), campaign.pk, later())
    need(1)
    launch.reschedule(audit.system(), campaign.pk, clock.now() + timedelta(seconds=1))
    clock_ahead = clock.now() + timedelta(minutes=1)
    clock.move(lambda: clock_ahead)
    try:
        assert schedule.start_due() == [campaign.pk]
    finally:
        clock.move(None)


def test_nobody_schedules_what_somebody_wants_changed_until_they_approve_it(campaign):
    wei = account("wei")
    decisions.request_changes(wei, campaign.version, "The date is wrong.")
    with pytest.raises(CampaignActionError) as refused:
        launch.schedule(audit.system(), campaign.pk)
    assert (refused.value.code, refused.value.params["names"]) == ("changes", ["wei"])
    decisions.approve(wei, campaign.version)
    assert start(campaign).state == "filling"


@pytest.mark.parametrize("needed", [0, 1])
def test_a_scheduled_campaign_is_held_at_its_start_if_somebody_asks_for_changes(campaign, needed):
    need(needed)
    wei = account("wei")
    decisions.approve(wei, campaign.version)
    launch.schedule(audit.system(), campaign.pk)
    decisions.request_changes(wei, campaign.version, "The date is wrong.")
    assert schedule.start_due() == []
    campaign.refresh_from_db()
    assert (campaign.state, campaign.held_reason, campaign.held_detail) == ("held", "changes", "asked for by wei")
    with pytest.raises(CampaignActionError, match="changes"):
        launch.resume(audit.system(), campaign.pk)
    decisions.approve(wei, campaign.version)
    launch.resume(audit.system(), campaign.pk)
    campaign.refresh_from_db()
    assert campaign.state == "filling"
    assert len(campaign_approvals.kept(campaign)) == 1  # what it had when it was scheduled


def test_a_campaign_that_has_begun_is_not_stopped_by_a_request_for_changes(campaign):
    people.start(campaign)
    decisions.request_changes(account("wei"), campaign.version, "The date is wrong.")
    launch.pause(audit.system(), campaign.pk)
    launch.resume(audit.system(), campaign.pk)
    campaign.refresh_from_db()
    assert campaign.state == "sending"


@pytest.mark.django_db(transaction=True)
def test_an_approval_that_is_taken_back_while_somebody_schedules_counts_no_more(campaign):
    need(1)
    wei = account("wei")
    decisions.approve(wei, campaign.version)
    ended: list[str] = []

    def schedule_it() -> None:
        try:
            launch.schedule(audit.system(), campaign.pk)
            ended.append("scheduled")
        except CampaignActionError as refused:
            ended.append(refused.code)
        finally:
            connection.close()

    thread = threading.Thread(target=schedule_it)
    with transaction.atomic():
        IssueRecord.objects.select_for_update(no_key=True).get(pk=campaign.version.issue_id)
        thread.start()
        wait_until(somebody_waits)
        assert ended == []
        decisions.request_changes(wei, campaign.version, "The date is wrong.")
    thread.join(30)
    assert ended == ["changes"]
    assert Campaign.objects.get(pk=campaign.pk).state == "draft"


@pytest.mark.django_db(transaction=True)
def test_changes_that_are_asked_for_while_the_campaign_begins_hold_it(campaign):
    launch.schedule(audit.system(), campaign.pk)
    wei, started = account("wei"), []

    def start() -> None:
        try:
            started.extend(schedule.start_due())
        finally:
            connection.close()

    thread = threading.Thread(target=start)
    with transaction.atomic():
        decisions.request_changes(wei, campaign.version, "The date is wrong.")
        thread.start()
        wait_until(lambda: somebody_waits() or not thread.is_alive())
    thread.join(30)
    assert started == []
    assert Campaign.objects.values_list("state", "held_reason").get(pk=campaign.pk) == ("held", "changes")


@pytest.mark.parametrize("door", DOORS)
def test_a_version_with_errors_that_replaces_the_checked_one_at_the_last_moment_is_not_sent(campaign, door, monkeypatch):
    """Two requests of one person at the same time must not send what only another role may override."""
    faulty = people.make_version(html=people.HTML.replace("News for", "Errors for"))
    finding = {"code": "contrast", "level": "error", "params": {}, "file": "issue.md", "line": 3}
    type(faulty).objects.filter(pk=faulty.pk).update(findings=[finding])
    checked = launch._guard
    # schedule_each_zone checks twice: what matters is the last check before the lock.
    left = [2 if door == "each zone" else 1]

    def check_and_replace(checked_campaign: Campaign) -> None:
        checked(checked_campaign)
        left[0] -= 1
        if not left[0]:
            draft_changes.replace_version(audit.system(), campaign.pk, faulty)

    monkeypatch.setattr(launch, "_guard", check_and_replace)
    with pytest.raises(CampaignActionError) as refused:
        DOORS[door](campaign)
    assert (refused.value.code, refused.value.params["codes"]) == ("issue-errors", ["contrast"])
    assert Campaign.objects.get(pk=campaign.pk).state == "draft"
