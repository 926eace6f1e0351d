"""The people behind the numbers of a campaign: as pages and as CSV, for those who may see addresses."""

import csv
import io

import pytest

from campaigns.models import Delivery
from campaigns.reporting import reports
from publication.models import Audit
from subscribers.models import Subscriber, Subscription
from tests.support.variations import first
from tests.web.conftest import make_staff
from web.console.campaigns import people_pages

pytestmark = pytest.mark.django_db


@pytest.fixture
def bounced(sending) -> list[Subscriber]:
    """Three recipients whose mail came back."""
    people = list(Subscriber.objects.order_by("id")[:3])
    for person in people:
        Delivery.objects.filter(campaign=sending, subscriber_id=person.pk).update(
            state="bounced", reason="hard: 550 5.1.1 <unknown>"
        )
    return people


def address(campaign, outcome: str = "bounced", tail: str = "") -> str:
    return f"/console/campaigns/{campaign.pk}/people/{outcome}/{tail}"


def test_numbers_of_a_campaign_link_to_the_people_behind_them(console, sending, bounced):
    page = console.get(f"/console/campaigns/{sending.pk}/").content.decode()
    assert f'href="{address(sending)}"' in page
    assert f'href="{address(sending, "complained")}"' not in page, "nobody complained"
    page = console.get(address(sending)).content.decode()
    assert all(person.address in page for person in bounced)
    assert "hard bounce: invalid address (550 5.1.1 &lt;unknown&gt;)" in page
    assert f'href="{address(sending, tail="csv")}"' in page


def test_who_may_not_see_addresses_gets_numbers_alone(client, sending, bounced):
    client.force_login(make_staff("counter", "campaigns.view_campaign"))
    assert "/people/" not in client.get(f"/console/campaigns/{sending.pk}/").content.decode()
    assert client.get(address(sending)).status_code == 403
    assert client.get(address(sending, tail="csv")).status_code == 403


@pytest.mark.parametrize("outcome", first(reports.OUTCOMES, 2))
def test_every_outcome_has_a_page_and_a_csv_file(console, sending, outcome):
    page = console.get(address(sending, outcome))
    assert page.status_code == 200
    nobody = not [*reports.people(sending.pk, outcome)]
    assert (b"No recipient has this result." in page.content) == nobody
    assert console.get(address(sending, outcome, "csv")).status_code == 200


def test_the_next_page_begins_after_the_last_person(console, sending, bounced, monkeypatch):
    monkeypatch.setattr(people_pages, "PER_PAGE", 2)
    first = console.get(address(sending)).content.decode()
    assert bounced[2].address not in first
    assert f'href="?after={bounced[1].pk}"' in first
    second = console.get(address(sending) + f"?after={bounced[1].pk}").content.decode()
    assert bounced[2].address in second
    assert bounced[0].address not in second
    assert "Next" not in second
    for odd in ("x", "9" * 30, "-1", "\u0661"):
        assert console.get(address(sending), {"after": odd}).status_code == 200


def test_the_download_holds_everybody_and_calculates_nothing(console, sending, bounced, editor):
    Subscriber.objects.filter(pk=bounced[0].pk).update(name="=HYPERLINK(1)")
    answer = console.get(address(sending, tail="csv"))
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="campaign-{sending.pk}-bounced.csv"'
    assert answer.headers["Cache-Control"] == "no-store"
    text = answer.getvalue().decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(text)))
    assert rows[0] == ["email", "name", "language", "reason", "at"]
    assert [row[0] for row in rows[1:]] == [person.address for person in bounced]
    assert rows[1][1] == "'=HYPERLINK(1)"
    line = Audit.objects.get(verb="list_people")
    assert (line.actor.name, line.detail["outcome"]) == ("editor", "bounced")


def test_people_who_unsubscribed_through_the_campaign_are_listed_and_erased_people_have_no_address(console, sending, bounced):
    Subscription.objects.filter(subscriber=bounced[0]).update(
        state="unsubscribed", unsubscribed_campaign=sending.pk, unsubscribed_how="one-click"
    )
    Subscriber.objects.filter(pk=bounced[1].pk).update(address=None)
    assert bounced[0].address in console.get(address(sending, "unsubscribed")).content.decode()
    assert f"subscriber {bounced[1].pk}<" in console.get(address(sending)).content.decode()


def test_an_unknown_outcome_or_campaign_gives_404(console, sending):
    for wrong in (address(sending, "planned"), address(sending, "planned", "csv"), "/console/campaigns/9999/people/bounced/"):
        assert console.get(wrong).status_code == 404
