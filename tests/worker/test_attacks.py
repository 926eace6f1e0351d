"""One slice through worker.slice_sender with faults between claim and settle."""

import time

import pytest
from django.db import OperationalError

from campaigns.drafts import test_mails
from campaigns.models import Attempt, Campaign, Delivery, Slice, TestSend
from campaigns.recovery import uncertain_slices
from campaigns.sending import claiming, claiming_sql, gate, settling, single_mails
from publication import audit
from publication.database.statement_sql import query
from tests.support import people
from transport.outcomes import Cause, Outcome, OutcomeKind
from worker import campaign_message, draining, provider_clients
from worker import single_sender as sending_singles
from worker import slice_sender as send

pytestmark = pytest.mark.django_db(transaction=True)


class Provider:
    """Accepts everything."""

    def __init__(self) -> None:
        self.sent = 0

    def send(self, body: bytes, **_options: object) -> Outcome:
        self.sent += 1
        return Outcome(OutcomeKind.ACCEPTED, 202, "R" * 22)


@pytest.fixture(autouse=True)
def post(settings, monkeypatch):
    settings.SENDGRID_API_KEY = "SG.test"
    settings.SEND_RATE = None
    for module in (send, provider_clients):
        monkeypatch.setattr(module, "_thread", type(module._thread)())
    monkeypatch.setattr(draining, "wait", lambda _seconds: False)
    provider = provider_clients._thread.client = Provider()
    return provider


def send_next() -> bool:
    claim = claiming.claim("tester")
    assert claim is not None
    return send.send_slice(claim)


def test_lost_confirmation_of_the_gates_commit_leaves_nothing_uncertain(monkeypatch, post):
    campaign = people.start(people.make_campaign(3))
    pass_gate = gate.gate

    def cut_after_commit(*args: object, **named: object) -> None:
        pass_gate(*args, **named)
        raise OperationalError("server closed the connection unexpectedly")

    with monkeypatch.context() as patch:
        patch.setattr(gate, "gate", cut_after_commit)
        assert not send_next()
    assert (Slice.objects.get().state, Attempt.objects.get().outcome) == ("planned", "never_connected")
    Slice.objects.update(not_before=None)
    assert send_next()
    assert (post.sent, Slice.objects.get().state, Attempt.objects.count()) == (1, "accepted", 2)
    assert campaign.recipients == 3


def test_a_gate_that_did_not_commit_leaves_no_attempt(monkeypatch, post):
    people.start(people.make_campaign(3))

    def cut(*_args: object, **_named: object) -> None:
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr(gate, "gate", cut)
    assert not send_next()
    assert (Slice.objects.get().state, Attempt.objects.count(), post.sent) == ("claimed", 0, 0)


@pytest.mark.parametrize("key", ["", "SG key"])
def test_unusable_key_is_found_before_the_gate(settings, key):
    people.start(people.make_campaign(3))
    settings.SENDGRID_API_KEY = key
    del provider_clients._thread.client
    assert not send_next()
    assert not Attempt.objects.exists()
    assert (Slice.objects.get().state, Campaign.objects.get().held_reason) == ("planned", "provider")


def test_slice_that_cannot_be_built_holds_its_campaign(monkeypatch):
    people.start(people.make_campaign(3))

    def fail(*_args: object) -> tuple[list[bytes], list[tuple[int, str]]]:
        raise KeyError("reader0@people.example")

    monkeypatch.setattr(campaign_message.RecipientWriter, "write", fail)
    assert not send_next()
    campaign = Campaign.objects.get()
    assert (campaign.state, campaign.held_reason, campaign.held_detail) == (
        "held", "message", "an internal error: KeyError; the worker's log has the details",
    )  # fmt: skip
    assert Slice.objects.get().state == "planned"


@pytest.mark.parametrize(("earlier", "state"), [(None, "skipped"), ("unknown", "abandoned")])
def test_recipient_to_whom_no_mail_can_be_written_is_not_sent_to_after_an_uncertain_attempt(earlier, state, monkeypatch):
    people.start(people.make_campaign(3))
    unfit = Delivery.objects.order_by("subscriber_id").first().subscriber_id
    if earlier:
        passed = gate.gate(claiming.claim("tester"), [people.make_list().pk], "tester")
        settling.settle(passed.attempt_id, Outcome(OutcomeKind.UNKNOWN, detail="no answer"))
        uncertain_slices.decide(audit.system(), [Slice.objects.get().pk], "resend", "asked the provider")

    def write(_writer: object, members: list[tuple[int, str, str, str]]) -> tuple[list[bytes], list[tuple[int, str]]]:
        return [], [(who[0], "unsendable: its domain") for who in members if who[0] == unfit]

    monkeypatch.setattr(campaign_message.RecipientWriter, "write", write)
    assert not send_next()
    assert Slice.objects.get().state == "planned"
    assert Delivery.objects.exclude(state=None).values_list("subscriber_id", "state").get() == (unfit, state)


def test_slices_delayed_by_the_send_rate_use_no_tokens(settings):
    settings.SEND_RATE = 1
    people.start(people.make_campaign(40, attempt_size=4))
    sent = [send_next() for _ in range(10)]
    assert sum(sent) >= 3
    began = time.monotonic()
    more = sum(send_next() for _ in range(30))  # many workers try while the debt lasts
    assert more <= (time.monotonic() - began) / 4 + 1, "a slice of four each four seconds, and one whose wait was over"
    debt = -query("SELECT available FROM send_rate")[0][0]
    assert debt <= send.LONGEST_WAIT + 4


def test_slice_larger_than_many_seconds_of_the_send_rate_is_sent(settings):
    settings.SEND_RATE = 1
    people.start(people.make_campaign(60, attempt_size=60))
    assert send_next()


def test_test_mail_that_cannot_be_built_is_skipped(monkeypatch, post):
    test_mails.send(audit.system(), people.make_version(), people.make_sender(), "staff@cast.example")

    def fail(*_args: object) -> bytes:
        raise KeyError("subscription")

    monkeypatch.setattr(sending_singles, "_test_body", fail)
    assert sending_singles.send_until_empty() == 0
    assert (TestSend.objects.get().state, post.sent) == ("skipped", 0)


def test_single_mail_waits_for_a_key(settings):
    test_mails.send(audit.system(), people.make_version(), people.make_sender(), "staff@cast.example")
    settings.SENDGRID_API_KEY = ""
    del provider_clients._thread.client
    assert sending_singles.send_until_empty() == 0
    assert TestSend.objects.get().state == "planned"


def test_single_mail_stays_planned_after_a_rejected_key():
    test_mails.send(audit.system(), people.make_version(), people.make_sender(), "staff@cast.example")
    claim = single_mails.claim()
    single_mails.gate(claim)
    single_mails.settle(claim, Outcome(OutcomeKind.REFUSED, 401, cause=Cause.CREDENTIALS))
    assert TestSend.objects.get().state == "planned"
    assert claiming_sql.count_due() == 0
