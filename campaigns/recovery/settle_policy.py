"""The policy `settle`: whether uncertain mails may be resent automatically. Default: never.

`resend` plans an attempt again after `settle_after` minutes, if the webhook's health is green (webhook_health) and another
attempt of the same minute has events. If no events can arrive, their absence proves nothing.
"""

from collections import defaultdict
from datetime import timedelta

import structlog
from django.db import transaction

from campaigns.models import Campaign, DeliveryLog
from campaigns.recovery import settle_policy_sql as sql
from campaigns.tracking import event_inbox_sql, webhook_health_sql
from campaigns.tracking.webhook_health import Health, webhook_health
from config.failpoints import failpoint
from publication import audit, clock, policies
from publication.installation import publication

log = structlog.get_logger("mailroom.settle")


def wait() -> timedelta | None:
    """How long the policy waits for evidence; None where it never resends, or not now."""
    row = publication()
    if policies.choice("settle", row) != "resend" or row.quarantined_at is not None:
        return None
    return timedelta(minutes=policies.number("settle_after", row))


def plan_unproved() -> int:
    """unknown, held -> planned where the policy allows it, or abandoned in a cancelled campaign; the number of slices moved.

    Safe against late events: this transaction holds the apply lock, so nobody else applies events, and no event is
    waiting. An event that comes after the commit finds the slice planned and accepts it, so that it is not sent again.
    """
    after = wait()
    if after is None:
        return 0
    now = clock.now()
    if not sql.any_unproved(now - after):
        return 0
    with transaction.atomic():
        if not event_inbox_sql.take_apply_lock():
            return 0
        unproved = sql.lock_unproved(now - after)
        # Health comes first: its queries are cheap, and it may stay red for hours.
        if not unproved or webhook_health_sql.count_waiting() or (health := webhook_health(after)).level != "green":
            return 0
        controls = sql.controlled([attempt.attempt_id for attempt in unproved], now - after / 2)
        silent = [attempt for attempt in unproved if attempt.attempt_id in controls]
        moved = {
            *sql.end_silence([attempt.slice_id for attempt in silent if not attempt.cancelled], "planned"),
            *sql.end_silence([attempt.slice_id for attempt in silent if attempt.cancelled], "abandoned"),
        }
        _record([attempt for attempt in unproved if attempt.slice_id in moved], controls, after, health)
        failpoint("policy_before_commit")
    failpoint("policy_committed")
    return len(moved)


def _record(moved: list[sql.Unproved], controls: dict[int, int], after: timedelta, health: Health) -> None:
    system = audit.system()
    minutes = after.total_seconds() / 60
    by_campaign: dict[int, list[sql.Unproved]] = defaultdict(list)
    for attempt in moved:
        by_campaign[attempt.campaign_id].append(attempt)
        DeliveryLog.objects.create(
            kind="settled_by_policy", campaign_id=attempt.campaign_id, slice_id=attempt.slice_id,
            attempt_id=attempt.attempt_id, actor=system,
            detail={"to": "abandoned" if attempt.cancelled else "planned", "people": attempt.people, "minutes": minutes,
                    "controls": controls[attempt.attempt_id], "webhook": health.explanation},
        )  # fmt: skip
    for campaign in Campaign.objects.filter(pk__in=by_campaign):
        ours = by_campaign[campaign.pk]
        people = sum(attempt.people for attempt in ours)
        audit.record(
            system, "settle_by_policy", campaign, slices=[attempt.slice_id for attempt in ours], people=people, minutes=minutes
        )
        log.warning("settled_by_policy", campaign=campaign.pk, slices=len(ours), people=people, minutes=minutes)
