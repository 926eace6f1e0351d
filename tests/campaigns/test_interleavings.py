"""Bugs that an earlier search of all interleavings and the state machine found, each as its shortest sequence."""

import pytest

from campaigns.models import Attempt, Campaign, Delivery, Slice
from campaigns.recovery import restore_check_sql, uncertain_slices
from campaigns.reporting import reports
from campaigns.sending import claiming_sql, settling
from campaigns.sending import gate as sending_gate
from campaigns.tracking import events_sql
from publication import audit
from publication.database.statement_sql import changed
from subscribers.consent import subscriptions
from tests.campaigns.provider_ledger import ACCEPTED, BUSY, NEVER, UNKNOWN
from tests.support import people

pytestmark = pytest.mark.django_db(transaction=True)


def gate(campaign: Campaign) -> sending_gate.GatePass | None:
    changed("UPDATE slice SET not_before = NULL")
    claim = claiming_sql.claim("tester")
    assert claim is not None
    return sending_gate.gate(claim, [mailing_list.pk for mailing_list in campaign.lists.all()], "tester")


def send_again_after_silence(campaign: Campaign) -> int:
    """One attempt without an answer, then a decision to resend to its people; returns the attempt."""
    first = gate(campaign).attempt_id
    settling.settle(first, UNKNOWN)
    uncertain_slices.decide(audit.system(), [Attempt.objects.get(pk=first).slice_id], "resend", "asked")
    return first


@pytest.mark.parametrize("all_of_them", [False, True])
def test_unsubscribing_before_a_resend_counts_as_abandoned_not_skipped(all_of_them):
    campaign = people.start(people.make_campaign(2))
    first = send_again_after_silence(campaign)
    one, two = sorted(Delivery.objects.values_list("subscriber_id", flat=True))
    for person in (one, two) if all_of_them else (one,):
        subscriptions.unsubscribe(audit.system(), person, how="page")
    passed = gate(campaign)
    assert (passed is None) is all_of_them
    report = reports.report(campaign.pk)
    assert report.balances
    assert (report.abandoned, report.skipped) == (2 if all_of_them else 1, 0)
    assert {line["reason"] for line in reports.not_accepted(campaign.pk)} >= {"unsubscribed; an earlier attempt is uncertain"}
    events_sql.raise_facts([{"campaign_id": campaign.pk, "subscriber_id": one, "state": "delivered", "reason": ""}])
    assert reports.report(campaign.pk).delivered == 1, "an event still counts"
    assert first


def test_unsubscribing_after_a_rejection_counts_as_skipped():
    campaign = people.start(people.make_campaign(2))
    settling.settle(gate(campaign).attempt_id, BUSY)
    subscriptions.unsubscribe(audit.system(), Delivery.objects.order_by("subscriber_id").first().subscriber_id, how="page")
    assert gate(campaign) is not None
    assert reports.report(campaign.pk).skipped == 1


def test_late_202_of_an_older_attempt_counts_while_a_later_one_is_under_way():
    campaign = people.start(people.make_campaign(3))
    first = send_again_after_silence(campaign)
    second = gate(campaign).attempt_id
    settling.settle(first, ACCEPTED)
    settling.settle(second, NEVER)
    assert Slice.objects.get().state == "accepted", "a rejection of the second frees nobody who got the first"


@pytest.mark.parametrize("answer", [BUSY, NEVER])
def test_an_answer_repeated_after_a_restore_frees_nobody(answer):
    """Recorded, resent and accepted; then the database is restored, and the worker, which missed that, repeats the answer."""
    campaign = people.start(people.make_campaign(3))
    first = gate(campaign).attempt_id
    kept = Attempt.objects.filter(pk=first).values().get(), Slice.objects.values().get()
    settling.settle(first, answer)
    settling.settle(gate(campaign).attempt_id, ACCEPTED)
    Slice.objects.update(**{name: value for name, value in kept[1].items() if name != "id"})
    Attempt.objects.exclude(pk=first).delete()
    Attempt.objects.filter(pk=first).update(**{name: value for name, value in kept[0].items() if name != "id"})
    restore_check_sql.doubt_slices()
    assert not settling.settle(first, answer)
    assert Slice.objects.get().state == "unknown"
    assert settling.settle(first, ACCEPTED), "a 202 still counts after a restore"
    assert Slice.objects.get().state == "accepted"
