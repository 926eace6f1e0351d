"""`mailroom campaign schedule` for a campaign that is already scheduled: it moves to the new time."""

import pytest

from campaigns.models import Campaign
from publication.models import Audit
from subscribers.models import Subscriber
from tests.support import people


@pytest.fixture
def scheduled(done) -> int:
    """A campaign for 09:00 UTC on a day ahead."""
    draft = people.make_campaign(2).pk
    done("campaign", "schedule", draft, "--at", f"{people.AHEAD} 09:00", "--yes")
    return draft


def test_scheduling_again_moves_the_campaign_after_a_question_with_both_times(run, scheduled):
    refused = run("campaign", "schedule", scheduled, "--at", f"{people.AHEAD} 10:00", given="n\n")
    asked = f"Campaign {scheduled} is scheduled for {people.AHEAD} 09:00 (UTC). Send it at {people.AHEAD} 10:00 (UTC) instead?"
    assert asked in refused.err
    assert Campaign.objects.get(pk=scheduled).scheduled_at.hour == 9
    moved = run("campaign", "schedule", scheduled, "--at", f"{people.AHEAD} 10:00", given="y\n")
    assert f"scheduled for {people.AHEAD} 10:00 (UTC)" in moved.out
    assert Campaign.objects.get(pk=scheduled).scheduled_at.hour == 10


def test_scheduling_again_for_each_zone_moves_the_campaign(done, run, scheduled):
    Subscriber.objects.filter(pk=Subscriber.objects.first().pk).update(zone="Asia/Shanghai")
    asked = run("campaign", "schedule", scheduled, "--at", f"{people.AHEAD} 11:00", "--each-zone", given="n\n")
    first = f"first at {people.AHEAD} 03:00 (UTC)"
    assert f"Send it at {people.AHEAD} 11:00 in each recipient's zone (UTC where it is not known), {first}, instead?" in asked.err
    made = done("campaign", "schedule", scheduled, "--at", f"{people.AHEAD} 11:00", "--each-zone", "--yes")
    assert made["state"] == "scheduled"
    campaign = Campaign.objects.get(pk=scheduled)
    assert (campaign.local_time, campaign.scheduled_at.hour) == (True, 11)
    again = run("campaign", "schedule", scheduled, "--at", f"{people.AHEAD} 12:00", "--each-zone", given="y\n")
    assert f"is scheduled for {people.AHEAD} 11:00 in each recipient's own zone, {first}. Send it" in again.err
    assert f"scheduled for {people.AHEAD} 12:00 in each recipient's own zone, first at {people.AHEAD} 04:00 (UTC)" in again.out


def test_a_campaign_that_began_cannot_be_moved(run, scheduled):
    Campaign.objects.filter(pk=scheduled).update(state="sending")
    answer = run("campaign", "schedule", scheduled, "--at", f"{people.AHEAD} 10:00", "--yes")
    assert answer.code == 1
    assert Campaign.objects.get(pk=scheduled).scheduled_at.hour == 9


def test_strict_mode_that_changes_with_the_time_is_in_the_audit(done, scheduled):
    done("campaign", "schedule", scheduled, "--at", f"{people.AHEAD} 10:00", "--strict", "--yes")
    assert Campaign.objects.get(pk=scheduled).strict
    assert Audit.objects.filter(verb="campaign_strict", object_id=str(scheduled)).count() == 1
