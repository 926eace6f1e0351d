"""The page that explains why one person got a campaign or did not."""

import pytest

from campaigns.models import Delivery
from publication import audit
from subscribers.consent import erasing, subscriptions
from subscribers.models import Subscriber
from tests.support import people
from tests.support.variations import first
from tests.web.conftest import make_staff

pytestmark = pytest.mark.django_db


def address(campaign) -> str:
    return f"/console/campaigns/{campaign.pk}/why/"


def test_the_page_explains_by_address(console, sending, reader):
    page = console.post(address(sending), {"address": f" {reader.address.upper()} "})
    assert page.status_code == 200
    shown = page.content.decode()
    assert "The provider accepted the mail and has not reported yet whether it arrived." in shown
    assert "The provider accepted request" in shown
    assert reader.address in shown


def test_the_page_of_a_delivered_mail_says_that_opens_are_not_measured(console, sending, reader):
    Delivery.objects.filter(campaign=sending, subscriber_id=reader.pk).update(state="delivered")
    shown = console.post(address(sending), {"address": reader.address}).content.decode()
    assert "The receiving server accepted the mail." in shown
    assert "Opens and clicks of this person are not measured." in shown


def test_the_page_explains_why_not(console, sending):
    late = people.make_people(1, people.make_list("club"), prefix="late")[0]
    shown = console.post(address(sending), {"address": late.address}).content.decode()
    assert "This person was not among the recipients when they were chosen." in shown
    assert "The person never subscribed to CAST Newsletter." in shown


@pytest.mark.parametrize("posted", ["", "nobody", "a@b", "x" * 5000])
def test_what_is_no_address_is_a_mistake_to_correct(console, sending, posted):
    page = console.post(address(sending), {"address": posted})
    assert page.status_code == 422
    assert b'role="alert"' in page.content


def test_lists_of_people_link_to_the_answer_also_for_erased_people(console, sending, reader):
    tenth = Subscriber.objects.order_by("id")[9]
    subscriptions.unsubscribe(audit.system(), tenth.pk, how="page", campaign_id=sending.pk)
    listed = console.get(f"/console/campaigns/{sending.pk}/people/unsubscribed/").content.decode()
    link = f"{address(sending)}?record={tenth.pk}"
    assert link in listed
    erasing.erase(audit.system(), tenth)
    shown = console.get(link).content.decode()
    assert f"Subscriber {tenth.pk}" in shown
    assert tenth.address not in shown


@pytest.mark.parametrize("record", first(["999999", "x", "-1", "9" * 30, ""]))
def test_a_number_of_no_record_spoils_no_page(console, sending, record):
    assert console.get(f"{address(sending)}?record={record}").status_code == 200


def test_the_form_on_the_campaigns_page_is_for_those_who_may_see_people(client, console, sending):
    assert f'action="{address(sending)}"' in console.get(f"/console/campaigns/{sending.pk}/").content.decode()
    client.force_login(make_staff("counter", "campaigns.view_campaign"))
    assert address(sending) not in client.get(f"/console/campaigns/{sending.pk}/").content.decode()
    assert client.post(address(sending), {"address": "x@people.example"}).status_code == 403
