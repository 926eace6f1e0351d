"""The work of each beat, every two seconds: what is due by time, dead claims, slices to send, events, and documents to read."""

import time

import structlog
from django.conf import settings
from django.db import DatabaseError

from campaigns import data_protection_sql
from campaigns.recovery import probe, settle_policy
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
from campaigns.tracking import event_inbox
from campaigns.tracking.bounces import domain_rejections
from config.failpoints import failpoint
from editorial.importing import document_imports
from editorial.sources import revisions
from publication import audit, retention
from publication.database.statement_sql import session_lock
from publication.staff import session_epochs
from subscribers.consent import suppressed_domains, suppressions
from worker import cancel_waves, draining, provider_list_work
from worker.wake import wake

log = structlog.get_logger("mailroom.upkeep")
documents = structlog.get_logger("mailroom.imports")
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
    waves.open_due()
    if cancel_waves.is_due():
        wake("recall")
    suppressions.end_expired(audit.system())
    suppressed_domains.end_expired(audit.system())
    revisions.name_pauses()
    provider_list_work.plan_due()
    if provider_list_work.is_due():
        wake("sync_lists")
    if document_imports.is_due():
        wake("read_documents")
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
    domain_rejections.judge()
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
