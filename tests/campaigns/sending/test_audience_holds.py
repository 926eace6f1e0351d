"""Campaigns whose segment asks who clicked, while nobody is measured: not scheduled, and held if they were scheduled before."""

import pytest

from campaigns import launch
from campaigns.models import Campaign
from campaigns.sending import filling, schedule
from cli.texts import domain_texts
from editorial.models import IssueVersion
from publication import audit
from subscribers.models import Segment, Subscriber
from tests.support import clicks, people
from worker import upkeep

pytestmark = pytest.mark.django_db
ACTIVE = 'language = "en" and engaged >= "90 days ago"'


@pytest.fixture
def campaign() -> Campaign:
    """To a segment that was stored while people were measured."""
    made = people.make_campaign(3)
    Campaign.objects.filter(pk=made.pk).update(segment=Segment.objects.create(slug="active", text=ACTIVE))
    return made


def scheduled_before(campaign: Campaign, **when: object) -> None:
    """Scheduled while people were measured, with the text of the segment frozen. No campaign with measuring is left."""
    Campaign.objects.filter(pk=campaign.pk).update(segment=None)
    launch.schedule(audit.system(), campaign.pk, **when)
    Campaign.objects.filter(pk=campaign.pk).update(segment_text=ACTIVE)


def test_it_cannot_be_scheduled(campaign):
    for attempt in (
        lambda: launch.schedule(audit.system(), campaign.pk),
        lambda: launch.schedule_each_zone(audit.system(), campaign.pk, f"{people.AHEAD} 09:00"),
    ):
        with pytest.raises(launch.CampaignActionError) as caught:
            attempt()
        assert caught.value.code == "segment"
        assert "engaged cannot be used, because it is not measured who clicks" in str(caught.value.params["problem"])
    assert Campaign.objects.get().state == "draft"


def test_one_that_was_scheduled_before_is_held_at_once_with_the_reason(campaign):
    other = launch.create(audit.system(), version=campaign.version, lists=[*campaign.lists.all()], sender=campaign.sender)
    launch.schedule(audit.system(), other.pk, launch.moment(f"{people.AHEAD} 09:00", "UTC"))
    scheduled_before(campaign, at=launch.moment(f"{people.AHEAD} 09:00", "UTC"))
    upkeep.run_due_work()
    campaign.refresh_from_db()
    assert (campaign.state, campaign.held_reason) == ("held", "unmeasured")
    assert campaign.held_detail.startswith("column 21: engaged cannot be used")
    assert "not measured" in domain_texts.HELD[campaign.held_reason]
    assert Campaign.objects.get(pk=other.pk).state == "scheduled"


def test_one_that_is_due_is_held_by_the_fill(campaign):
    scheduled_before(campaign)
    schedule.start_due()
    assert filling.fill(campaign.pk) is None
    campaign.refresh_from_db()
    assert (campaign.state, campaign.held_reason) == ("held", "unmeasured")


def test_a_condition_of_the_issue_prevents_it_even_if_people_are_measured(campaign):
    clicks.measure_people()
    Campaign.objects.filter(pk=campaign.pk).update(segment=None)
    choices = [{"language": "en", "comparisons": ["engaged = None"], "numbers": [0, 0]}]
    IssueVersion.objects.update(choices=choices)
    with pytest.raises(launch.CampaignActionError, match="condition"):
        launch.schedule(audit.system(), campaign.pk)


def test_it_is_sent_if_people_are_measured(campaign):
    clicks.measure_people()
    clicks.agree(Subscriber.objects.first())
    Segment.objects.update(text="engaged = None")
    launch.schedule(audit.system(), campaign.pk)
    upkeep.run_due_work()
    assert Campaign.objects.get(pk=campaign.pk).recipients == 1
