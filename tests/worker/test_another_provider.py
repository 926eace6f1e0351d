"""A second provider through the protocol, over real HTTP: claim -> gate -> send -> settle -> webhook -> event."""

import urllib.error

import pytest

from campaigns import launch
from campaigns.models import Attempt, Campaign, Delivery, Event, ProviderPayload
from campaigns.provider_lists import lifting
from campaigns.reporting import reports
from campaigns.sending import filling, schedule
from campaigns.suppression_sync import sync_runs
from campaigns.tracking import event_inbox
from config import mail_provider
from publication import audit
from subscribers.consent import suppressions
from subscribers.models import Subscriber
from tests.campaigns.attempt_steps import due_at_once
from tests.support import people
from tests.transport.other_provider import OtherProvider, other_server
from transport.provider import Provider
from worker import draining, provider_clients, provider_list_work, slice_sender

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def server(settings, monkeypatch):
    settings.SENDGRID_API_KEY = None
    settings.SENDGRID_WEBHOOK_KEYS = []
    settings.SEND_RATE = None
    for module in (slice_sender, provider_clients):
        monkeypatch.setattr(module, "_thread", type(module._thread)())
    monkeypatch.setattr(draining, "wait", lambda _seconds: False)
    with other_server() as running:
        provider: Provider = OtherProvider(running.key, running.url, running.secret)
        monkeypatch.setattr(mail_provider, "SendGrid", lambda *_settings: provider)
        yield running
        if client := getattr(provider_clients._thread, "client", None):
            client.close()


def letters_by_address(server) -> dict[str, dict]:
    return {letter["letter"]["destination"][0]: letter for letter in server.letters}


def apply_events() -> None:
    event_inbox.split_payloads()
    event_inbox.apply_events()


def start(people_count: int, *, strict: bool = False) -> Campaign:
    """A campaign scheduled for now and filled, with the attempt size of this provider."""
    campaign = people.make_campaign(people_count)
    launch.schedule(audit.system(), campaign.pk, strict=strict)
    schedule.start_due()
    filling.fill(campaign.pk)
    campaign.refresh_from_db()
    return campaign


def addresses() -> list[str]:
    return sorted(Subscriber.objects.values_list("address", flat=True))


def test_campaign_is_sent_and_its_events_are_applied(server, live_server):
    campaign = start(5)
    assert campaign.attempt_size == 1, "one recipient per request"
    assert slice_sender.send_until_empty() == 5
    letters = letters_by_address(server)
    assert len(server.letters) == len(letters) == 5
    assert server.connections == 1, "the connection is kept alive"
    assert len({letter["run"] for letter in server.letters}) == 5, "each request is its own attempt"
    for letter in server.letters:
        text = str(letter["letter"])
        assert "-mr_" not in text, "this provider fills no merge tags"
        assert ["Precedence", "bulk"] in letter["letter"]["extra"]
        assert any(name == "List-Unsubscribe" for name, _ in letter["letter"]["extra"])
    report = reports.report(campaign.pk)
    assert (report.accepted, report.balances) == (5, True)

    first, second, third, *_ = sorted(letters)
    news = [
        ("arrived", letters[first], {}),
        ("returned", letters[second], {"why": "550 5.1.1 no such user", "code": "5.1.1"}),
        ("objection", letters[third], {}),
        ("sang", letters[first], {}),
    ]
    url = f"{live_server.url}/hooks/sendgrid"
    assert [server.report(url, *news) for _ in range(2)] == [204, 204]
    apply_events()
    assert sorted(Event.objects.values_list("kind", flat=True)) == ["bounced_hard", "complained", "delivered", "other"]
    delivered = Delivery.objects.get(delivered_at__isnull=False)
    assert Subscriber.objects.get(pk=delivered.subscriber_id).address == first
    assert [suppressions.is_suppressed(address) for address in (first, second, third)] == [False, True, True]
    schedule.finish_done()
    assert Campaign.objects.get().state == "sent"


def test_forged_webhook_stores_nothing(server, live_server):
    server.secret = b"stranger"
    with pytest.raises(urllib.error.HTTPError, match="403"):
        server.report(f"{live_server.url}/hooks/sendgrid")
    assert not ProviderPayload.objects.exists()


def test_answers_of_another_provider_move_slices_the_same_way(server, live_server):
    campaign = start(4)
    bad, busy, lost, good = addresses()
    server.answers = {bad: 409, busy: 503, lost: None}
    slice_sender.send_until_empty()
    outcomes = sorted(Attempt.objects.values_list("outcome", flat=True))
    assert outcomes == ["accepted", "busy", "refused", "unknown"]
    server.answers = {}
    due_at_once()
    slice_sender.send_until_empty()
    letters = [letter["letter"]["destination"][0] for letter in server.letters]
    assert sorted(letters) == sorted([bad, busy, busy, lost, good]), "nothing uncertain is resent"
    report = reports.report(campaign.pk)
    assert (report.accepted, report.failed, report.unknown) == (2, 1, 1)
    server.report(f"{live_server.url}/hooks/sendgrid", ("queued", letters_by_address(server)[lost], {}))
    apply_events()
    report = reports.report(campaign.pk)
    assert (report.accepted, report.failed, report.unknown) == (3, 1, 0)


def test_rejected_key_holds_the_campaign_and_fails_no_recipient(server):
    start(2)
    server.answers = dict.fromkeys(addresses(), 410)
    slice_sender.send_until_empty()
    campaign = Campaign.objects.get()
    assert (campaign.state, campaign.held_reason) == ("held", "credentials")
    assert len(server.letters) == 1


def test_strict_campaign_is_held_if_the_provider_cannot_schedule_mail(server):
    start(2, strict=True)
    slice_sender.send_until_empty()
    campaign = Campaign.objects.get()
    assert (campaign.state, campaign.held_reason) == ("held", "provider")
    assert (server.letters, Attempt.objects.exists()) == ([], False)


def test_lift_at_a_provider_without_suppression_lists_ends_here(server):
    suppressions.suppress(audit.system(), "wei@people.example", "complaint")
    suppressions.suppress(audit.command_line(), "li@people.example", "manual")
    lifting.plan_lift(audit.command_line(), "wei@people.example")
    run = sync_runs.plan(audit.system())
    assert provider_list_work.is_due()
    provider_list_work.work()
    assert not suppressions.is_suppressed("wei@people.example")
    assert suppressions.is_suppressed("li@people.example")
    assert sync_runs.describe(run.pk)["state"] == "done"
    assert not provider_list_work.is_due()
