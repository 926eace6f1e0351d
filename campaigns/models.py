"""Database records of sending: fields and keys, no behaviour.

docs/delivery.md explains the protocol; states.py lists every move.
"""

from typing import ClassVar, Self

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from campaigns.history_records import FollowUpRecipient as FollowUpRecipient
from campaigns.history_records import LostCampaign as LostCampaign
from campaigns.history_records import PastIssue as PastIssue
from campaigns.measuring_records import Click as Click
from campaigns.measuring_records import ClickBatch as ClickBatch
from campaigns.measuring_records import ClickCount as ClickCount
from campaigns.measuring_records import DomainOutcome as DomainOutcome
from campaigns.measuring_records import LostClicks as LostClicks
from campaigns.measuring_records import MailAnswer as MailAnswer
from campaigns.measuring_records import MailQuestion as MailQuestion
from campaigns.measuring_records import MeasuredLink as MeasuredLink
from campaigns.measuring_records import NamedAnswer as NamedAnswer
from campaigns.measuring_records import ReportLink as ReportLink
from campaigns.measuring_records import SliceTotal as SliceTotal
from campaigns.tester_records import Tester as Tester
from campaigns.tester_records import TesterGroup as TesterGroup
from campaigns.tester_records import TestSend as TestSend
from editorial.models import Decision, IssueVersion
from publication.models import Actor, Sender
from subscribers.models import MailingList, Segment


class Campaigns(models.QuerySet["Campaign"]):
    def newsletters(self) -> Self:
        """Without the welcomes of lists: these go to one person after the other, for as long as a list has them."""
        return self.filter(welcome_to=None)

    def first_sendings(self) -> Self:
        """Newsletters without follow-ups, which go to some people of an earlier campaign."""
        return self.newsletters().filter(followed=None)


class Campaign(models.Model):
    """One sending of one issue version to one audience."""

    name = models.TextField()
    version = models.ForeignKey(IssueVersion, on_delete=models.PROTECT)
    sender = models.ForeignKey(Sender, on_delete=models.PROTECT)
    lists = models.ManyToManyField(MailingList)
    welcome_to = models.ForeignKey(
        MailingList, null=True, on_delete=models.PROTECT, db_index=False, related_name="welcomes",
        help_text="its recipients are people who confirm this list, one after the other; NULL: those of one moment",
    )  # fmt: skip
    segment = models.ForeignKey(Segment, null=True, blank=True, on_delete=models.PROTECT)
    excluded_lists = models.ManyToManyField(MailingList, related_name="excluding_campaigns")
    excluded_segments = models.ManyToManyField(Segment, related_name="excluding_campaigns")
    excluded_campaigns = models.ManyToManyField("self", symmetrical=False, related_name="excluding_campaigns")
    segment_text = models.TextField(
        blank=True, default="", help_text="segment and exclusions in one text, as they were when the campaign was scheduled"
    )
    state = models.TextField(default="draft")
    held_reason = models.TextField(blank=True, default="", help_text="one of states.HELD_REASONS")
    held_detail = models.TextField(blank=True, default="")
    digest = models.TextField(blank=True, default="", help_text="the version's digest at scheduling; the gate compares")
    attempt_size = models.IntegerField(default=200)
    scheduled_at = models.DateTimeField(null=True)
    zone = models.TextField(blank=True, default="", help_text="the zone the time was given in")
    local_time = models.BooleanField(default=False, help_text="at that hour in each recipient's own zone, through waves")
    strict = models.BooleanField(default=False, help_text="every attempt waits 20 min at the provider and can be taken back")
    measuring = models.TextField(
        default="off", db_default="off", help_text="off, anonymous, individual: the policy when it was scheduled"
    )
    opens = models.BooleanField(default=False, db_default=False, help_text="whether a picture counts opens, likewise")
    followed = models.ForeignKey("self", null=True, on_delete=models.PROTECT, related_name="follow_ups")
    follow_up = models.TextField(blank=True, default="", db_default="", help_text="one of follow_ups.followed_people.KINDS")
    archived = models.BooleanField(default=True, db_default=True, help_text="False: a follow-up that archives do not show")
    # {"codes": ["contrast"], "reason": "...", "by": "wei", "at": "..."}: the overridden errors of checks.
    override = models.JSONField(default=dict)
    approvals = models.ManyToManyField(Decision, help_text="that its content had when it was scheduled")
    recipients = models.BigIntegerField(null=True, help_text="N: rows of the fill")
    has_totals = models.BooleanField(default=False, db_default=False, help_text="large: its numbers are kept in slice_total")
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT)
    created_at = models.DateTimeField(db_default=Now())
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = Campaigns.as_manager()

    class Meta:
        db_table = "campaign"
        permissions: ClassVar = [("override_checks", "Can send although checks found errors")]
        indexes: ClassVar = [
            models.Index(
                fields=["state"],
                name="campaign_open",
                condition=Q(state__in=["scheduled", "filling", "sending", "held", "paused"]),
            )
        ]


class Occurrence(models.Model):
    """The moment at which a campaign is to begin, and what happened then. This table is the schedule; beat only ticks."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT)
    at = models.DateTimeField(help_text="the moment, UTC")
    local = models.TextField(blank=True, default="", help_text="as staff wrote it")
    zone = models.TextField(blank=True, default="")
    state = models.TextField(default="waiting", help_text="waiting, started, asked, withdrawn")
    decided_at = models.DateTimeField(null=True, help_text="when it left `waiting`, by the clock of wall-time decisions")

    class Meta:
        db_table = "occurrence"
        constraints: ClassVar = [models.UniqueConstraint(fields=["campaign", "at"], name="occurrence_once")]
        indexes: ClassVar = [models.Index(fields=["at"], name="occurrence_waiting", condition=Q(state="waiting"))]


class Wave(models.Model):
    """The recipients of a campaign who get it at the same moment: those in zones where the local hour comes then."""

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT)
    number = models.SmallIntegerField()
    release_at = models.DateTimeField()
    batch_id = models.TextField(blank=True, default="", help_text="the provider's handle to take it back until 10 min before")
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "wave"
        constraints: ClassVar = [models.UniqueConstraint(fields=["campaign", "number"], name="wave_once")]


class Delivery(models.Model):
    """One campaign to one recipient. Its own state is null while its slice's state applies (view delivery_state)."""

    pk = models.CompositePrimaryKey("campaign_id", "subscriber_id")
    campaign = models.ForeignKey(Campaign, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False)
    subscriber_id = models.BigIntegerField()
    slice = models.IntegerField(help_text="number of its slice within the campaign")
    variant = models.SmallIntegerField(db_default=0)
    wave = models.SmallIntegerField(db_default=0)
    address_key = models.BinaryField(max_length=16)
    state = models.TextField(null=True)  # noqa: DJ001 - NULL: its slice's state
    reason = models.TextField(null=True)  # noqa: DJ001
    proof = models.TextField(null=True)  # noqa: DJ001
    delivered_at = models.DateTimeField(null=True, help_text="time of the last `delivered` event, by the provider's clock")

    class Meta:
        db_table = "delivery"
        constraints: ClassVar = [models.UniqueConstraint(fields=["campaign", "address_key"], name="delivery_once_per_address")]


class Slice(models.Model):
    """Up to 1000 deliveries of a campaign that move together; the slice holds the state of all of them.

    Its members are the deliveries with its number whose subscriber id lies in its range. Splitting ends a slice as `split`
    and creates two with the same number and half the range each, so an old attempt still identifies its members.
    """

    campaign = models.ForeignKey(Campaign, on_delete=models.PROTECT, db_index=False)
    number = models.IntegerField()
    variant = models.SmallIntegerField(db_default=0)
    wave = models.SmallIntegerField(db_default=0)
    first_subscriber_id = models.BigIntegerField()
    last_subscriber_id = models.BigIntegerField()
    count = models.IntegerField()
    state = models.TextField(db_default="planned")
    reason = models.TextField(null=True)  # noqa: DJ001
    proof = models.TextField(null=True)  # noqa: DJ001
    parent = models.ForeignKey("self", null=True, on_delete=models.PROTECT, db_index=False)
    current_attempt_id = models.BigIntegerField(null=True)
    attempt_count = models.IntegerField(db_default=0)
    not_before = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    claim = models.BigIntegerField(null=True, help_text="fencing token of the claim: each claim draws a new one")
    worker = models.TextField(null=True)  # noqa: DJ001

    class Meta:
        db_table = "slice"
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["campaign", "number", "first_subscriber_id"], name="slice_once", condition=~Q(state="split")
            )
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["campaign", "state", "number"],
                name="slice_open",
                condition=Q(state__in=["planned", "claimed", "in_flight", "unknown", "held"]),
            ),
            # For claiming and counting. Neither may take longer because many slices are planned.
            models.Index(
                fields=["campaign", "wave", "number", "first_subscriber_id"], name="slice_planned", condition=Q(state="planned")
            ),
            models.Index(fields=["id"], name="slice_busy", condition=Q(state__in=["claimed", "in_flight"])),
        ]


class Attempt(models.Model):
    """One HTTP request for one slice; append-only, its id is never reused."""

    slice = models.ForeignKey(Slice, on_delete=models.PROTECT)
    campaign_id = models.BigIntegerField()
    worker = models.TextField()
    size = models.IntegerField(help_text="recipients in the body")
    gate_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    outcome = models.TextField(null=True)  # noqa: DJ001 - NULL: not ended
    http_status = models.IntegerField(null=True)
    message_id = models.TextField(blank=True, default="")
    detail = models.TextField(blank=True, default="")
    batch_id = models.TextField(null=True, help_text="the provider's handle to take the request back")  # noqa: DJ001
    send_at = models.DateTimeField(null=True, help_text="when the provider is to release it; NULL: at once")
    fenced_at = models.DateTimeField(null=True, help_text="when the provider confirmed that it will not release it")
    evidence_at = models.DateTimeField(null=True, help_text="when the first event that names it was applied")

    class Meta:
        db_table = "attempt"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["slice"], name="attempt_one_open", condition=Q(ended_at__isnull=True))
        ]
        indexes: ClassVar = [
            # Strict mode reads this every two seconds. Rows of other campaigns leave it soon.
            models.Index(
                fields=["send_at"],
                name="attempt_held_back",
                condition=Q(batch_id__isnull=False)
                & (Q(outcome__isnull=True) | Q(outcome__in=["unknown", "fencing", "fenced", "recalling", "recalled"])),
            )
        ]


class ProviderPayload(models.Model):
    """A verified webhook body as received; emptied once it is split into events."""

    received_at = models.DateTimeField(db_default=Now())
    body = models.BinaryField(null=True)
    split_at = models.DateTimeField(null=True)
    event_count = models.IntegerField(default=0)
    faults = models.JSONField(default=list, help_text="elements that are not events: index and reason")

    class Meta:
        db_table = "provider_payload"
        indexes: ClassVar = [models.Index(fields=["id"], name="payload_unsplit", condition=Q(split_at__isnull=True))]


class Event(models.Model):
    """A later report of the provider about one mail, stored once by the hash of its id."""

    key = models.BinaryField(max_length=16, unique=True)
    kind = models.TextField()
    at = models.DateTimeField()
    campaign_id = models.BigIntegerField(null=True)
    subscriber_id = models.BigIntegerField(null=True)
    attempt_id = models.BigIntegerField(null=True)
    address_key = models.BinaryField(max_length=16, null=True)
    single = models.TextField(blank=True, default="", help_text="notice:ID or test_send:ID for an event of a single mail")
    detail = models.JSONField(default=dict)
    received_at = models.DateTimeField(db_default=Now())
    applied_at = models.DateTimeField(null=True)
    effect = models.TextField(blank=True, default="")
    cause = models.TextField(blank=True, default="", db_default="", help_text="of a bounce, drop or deferral: docs/bounces.md")

    class Meta:
        db_table = "event"
        indexes: ClassVar = [
            # Holds only events with a cause, so that deliveries add nothing to it.
            models.Index(fields=["address_key"], name="event_with_cause", condition=~Q(cause="")),
            models.Index(fields=["id"], name="event_unapplied", condition=Q(applied_at__isnull=True)),
            models.Index(fields=["campaign_id", "kind"], name="event_campaign_kind"),
        ]


class Rejection(models.Model):
    """An alarm: a receiving domain rejects a campaign because of its sender. Written only by `domain_rejections`.

    Each event is counted once, when it is first applied. `outcomes` is how many answers the domain had given at the last check.
    """

    campaign_id = models.BigIntegerField()
    domain = models.TextField()
    cause = models.TextField()
    remedy = models.TextField(blank=True, default="", help_text="code of what to fix")
    rejected = models.IntegerField(default=0)
    deferred = models.IntegerField(default=0)
    dropped = models.IntegerField(default=0)
    outcomes = models.IntegerField(default=0)
    fresh = models.IntegerField(default=0, help_text="rejections since the last check")
    sample = models.TextField(blank=True, default="", help_text="one answer of the domain, without addresses")
    first_at = models.DateTimeField()
    last_at = models.DateTimeField()
    judged_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "rejection"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["campaign_id", "domain", "cause", "remedy"], name="rejection_once")
        ]
        indexes: ClassVar = [models.Index(fields=["campaign_id"], name="rejection_fresh", condition=Q(fresh__gt=0))]


class LeftOutDomain(models.Model):
    """A receiving domain without which staff went on with a campaign. The gate reads this."""

    campaign_id = models.BigIntegerField()
    domain = models.TextField()
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT)
    created_at = models.DateTimeField()

    class Meta:
        db_table = "left_out_domain"
        constraints: ClassVar = [models.UniqueConstraint(fields=["campaign_id", "domain"], name="left_out_domain_once")]


class ProviderListChange(models.Model):
    """A change of one address on one of the provider's lists, for the worker; done rows stay. `planned_at` names the wish."""

    list = models.TextField(help_text="transport.provider_lists.ProviderList")
    change = models.TextField(help_text="add, remove")
    address_key = models.BinaryField(max_length=16)
    address = models.TextField(blank=True, default="", help_text="only if no subscriber has it; emptied when done")
    state = models.TextField(default="planned", help_text="planned, done, failed")
    detail = models.TextField(blank=True, default="")
    tries = models.IntegerField(default=0)
    not_before = models.DateTimeField(null=True)
    planned_at = models.DateTimeField(db_default=Now())
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "provider_list_change"
        constraints: ClassVar = [models.UniqueConstraint(fields=["address_key", "list"], name="provider_list_change_once")]
        indexes: ClassVar = [models.Index(fields=["change", "id"], name="list_change_open", condition=Q(state="planned"))]


class LiftRequest(models.Model):
    """A suppression that staff lift: it ends here when the address is off the provider's lists."""

    address_key = models.BinaryField(max_length=16, unique=True)
    reason = models.TextField(help_text="the suppression's when they asked; a stronger one that comes later stays")
    detail = models.TextField(blank=True, default="", db_default="", help_text="why staff lift it, in their words")
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT)
    asked_at = models.DateTimeField()

    class Meta:
        db_table = "lift_request"


class ProviderListEntry(models.Model):
    """An address on one of the provider's lists, as a pull saw it last. Blocks are not stored."""

    address_key = models.BinaryField(max_length=16)
    list = models.TextField(help_text="transport.provider_lists.ProviderList")
    listed_at = models.DateTimeField(null=True)
    seen_at = models.DateTimeField()

    class Meta:
        db_table = "provider_list_entry"
        constraints: ClassVar = [models.UniqueConstraint(fields=["address_key", "list"], name="provider_list_entry_once")]


class SyncRun(models.Model):
    """One synchronisation with the provider's lists: planned by beat or staff, done by the worker."""

    actor = models.ForeignKey(Actor, on_delete=models.PROTECT)
    pulls = models.BooleanField(default=True)
    pushes = models.BooleanField(default=True)
    full = models.BooleanField(default=False, help_text="all entries, not only those since the run before")
    dry_run = models.BooleanField(default=False)
    state = models.TextField(default="planned", help_text="planned, running, done, failed")
    pushed = models.IntegerField(null=True, help_text="addresses planned for the global unsubscribes")
    detail = models.TextField(blank=True, default="", help_text="the provider's last rejection")
    tries = models.IntegerField(default=0, help_text="failed calls since the last page")
    not_before = models.DateTimeField(null=True)
    planned_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "sync_run"
        indexes: ClassVar = [models.Index(fields=["id"], name="sync_run_open", condition=Q(state__in=["planned", "running"]))]


class SyncPart(models.Model):
    """How far one run has read one list. A page's effects and its position are committed together."""

    run = models.ForeignKey(SyncRun, on_delete=models.CASCADE, db_index=False)
    list = models.TextField(help_text="transport.provider_lists.ProviderList")
    since = models.DateTimeField(null=True, help_text="NULL: from the beginning")
    until = models.DateTimeField()
    position = models.TextField(blank=True, default="", help_text="the provider's; emptied at the end")
    counts = models.JSONField(default=dict)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "sync_part"
        constraints: ClassVar = [models.UniqueConstraint(fields=["run", "list"], name="sync_part_once")]


class DeliveryLog(models.Model):
    """Append-only: decisions of operators, state changes of campaigns, and every step that leaves recipients uncertain."""

    at = models.DateTimeField(db_default=Now())
    kind = models.TextField()
    campaign_id = models.BigIntegerField(null=True)
    slice_id = models.BigIntegerField(null=True)
    attempt_id = models.BigIntegerField(null=True)
    subscriber_id = models.BigIntegerField(null=True)
    actor = models.ForeignKey(Actor, null=True, on_delete=models.PROTECT)
    detail = models.JSONField(default=dict)

    class Meta:
        db_table = "delivery_log"
        indexes: ClassVar = [models.Index(fields=["campaign_id", "kind"], name="delivery_log_campaign")]
