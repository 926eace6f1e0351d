"""Restores and fail-overs: the mark detects them, sending stops, uncertain recipients are listed, an operator lifts it."""

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import astuple, replace
from datetime import datetime, timedelta

import pytest
from django.db import OperationalError, connection

from campaigns import launch
from campaigns.drafts import test_mails
from campaigns.marks import campaign_marks, high_water_mark
from campaigns.models import Attempt, Campaign, Delivery, DeliveryLog, Slice, TestSend
from campaigns.recovery import restore_check, restore_check_sql, uncertain_slices
from campaigns.reporting import reports
from campaigns.sending import claiming_sql, quarantine, quarantine_sql, settling, single_mails
from config.env import ROOT
from publication import audit, clock
from publication.installation import publication
from publication.models import Audit
from publication.staff import accounts, session_epochs
from subscribers.models import Subscriber
from tests.campaigns.attempt_steps import ACCEPTED, event, gate_next, hear, send_next
from tests.support import people

pytestmark = pytest.mark.django_db(transaction=True)


def sent(campaign: Campaign, outcome=ACCEPTED):
    """Bring the next slice through the gate, with its mark, and record its answer."""
    attempt = send_next(campaign, outcome)
    high_water_mark.passed(attempt.attempt)
    return attempt


def go_back(*attempts: int) -> None:
    """Simulate a restore: these attempts were never recorded, and their slices wait again."""
    Slice.objects.filter(current_attempt_id__in=attempts).update(
        state="planned", current_attempt_id=None, attempt_count=0, proof=None
    )
    Attempt.objects.filter(pk__in=attempts).delete()


def other_timeline(offset: int = -1) -> None:
    path = high_water_mark.folder() / "mark.json"
    known = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(known | {"timeline": known["timeline"] + offset}), encoding="utf-8")


def states(campaign: Campaign) -> list[str]:
    return list(Slice.objects.filter(campaign=campaign).order_by("number").values_list("state", flat=True))


def held(campaign: Campaign) -> tuple[str, str]:
    return Campaign.objects.values_list("state", "held_reason").get(pk=campaign.pk)


# ------------------------------------------------------------------------------------------------------------- the mark
def test_ring_keeps_the_last_entries_of_a_process_and_the_file_the_highest():
    for number in range(1, high_water_mark.RING + 11):
        high_water_mark.passed(number)
    high_water_mark.passed_single("notice", 7, 3)
    known = high_water_mark.known()
    assert high_water_mark.highest_here() == known.attempt_id == high_water_mark.RING + 10
    [path] = (high_water_mark.folder() / "marks").iterdir()
    assert path.stat().st_size == 8 * high_water_mark.RING
    assert high_water_mark.Passed("notice", 7, 3) in known.singles
    assert len(known.entries) == high_water_mark.RING
    here = high_water_mark.DatabaseIdentity("1", 1, 1)
    high_water_mark.fold(here, 5)
    assert high_water_mark.known().attempt_id == high_water_mark.RING + 10
    high_water_mark.fold(here, 10_000)
    high_water_mark.fold(here, 6)
    assert high_water_mark.known().attempt_id == 10_000, "it never goes down"


def test_ring_of_a_killed_process_is_read_and_removed_when_old():
    script = (
        "import os, signal, django; django.setup(); from campaigns.marks import high_water_mark as mark; mark.passed(41); mark.passed(40);"
        "mark.passed_single('test_send', 3, 1); os.kill(os.getpid(), signal.SIGKILL)"
    )
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings", "MAILROOM_MARK_DIR": str(high_water_mark.folder())}
    assert subprocess.run([sys.executable, "-c", script], env=environment, cwd=ROOT, check=False).returncode == -9
    assert set(high_water_mark.known().attempts) == {40, 41}
    assert high_water_mark.known().singles == [high_water_mark.Passed("test_send", 3, 1)]
    high_water_mark.passed(2)
    for path in (high_water_mark.folder() / "marks").iterdir():
        os.utime(path, (time.time() - campaign_marks.KEEP_SECONDS - 1,) * 2)
    high_water_mark.fold(high_water_mark.DatabaseIdentity("1", 1, 1), 0)
    assert (high_water_mark.known().attempts, high_water_mark.known().singles) == ([2], []), "our own process is alive"
    assert high_water_mark.known().attempt_id == 41


def test_mail_is_sent_even_if_the_mark_cannot_be_written(settings, tmp_path):
    (tmp_path / "file").write_text("in the way", encoding="utf-8")
    settings.MARK_DIR = tmp_path / "file" / "mark"
    high_water_mark.passed(3)
    high_water_mark.passed(4)
    assert high_water_mark.known().attempt_id == 4, "the process remembers it in memory"
    high_water_mark.fold(high_water_mark.DatabaseIdentity("1", 1, 1), 4)
    assert not high_water_mark.is_writable()


# ------------------------------------------------------------------------------------------------------------ the check
def test_first_start_adopts_the_database_and_later_checks_keep_it():
    campaign = people.start(people.make_campaign(12))
    assert quarantine.check()
    for _ in range(2):
        sent(campaign)
        assert quarantine.check()
    assert high_water_mark.known().identity == quarantine.compare().identity
    assert high_water_mark.known().attempt_id == Attempt.objects.latest("id").pk
    assert publication().quarantined_at is None
    assert datetime.fromisoformat(high_water_mark.known().as_dict()["written_at"]).utcoffset() == timedelta(0)


def test_missing_attempts_stop_sending_before_the_next_gate():
    campaign = people.start(people.make_campaign(12))
    attempts = [sent(campaign).attempt for _ in range(2)]
    assert quarantine.check()
    go_back(attempts[1])
    assert not quarantine.check()
    assert held(campaign) == ("held", "quarantine")
    assert claiming_sql.claim("tester") is None
    assert gate_next(campaign) is None
    assert "missing" in publication().quarantine_reason
    assert not quarantine.check(), "it stays in quarantine"
    assert Audit.objects.filter(verb="quarantine").count() == 1


def test_missing_attempt_below_the_highest_id_is_detected():
    campaign = people.start(people.make_campaign(12))
    first, second = (sent(campaign).attempt for _ in range(2))
    quarantine.check()
    go_back(first)  # committed later than the second, and never reached the standby
    assert Attempt.objects.latest("id").pk == second == high_water_mark.known().attempt_id
    assert not quarantine.check()


def test_process_with_an_open_connection_checks_again(monkeypatch):
    campaign = people.start(people.make_campaign(12))
    attempt = sent(campaign).attempt
    quarantine.check()
    go_back(attempt)
    quarantine.look_again()
    assert publication().quarantined_at is None, "it checks once a second"
    monkeypatch.setattr(quarantine, "LOOK_SECONDS", 0.0)
    quarantine.look_again()
    assert publication().quarantined_at is not None


def test_single_mail_that_is_planned_again_is_a_sign_of_a_restore():
    person = people.make_people(1, people.make_list())[0]
    version, sender = people.make_version(), people.make_sender()
    mail = test_mails.send(audit.system(), version, sender, person.address)
    claim = single_mails.claim()
    assert single_mails.gate(claim) is not None
    single_mails.settle(claim, ACCEPTED)
    assert quarantine.check()
    TestSend.objects.filter(pk=mail.pk).update(state="planned", attempt=0)
    assert not quarantine.check()
    restore_check.restore_check(audit.system())
    mail.refresh_from_db()
    assert (mail.state, mail.reason) == ("unknown", restore_check_sql.REASON)
    assert single_mails.claim() is None


def test_check_runs_first_on_a_new_connection():
    campaign = people.start(people.make_campaign(12))
    attempt = sent(campaign).attempt
    quarantine.check()
    go_back(attempt)
    from django.db.backends.signals import connection_created

    connection_created.connect(quarantine.check_connection)
    try:
        connection.close()
        assert claiming_sql.claim("tester") is None
    finally:
        connection_created.disconnect(quarantine.check_connection)
    assert publication().quarantined_at is not None


def test_unchecked_connection_is_not_used(monkeypatch):
    from django.db.backends.signals import connection_created

    monkeypatch.setattr(quarantine_sql, "is_standby", lambda: True)
    connection_created.connect(quarantine.check_connection)
    try:
        connection.close()
        for _ in range(2):
            with pytest.raises(OperationalError, match="standby"):
                claiming_sql.claim("tester")
    finally:
        connection_created.disconnect(quarantine.check_connection)


# ------------------------------------------------------------------------------------------------- a fail-over without loss
def test_quarantine_after_a_fail_over_without_loss_can_be_lifted_and_sending_continues():
    campaign = people.start(people.make_campaign(12))
    sent(campaign)
    quarantine.check()
    other_timeline()
    assert not quarantine.check()
    checked = restore_check.restore_check(audit.system())
    assert checked.intact
    assert checked.quarantined
    assert not checked.doubted
    assert "timeline" in checked.comparison.signs[0]
    assert states(campaign) == ["accepted", "planned", "planned"], "nothing changed"
    assert restore_check.lift(audit.system(), "a standby was promoted, and it had everything")
    assert quarantine.check()
    launch.resume(audit.system(), campaign.pk)
    assert sent(campaign)
    assert quarantine.check()
    assert not Audit.objects.filter(verb="advance_ids").exists()


def other_identity(differs: str) -> None:
    """Write the mark as if this machine had last seen another server, timeline or database."""
    path = high_water_mark.folder() / "mark.json"
    known = json.loads(path.read_text(encoding="utf-8"))
    value = known["timeline"] + 1 if differs == "timeline" else "7"
    written_at = clock.now().isoformat(timespec="milliseconds")
    path.write_text(json.dumps(known | {differs: value, "written_at": written_at}), encoding="utf-8")


@pytest.mark.parametrize("differs", ["system_identifier", "timeline", "database"])
def test_another_database_causes_quarantine_also_after_an_earlier_one_was_lifted(differs):
    quarantine.check()
    for _ in range(2):
        other_identity(differs)
        assert not quarantine.check()
        assert restore_check.lift(audit.system(), "a new one, on purpose")
        assert quarantine.check()


@pytest.mark.parametrize("differs", ["system_identifier", "timeline", "database"])
def test_restore_of_a_dump_from_after_a_lift_is_a_sign(differs, monkeypatch):
    quarantine.check()
    other_identity("database")
    quarantine.check()
    restore_check.lift(audit.system(), "a new one, on purpose")
    assert quarantine.check()
    here = high_water_mark.DatabaseIdentity(*quarantine_sql.identity())
    elsewhere = replace(here, **{differs: here.timeline + 1 if differs == "timeline" else "7"})
    monkeypatch.setattr(quarantine_sql, "identity", lambda: astuple(elsewhere))
    assert quarantine.compare().signs
    assert not quarantine.check()


def test_lift_counts_for_every_machine_whose_mark_is_older(settings, tmp_path):
    quarantine.check()
    other_identity("database")
    first, second = settings.MARK_DIR, tmp_path / "second machine"
    shutil.copytree(first, second)
    assert not quarantine.check()
    assert restore_check.lift(audit.system(), "a new one, on purpose")
    settings.MARK_DIR = second
    assert quarantine.check(), "the operator has decided about this database"
    assert high_water_mark.known().identity == quarantine.compare().identity
    # A machine that saw another database after the decision: this one was adopted once, and may be an old copy by now.
    other_identity("timeline")
    assert not quarantine.check()


# ---------------------------------------------------------------------------------------------------------- a restored backup
def test_restore_lists_everybody_who_may_have_been_mailed_and_nobody_else():
    campaign = people.start(people.make_campaign(16))
    kept, lost = sent(campaign), sent(campaign)
    on_the_wire = gate_next(campaign)  # in flight at the moment of the backup
    quarantine.check()
    go_back(lost.attempt)
    draft = launch.create(audit.system(), version=people.make_version(), lists=[people.make_list()], sender=people.make_sender())
    checked = restore_check.restore_check(audit.system())
    assert not checked.intact
    assert checked.quarantined
    assert checked.doubted
    assert states(campaign) == ["accepted", "unknown", "unknown", "unknown"]
    assert checked.campaigns == [{"id": campaign.pk, "name": campaign.name, "state": "held", "slices": 3, "people": 12}]
    assert checked.unlaunched == [], "the mark names every campaign that was sent"
    Attempt.objects.filter(pk=kept.attempt).update(worker="another machine:7")
    Attempt.objects.filter(pk=on_the_wire.attempt).update(worker="this machine:8")
    assert [unlaunched["id"] for unlaunched in restore_check.restore_check(audit.system()).unlaunched] == [draft.pk]
    assert len(uncertain_slices.uncertain()) == 3
    assert all(uncertain.waits_for == "operator" for uncertain in uncertain_slices.uncertain())
    report = reports.report(campaign.pk)
    assert report.balances
    assert report.unknown == 12
    assert Attempt.objects.get(pk=on_the_wire.attempt).outcome == "unknown"
    again = restore_check.restore_check(audit.system())
    assert again.campaigns == checked.campaigns
    assert Audit.objects.filter(verb="restore_check").count() == 1
    assert Audit.objects.filter(verb="advance_ids").count() == 1
    # A late answer of the attempt that the database knows still counts.
    settling.settle(on_the_wire.attempt, ACCEPTED)
    assert states(campaign) == ["accepted", "unknown", "accepted", "unknown"]
    assert Attempt.objects.get(pk=kept.attempt).outcome == "accepted"


@pytest.mark.parametrize("steps", [("check", "check", "lift"), ("lift",)])
def test_a_restore_signs_out_all_staff_once(steps):
    names = ("wei", "li")
    wei, li = (accounts.add_staff(audit.system(), name, f"{name}@cast.example", "correct horse battery") for name in names)
    session_epochs.end_sessions(wei)
    epochs = [session_epochs.epoch_of(wei.pk), session_epochs.epoch_of(li.pk)]
    quarantine.quarantine("another database")
    for step in steps:
        if step == "check":
            assert restore_check.restore_check(audit.command_line()).sessions_ended
        else:
            assert restore_check.lift(audit.command_line(), "nothing was lost")
    assert [session_epochs.epoch_of(account.pk) for account in (wei, li)] == [epoch + 1 for epoch in epochs]
    assert Audit.objects.filter(verb="end_all_sessions").count() == 1


def test_ids_after_a_restore_start_far_above_the_lost_ones():
    campaign = people.start(people.make_campaign(12))
    lost = sent(campaign).attempt
    quarantine.check()
    go_back(lost)
    restore_check.restore_check(audit.system())
    named_in_links = {"mailing_list", "address_change", "invitation", "review_link", "auth_user"}
    assert named_in_links < set(quarantine_sql.last_audit("advance_ids")["first"])
    newest = Subscriber.objects.latest("id").pk
    assert people.make_people(1, people.make_list(), prefix="later")[0].pk > newest + 100_000
    restore_check.lift(audit.system(), "settled")
    launch.resume(audit.system(), campaign.pk)
    [uncertain, *_] = uncertain_slices.uncertain()
    uncertain_slices.decide(audit.system(), [uncertain.slice], "resend", "the provider's log shows none of them")
    again = sent(campaign)
    assert again.attempt > lost + 100_000
    assert quarantine.check(), "a lifted sign does not count again"
    go_back(again.attempt)
    assert not quarantine.check(), "a mail that passed the gate since counts"


def test_quarantine_with_missing_attempts_cannot_be_lifted_before_the_check():
    campaign = people.start(people.make_campaign(12))
    lost = sent(campaign).attempt
    quarantine.check()
    go_back(lost)
    quarantine.check()
    with pytest.raises(restore_check.RestoreRefusedError, match="lost"):
        restore_check.lift(audit.system(), "in a hurry")
    assert publication().quarantined_at is not None
    restore_check.restore_check(audit.system())
    assert restore_check.lift(audit.system(), "looked through")
    assert not restore_check.lift(audit.system(), "twice")


def test_operator_can_report_a_restore_if_there_is_no_mark():
    campaign = people.start(people.make_campaign(12))
    send_next(campaign, ACCEPTED)
    checked = restore_check.restore_check(audit.system())
    assert not checked.intact
    assert not checked.quarantined
    assert states(campaign) == ["accepted", "planned", "planned"]
    checked = restore_check.restore_check(audit.system(), always=True)
    assert checked.quarantined
    assert states(campaign) == ["accepted", "unknown", "unknown"]
    assert held(campaign) == ("held", "quarantine")


def test_due_campaign_is_filled_to_list_its_recipients_and_a_later_one_is_held():
    due, later = (people.make_campaign(6, domain=domain) for domain in ("due.example", "later.example"))
    launch.schedule(audit.system(), due.pk)
    launch.schedule(audit.system(), later.pk, clock.now() + timedelta(days=1))
    person = Subscriber.objects.filter(domain="due.example").first()
    hear(event(due, person.pk, 4711))  # sent in the lost part, so the event has no delivery
    restore_check.restore_check(audit.system(), always=True)
    assert held(due) == held(later) == ("held", "quarantine")
    assert set(states(due)) == {"unknown"}
    assert states(later) == []
    report = reports.report(due.pk)
    assert (report.unknown, report.planned) == (report.recipients, 0)
    hear()
    assert Delivery.objects.get(campaign=due, subscriber_id=person.pk).state == "accepted", "applied again after the fill"
    restore_check.lift(audit.system(), "looked through")
    launch.resume(audit.system(), later.pk)
    assert held(later)[0] == "scheduled"


# ----------------------------------------------------------------------------------------------- events of lost attempts
def test_event_of_a_lost_attempt_proves_only_its_own_recipient():
    campaign = people.start(people.make_campaign(8))
    lost = sent(campaign)
    quarantine.check()
    go_back(lost.attempt)
    hear(event(campaign, lost.people[0], lost.attempt))
    assert publication().quarantined_at is not None
    checked = restore_check.restore_check(audit.system())
    assert checked.campaigns[0]["people"] == 7
    restore_check.lift(audit.system(), "looked through")
    hear(event(campaign, lost.people[1], lost.attempt, "delivered"))
    assert publication().quarantined_at is None, "events about the lost part come for days and are not a new sign"
    launch.resume(audit.system(), campaign.pk)
    for uncertain in uncertain_slices.uncertain():
        uncertain_slices.decide(audit.system(), [uncertain.slice], "resend", "asked the provider")
    again = [send_next(campaign, ACCEPTED) for _ in range(2)]
    assert sorted(person for attempt in again for person in attempt.people) == sorted(
        set(Delivery.objects.values_list("subscriber_id", flat=True)) - set(lost.people[:2])
    )
    # The operator was wrong about the third: it was resent, and then an event of the lost attempt came.
    hear(event(campaign, lost.people[2], lost.attempt, "delivered"))
    assert DeliveryLog.objects.filter(kind="possible_duplicate", attempt_id=lost.attempt).count() == 1
    assert reports.report(campaign.pk).possible_duplicates == 1


def test_recipients_uncertain_since_a_restore_are_never_resent_automatically(settings):
    campaign = people.start(people.make_campaign(8))
    gate_next(campaign)
    restore_check.restore_check(audit.system(), always=True)
    restore_check.lift(audit.system(), "looked through")
    row = publication()
    row.policies = {"settle": "resend", "settle_after": 0.01}
    row.save()
    launch.resume(audit.system(), campaign.pk)
    from campaigns.recovery import settle_policy

    settling.reap()
    assert settle_policy.plan_unproved() == 0
    assert set(states(campaign)) == {"unknown"}
