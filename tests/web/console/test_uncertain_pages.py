"""The page of uncertain recipients: what is known of them, and two decisions that accounts with the right to send confirm."""

import pytest

from campaigns.models import DeliveryLog, ProviderPayload, Slice
from campaigns.reporting import reports
from publication.models import Audit
from tests.web.conftest import make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def doubtful(sending) -> Slice:
    return Slice.objects.get(state="unknown")


def address(campaign, verb: str = "") -> str:
    return f"/console/campaigns/{campaign.pk}/uncertain/{verb}"


def decide(client, campaign, uncertain_slice: Slice, decision: str = "resend", reason: str = "asked them", **more):
    return client.post(
        address(campaign, "settle/"),
        {"slice": [uncertain_slice.pk], "decision": decision, "reason": reason, "sure": "yes", **more},
    )


def test_the_campaign_page_links_to_the_uncertain_page_which_shows_what_is_known(console, sending, doubtful):
    page = console.get(f"/console/campaigns/{sending.pk}/").content.decode()
    assert "4 recipients are uncertain" in page
    assert address(sending) in page
    page = console.get(address(sending)).content.decode()
    assert "no answer within 30 s" in page
    assert f'value="{doubtful.pk}"' in page
    assert "reports from the provider" in page
    assert "waiting for a report" in page
    assert "prove nothing" in page, "there is no key: the webhook is not healthy"


def test_a_decision_without_confirmation_shows_its_numbers_and_changes_nothing(console, sending, doubtful):
    page = decide(console, sending, doubtful, sure="").content.decode()
    assert "Recipients who already received it will get it twice." in page
    assert ">4<" in page
    assert Slice.objects.get(pk=doubtful.pk).state == "unknown"


@pytest.mark.parametrize(("decision", "state"), [("resend", "planned"), ("abandon", "abandoned")])
def test_a_confirmed_decision_is_recorded_with_account_and_reason(console, sending, doubtful, decision, state):
    answer = decide(console, sending, doubtful, decision)
    assert answer.headers["Location"] == f"/console/campaigns/{sending.pk}/"
    assert Slice.objects.get(pk=doubtful.pk).state == state
    line = DeliveryLog.objects.get(kind="decided")
    assert (line.actor.name, line.detail["reason"], line.detail["people"]) == ("editor", "asked them", 4)
    assert Audit.objects.filter(verb=f"unknown_{decision}").count() == 1
    page = console.get(answer.headers["Location"]).content.decode()
    assert "4." in page
    done = {
        "resend": "decided to send again to 4 uncertain recipients",
        "abandon": "decided not to send again to 4 uncertain recipients",
    }
    assert f"<b>{done[decision]}. Reason: asked them</b>" in page, "the log says what was decided"
    assert (
        "There are no uncertain recipients. For each recipient, the result is known or has been decided."
        in console.get(address(sending)).content.decode()
    )


def test_a_decision_without_a_batch_or_a_reason_is_refused(console, sending, doubtful):
    for wrong in ({"reason": "  "}, {"decision": "toss"}, {"slice": []}, {"slice": ["x", "9" * 30]}):
        page = decide(console, sending, doubtful, **wrong)
        assert page.status_code == 400
        assert "enter what you found out" in page.content.decode()
    assert Slice.objects.get(pk=doubtful.pk).state == "unknown"


def test_a_batch_that_is_not_uncertain_or_belongs_to_another_campaign_cannot_be_decided(console, sending, doubtful):
    assert decide(console, sending, Slice.objects.get(state="accepted")).status_code == 409
    other = console.post(
        "/console/campaigns/999/uncertain/settle/", {"slice": [doubtful.pk], "decision": "resend", "reason": "x", "sure": "yes"}
    )
    assert other.status_code == 404
    assert reports.report(sending.pk).unknown == 4


def test_nothing_is_decided_while_provider_events_are_unprocessed(console, sending, doubtful):
    ProviderPayload.objects.create(body=b"[]")
    page = decide(console, sending, doubtful)
    assert page.status_code == 409
    assert "may show what happened" in page.content.decode()
    assert Slice.objects.get(pk=doubtful.pk).state == "unknown"


def test_an_account_without_the_right_to_send_sees_no_buttons(client, sending, doubtful):
    client.force_login(make_staff("reader", "campaigns.view_campaign"))
    page = client.get(address(sending)).content.decode()
    assert "no answer within 30 s" in page
    assert "checkbox" not in page
    assert decide(client, sending, doubtful).status_code == 403


def test_the_campaign_page_lists_possible_duplicates_with_both_attempts(console, sending, doubtful):
    DeliveryLog.objects.create(
        kind="possible_duplicate", campaign_id=sending.pk, slice_id=doubtful.pk, attempt_id=doubtful.current_attempt_id,
        detail={"current_attempt": 77},
    )  # fmt: skip
    page = console.get(f"/console/campaigns/{sending.pk}/").content.decode()
    assert "4 people may have received this twice" in page
    assert ">77</td>" in page
