"""What beat looks at every two seconds: due campaigns, dead claims, finished campaigns, slices to send, events to apply."""

from __future__ import annotations

import structlog
from django.conf import settings

from campaigns import (
    inbox,
    outbox,
    outbox_sql,
    probe,
    rejections,
    restoring,
    schedule,
    settle_policy,
    settling,
    singles,
    unlisting,
    waves,
)
from config.failpoints import failpoint
from publication import sessions, sign_in, throttle_sql
from worker import recall
from worker.wake import wake

log = structlog.get_logger("mailroom.pump")


def pump() -> int:
    """Move everything that time moves; wake as many send tasks as there is work for. The number woken."""
    failpoint("pump_begun")
    sound = restoring.check()
    settling.reap()
    throttle_sql.widen()
    settle_policy.plan_unproved()
    schedule.tend_ended()
    # In quarantine nothing begins: what is due may have been sent in a part of the database that was lost.
    if sound:
        schedule.start_due()
    for campaign_id in schedule.filling() if sound else ():
        count = outbox.fill(campaign_id)
        if count is not None:
            log.info("filled", campaign=campaign_id, recipients=count)
    waves.open_due()
    if recall.is_due():
        wake("recall")
    if unlisting.is_due():
        wake("unlist")
    schedule.finish_done()
    probe.release_probed()
    if probe.plan():
        wake("send_singles")
    due = min(outbox_sql.count_due(), settings.SEND_SLOTS)
    failpoint("pump_moved")
    wake("send_due", times=due)
    failpoint("pump_ended")
    return due


def apply_events() -> int:
    """Split stored payloads and apply their events, a bounded number of transactions; the number applied."""
    failpoint("events_begun")
    applied = inbox.split_payloads() + inbox.apply_events()
    rejections.judge()
    failpoint("events_ended")
    return applied


def tidy() -> int:
    failpoint("tidy_begun")
    forgotten = inbox.forget_old() + sign_in.forget_old() + singles.forget_old()
    sessions.forget_expired()
    failpoint("tidy_ended")
    return forgotten
