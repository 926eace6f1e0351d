"""The work of the beats: what is due by time, dead claims, slices to send, events, documents to read, counts of people."""

import time
from datetime import timedelta

import structlog
from django.conf import settings
from django.db import DatabaseError

from campaigns import data_protection_sql
from campaigns.recovery import probe, settle_policy
from campaigns.reporting.results import campaign_totals, kept_counts
from campaigns.sending import (
    audience_holds,
    claiming_sql,
    filling,
    quarantine,
    schedule,
    settling,
    throttle_sql,
    waves,
)
from campaigns.totals import slice_totals
from campaigns.tracking import event_inbox
from campaigns.tracking.bounces import domain_rejections
from campaigns.tracking.brakes import campaign_brakes
from campaigns.welcomes import welcome_recipients
from config.failpoints import failpoint
from editorial import archive_texts
from editorial.importing import document_imports
from editorial.sources import revisions
from publication import audit, retention
from publication.database.statement_sql import session_lock
from publication.senders import provider_checks
from publication.staff import session_epochs
from subscribers.consent import suppressed_domains, suppressions
from subscribers.importing.runs import import_runs
from subscribers.models import ImportRun
from subscribers.people import actions, list_counts
from subscribers.segments import stored_counts
from worker import draining, provider_list_work
from worker.cancelling import cancel_waves
from worker.wake import wake

log = structlog.get_logger("mailroom.upkeep")
documents = structlog.get_logger("mailroom.imports")
people = structlog.get_logger("mailroom.people")
COUNT_SECONDS = timedelta(minutes=5)
READING_SECONDS = 120.0  # then the next beat goes on: reading documents must not occupy an upkeep slot for long


def run_due_work() -> int:
    """Do everything that is due by time, and wake as many send tasks as there is work for; the number woken."""
    failpoint("work_begun")
    sound = quarantine.check()
    settling.reap()
    throttle_sql.widen()
    settle_policy.plan_unproved()
    schedule.tend_ended()
    # In quarantine nothing starts: what is due may have been sent in the part of the database that was lost.
    if sound:
        audience_holds.hold_scheduled()
        schedule.start_due()
    for campaign_id in schedule.filling() if sound else ():
        count = filling.fill(campaign_id)
        if count is not None:
            log.info("filled", campaign=campaign_id, recipients=count)
    if sound:
        welcome_recipients.add_waiting()
    waves.open_due()
    if cancel_waves.is_due():
        wake("recall")
    suppressions.end_expired(audit.system())
    suppressed_domains.end_expired(audit.system())
    revisions.name_pauses()
    archive_texts.keep_waiting()
    provider_list_work.plan_due()
    if provider_list_work.is_due():
        wake("sync_lists")
    if provider_checks.is_due():
        wake("check_account")
    if document_imports.is_due():
        wake("read_documents")
    if actions.is_due():
        wake("change_people")
    if import_runs.is_due():
        wake("import_people")
    schedule.finish_done()
    probe.release_probed()
    if probe.plan():
        wake("send_singles")
    due = min(claiming_sql.count_due(), settings.SEND_SLOTS)
    failpoint("work_moved")
    wake("send_due", times=due)
    failpoint("work_ended")
    return due


def apply_events() -> int:
    """Split stored payloads and apply their events, in a bounded number of transactions; the number applied."""
    failpoint("events_begun")
    applied = event_inbox.split_payloads() + event_inbox.apply_events()
    domain_rejections.judge()  # before the brakes: rejections because of the sender are hard bounces with a cause and a fix
    campaign_brakes.judge()
    failpoint("events_ended")
    return applied


def read_documents() -> int:
    """Read uploaded documents, one after the other, within the time of a round; the number read.

    Each is read in a limited child process. If this worker is killed, the next beat begins again.
    """
    with session_lock(document_imports.LOCK) as mine:
        if not mine:
            return 0
        failpoint("import_begun")
        read, end = 0, time.monotonic() + READING_SECONDS
        while time.monotonic() < end and not draining.is_on():
            run = document_imports.read_next()
            if run is None:
                break
            read += 1
            documents.info("document_read", run=run.pk, state=run.state, error=run.error, tries=run.tries)
        failpoint("import_ended")
        return read


def change_people() -> int:
    """Make actions on many people, slice by slice, within the time of a round; the number of slices.

    Another worker that has the lock makes them; if this one is killed, the next beat goes on at the last slice.
    """
    with session_lock(actions.LOCK) as mine:
        slices, end = 0, time.monotonic() + READING_SECONDS
        while mine and time.monotonic() < end and not draining.is_on() and (action := actions.next_action()) is not None:
            while action.state == actions.State.RUNNING and time.monotonic() < end and not draining.is_on():
                actions.make_slice(action)
                slices += 1
            people.info("people_changed", action=action.pk, kind=action.kind, state=action.state, handled=action.handled)
        return slices


def count_people() -> int:
    """Fold the numbers of lists, and count again what the page of lists shows if that is old; the number of sums written."""
    failpoint("count_begun")
    written = list_counts.fold()
    stored_counts.up_to_date(stored_counts.AUDIENCE, COUNT_SECONDS)
    event_inbox.count_before_totals()
    slice_totals.fold()
    kept_counts.keep(COUNT_SECONDS)
    campaign_totals.keep_totals(COUNT_SECONDS)
    failpoint("count_ended")
    return written


def import_people() -> int:
    """Check, import and undo files of people, one after the other; the number of runs that were worked on.

    A run is stored slice by slice. If this worker is killed or drained, the next beat goes on behind the last slice.
    """
    with session_lock(import_runs.LOCK) as mine:
        if not mine:
            return 0
        failpoint("people_import_begun")
        worked, end = 0, time.monotonic() + READING_SECONDS
        while time.monotonic() < end and not draining.is_on():
            run = import_runs.work_next(_stop_if_draining)
            if run is None:
                break
            worked += 1
            documents.info("people_imported", run=run.pk, state=run.state, rows=run.rows_read, tries=run.tries)
        failpoint("people_import_ended")
        return worked


def _stop_if_draining(run: ImportRun, fraction: float) -> None:
    if draining.is_on():
        raise import_runs.ImportInterruptedError


def tidy() -> int:
    """Remove records whose retention period is over, and late data of erased people; the number of rows removed.

    One kind that cannot be removed, for example a file of another owner, does not keep the others. Raises ExceptionGroup.
    """
    failpoint("tidy_begun")
    removed, faults = 0, []
    for remove in (*(kept.end for kept in retention.RETENTIONS.values()), data_protection_sql.forget_late):
        try:
            removed += remove()
        except (DatabaseError, OSError) as fault:
            faults.append(fault)
    session_epochs.forget_expired()
    failpoint("tidy_ended")
    if faults:
        raise ExceptionGroup("some records whose retention period is over cannot be removed", faults)
    return removed
