"""Staff actions on campaigns: create, schedule, send, pause, resume, cancel. All guards are here.

The functions change the database and return. The callers (CLI, console) then wake the worker.
"""

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction

from campaigns import campaign_approvals, launch_checks, list_headers
from campaigns.audience import audience_variants
from campaigns.audience.audiences import NOBODY, Audience, Exclusions, conditions_of, people_of, text_of
from campaigns.campaign_mails import PERMISSION
from campaigns.drafts import draft_changes, follow_up_drafts
from campaigns.launch_guards import (
    CampaignActionError,
    find_campaign,
    log,
    not_a_draft,
    require_confirmed,
    require_draft,
    require_right,
)
from campaigns.measuring import measured_links
from campaigns.models import Campaign
from campaigns.questions import questions
from campaigns.recovery import lost_campaigns
from campaigns.sending import cancelling, schedule_sql, waves
from campaigns.sending.schedule import FURTHEST
from campaigns.states import MoveRefusedError, move_campaign
from campaigns.tracking.brakes import campaign_brakes, leaving_out
from config.mail_provider import mail_provider
from editorial.models import IssueVersion
from publication import audit, clock
from publication.database.deadlock import retried
from publication.installation import publication
from publication.models import Actor, Sender
from subscribers import mailing_lists
from subscribers.attributes import FIRST_YEAR, LAST_YEAR
from subscribers.models import MailingList, Segment
from subscribers.segments import recipients
from subscribers.segments.grammar import SegmentError
from transport import header_rules


def create(
    actor: Actor,
    *,
    version: IssueVersion,
    lists: Sequence[MailingList],
    sender: Sender,
    segment: Segment | None = None,
    exclusions: Exclusions = NOBODY,
    name: str = "",
    welcome_to: MailingList | None = None,
) -> Campaign:
    """A draft campaign of one issue version to the confirmed subscribers of `lists`, narrowed by `segment` and `exclusions`.

    With `welcome_to` only to people who confirm that list later (campaigns.welcomes).
    """
    draft_changes.check_audience(Audience(lists, segment, exclusions))
    name = name.strip()
    if not header_rules.is_one_line(name):
        raise CampaignActionError("name")
    with transaction.atomic():
        campaign = Campaign.objects.create(
            name=name or version.subject, version=version, sender=sender, segment=segment, actor=actor,
            attempt_size=_attempt_size(), welcome_to=welcome_to,
        )  # fmt: skip
        campaign.lists.set(lists)
        exclusions.store(campaign)
        log(actor, campaign, "created", version=version.number)
        names = {"lists": [mailing_list.slug for mailing_list in lists], **exclusions.names()}
        narrowed = {"segment": segment.slug} if segment else {}
        audit.record(actor, "campaign_create", campaign, version=version.pk, **names, **narrowed)
    return campaign


def _attempt_size() -> int:
    # At a low send rate a full slice would wait longer than its lease. Limit it to what five seconds of that rate allow.
    rate, most = settings.SEND_RATE, min(settings.ATTEMPT_SIZE, mail_provider().max_recipients)
    return min(most, max(1, rate * 5)) if rate else most


def written(text: str) -> datetime:
    """Parse a local time as staff write it, such as `2027-11-25 09:00`, without a zone."""
    try:
        local_time = datetime.fromisoformat(_in_iso_form(text))
    except ValueError:
        raise CampaignActionError("time", text=text) from None
    # Checked before conversion: zone arithmetic overflows at the calendar's ends.
    if not FIRST_YEAR <= local_time.year <= LAST_YEAR:
        raise CampaignActionError("time-year", year=local_time.year)
    return local_time


def _require_ahead(at: datetime) -> None:
    """Refuses a moment that is past or further away than a campaign may be scheduled."""
    if at < clock.now():
        raise CampaignActionError("past", at=at)
    _require_near(at)


def _require_near(at: datetime) -> None:
    """Raise CampaignActionError for a time later than `campaigns.sending.schedule.FURTHEST` from now."""
    last = clock.now() + FURTHEST
    if at > last:
        raise CampaignActionError("far", at=at, latest=last.date())


def _in_iso_form(text: str) -> str:
    """`2027/11/25 9:00` -> `2027-11-25 09:00`, also from full-width characters. Any other text stays as it is."""
    plain = unicodedata.normalize("NFKC", text).strip()
    # The year comes first, so that day and month cannot be confused. The last group may hold seconds and a zone.
    loose = re.fullmatch(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})[ T]+(\d{1,2}):(\d{2}.*)", plain, re.ASCII)
    return f"{loose[1]}-{loose[2]:0>2}-{loose[3]:0>2} {loose[4]:0>2}:{loose[5]}" if loose else plain


def find_zone(zone: str) -> ZoneInfo:
    """The time zone with this name. Raises CampaignActionError."""
    zone_info = clock.place_of(zone)
    if zone_info is None:
        raise CampaignActionError("zone", zone=zone, nearest=clock.nearest_place(zone))
    return zone_info


def moment(text: str, zone: str) -> datetime:
    """`2027-11-25 09:00` in a named zone -> UTC. Rejects a time that the zone skips; of a repeated hour takes the first."""
    there, local = find_zone(zone), written(text)
    if local.tzinfo is not None:
        return local.astimezone(UTC)
    if not waves.exists(local, there):
        raise CampaignActionError("time-skipped", text=text, zone=zone)
    return waves.moment_in(local, there)


def schedule(
    actor: Actor, campaign_id: int, at: datetime | None = None, *, zone: str = "", local: str = "", strict: bool | None = None
) -> Campaign:
    """draft -> scheduled for `at`, at most a year ahead (None: now). Freezes the digest, the segment and the attempt size.

    `zone` and `local` are the time as staff wrote it, for display. `strict` works as in `set_strict`; None does not change it.
    """
    if at is not None:
        _require_ahead(at)
    moment_ = at or clock.now()
    return _schedule(actor, campaign_id, moment_, zone, local, strict, scheduled_at=moment_, local_time=False)


def first_of_each_zone(campaign: Campaign, local: str, zone: str) -> datetime:
    """The first moment at which somebody in today's audience would get it, if everybody gets it at `local` in their own zone."""
    find_zone(zone)
    hour = written(local)
    if hour.tzinfo is not None:
        raise CampaignActionError("time-zoned", text=local)
    first = waves.first_moment(hour, people_of(campaign), zone)
    if first < clock.now():
        raise CampaignActionError("past-somewhere", hour=hour, first=first)
    _require_near(first)
    return first


def schedule_each_zone(actor: Actor, campaign_id: int, local: str, *, zone: str = "", strict: bool | None = None) -> Campaign:
    """draft -> scheduled for the hour `local` in each recipient's own zone. Recipients without a known zone get it by `zone`.

    Raises CampaignActionError if that hour has already passed for somebody in today's audience: they would get it late.
    """
    campaign = find_campaign(campaign_id)
    zone = zone or publication().zone
    _guard(campaign)
    first, text, shown = _each_zone(campaign, local, zone)
    return _schedule(actor, campaign_id, first, zone, text, strict, scheduled_at=shown, local_time=True)


def _each_zone(campaign: Campaign, local: str, zone: str) -> tuple[datetime, str, datetime]:
    """The first moment, the hour as it is stored, and that hour in `zone`."""
    first = first_of_each_zone(campaign, local, zone)
    hour = written(local)
    return first, hour.isoformat(" ", "minutes"), waves.moment_in(hour, find_zone(zone))


def _schedule(
    actor: Actor, campaign_id: int, at: datetime, zone: str, local: str, strict: bool | None, **fields: object
) -> Campaign:
    campaign = find_campaign(campaign_id)
    require_draft(campaign)
    _guard(campaign)
    frozen = {
        "zone": zone or publication().zone,
        "attempt_size": _attempt_size(),
    }
    try:
        with transaction.atomic():
            require_right(actor, PERMISSION)
            # Locked, so that nobody replaces the version that is checked and whose approvals are counted.
            campaign = find_campaign(campaign_id, locked=True)
            require_draft(campaign)
            require_confirmed(actor, campaign.sender)
            _require_sendable(campaign)
            frozen |= {"digest": campaign.version.digest, "segment_text": text_of(campaign) or ""}
            frozen |= measured_links.freeze(campaign.version)
            questions.freeze(campaign)
            campaign_approvals.keep(actor, campaign)
            if (named := campaign.lists.order_by("id").first()) is not None:
                mailing_lists.keep_list_id_domain(actor, named, list_headers.domain_of(campaign.sender))
            if strict is not None:
                draft_changes.set_strict(actor, campaign_id, strict)
            moved = move_campaign(actor, campaign_id, "scheduled", sources=["draft"], **frozen, **fields)
            schedule_sql.write(campaign_id, at, local, moved.zone)
    except MoveRefusedError:
        raise not_a_draft(find_campaign(campaign_id)) from None
    return moved


def reschedule(
    actor: Actor, campaign_id: int, at: datetime, *, zone: str = "", local: str = "", strict: bool | None = None
) -> Campaign:
    """A scheduled campaign waits for `at` instead; content and segment stay as they were frozen. Refused once it has begun."""
    _require_ahead(at)
    return _reschedule(actor, campaign_id, at, zone, local, strict, scheduled_at=at, local_time=False)


def reschedule_each_zone(actor: Actor, campaign_id: int, local: str, *, zone: str = "", strict: bool | None = None) -> Campaign:
    """As `reschedule`, for the hour `local` in each recipient's own zone."""
    zone = zone or publication().zone
    try:
        first, text, shown = _each_zone(find_campaign(campaign_id), local, zone)
    except SegmentError as error:
        raise CampaignActionError("segment", problem=error) from None
    return _reschedule(actor, campaign_id, first, zone, text, strict, scheduled_at=shown, local_time=True)


def _reschedule(
    actor: Actor, campaign_id: int, at: datetime, zone: str, local: str, strict: bool | None, **fields: object
) -> Campaign:
    """Change the moment, under the lock that the upkeep worker needs to begin the campaign: it sees the old or the new moment."""
    with transaction.atomic():
        campaign = _locked_scheduled(actor, campaign_id)
        before, campaign.zone = _iso(campaign.scheduled_at), zone or publication().zone
        if strict is not None:
            draft_changes.change_strict(actor, campaign, strict)
        for name, value in fields.items():
            setattr(campaign, name, value)
        campaign.save(update_fields=["zone", *fields])
        schedule_sql.withdraw(campaign_id, clock.now())
        if not schedule_sql.write(campaign_id, at, local, campaign.zone):
            # This moment began the campaign once, and never begins it again.
            raise CampaignActionError("past", at=at)
        after = _iso(campaign.scheduled_at)
        log(actor, campaign, "rescheduled", before=before, after=after)
        audit.record(actor, "campaign_rescheduled", campaign, before=before, after=after)
    return campaign


def change_sender(actor: Actor, campaign_id: int, sender: Sender) -> Campaign:
    """A scheduled campaign is sent from another sender; content, audience and time stay. Refused once it has begun.

    Also refused for a sender that waits for its confirmation, and if the checks find errors with the new one.
    """
    with transaction.atomic():
        campaign = _locked_scheduled(actor, campaign_id)
        before = campaign.sender
        if before != sender:
            require_confirmed(actor, sender)
            campaign.sender = sender
            _require_sendable(campaign)
            campaign.save(update_fields=["sender"])
            log(actor, campaign, "sender_changed", before=before.email, after=sender.email)
            audit.record(actor, "campaign_sender", campaign, **audit.changes({"sender": before.pk}, {"sender": sender.pk}))
    return campaign


def _locked_scheduled(actor: Actor, campaign_id: int) -> Campaign:
    """A scheduled campaign, locked until the caller's transaction ends, for an actor who may change it."""
    require_right(actor, PERMISSION)
    campaign = find_campaign(campaign_id, locked=True)
    if campaign.state != "scheduled":
        raise CampaignActionError("state", campaign=campaign_id, state=campaign.state, wanted="scheduled", possible=["scheduled"])
    return campaign


def _iso(at: datetime | None) -> str:
    return at.isoformat() if at else ""


def _guard(campaign: Campaign) -> None:
    if not mail_provider().has_credentials:
        raise CampaignActionError("no-key")
    if publication().quarantined_at is not None:
        raise CampaignActionError("quarantine")
    campaign_approvals.require(campaign)
    _require_sendable(campaign)
    audience = Audience.of(campaign)
    if audience.exclusions:  # what was scheduled when staff chose it may be a draft again, so that nobody would be left out
        draft_changes.check_audience(audience, campaign.pk)
    try:
        is_empty = not people_of(campaign).exists()
    except SegmentError as error:
        raise CampaignActionError("segment", problem=error) from None
    if is_empty and campaign.followed is not None:
        raise CampaignActionError("nobody-followed", campaign=campaign.pk, name=campaign.followed.name)
    if is_empty and campaign.welcome_to_id is None:
        raise CampaignActionError("all-left-out" if _everybody_is_left_out(campaign) else "nobody")


def _everybody_is_left_out(campaign: Campaign) -> bool:
    """Whether there are people whom the exclusions leave out, when nobody else is there."""
    conditions = conditions_of(campaign)
    included = conditions._replace(excluded=()).text()
    return bool(conditions.excluded) and recipients.recipients(list(campaign.lists.all()), included).exists()


def _require_sendable(campaign: Campaign) -> None:
    """Raise CampaignActionError if the version has errors that nobody overrode, or a condition that cannot be asked."""
    faults = launch_checks.standing_faults(campaign)
    launch_checks.refuse_fixed(campaign, faults)
    if faults:
        raise CampaignActionError("issue-errors", campaign=campaign.pk, codes=sorted({fault.code for fault in faults}))
    try:
        audience_variants.require_askable(campaign.version)
    except SegmentError as error:
        raise CampaignActionError("condition", problem=error) from None
    follow_up_drafts.require_ready(campaign)
    lost_campaigns.require_not_sent(campaign)


def unschedule(actor: Actor, campaign_id: int) -> Campaign:
    """scheduled, or held before it began -> draft; withdraws its occurrence, and drops the approvals: scheduling it again
    counts them again.
    """
    with transaction.atomic():
        has_begun = find_campaign(campaign_id, locked=True).recipients is not None
        sources = ["scheduled"] if has_begun else ["scheduled", "held"]
        campaign = _move(actor, campaign_id, "draft", sources, scheduled_at=None, local_time=False)
        campaign.approvals.clear()
        schedule_sql.withdraw(campaign_id, clock.now())
    return campaign


def pause(actor: Actor, campaign_id: int) -> Campaign:
    """sending -> paused. No further gate commits; requests that have passed the gate are still sent."""
    return retried(lambda: _move(actor, campaign_id, "paused", ["sending"]))


def resume(actor: Actor, campaign_id: int, *, without_domain: str = "") -> Campaign:
    """paused or held -> its previous state. The budget of uncertain recipients starts again; overdue waves are sent; a brake that
    held it holds it again only if the share grows by half. `without_domain`: nobody else at this receiving domain gets it.

    A campaign that has not begun is refused while somebody asks for changes of its content, and if approvals with which it was
    scheduled were withdrawn.
    """
    # This locks the campaign before the numbers of its brakes; applying events may lock in reverse.
    return retried(lambda: _resume(actor, campaign_id, without_domain))


@transaction.atomic
def _resume(actor: Actor, campaign_id: int, without_domain: str) -> Campaign:
    require_right(actor, PERMISSION)
    campaign = find_campaign(campaign_id, locked=True)
    if campaign.recipients is not None:
        moved = _move(actor, campaign_id, "sending", ["paused", "held"])
        if without_domain:
            leaving_out.leave_out(actor, campaign, without_domain)
        if campaign.state == "held":
            campaign_brakes.note_known(campaign_id, campaign.held_reason)
        waves.open_overdue(campaign_id)
        return moved
    if without_domain:
        raise CampaignActionError("domain", campaign=campaign_id, domain=without_domain)
    lost_campaigns.require_not_sent(campaign)
    if campaign.state == "held":
        campaign_approvals.lock(campaign)
        campaign_approvals.require_kept(actor, campaign)
    target = "scheduled" if schedule_sql.is_waiting(campaign_id) else "filling"
    moved = _move(actor, campaign_id, target, ["held"])
    schedule_sql.start(campaign_id, clock.now(), "asked")
    return moved


def cancel(actor: Actor, campaign_id: int) -> Campaign:
    """Stop for good. In the same transaction everybody whose mail is not yet with the provider is skipped.

    The worker takes back what the provider keeps for a later hour (recall.py), because that takes time.
    """
    # This locks the campaign before its slices; a worker that releases a slice and then holds the campaign locks in reverse.
    return retried(lambda: _cancel(actor, campaign_id))


@transaction.atomic
def _cancel(actor: Actor, campaign_id: int) -> Campaign:
    campaign = _move(actor, campaign_id, "cancelled", ["scheduled", "filling", "sending", "paused", "held"])
    schedule_sql.withdraw(campaign_id, clock.now())
    cancelling.skip_unsent(campaign_id)
    mailing_lists.end_welcome_of(actor, campaign_id)
    return campaign


def _move(actor: Actor, campaign_id: int, target: str, sources: list[str], **fields: object) -> Campaign:
    try:
        return move_campaign(actor, campaign_id, target, sources=sources, **fields)
    except MoveRefusedError as refused:
        state = refused.params["state"]
        raise CampaignActionError("state", campaign=campaign_id, state=state, wanted=target, possible=sources) from None
    except Campaign.DoesNotExist:
        raise CampaignActionError("unknown", campaign=campaign_id) from None
