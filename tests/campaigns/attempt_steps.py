"""Steps of one attempt as a worker makes them, and the provider's events about it, for tests of later steps."""

import json
import time
from dataclasses import dataclass

from django.db import connection

from campaigns.models import Campaign
from campaigns.sending import claiming_sql, settling
from campaigns.sending import gate as sending_gate
from campaigns.tracking import event_inbox
from subscribers import tokens
from subscribers.models import Subscriber
from transport.outcomes import Outcome, OutcomeKind
from transport.sendgrid.answers import outcome_of

ACCEPTED = Outcome(OutcomeKind.ACCEPTED, 202, "R" * 22)
UNKNOWN = Outcome(OutcomeKind.UNKNOWN, None, detail="no answer within 30 s")
BUSY = Outcome(OutcomeKind.BUSY, 429, detail="429 too many requests")
NEVER = Outcome(OutcomeKind.NEVER_CONNECTED, None, detail="refused")


def refused(text: str = "bad", field: str | None = None) -> Outcome:
    """SendGrid's 400 that names `field`."""
    return outcome_of(400, {}, json.dumps({"errors": [{"message": text, "field": field}]}).encode())


@dataclass(frozen=True)
class Sent:
    """An attempt under way, and the recipients in its body, in order."""

    attempt: int
    people: list[int]


def gate_next(campaign: Campaign) -> Sent | None:
    """Bring the next slice through the gate; None if none is due."""
    lists = [mailing_list.pk for mailing_list in campaign.lists.all()]
    claim = claiming_sql.claim("tester")
    if claim is None:
        return None
    gate = sending_gate.gate(claim, lists, "tester")
    assert gate is not None
    return Sent(gate.attempt_id, sorted(gate.members))


def send_next(campaign: Campaign, outcome: Outcome) -> Sent | None:
    """Bring the next slice through the gate and record its answer."""
    sent = gate_next(campaign)
    if sent is not None:
        settling.settle(sent.attempt, outcome)
    return sent


def due_at_once() -> None:
    """Remove the random waits between tries."""
    with connection.cursor() as cursor:
        cursor.execute("UPDATE slice SET not_before = NULL WHERE not_before IS NOT NULL")


def event(campaign: Campaign, person: int, attempt: int, name: str = "processed", *, seconds_ago: float = 0) -> dict[str, object]:
    return {
        "email": Subscriber.objects.get(pk=person).address, "timestamp": int(time.time() - seconds_ago), "event": name,
        "sg_event_id": f"{name}-{person}-{attempt}", "mr_d": tokens.TokenMaker("delivery").make(campaign.pk, person),
        "mr_a": tokens.TokenMaker("attempt").make(campaign.pk, attempt),
    }  # fmt: skip


def receive(*events: dict[str, object]) -> None:
    event_inbox.receive(json.dumps(events).encode())


def hear(*events: dict[str, object]) -> None:
    """Receive, split and apply."""
    receive(*events)
    event_inbox.split_payloads()
    event_inbox.apply_events()
