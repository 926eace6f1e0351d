"""“Our newsletters”: a year of one list or of all."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from campaigns.models import Campaign
from campaigns.reporting import reports
from campaigns.reporting.results import campaign_totals, newsletter_year
from campaigns.reporting.results.campaign_totals import Counting
from publication import audit, clock, profile
from subscribers.consent import subscriptions
from subscribers.models import StoredCount
from tests.support import measured, people

pytestmark = pytest.mark.django_db
PAGE = "/console/newsletters/"
TOTALS = {
    "recipients": 50, "accepted": 40, "delivered": 38, "bounced": 2, "complained": 1, "unsubscribed": 3, "measuring": "off",
    "clicks": None, "measured": None, "clicked": None,
}  # fmt: skip


@pytest.fixture
def sent(settings) -> Campaign:
    """Sent to ten people, of whom three agreed to be measured."""
    settings.SENDGRID_API_KEY = "SG.test"
    campaign, readers = measured.begun(10, 3)
    measured.finish(campaign, delivered=8, bounced=2)
    subscriptions.unsubscribe(audit.subscriber(), readers[4].pk, how="one-click", campaign_id=campaign.pk)
    return campaign


def earlier(sent: Campaign, days: float, **totals: object) -> Campaign:
    at = clock.now() - timedelta(days=days)
    campaign = Campaign.objects.create(
        name=f"{days} days ago", version=sent.version, sender=sent.sender, actor=sent.actor, state="sent", recipients=50,
        started_at=at, finished_at=at,
    )  # fmt: skip
    campaign.lists.set(sent.lists.all())
    campaign_totals.count_of(campaign).keep(TOTALS | totals, 0.01)
    return campaign


def test_the_year_of_a_list_has_its_people_and_its_campaigns(console, sent):
    other = people.make_list("other")
    people.make_people(4, other, prefix="other")
    page = console.get(PAGE).content.decode()
    assert "1 newsletter went out in the last 12 months. Joined: 14, left: 1." in page
    assert "<dt>subscribers now</dt><dd>13</dd>" in page
    assert '<dt>delivered</dt><dd>80.0%<span class="usual">8</span></dd>' in page
    assert '<dt>clicked</dt><dd>0.0%<span class="usual">0 of' in page
    assert f'href="/console/campaigns/{sent.pk}/report/">News</a>' in page
    page = console.get(f"{PAGE}?list={other.pk}").content.decode()
    assert "0 newsletters went out in the last 12 months. Joined: 4, left: 0." in page
    assert "No newsletter was sent" in page
    assert f"growth.csv?list={other.pk}" in page
    for wrong in ("?list=99999", "?list=x", "?list=-1"):
        assert console.get(PAGE + wrong).status_code == 404
    assert console.get(f"{PAGE}nothing.csv").status_code == 404
    assert console.get(f"{PAGE}newsletters.svg").status_code == 404, "it has no chart"


def test_what_is_not_measured_is_no_zero(console, sent):
    Campaign.objects.update(measuring="off")
    page = console.get(PAGE).content.decode()
    assert "Clicks are not measured." in page
    assert 'data-label="clicked">not measured<' in page
    assert 'id="table-reading"' not in page
    earlier(sent, 1, measuring="anonymous", clicks=7)
    assert "<dt>clicks</dt><dd>7</dd>" in console.get(PAGE).content.decode()


def test_months_have_the_campaigns_that_began_in_them_and_a_year_is_twelve_months(sent):
    earlier(sent, 400)
    first = earlier(sent, 40)
    welcome = earlier(sent, 3)  # of a list; it ended when another one took its place
    Campaign.objects.filter(pk=welcome.pk).update(welcome_to=sent.lists.get())
    year = newsletter_year.of()
    assert len(year.months) == 12
    assert [campaign.pk for campaign, _ in year.campaigns] == [sent.pk, first.pk]
    month = clock.in_zone(first.started_at, "UTC").date().replace(day=1)
    assert (year.months[month].campaigns, year.months[month].delivered, year.months[month].measured) == (1, 38, None)
    assert (year.total.delivered, year.total.measured) == (46, 3)


def test_a_count_is_used_for_a_tenth_of_the_age_at_which_it_was_made(sent):
    campaign = earlier(sent, 10)
    name = campaign_totals.count_of(campaign).name
    StoredCount.objects.filter(name=name).update(counted_at=clock.now() - timedelta(hours=21))
    assert campaign_totals.totals([campaign])[campaign.pk]["delivered"] == 38, "it was made after 9.1 days"
    StoredCount.objects.filter(name=name).update(counted_at=clock.now() - timedelta(hours=23))
    assert campaign_totals.totals([campaign], Counting.NONE)[campaign.pk]["delivered"] == 38
    assert campaign_totals.totals([campaign])[campaign.pk]["delivered"] == 0, "counted again"


def test_who_read_on_stays_known_when_clicks_have_lost_their_names(console, sent):
    profile.change_profile(audit.system(), policies={"keep_clicks": "30"})
    campaign = earlier(sent, 40, measuring="individual", clicks=9, measured=20, clicked=5)
    Campaign.objects.filter(pk=campaign.pk).update(measuring="individual")
    StoredCount.objects.update(counted_at=clock.now() - timedelta(days=11))
    assert newsletter_year.of().total.clicked == 5
    assert reports.report(campaign.pk).clicked is None, "not 0: nobody knows any more"


def test_a_page_never_counts_a_large_campaign_but_the_worker_does(console, sent):
    Campaign.objects.filter(pk=sent.pk).update(recipients=1_000_000)
    assert "Newsletters that are still being counted: 1." in console.get(PAGE).content.decode()
    assert campaign_totals.keep_totals(timedelta(seconds=60)) == 1
    assert campaign_totals.keep_totals(timedelta(seconds=60)) == 0
    assert "still being counted" not in console.get(PAGE).content.decode()


def test_two_hundred_campaigns_need_no_more_statements_than_one(console, sent):
    def statements() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert console.get(PAGE).status_code == 200
        return len(queries)

    console.get(PAGE)
    before = statements()
    for number in range(200):
        earlier(sent, 5 + number)
    assert statements() == before
    assert "201 newsletters went out" in console.get(PAGE).content.decode()
