"""Records of people and consent: fields and keys, no verbs. Addresses are normalised by `addresses` before they get here."""

from datetime import datetime
from typing import ClassVar, Self

from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models.functions import Lower, Now

from publication.models import Actor, SingleSend
from subscribers.run_records import ImportedPerson as ImportedPerson
from subscribers.run_records import ImportRun as ImportRun
from subscribers.run_records import PeopleAction as PeopleAction
from subscribers.run_records import PeopleActionMember as PeopleActionMember
from subscribers.segment_records import Segment as Segment
from subscribers.segment_records import SegmentVersion as SegmentVersion
from subscribers.segment_records import StoredCount as StoredCount
from subscribers.states_and_reasons import SubscriptionState, SuppressionReason, choices_of


def may_quote_address(*texts: str) -> models.Q:
    """The condition for rows whose columns of text contain the sign of an address, as it is or as in a link's parameter."""
    condition = models.Q()
    for text in texts:
        condition |= models.Q(**{f"{text}__contains": "@"}) | models.Q(**{f"{text}__contains": "%40"})
    return condition


class Subscriber(models.Model):
    """A person with an address. After erasure: no address, name or attributes, and `erased_at` is set."""

    address = models.TextField(null=True)  # noqa: DJ001 - NULL means erased, "" would be an address
    address_key = models.BinaryField(max_length=16, unique=True, help_text="keyed hash of the normalised address, 16 bytes")
    domain = models.TextField(blank=True, default="", help_text="domain as A-labels, lower case")
    name = models.TextField(blank=True, default="")
    language = models.TextField(blank=True, default="", help_text="BCP 47")
    country = models.TextField(blank=True, default="", help_text="ISO 3166 alpha-2")
    zone = models.TextField(blank=True, default="")
    attributes = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=Now())
    soft_bounces = models.IntegerField(db_default=0, help_text="campaigns that bounced at the mailbox since the last delivery")
    paused_until = models.DateTimeField(null=True, help_text="no campaign before then, at the person's own wish")
    measured_since = models.DateTimeField(null=True, help_text="when they agreed that their clicks are kept with their name")
    left_all_at = models.DateTimeField(
        null=True, help_text="when they left every list at once; only their own consent empties it"
    )
    erased_at = models.DateTimeField(null=True)
    # Set when two records turned out to be one person. This one has no address any more; its links and deliveries stay.
    merged_into = models.ForeignKey("self", null=True, on_delete=models.PROTECT, db_index=False)

    class Meta:
        db_table = "subscriber"
        # Roles without it see masked addresses.
        permissions: ClassVar = [("see_addresses", "Can see the addresses and names of subscribers")]
        indexes: ClassVar = [
            # The function is the database's; `people.search_sql` asks for beginnings of these words.
            GinIndex(
                models.Func("address", "name", function="search_words", output_field=SearchVectorField()),
                name="subscriber_words",
            ),
            models.Index(fields=["language", "id"], name="subscriber_language"),
            models.Index(fields=["created_at", "id"], name="subscriber_created"),
            models.Index(fields=["id"], name="subscriber_paused", condition=models.Q(paused_until__isnull=False)),
            # Each batch of delivery events looks up who has a count; the index contains only those.
            models.Index(fields=["id"], name="subscriber_bouncing", condition=models.Q(soft_bounces__gt=0)),
            models.Index(fields=["merged_into"], name="subscriber_merged", condition=models.Q(merged_into__isnull=False)),
        ]

    def is_paused(self, moment: datetime) -> bool:
        return self.paused_until is not None and self.paused_until > moment


class MailingList(models.Model):
    """A list that people subscribe to. `slug` is the first label of List-Id and never changes."""

    class Archive(models.TextChoices):
        OFF = "off"
        UNLISTED = "unlisted"
        PUBLIC = "public"

    class SignUp(models.TextChoices):
        CLOSED = "closed"
        UNLISTED = "unlisted"
        OPEN = "open"

    slug = models.TextField(unique=True)
    name = models.TextField()
    description = models.TextField(blank=True, default="")
    language = models.TextField(blank=True, default="")
    texts = models.JSONField(
        default=dict,
        db_default=models.Value({}, models.JSONField()),
        help_text="language -> name and description, where readers of it see other ones",
    )
    # Off by default: mail that was sent to subscribers becomes public only if staff decide so.
    archive = models.TextField(choices=Archive.choices, default=Archive.OFF, db_default=Archive.OFF)
    archive_tag = models.TextField(blank=True, default="", db_default="", help_text="tag:host,date of RFC 4151, made once")
    # Closed by default: a list of members or of the board is nobody else's. `unlisted`: a page that no other page links to.
    sign_up = models.TextField(choices=SignUp.choices, default=SignUp.CLOSED, db_default=SignUp.CLOSED)
    welcome = models.BooleanField(default=False, db_default=False, help_text="mail a welcome to people who confirm")
    welcome_campaign = models.BigIntegerField(null=True, help_text="sends the issue that is the welcome; NULL: the standard text")
    list_id_domain = models.TextField(
        blank=True,
        default="",
        db_default="",
        help_text="the domain of List-Id for the list's life; empty until a campaign",
    )
    requests_held_at = models.DateTimeField(
        null=True, help_text="since when requests wait for staff because there were far too many"
    )
    # MII Order 38: in China the subject of advertising must begin with 广告 or AD.
    advertises_in_china = models.BooleanField(default=False)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "mailing_list"

    def __str__(self) -> str:
        return self.slug


class Subscription(models.Model):
    """A person's subscription to a list, with its state. Written only by `consent` and `importing.importer_sql`."""

    State = SubscriptionState

    # No index for each column: the two indexes of Meta begin with them. No constraint on the list: checking it would cost an
    # import 4 us a row, a seventh of its time. A trigger checks it once for each statement.
    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE, db_index=False)
    list = models.ForeignKey(MailingList, on_delete=models.PROTECT, db_index=False, db_constraint=False)
    state = models.TextField(choices=choices_of(State))
    source = models.TextField(help_text="form, import:N, cli, api: where the consent came from")
    consent = models.TextField(blank=True, default="", help_text="the wording they agreed to, or the importer's statement")
    measuring_wish = models.TextField(
        blank=True, default="", db_default="", help_text="what the last request also agrees to, once it is confirmed"
    )
    created_at = models.DateTimeField(db_default=Now())
    joined_at = models.DateTimeField(null=True, help_text="when they joined, as imported or confirmed")
    confirmed_at = models.DateTimeField(null=True)
    unsubscribed_at = models.DateTimeField(null=True)
    unsubscribed_how = models.TextField(blank=True, default="", help_text="one-click, page, provider, staff")
    unsubscribed_reason = models.TextField(blank=True, default="", db_default="", help_text="code, if they gave one")
    unsubscribed_comment = models.TextField(blank=True, default="", db_default="", help_text="in their own words")
    # Not a foreign key, because campaigns are in a layer above.
    unsubscribed_campaign = models.BigIntegerField(null=True)
    welcome_due = models.BooleanField(default=False, db_default=False, help_text="confirmed, not yet a recipient of the welcome")

    class Meta:
        db_table = "subscription"
        constraints: ClassVar = [models.UniqueConstraint(fields=["subscriber", "list"], name="subscription_once")]
        # With the person's id, so that the people of a list can be read in the order of every page.
        indexes: ClassVar = [
            models.Index(fields=["list", "state", "subscriber"], name="subscription_list_people"),
            models.Index(fields=["list", "subscriber"], name="subscription_welcome", condition=models.Q(welcome_due=True)),
            # The few rows whose texts may quote an address: each erasure looks through them (`consent.text_erasure`).
            models.Index(
                fields=["id"], name="subscription_quoting", condition=may_quote_address("consent", "unsubscribed_comment")
            ),
            models.Index(
                fields=["unsubscribed_campaign", "subscriber"],
                name="subscription_left_through",
                condition=models.Q(unsubscribed_campaign__isnull=False),
            ),
        ]


class ListCount(models.Model):
    """People of a list, counted by triggers of the tables that they are counted from. The sum of the rows is the number.

    Each statement adds rows, so that nobody waits for a shared row; `people.list_counts` folds them. `kind` is a state, and then
    the sum is how many subscriptions have it now; or `joined`, `left` or `bounced`, and then it is how many did in that month.
    """

    list = models.ForeignKey(MailingList, on_delete=models.CASCADE, db_index=False, db_constraint=False)
    kind = models.TextField()
    month = models.DateField(null=True, help_text="its first day, in the publication's zone; NULL: a state")
    origin = models.TextField(
        blank=True, default="", help_text="of a month: source of the consent, way of leaving, cause of the bounce"
    )
    people = models.BigIntegerField()

    class Meta:
        db_table = "list_count"
        indexes: ClassVar = [models.Index(fields=["list", "kind"], name="list_count_list")]


class Suppression(models.Model):
    """An address that must not be mailed. Keyed by hash, so that it survives the person's erasure."""

    Reason = SuppressionReason

    class Origin(models.TextChoices):
        """Who or what made it."""

        STAFF = "staff"
        PERSON = "person"
        EVENT = "event"  # a webhook event of a mail of ours
        PROVIDER = "provider"  # found on one of the provider's lists
        IMPORT = "import"  # found in a file of another system

    address_key = models.BinaryField(max_length=16, unique=True)
    address = models.TextField(null=True, blank=True)  # noqa: DJ001 - NULL after erasure
    reason = models.TextField(choices=choices_of(Reason))
    detail = models.TextField(blank=True, default="")
    cause = models.TextField(blank=True, default="", db_default="", help_text="of a bounce, as in docs/bounces.md")
    evidence_at = models.DateTimeField(null=True, help_text="time of the event that decided; NULL: not by an event")
    origin = models.TextField(
        choices=Origin.choices, blank=True, default="", db_default="", help_text="empty: made by an older version"
    )
    expires_at = models.DateTimeField(null=True, help_text="then it ends by itself; NULL: never")
    actor = models.ForeignKey(
        Actor, null=True, on_delete=models.PROTECT, db_index=False, help_text="the staff who decided; NULL: nobody of staff"
    )
    created_at = models.DateTimeField(db_default=Now())
    # Separate from the reason, which a later bounce may replace.
    erased_at = models.DateTimeField(null=True, help_text="when the person was erased; only their own consent empties it")

    class Meta:
        db_table = "suppression"
        permissions: ClassVar = [("lift_on_request", "Can lift what a person decided, if they ask for it")]
        indexes: ClassVar = [
            models.Index(fields=["expires_at"], name="suppression_expiring", condition=models.Q(expires_at__isnull=False))
        ]


class SuppressedDomains(models.QuerySet["SuppressedDomain"]):
    def in_effect(self, moment: datetime) -> Self:
        """The domains whose suppression has not expired at this moment."""
        return self.filter(models.Q(expires_at=None) | models.Q(expires_at__gt=moment))


class SuppressedDomain(models.Model):
    """A domain to which nothing is mailed. Known here only: providers suppress addresses."""

    domain = models.TextField(unique=True, help_text="as A-labels, lower case")
    detail = models.TextField(blank=True, default="")
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT)
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField(null=True, help_text="then it ends by itself; NULL: never")

    objects = SuppressedDomains.as_manager()

    class Meta:
        db_table = "suppressed_domain"

    def __str__(self) -> str:
        return self.domain


class SuppressionLift(models.Model):
    """Records that somebody lifted a suppression: events from before do not suppress the address again."""

    address_key = models.BinaryField(max_length=16)
    reason = models.TextField(choices=choices_of(Suppression.Reason))
    at = models.DateTimeField()
    detail = models.TextField(blank=True, default="", db_default="", help_text="why staff lifted it, in their words")
    actor = models.ForeignKey(
        Actor, null=True, on_delete=models.PROTECT, db_index=False,
        help_text="the staff who lifted the suppression with this reason; NULL: nobody of staff, or another reason was lifted",
    )  # fmt: skip

    class Meta:
        db_table = "suppression_lift"
        constraints: ClassVar = [models.UniqueConstraint(fields=["address_key", "reason"], name="suppression_lift_once")]
        indexes: ClassVar = [
            models.Index(fields=["at", "id"], condition=models.Q(actor__isnull=False), name="suppression_lift_staff")
        ]


class ConsentWording(models.Model):
    """A text that people agreed to, word for word. Rows never change: another wording is another row."""

    text = models.TextField()
    language = models.TextField(blank=True, default="", help_text="BCP 47")
    digest = models.BinaryField(max_length=16, unique=True, help_text="BLAKE2b of language and text")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "consent_wording"


class ConsentRecord(models.Model):
    """One line of the consent ledger: what a person agreed to or withdrew. Append-only, and without personal data.

    Written only by `consent.ledger`. An import has its one statement with its run instead (`ImportRun.consent`).
    """

    at = models.DateTimeField()
    subscriber_id = models.BigIntegerField()  # not a foreign key: the line stays whatever becomes of the person
    # No constraint: the line stays even if a list is deleted that nobody ever joined.
    list = models.ForeignKey(MailingList, null=True, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False)
    act = models.TextField(help_text="consent.ledger.Act")
    source = models.TextField(blank=True, default="", help_text="form, embedded form, api, cli, import:N, one-click, page …")
    proof = models.TextField(help_text="consent.ledger.Proof: what showed that the address is theirs")
    wording = models.ForeignKey(ConsentWording, null=True, on_delete=models.PROTECT, db_index=False)
    detail = models.JSONField(default=dict)

    class Meta:
        db_table = "consent_record"
        indexes: ClassVar = [models.Index(fields=["subscriber_id", "id"], name="consent_record_person")]


class AddressChange(models.Model):
    """A wish to get mail at another address: the person's, which takes effect when both addresses have confirmed it, or one that
    staff entered for them (`reason`), which the new address confirms.
    """

    class State(models.TextChoices):
        OPEN = "open"
        DONE = "done"
        ENDED = "ended"  # expired, replaced by another wish, or withdrawn

    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE)
    address = models.TextField(blank=True, help_text="the new one; emptied when the change has ended")
    address_key = models.BinaryField(max_length=16)
    state = models.TextField(choices=State.choices, default=State.OPEN)
    actor = models.ForeignKey(Actor, null=True, on_delete=models.PROTECT, help_text="the staff who entered it; NULL: the person")
    reason = models.TextField(blank=True, default="", db_default="", help_text="why staff entered it")
    asked_at = models.DateTimeField()
    old_confirmed_at = models.DateTimeField(null=True)
    new_confirmed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "address_change"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["subscriber"], name="address_change_one_open", condition=models.Q(state="open"))
        ]


class FormerAddress(models.Model):
    """An address that a person had before they moved, or that their merged record had. Written by `former_addresses_sql`."""

    address_key = models.BinaryField(max_length=16, unique=True)
    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE)

    class Meta:
        db_table = "former_address"


class SignUpHour(models.Model):
    """How many requests to subscribe a list got in one hour; kept for a week to know what is usual."""

    list = models.ForeignKey(MailingList, on_delete=models.CASCADE, db_index=False)
    hour = models.DateTimeField()
    requests = models.IntegerField(default=0)

    class Meta:
        db_table = "sign_up_hour"
        constraints: ClassVar = [models.UniqueConstraint(fields=["list", "hour"], name="sign_up_hour_once")]


class NetworkCount(models.Model):
    """A count of requests by the keyed hash of a client network or an address (`request_counts`)."""

    key = models.TextField(primary_key=True)
    began_at = models.DateTimeField()
    requests = models.IntegerField()

    class Meta:
        db_table = "network_count"
        indexes: ClassVar = [models.Index(fields=["began_at"], name="network_count_began")]


class Notice(SingleSend):
    """A single mail to send: confirmation, welcome, private link, address change."""

    subscriber = models.ForeignKey(Subscriber, on_delete=models.CASCADE)
    list = models.ForeignKey(MailingList, null=True, on_delete=models.PROTECT)

    class Meta:
        db_table = "notice"
        constraints: ClassVar = [models.UniqueConstraint(fields=["purpose", "token"], name="notice_once")]
        indexes: ClassVar = [
            models.Index(fields=["id"], name="notice_open", condition=models.Q(state__in=["planned", "claimed", "in_flight"])),
            # Home and the page of lists look for confirmations that wait for staff.
            models.Index(fields=["list", "id"], name="notice_held", condition=models.Q(state="held")),
            models.Index(Lower("address"), name="notice_address"),  # an erasure looks for mails to the address
        ]
