"""Alarms about receiving domains that reject a campaign because of its sender; they name the fix and may hold the campaign.

Nobody is suppressed for it. There is one alarm for each campaign, domain, cause and remedy; each event counts once. A campaign
is put on hold when such rejections exceed 5 % of at least 200 answers of one domain.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import structlog
from django.db import transaction
from django.db.models import QuerySet

from campaigns import hold_details
from campaigns.models import DeliveryLog, Rejection
from campaigns.states import hold_campaign
from campaigns.tracking.bounces import domain_rejections_sql as sql
from campaigns.tracking.bounces.bounce_classifier import EFFECTS, BounceDiagnosis, Effect
from campaigns.tracking.bounces.negative_events import NegativeEvent
from publication import audit, clock
from transport.provider_events import EventKind

log = structlog.get_logger("mailroom.rejections")

ALARMING = tuple(cause.value for cause, effect in EFFECTS.items() if effect is Effect.ALARM)
SHARE = 0.05
OUTCOMES = 200
FEWEST = int(SHARE * OUTCOMES)  # a domain with no more rejections than this cannot hold a campaign
# Counting a domain's answers reads every delivery of the campaign, so it happens at once only if the rejections have grown
# by a quarter, and otherwise at most this often.
PAUSE = timedelta(seconds=30)


class Alarm(NamedTuple):
    """The rejections of one domain. `outcomes` is 0 if there were so few that the domain's answers were not counted."""

    campaign: int
    domain: str
    cause: str
    remedy: str
    rejected: int
    deferred: int
    dropped: int
    outcomes: int
    sample: str
    first_at: datetime
    last_at: datetime


def note(diagnosed_events: Iterable[tuple[NegativeEvent, BounceDiagnosis]]) -> None:
    """Raise the alarms of these events, which must be new."""
    by_domain: dict[tuple[int, str, str, str], dict[str, Any]] = {}
    for event, diagnosis in sorted(diagnosed_events, key=lambda alarm: (alarm[0].at, alarm[0].event_id)):
        if event.pair is None:
            continue
        key = (event.pair[0], str(event.detail.get("domain", "")), diagnosis.cause.value, diagnosis.remedy)
        row = by_domain.setdefault(key, {"rejected": 0, "deferred": 0, "dropped": 0, "sample": "", "first_at": event.at})
        row[{EventKind.DEFERRED: "deferred", EventKind.DROPPED: "dropped"}.get(event.kind, "rejected")] += 1
        row["sample"] = row["sample"] or str(event.detail.get("reason", ""))[:300]
        row["last_at"] = event.at
    rows = [
        dict(zip(("campaign_id", "domain", "cause", "remedy"), key, strict=True)) | row for key, row in sorted(by_domain.items())
    ]
    new = sql.raise_alarms(rows)
    for campaign_id, domain, cause, remedy in new:
        log.warning("rejections", campaign=campaign_id, domain=domain, cause=cause, remedy=remedy)
    DeliveryLog.objects.bulk_create(
        DeliveryLog(kind="rejections", campaign_id=campaign_id, detail={"domain": domain, "cause": cause, "remedy": remedy})
        for campaign_id, domain, cause, remedy in new
    )


def judge() -> int:
    """Check the campaigns with new rejections, and hold those above the limit; the number held."""
    return sum(_judge(campaign_id) for campaign_id in sql.due(clock.now() - PAUSE))


def _judge(campaign_id: int) -> bool:
    with transaction.atomic():
        domains = sql.take_fresh(campaign_id, FEWEST, clock.now())
        if not domains:
            return False
        counts = sql.count_outcomes(campaign_id, domains, ALARMING)
        sql.set_outcomes(campaign_id, counts)
        if since := sql.resumed_at(campaign_id):
            counts = sql.count_outcomes(campaign_id, domains, ALARMING, since)
        over = [
            (rejected / outcomes, domain, rejected, outcomes)
            for domain, outcomes, rejected in counts
            if outcomes >= OUTCOMES and rejected > SHARE * outcomes
        ]
        if not over:
            return False
        share, domain, rejected, outcomes = max(over)
        worst = Rejection.objects.filter(campaign_id=campaign_id, domain=domain).order_by("-rejected", "id")[0]
        detail = hold_details.text(
            "domain", domain=domain, rejected=rejected, outcomes=outcomes, share=f"{share:.0%}", cause=worst.cause,
            answer=worst.sample,
        )  # fmt: skip
        return hold_campaign(audit.system(), campaign_id, "rejections", detail)


def alarms(campaign_id: int) -> list[Alarm]:
    """The alarms of a campaign, largest first."""
    rows = Rejection.objects.filter(campaign_id=campaign_id).order_by("-rejected", "-deferred", "domain", "id")
    return _read(rows, 50)


def latest(within: timedelta = timedelta(days=1)) -> list[Alarm]:
    """The alarms of all campaigns that were raised or grew recently, largest first."""
    rows = Rejection.objects.filter(last_at__gte=clock.now() - within, rejected__gt=0).order_by("-rejected", "domain", "id")
    return _read(rows, 20)


def _read(rows: QuerySet[Rejection], most: int) -> list[Alarm]:
    return [Alarm(*row) for row in rows.values_list("campaign_id", *Alarm._fields[1:])[:most]]
