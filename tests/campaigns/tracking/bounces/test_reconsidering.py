"""Suppressions that an older policy made wrongly are lifted, here and on the provider's bounce list."""

from datetime import UTC, datetime

import pytest

from campaigns.models import Event, ProviderListChange
from campaigns.provider_lists import list_changes
from campaigns.tracking.bounces import reconsidering
from publication import audit
from subscribers.consent import erasing, suppressions
from subscribers.models import Subscriber, Suppression
from tests.campaigns.attempt_steps import hear
from tests.campaigns.tracking.bounces.test_bounce_policy import (
    DMARC,
    FULL_HARD,
    INVALID,
    LISTED,
    STRANGE,
    address_of,
    again,
    event_for,
    key_of,
    sent,
    suppressed,
)
from tests.campaigns.tracking.bounces.test_bounce_policy import run as run
from tests.sandbox.conftest import write_mail
from tests.support import people
from tests.support.sandbox_process import SandboxProcess
from worker import draining
from worker import provider_list_work as worker

PAST = -14_000  # over an hour ago: these events are older than the decisions about them

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _key(settings, monkeypatch):
    address_of.cache_clear()
    monkeypatch.setattr(draining, "wait", lambda _seconds: False)


def forget_causes() -> None:
    """Make the rows as an older version stored them: no cause, a key only without our ids, every hard bounce suppressed."""
    Suppression.objects.all().delete()
    for bounce in Event.objects.filter(kind="bounced_hard"):
        person = Subscriber.objects.get(pk=bounce.subscriber_id)
        detail = f"hard: {bounce.detail.get('status', '')} {bounce.detail['reason']}"
        Suppression.objects.get_or_create(
            address_key=person.address_key, defaults={"address": person.address, "reason": "hard_bounce", "detail": detail}
        )
        kept = {name: value for name, value in bounce.detail.items() if name in ("name", "reason", "status")}
        Event.objects.filter(pk=bounce.pk).update(cause="", address_key=None, detail=kept)
    Event.objects.update(cause="")


def verdicts(cases: list[reconsidering.Case]) -> dict[str, str]:
    return {case.address.partition("@")[0]: case.verdict for case in cases}


def test_suppressions_for_a_sender_side_cause_are_lifted_and_all_others_stay(run):
    campaign, members, _ = sent(6, 6)
    causes = [DMARC, DMARC, INVALID, FULL_HARD, STRANGE, DMARC]
    hear(*(event_for(campaign, person, cause, PAST) for person, cause in zip(members, causes, strict=True)))
    forget_causes()
    Event.objects.filter(subscriber_id=members[1]).delete()  # only the answer stored with the suppression is left
    suppressions.suppress(audit.system(), key_of(members[5]), "manual", "asked by telephone")
    before = sorted(map(str, Suppression.objects.values_list())), sorted(map(str, Event.objects.values_list()))

    tried = reconsidering.reconsider(audit.system(), ["reputation"], dry_run=True)
    assert before == (sorted(map(str, Suppression.objects.values_list())), sorted(map(str, Event.objects.values_list())))
    assert not ProviderListChange.objects.exists()
    assert verdicts(tried) == {"reader0": "lift", "reader1": "lift"}
    assert not reconsidering.reconsider(audit.system(), ["reputation"], datetime(2100, 1, 1, tzinfo=UTC), dry_run=True)

    command = ("suppression", "reconsider", "--cause", "reputation", "--json")
    shown = run(*command, "--dry-run").document
    assert (shown["dry_run"], shown["lifted"], shown["unlisted"]) == (True, 2, 2)
    assert [lifted_person["verdict"] for lifted_person in shown["people"]] == ["lift", "lift"]
    assert Suppression.objects.count() == len(before[0])
    assert run(*command, "--yes").document["people"] == shown["people"]
    assert [suppressed(person) is None for person in members] == [True, True, False, False, False, False]
    assert list_changes.counts().planned == 2
    assert not reconsidering.reconsider(audit.system(), ["reputation"]), "a second run finds nothing"
    others = reconsidering.reconsider(audit.system(), ["mailbox_full", "invalid_address", "unclassified"])
    assert verdicts(others) == {"reader2": "keep", "reader3": "lift", "reader4": "lift"}


def test_suppression_by_hand_is_never_lifted():
    campaign, (one, two), _ = sent(2)
    hear(event_for(campaign, one, DMARC, PAST))
    suppressions.suppress(audit.system(), key_of(one), "hard_bounce", "the letter came back as well")
    suppressions.suppress(audit.system(), key_of(two), "hard_bounce", "hard to reach")
    assert not reconsidering.reconsider(audit.system(), ["reputation", "unclassified"])
    assert Suppression.objects.count() == 2


def test_address_comes_off_the_providers_bounce_list_although_it_was_not_suppressed_here(settings):
    people.make_people(2, people.make_list(), "outlook.com", prefix="reputation-")
    campaign, (one, two, three), _ = sent(1)
    with SandboxProcess("--speed", "0") as sandbox:
        settings.SENDGRID_HOST = sandbox.url
        sandbox.call("POST", "/v3/mail/send", write_mail("reputation-0@outlook.com", "reputation-1@outlook.com"), key="SG.x")
        sandbox.wait_for_events()
        assert len(sandbox.call("GET", "/v3/suppression/bounces", key="SG.x")) == 2
        hear(*(event_for(campaign, person, DMARC, PAST) for person in (one, two, three)))
        hear(event_for(again()[0], one, LISTED, PAST + 9))
        erasing.erase(audit.system(), Subscriber.objects.get(pk=three))
        ProviderListChange.objects.all().delete()  # an erasure plans removals of its own
        assert verdicts(reconsidering.reconsider(audit.system(), ["reputation"])) == {
            "reputation-0": "unlist", "reputation-1": "unlist",
        }  # fmt: skip
        sandbox.faults("path /v3/suppression next 1: 503-before")
        assert worker.work() == 1
        assert list_changes.counts() == list_changes.Counts(planned=1, done=1, failed=0)
        assert list_changes.last_fault()
        assert not list_changes.is_due(), "a failed call is repeated after a pause"
        ProviderListChange.objects.update(not_before=None)
        assert worker.work() == 1
        assert list_changes.counts() == list_changes.Counts(planned=0, done=2, failed=0)
        assert sandbox.call("GET", "/v3/suppression/bounces", key="SG.x") == []
    assert not reconsidering.reconsider(audit.system(), ["reputation"])
