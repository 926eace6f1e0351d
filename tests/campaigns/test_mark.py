"""The database going back in time: the mark notices it, nothing is sent, whoever is uncertain is listed, a word lifts it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from datetime import timedelta

import pytest
from django.db import OperationalError, connection

from campaigns import launch, mark, outbox_sql, reports, restoring, restoring_sql, settling, singles, unknown
from campaigns.models import Attempt, Campaign, Delivery, DeliveryLog, Slice, TestSend
from config.env import ROOT
from publication import audit, clock
from publication.installation import publication
from publication.models import Audit
from subscribers.models import Subscriber
from tests import people
from tests.campaigns.sending import ACCEPTED, gate_next, hear, send_next
from tests.campaigns.sending import event as told

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _key(settings):
    settings.SENDGRID_API_KEY = "SG.test"


def sent(campaign: Campaign, outcome=ACCEPTED):
    """The next slice through the gate, with its mark, and its answer."""
    one = send_next(campaign, outcome)
    mark.passed(one.attempt)
    return one


def go_back(*attempts: int) -> None:
    """What a restore does: these attempts were never recorded, their slices wait again."""
    Slice.objects.filter(current_attempt_id__in=attempts).update(
        state="planned", current_attempt_id=None, attempt_count=0, proof=None
    )
    Attempt.objects.filter(pk__in=attempts).delete()


def other_timeline(offset: int = -1) -> None:
    path = mark.folder() / "mark.json"
    known = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(known | {"timeline": known["timeline"] + offset}), encoding="utf-8")


def states(campaign: Campaign) -> list[str]:
    return list(Slice.objects.filter(campaign=campaign).order_by("number").values_list("state", flat=True))


def held(campaign: Campaign) -> tuple[str, str]:
    return Campaign.objects.values_list("state", "held_reason").get(pk=campaign.pk)


# ------------------------------------------------------------------------------------------------------------- the mark
def test_a_ring_keeps_the_last_of_each_process_and_the_file_the_highest_of_all():
    for number in range(1, mark.RING + 11):
        mark.passed(number)
    mark.passed_single("notice", 7, 3)
    known = mark.known()
    assert mark.highest_here() == known.attempt_id == mark.RING + 10
    [path] = (mark.folder() / "marks").iterdir()
    assert path.stat().st_size == 8 * mark.RING
    assert mark.Passed("notice", 7, 3) in known.singles
    assert len(known.entries) == mark.RING
    here = mark.Identity("1", 1, 1)
    mark.fold(here, 5)
    assert mark.known().attempt_id == mark.RING + 10
    mark.fold(here, 10_000)
    mark.fold(here, 6)
    assert mark.known().attempt_id == 10_000, "never lower"


def test_what_a_killed_process_let_through_is_known_and_its_ring_goes_when_it_is_old():
    script = (
        "import os, signal, django; django.setup(); from campaigns import mark; mark.passed(41); mark.passed(40);"
        "mark.passed_single('test_send', 3, 1); os.kill(os.getpid(), signal.SIGKILL)"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", "MAILROOM_MARK_DIR": str(mark.folder())}
    assert subprocess.run([sys.executable, "-c", script], env=environment, cwd=ROOT, check=False).returncode == -9
    assert set(mark.known().attempts) == {40, 41}
    assert mark.known().singles == [mark.Passed("test_send", 3, 1)]
    mark.passed(2)
    for path in (mark.folder() / "marks").iterdir():
        os.utime(path, (time.time() - mark.KEEP_SECONDS - 1,) * 2)
    mark.fold(mark.Identity("1", 1, 1), 0)
    assert (mark.known().attempts, mark.known().singles) == ([2], []), "our own process lives"
    assert mark.known().attempt_id == 41


def test_a_mark_that_cannot_be_written_costs_no_mail(settings, tmp_path):
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    settings.MARK_DIR = tmp_path / "file" / "mark"
    mark.passed(3)
    mark.passed(4)
    assert mark.known().attempt_id == 4, "the process remembers"
    mark.fold(mark.Identity("1", 1, 1), 4)
    assert not mark.is_writable()


# ------------------------------------------------------------------------------------------------------------ the check
def test_a_first_start_adopts_the_database_and_a_sound_one_stays_adopted():
    campaign = people.start(people.make_campaign(12))
    assert restoring.check()
    for _ in range(2):
        sent(campaign)
        assert restoring.check()
    assert mark.known().identity == restoring.look().identity
    assert mark.known().attempt_id == Attempt.objects.latest("id").pk
    assert publication().quarantined_at is None


def test_attempts_that_are_gone_stop_everything_before_the_next_gate():
    campaign = people.start(people.make_campaign(12))
    attempts = [sent(campaign).attempt for _ in range(2)]
    assert restoring.check()
    go_back(attempts[1])
    assert not restoring.check()
    assert held(campaign) == ("held", "quarantine")
    assert outbox_sql.claim("tester") is None
    assert gate_next(campaign) is None
    assert "missing" in publication().quarantine_reason
    assert not restoring.check(), "and it stays so"
    assert Audit.objects.filter(verb="quarantine").count() == 1


def test_what_is_missing_below_the_highest_is_noticed_too():
    campaign = people.start(people.make_campaign(12))
    first, second = (sent(campaign).attempt for _ in range(2))
    restoring.check()
    go_back(first)  # committed later than the second, and never reached the standby
    assert Attempt.objects.latest("id").pk == second == mark.known().attempt_id
    assert not restoring.check()


def test_a_process_that_keeps_its_connection_looks_again(monkeypatch):
    campaign = people.start(people.make_campaign(12))
    attempt = sent(campaign).attempt
    restoring.check()
    go_back(attempt)
    restoring.look_again()
    assert publication().quarantined_at is None, "once a second"
    monkeypatch.setattr(restoring, "LOOK_SECONDS", 0.0)
    restoring.look_again()
    assert publication().quarantined_at is not None


def test_a_single_mail_that_is_owed_again_is_a_sign():
    person = people.make_people(1, people.make_list())[0]
    version, sender = people.make_version(), people.make_sender()
    mail = launch.send_test(audit.system(), version, sender, person.address)
    claim = singles.claim()
    assert singles.gate(claim) is not None
    singles.settle(claim, ACCEPTED)
    assert restoring.check()
    TestSend.objects.filter(pk=mail.pk).update(state="planned", attempt=0)
    assert not restoring.check()
    restoring.restore_check(audit.system())
    mail.refresh_from_db()
    assert (mail.state, mail.reason) == ("unknown", restoring_sql.REASON)
    assert singles.claim() is None


def test_the_check_comes_before_anything_else_on_a_new_connection():
    campaign = people.start(people.make_campaign(12))
    attempt = sent(campaign).attempt
    restoring.check()
    go_back(attempt)
    from django.db.backends.signals import connection_created

    connection_created.connect(restoring.check_connection)
    try:
        connection.close()
        assert outbox_sql.claim("tester") is None
    finally:
        connection_created.disconnect(restoring.check_connection)
    assert publication().quarantined_at is not None


def test_a_connection_that_could_not_be_checked_is_not_used(monkeypatch):
    from django.db.backends.signals import connection_created

    monkeypatch.setattr(restoring_sql, "is_standby", lambda: True)
    connection_created.connect(restoring.check_connection)
    try:
        connection.close()
        for _ in range(2):
            with pytest.raises(OperationalError, match="standby"):
                outbox_sql.claim("tester")
    finally:
        connection_created.disconnect(restoring.check_connection)


# ------------------------------------------------------------------------------------------------- a fail-over without loss
def test_another_timeline_with_nothing_missing_is_lifted_and_goes_on_where_it_was():
    campaign = people.start(people.make_campaign(12))
    sent(campaign)
    restoring.check()
    other_timeline()
    assert not restoring.check()
    checked = restoring.restore_check(audit.system())
    assert checked.intact
    assert checked.quarantined
    assert not checked.doubted
    assert "timeline" in checked.look.signs[0]
    assert states(campaign) == ["accepted", "planned", "planned"], "nothing is touched"
    assert restoring.lift(audit.system(), "a standby was promoted, and it had everything")
    assert restoring.check()
    launch.resume(audit.system(), campaign.pk)
    assert sent(campaign)
    assert restoring.check()
    assert not Audit.objects.filter(verb="advance_ids").exists()


@pytest.mark.parametrize("differs", ["system_identifier", "database"])
def test_another_database_is_a_sign(differs):
    restoring.check()
    path = mark.folder() / "mark.json"
    known = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(known | {differs: "7"}), encoding="utf-8")
    assert not restoring.check()
    assert restoring.lift(audit.system(), "a new one, on purpose")
    assert restoring.check()


# ---------------------------------------------------------------------------------------------------------- a restored backup
def test_after_a_restore_everyone_who_may_have_been_sent_to_is_listed_and_nobody_else_is_touched():
    campaign = people.start(people.make_campaign(16))
    kept, lost = sent(campaign), sent(campaign)
    on_the_wire = gate_next(campaign)  # in flight at the moment of the backup
    restoring.check()
    go_back(lost.attempt)
    draft = launch.create(audit.system(), version=people.make_version(), lists=[people.make_list()], sender=people.make_sender())
    checked = restoring.restore_check(audit.system())
    assert not checked.intact
    assert checked.quarantined
    assert checked.doubted
    assert states(campaign) == ["accepted", "unknown", "unknown", "unknown"]
    assert checked.campaigns == [{"id": campaign.pk, "name": campaign.name, "state": "held", "slices": 3, "people": 12}]
    assert [each["id"] for each in checked.unlaunched] == [draft.pk]
    assert len(unknown.uncertain()) == 3
    assert all(one.waits_for == "operator" for one in unknown.uncertain())
    report = reports.report(campaign.pk)
    assert report.balances
    assert report.unknown == 12
    assert Attempt.objects.get(pk=on_the_wire.attempt).outcome == "unknown"
    again = restoring.restore_check(audit.system())
    assert again.campaigns == checked.campaigns
    assert Audit.objects.filter(verb="restore_check").count() == 1
    assert Audit.objects.filter(verb="advance_ids").count() == 1
    # A late answer of the attempt that the database knows still counts.
    settling.settle(on_the_wire.attempt, ACCEPTED)
    assert states(campaign) == ["accepted", "unknown", "accepted", "unknown"]
    assert Attempt.objects.get(pk=kept.attempt).outcome == "accepted"


def test_ids_begin_anew_far_above_what_was_lost():
    campaign = people.start(people.make_campaign(12))
    lost = sent(campaign).attempt
    restoring.check()
    go_back(lost)
    restoring.restore_check(audit.system())
    newest = Subscriber.objects.latest("id").pk
    assert people.make_people(1, people.make_list(), prefix="later")[0].pk > newest + 100_000
    restoring.lift(audit.system(), "settled")
    launch.resume(audit.system(), campaign.pk)
    [uncertain, *_] = unknown.uncertain()
    unknown.decide(audit.system(), [uncertain.slice], "resend", "the provider's log shows none of them")
    again = sent(campaign)
    assert again.attempt > lost + 100_000
    assert restoring.check(), "what was lifted is no sign again"
    go_back(again.attempt)
    assert not restoring.check(), "what was let through since is"


def test_a_lift_needs_the_check_where_something_is_missing():
    campaign = people.start(people.make_campaign(12))
    lost = sent(campaign).attempt
    restoring.check()
    go_back(lost)
    restoring.check()
    with pytest.raises(restoring.RestoreRefused, match="missing"):
        restoring.lift(audit.system(), "in a hurry")
    assert publication().quarantined_at is not None
    restoring.restore_check(audit.system())
    assert restoring.lift(audit.system(), "looked through")
    assert not restoring.lift(audit.system(), "twice")


def test_a_restore_without_a_mark_is_told_by_an_operator():
    campaign = people.start(people.make_campaign(12))
    send_next(campaign, ACCEPTED)
    checked = restoring.restore_check(audit.system())
    assert not checked.intact
    assert not checked.quarantined
    assert states(campaign) == ["accepted", "planned", "planned"]
    checked = restoring.restore_check(audit.system(), always=True)
    assert checked.quarantined
    assert states(campaign) == ["accepted", "unknown", "unknown"]
    assert held(campaign) == ("held", "quarantine")


def test_what_was_due_is_filled_so_that_each_person_is_listed_and_what_was_not_is_held():
    due, later = (people.make_campaign(6, domain=domain) for domain in ("due.example", "later.example"))
    launch.schedule(audit.system(), due.pk)
    launch.schedule(audit.system(), later.pk, clock.now() + timedelta(days=1))
    person = Subscriber.objects.filter(domain="due.example").first()
    hear(told(due, person.pk, 4711))  # sent in the lost part: there is no delivery that this could speak of
    restoring.restore_check(audit.system(), always=True)
    assert held(due) == held(later) == ("held", "quarantine")
    assert set(states(due)) == {"unknown"}
    assert states(later) == []
    report = reports.report(due.pk)
    assert (report.unknown, report.planned) == (report.recipients, 0)
    hear()
    assert Delivery.objects.get(campaign=due, subscriber_id=person.pk).state == "accepted", "heard once more"
    restoring.lift(audit.system(), "looked through")
    launch.resume(audit.system(), later.pk)
    assert held(later)[0] == "scheduled"


# ----------------------------------------------------------------------------------------------- what events tell of it
def test_an_event_of_a_lost_attempt_proves_its_own_person_and_no_more():
    campaign = people.start(people.make_campaign(8))
    lost = sent(campaign)
    restoring.check()
    go_back(lost.attempt)
    hear(told(campaign, lost.people[0], lost.attempt))
    assert publication().quarantined_at is not None
    checked = restoring.restore_check(audit.system())
    assert checked.campaigns[0]["people"] == 7
    restoring.lift(audit.system(), "looked through")
    hear(told(campaign, lost.people[1], lost.attempt, "delivered"))
    assert publication().quarantined_at is None, "the lost part is told of for days: that is no new sign"
    launch.resume(audit.system(), campaign.pk)
    for one in unknown.uncertain():
        unknown.decide(audit.system(), [one.slice], "resend", "asked the provider")
    again = [send_next(campaign, ACCEPTED) for _ in range(2)]
    assert sorted(person for one in again for person in one.people) == sorted(
        set(Delivery.objects.values_list("subscriber_id", flat=True)) - set(lost.people[:2])
    )
    # The operator was wrong about the third: sent again, and the provider tells of the lost one.
    hear(told(campaign, lost.people[2], lost.attempt, "delivered"))
    assert DeliveryLog.objects.filter(kind="possible_duplicate", attempt_id=lost.attempt).count() == 1
    assert reports.report(campaign.pk).possible_duplicates == 1


def test_no_machine_frees_what_is_uncertain_since_a_restore(settings):
    campaign = people.start(people.make_campaign(8))
    gate_next(campaign)
    restoring.restore_check(audit.system(), always=True)
    restoring.lift(audit.system(), "looked through")
    row = publication()
    row.policies = {"settle": "resend", "settle_after": 0.01}
    row.save()
    launch.resume(audit.system(), campaign.pk)
    from campaigns import settle_policy

    settling.reap()
    assert settle_policy.plan_unproved() == 0
    assert set(states(campaign)) == {"unknown"}
