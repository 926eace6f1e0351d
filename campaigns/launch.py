"""What staff may do with a campaign: create, test, schedule, send, pause, resume, cancel. All guards live here.

Verbs change the database and return; the doors (CLI, console) wake the worker after that.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.db import transaction

from campaigns import outbox_sql
from campaigns.models import Campaign, TestSend
from campaigns.states import HELD_REASONS, MoveRefused, move_campaign
from editorial.models import IssueVersion
from publication import audit, clock
from publication.installation import publication
from publication.models import Actor, Sender
from subscribers import addresses, recipients, segments
from subscribers.models import MailingList, Segment


class LaunchRefused(Exception):
    """A guard said no. `code` is stable; the message says what stands in the way, `hint` the way out."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        self.code, self.message, self.hint = code, message, hint
        super().__init__(f"{message}; {hint}" if hint else message)


def create(
    actor: Actor,
    *,
    version: IssueVersion,
    lists: Sequence[MailingList],
    sender: Sender,
    segment: Segment | None = None,
    name: str = "",
) -> Campaign:
    """A draft campaign of one issue version to the confirmed subscribers of `lists`, narrowed by `segment`."""
    if not lists:
        raise LaunchRefused("no-list", "a campaign needs at least one list", "name one")
    with transaction.atomic():
        campaign = Campaign.objects.create(
            name=name or version.subject, version=version, sender=sender, segment=segment, actor=actor,
            attempt_size=_attempt_size(),
        )  # fmt: skip
        campaign.lists.set(lists)
        audit.record(actor, "campaign_create", campaign, version=version.pk, lists=[each.slug for each in lists])
    return campaign


def _attempt_size() -> int:
    # With a slow send rate a full slice would wait longer than its lease: cut it so that it is due within five seconds.
    rate = settings.SEND_RATE
    return min(settings.ATTEMPT_SIZE, max(1, rate * 5)) if rate else settings.ATTEMPT_SIZE


def moment(text: str, zone: str) -> datetime:
    """`2026-11-25 09:00` in a named zone -> UTC. Refuses a time that the zone skips; of a doubled hour takes the first."""
    try:
        place = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise LaunchRefused("zone", f"{zone!r} is no time zone", "write it as Asia/Shanghai or Europe/Madrid") from None
    try:
        local = datetime.fromisoformat(text.strip())
    except ValueError:
        raise LaunchRefused("time", f"{text!r} is no time", "write it as 2026-11-25 09:00") from None
    if local.tzinfo is not None:
        return local.astimezone(UTC)
    aware = local.replace(tzinfo=place)
    if aware.astimezone(UTC).astimezone(place).replace(tzinfo=None) != local:
        raise LaunchRefused("time", f"{text} does not exist in {zone}: the clocks are put forward then", "choose another hour")
    return aware.astimezone(UTC)


def schedule(actor: Actor, campaign_id: int, at: datetime | None = None, *, zone: str = "") -> Campaign:
    """draft -> scheduled for `at` (now when None). Freezes what will be sent: digest, segment, attempt size."""
    campaign = Campaign.objects.select_related("version", "segment").get(pk=campaign_id)
    if at is not None and at < clock.now():
        raise LaunchRefused("past", f"{at:%Y-%m-%d %H:%M} UTC is past", "give a later time, or none to send now")
    _guard(campaign)
    fields = {
        "scheduled_at": at or clock.now(),
        "zone": zone or publication().zone,
        "digest": campaign.version.digest,
        "segment_text": campaign.segment.text if campaign.segment else "",
        "attempt_size": _attempt_size(),
    }
    try:
        return move_campaign(actor, campaign_id, "scheduled", sources=["draft"], **fields)
    except MoveRefused as refused:
        raise LaunchRefused("state", str(refused), "create a new campaign to send again") from None


def _guard(campaign: Campaign) -> None:
    if not settings.SENDGRID_API_KEY:
        raise LaunchRefused(
            "no-key", "MAILROOM_SENDGRID_API_KEY is not set", "set it, or try everything with the sandbox: mailroom up"
        )
    if publication().quarantined_at is not None:
        raise LaunchRefused("quarantine", HELD_REASONS["quarantine"])
    faults = sorted({finding["code"] for finding in campaign.version.findings if finding["level"] == "error"})
    if faults:
        raise LaunchRefused(
            "issue-errors",
            f"the issue has faults that forbid sending: {', '.join(faults)}",
            "mailroom issue check --mail DIR tells where",
        )
    try:
        count = recipients.count(list(campaign.lists.all()), campaign.segment.text if campaign.segment else None)
    except segments.SegmentError as error:
        raise LaunchRefused("segment", f"the segment does not hold any more: {error}", "correct it") from None
    if count == 0:
        raise LaunchRefused(
            "nobody", "nobody would get this campaign", "look at the list and the segment: mailroom segment count"
        )


def unschedule(actor: Actor, campaign_id: int) -> Campaign:
    """scheduled -> draft."""
    return _move(actor, campaign_id, "draft", ["scheduled"], scheduled_at=None)


def pause(actor: Actor, campaign_id: int) -> Campaign:
    """sending -> paused: no gate commits from here on; what is past the gate goes out."""
    return _move(actor, campaign_id, "paused", ["sending"])


def resume(actor: Actor, campaign_id: int) -> Campaign:
    """paused or held -> where it was; the budget of uncertainty counts anew from here."""
    campaign = Campaign.objects.get(pk=campaign_id)
    target = "sending" if campaign.recipients is not None else "scheduled"
    return _move(actor, campaign_id, target, ["paused", "held"])


def cancel(actor: Actor, campaign_id: int) -> Campaign:
    """Stop for good: whoever is not on the wire yet is skipped, in the same transaction."""
    with transaction.atomic():
        campaign = _move(actor, campaign_id, "cancelled", ["scheduled", "filling", "sending", "paused", "held"])
        outbox_sql.cancel_slices(campaign_id)
    return campaign


def _move(actor: Actor, campaign_id: int, target: str, sources: list[str], **fields: object) -> Campaign:
    try:
        return move_campaign(actor, campaign_id, target, sources=sources, **fields)
    except MoveRefused as refused:
        raise LaunchRefused("state", str(refused), f"possible from: {', '.join(sources)}") from None
    except Campaign.DoesNotExist:
        raise LaunchRefused("unknown", f"there is no campaign {campaign_id}", "mailroom campaign ls shows them") from None


def send_test(actor: Actor, version: IssueVersion, sender: Sender, address: str) -> TestSend:
    """Owe one test mail of a version to an address of staff; marked [Test], counted nowhere."""
    try:
        addresses.validate(address)
    except addresses.AddressFault as fault:
        raise LaunchRefused("address", str(fault)) from None
    test = TestSend.objects.create(
        purpose="test", token=uuid.uuid4().hex, address=address.strip(), version=version, sender=sender
    )
    audit.record(actor, "send_test", test, version=version.pk)
    return test
