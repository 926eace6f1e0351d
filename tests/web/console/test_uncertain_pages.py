"""The uncertain page: facts and two decisions, shown in numbers first, by whoever may send."""

from __future__ import annotations

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


def decide(client, campaign, one: Slice, decision: str = "resend", reason: str = "asked them", **more):
    return client.post(
        address(campaign, "settle/"), {"slice": [one.pk], "decision": decision, "reason": reason, "sure": "yes", **more}
    )


def test_the_campaign_leads_there_and_the_page_tells_the_facts(console, sending, doubtful):
    page = console.get(f"/console/campaigns/{sending.pk}/").content.decode()
    assert "4 people may or may not have received this." in page
    assert address(sending) in page
    page = console.get(address(sending)).content.decode()
    assert "no answer within 30 s" in page
    assert f'value="{doubtful.pk}"' in page
    assert "events of the provider" in page
    assert "proves nothing" in page, "there is no key: the webhook is not healthy"


def test_without_sure_the_numbers_are_shown_and_nothing_is_done(console, sending, doubtful):
    page = decide(console, sending, doubtful, sure="").content.decode()
    assert "Whoever did receive it gets it twice." in page
    assert ">4<" in page
    assert Slice.objects.get(pk=doubtful.pk).state == "unknown"


@pytest.mark.parametrize(("decision", "state"), [("resend", "planned"), ("abandon", "abandoned")])
def test_the_decision_is_made_by_name_and_with_its_reason(console, sending, doubtful, decision, state):
    answer = decide(console, sending, doubtful, decision)
    assert answer.headers["Location"] == f"/console/campaigns/{sending.pk}/"
    assert Slice.objects.get(pk=doubtful.pk).state == state
    line = DeliveryLog.objects.get(kind="decided")
    assert (line.actor.name, line.detail["reason"], line.detail["people"]) == ("editor", "asked them", 4)
    assert Audit.objects.filter(verb=f"unknown_{decision}").count() == 1
    page = console.get(answer.headers["Location"]).content.decode()
    assert "4." in page
    assert "Nobody: every attempt was answered or settled." in console.get(address(sending)).content.decode()


def test_a_choice_and_a_reason_are_needed(console, sending, doubtful):
    for wrong in ({"reason": "  "}, {"decision": "toss"}, {"slice": []}, {"slice": ["x", "9" * 30]}):
        page = decide(console, sending, doubtful, **wrong)
        assert page.status_code == 400
        assert "say what was found out" in page.content.decode()
    assert Slice.objects.get(pk=doubtful.pk).state == "unknown"


def test_what_is_not_uncertain_or_of_another_campaign_is_not_decided(console, sending, doubtful):
    assert decide(console, sending, Slice.objects.get(state="accepted")).status_code == 409
    other = console.post(
        "/console/campaigns/999/uncertain/settle/", {"slice": [doubtful.pk], "decision": "resend", "reason": "x", "sure": "yes"}
    )
    assert other.status_code == 404
    assert reports.report(sending.pk).unknown == 4


def test_while_events_wait_nothing_is_decided(console, sending, doubtful):
    ProviderPayload.objects.create(body=b"[]")
    page = decide(console, sending, doubtful)
    assert page.status_code == 409
    assert "may be the proof" in page.content.decode()
    assert Slice.objects.get(pk=doubtful.pk).state == "unknown"


def test_who_may_look_but_not_send_sees_no_button(client, sending, doubtful):
    client.force_login(make_staff("reader", "campaigns.view_campaign"))
    page = client.get(address(sending)).content.decode()
    assert "no answer within 30 s" in page
    assert "checkbox" not in page
    assert decide(client, sending, doubtful).status_code == 403


def test_possible_duplicates_are_named(console, sending, doubtful):
    DeliveryLog.objects.create(
        kind="possible_duplicate", campaign_id=sending.pk, slice_id=doubtful.pk, attempt_id=doubtful.current_attempt_id,
        detail={"current_attempt": 77},
    )  # fmt: skip
    page = console.get(f"/console/campaigns/{sending.pk}/").content.decode()
    assert "4 people may have received this twice" in page
    assert "<td>77</td>" in page


def test_in_chinese(console, sending, doubtful):
    console.cookies["mailroom-language"] = "zh-hans"
    assert "谁可能收到" in console.get(address(sending)).content.decode()
