"""Applies bounces, drops and deferrals by their cause (bounce_classifier.EFFECTS, docs/bounces.md).

The cause is stored with the event. Everything else except alarms and holds is derived from the stored events and their times,
so the same events end in the same rows, whatever their order and number.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from campaigns.tracking.bounces import bounce_policy_sql as sql
from campaigns.tracking.bounces import domain_rejections, mailbox_standing
from campaigns.tracking.bounces.bounce_classifier import EFFECTS, BounceCause, BounceDiagnosis, Effect, cause_of
from campaigns.tracking.bounces.negative_events import LISTED, NegativeEvent, drop_reason
from publication import audit, policies
from publication.installation import publication
from subscribers.consent import suppressions
from subscribers.engagement_sql import note_soft_bounces
from transport.provider_events import EventKind

BOUNCES = frozenset({EventKind.BOUNCED_HARD, EventKind.BOUNCED_SOFT})
COUNTED = tuple(cause.value for cause, effect in EFFECTS.items() if effect is Effect.COUNT)
# Drops that name their reason and are not bounces: the person unsubscribed or complained.
PERSONAL_DROPS = frozenset({"unsubscribed address", "spam reporting address"})


def text_of(detail: dict[str, Any]) -> str:
    """The answer of the receiving server, or of the provider in its place."""
    return " ".join(str(detail[name]) for name in ("reason", "response") if detail.get(name))


def diagnose(kind: EventKind, detail: dict[str, Any]) -> BounceDiagnosis | None:
    """The cause of a bounce, deferral or drop; None for an event without a cause of its own."""
    if kind == EventKind.DROPPED:
        if drop_reason(detail) == LISTED or drop_reason(detail) in PERSONAL_DROPS:
            return None
    elif kind not in BOUNCES and kind != EventKind.DEFERRED:
        return None
    return cause_of(
        kind=kind,
        status=str(detail.get("status", "")),
        text=text_of(detail),
        classification=str(detail.get("classification", "")),
        domain=str(detail.get("domain", "")),
    )


def note(negative_events: Sequence[NegativeEvent]) -> list[suppressions.Ground]:
    """Store the causes and raise the alarms; returns the addresses to suppress at once."""
    rows: list[sql.Diagnosed] = []
    alarming: list[tuple[NegativeEvent, BounceDiagnosis]] = []
    grounds: list[suppressions.Ground] = []
    for event in negative_events:
        diagnosis = diagnose(event.kind, event.detail)
        if diagnosis is None and not event.is_listed:
            continue
        effect = diagnosis.effect if diagnosis else Effect.NONE
        if event.kind == EventKind.DEFERRED and effect is not Effect.ALARM:
            continue  # most deferrals pass soon, and there may be millions of them
        cause = diagnosis.cause if diagnosis else BounceCause.UNCLASSIFIED
        campaign_id, subscriber_id = event.pair or (None, None)
        rows.append(sql.Diagnosed(event.event_id, cause.value, event.key, campaign_id, subscriber_id))
        if diagnosis and effect is Effect.ALARM and event.pair:
            alarming.append((event, diagnosis))
        if effect is Effect.SUPPRESS and event.key is not None:
            reason = "hard_bounce" if event.kind in BOUNCES else "invalid"
            grounds.append(suppressions.Ground(event.key, reason, describe(event.kind, event.detail), "", cause.value, event.at))
    fresh = sql.set_causes(rows)
    domain_rejections.note([alarm for alarm in alarming if alarm[0].event_id in fresh])
    touched = {event.key for event in negative_events if event.key and (event.kind == EventKind.BOUNCED_HARD or event.is_listed)}
    if touched:
        sql.explain_drops(sorted(touched), LISTED, BounceCause.UNCLASSIFIED.value)
    return grounds


def describe(kind: EventKind, detail: dict[str, Any]) -> str:
    """`hard: 5.1.1 550 no such user`, as stored with a delivery and a suppression."""
    text = " ".join(str(detail[name]) for name in ("status", "reason") if detail.get(name))
    prefix = {EventKind.BOUNCED_HARD: "hard: ", EventKind.BOUNCED_SOFT: "soft: "}.get(kind, "")
    return (prefix + text)[:300]


def limits() -> tuple[int, timedelta]:
    """After how many campaigns a bouncing mailbox is suppressed, and within what period."""
    row = publication()
    return int(policies.number("bounce_campaigns", row)), timedelta(days=policies.number("bounce_days", row))


def recount(keys: Iterable[bytes]) -> list[suppressions.Ground]:
    """Count the mailbox bounces of these addresses again; lift suppressions below the limit; return the grounds for new ones."""
    asked = sorted(set(keys))
    by_key = standings(asked)
    note_soft_bounces({key: by_key[key].count if key in by_key else 0 for key in asked})
    if not by_key:
        return []
    limit, period = limits()
    suppressions.lift_unfounded(audit.system(), [key for key, mailbox in by_key.items() if mailbox.count < limit])
    return [ground_of(key, mailbox, period) for key, mailbox in by_key.items() if mailbox.count >= limit]


def ground_of(key: bytes, standing: mailbox_standing.MailboxStanding, period: timedelta) -> suppressions.Ground:
    detail = f"{standing.count} campaigns within {period.days} days"
    return suppressions.Ground(key, "soft_bounces", detail, "", standing.cause, standing.at)


def standings(keys: Sequence[bytes]) -> dict[bytes, mailbox_standing.MailboxStanding]:
    """The counted bounces of those addresses that have ever bounced at their mailbox."""
    bounces: dict[bytes, list[mailbox_standing.Bounce]] = defaultdict(list)
    for key, campaign_id, at, cause in sql.list_bounces(keys, COUNTED) if keys else ():
        bounces[key].append(mailbox_standing.Bounce(campaign_id, at, cause, cause in COUNTED))
    if not bounces:
        return {}
    _, period = limits()
    delivered: dict[bytes, dict[int, datetime]] = defaultdict(dict)
    for key, campaign_id, at in sql.list_deliveries(list(bounces), _since(bounces, period)):
        delivered[key][campaign_id] = at
    lifted = suppressions.lifted_at(list(bounces))
    return {
        key: mailbox_standing.standing(mailbox_bounces, delivered[key], lifted.get(key), period)
        for key, mailbox_bounces in bounces.items()
    }


def _since(bounces: dict[bytes, list[mailbox_standing.Bounce]], period: timedelta) -> datetime:
    """The start of the period whose campaigns matter: mail is on its way for three days at most."""
    newest = min(max(bounce.at for bounce in mailbox_bounces if bounce.counts) for mailbox_bounces in bounces.values())
    return newest - period - timedelta(days=7)
