"""Records of the organisation: publication, senders, actors, audit, sign-ins, send rate. Fields and keys, no verbs."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class Publication(models.Model):
    """The one newsletter of this installation and its policies (row 1)."""

    name = models.TextField(default="Newsletter")
    description = models.TextField(blank=True, default="", db_default="", help_text="what it is about, for readers")
    # {"zh-Hans": {"name": "…", "description": "…"}}: for the readers of other languages than its own
    texts = models.JSONField(default=dict, db_default=models.Value({}, models.JSONField()))
    organisation = models.TextField(blank=True, default="", db_default="", help_text="who publishes it, as people agree to it")
    zone = models.TextField(default="UTC", help_text="IANA zone of the staff, for times typed without one")
    language = models.TextField(default="en")
    languages = models.JSONField(default=list)
    postal_address = models.TextField(blank=True, default="")
    # {"interests": {"type": "words"}, "role": {"type": "text"}}; types: text, number, date, yesno, words (a list)
    attribute_schema = models.JSONField(default=dict)
    policies = models.JSONField(default=dict)
    theme_colours = models.JSONField(
        default=dict, db_default=models.Value({}, models.JSONField()), help_text="theme -> slot -> #rrggbb"
    )
    check_levels = models.JSONField(default=dict, help_text="code of a check -> error, warning, info or off")
    quarantined_at = models.DateTimeField(null=True, blank=True)
    quarantine_reason = models.TextField(blank=True, default="")

    class Meta:
        db_table = "publication"
        constraints: ClassVar = [models.CheckConstraint(condition=models.Q(id=1), name="publication_one_row")]
        permissions: ClassVar = [("see_settings", "Can see the settings")]

    def __str__(self) -> str:
        return self.name

    def colours_of(self, theme: str) -> dict[str, str]:
        """The chosen colours of a theme: slot -> #rrggbb, for `load_theme`."""
        colours: dict[str, str] = self.theme_colours.get(theme, {})
        return colours


class Sender(models.Model):
    """A From identity.

    The address of one that `must_confirm` has to be confirmed before the console schedules a campaign or sends a test mail with
    it. Senders from before confirmations existed need none.
    """

    class Proof(models.TextChoices):
        """How it was confirmed."""

        MAIL = "mail"  # somebody opened the link that was mailed to the address
        DOMAIN = "domain"  # the provider has authenticated its domain

    email = models.TextField(unique=True)
    name = models.TextField(blank=True, default="")
    reply_to = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(auto_now_add=True)
    is_default = models.BooleanField(default=False, db_default=False, help_text="sends confirmations and mails to staff")
    must_confirm = models.BooleanField(default=False, db_default=False)
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.TextField(choices=Proof.choices, blank=True, default="", db_default="")
    link_asked_at = models.DateTimeField(null=True, help_text="when its newest link was mailed; the link is valid from then")
    domain_asked_by = models.ForeignKey(
        "publication.Actor", null=True, on_delete=models.PROTECT, help_text="who waits for the provider's list of domains"
    )
    domain_refused_at = models.DateTimeField(null=True, help_text="when the provider's list did not have its domain")

    class Meta:
        db_table = "sender"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["is_default"], condition=models.Q(is_default=True), name="sender_one_default")
        ]

    def __str__(self) -> str:
        return f"{self.name} <{self.email}>" if self.name else self.email

    @property
    def is_blocked(self) -> bool:
        """Whether it waits for its confirmation, so that the console sends nothing from it."""
        return self.must_confirm and self.confirmed_at is None


class ProviderCheck(models.Model):
    """What the provider last said about the account and its key (row 1). Only the worker asks it."""

    asked_at = models.DateTimeField(null=True, help_text="when staff last wanted to know")
    checked_at = models.DateTimeField(null=True, help_text="when it was last asked, whatever came of it")
    answered_at = models.DateTimeField(null=True, help_text="when it last answered")
    fault = models.TextField(blank=True, default="", help_text="why there was no answer: a code")
    key_end = models.TextField(blank=True, default="", help_text="the last four characters of the key")
    permissions = models.JSONField(default=list, help_text="what the key may do, by the provider's names")
    missing = models.JSONField(default=dict, help_text="purpose -> the permissions that the key lacks for it")
    domains = models.JSONField(default=list, null=True, help_text="authenticated domains; null if the key may not read them")

    class Meta:
        db_table = "provider_check"
        constraints: ClassVar = [models.CheckConstraint(condition=models.Q(id=1), name="provider_check_one_row")]


class Actor(models.Model):
    """Who did something: a member of staff, the CLI, an API token, the system itself, a subscriber, or a guest with a link."""

    class Kind(models.TextChoices):
        STAFF = "staff"
        CLI = "cli"
        TOKEN = "token"  # noqa: S105 - a kind of actor
        SYSTEM = "system"
        SUBSCRIBER = "subscriber"
        GUEST = "guest"  # somebody without an account who has a review link

    kind = models.TextField(choices=Kind.choices)
    name = models.TextField()
    user = models.OneToOneField(settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT)

    class Meta:
        db_table = "actor"
        constraints: ClassVar = [models.UniqueConstraint(fields=["kind", "name"], name="actor_kind_name")]

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}"


class Audit(models.Model):
    """One action of an actor; append-only (a trigger rejects UPDATE and DELETE)."""

    at = models.DateTimeField()
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT, db_index=False)
    verb = models.TextField()
    object_kind = models.TextField(blank=True, default="")
    object_id = models.TextField(blank=True, default="")
    detail = models.JSONField(default=dict)

    class Meta:
        db_table = "audit"
        indexes: ClassVar = [  # each for one of the statements of audit_sql
            models.Index(fields=["at", "id"], name="audit_at"),
            models.Index(fields=["verb", "at", "id"], name="audit_verb"),
            models.Index(fields=["actor", "verb", "at", "id"], name="audit_actor"),
            models.Index(fields=["object_kind", "object_id", "at", "id"], name="audit_thing"),
        ]


class SessionEpoch(models.Model):
    """How often all sessions of an account were ended. A session is valid only in the epoch in which it began (no row: 0)."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True)
    epoch = models.IntegerField(default=0)

    class Meta:
        db_table = "session_epoch"


class TemporaryPassword(models.Model):
    """An account whose password an admin made and read out, until its owner changes it. It opens nothing once it has expired."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True)
    expires_at = models.DateTimeField()

    class Meta:
        db_table = "temporary_password"


class StaffLanguage(models.Model):
    """The language that a member of staff has chosen for pages and mails (no row: none yet)."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True)
    language = models.TextField()

    class Meta:
        db_table = "staff_language"


class MailChoice(models.Model):
    """Which mails a member of staff wants (no row: all)."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True)
    campaigns = models.BooleanField(help_text="when sending begins, ends or is on hold")

    class Meta:
        db_table = "staff_mail_choice"


class EditorTour(models.Model):
    """A member of staff who has seen the tour of the editor, or does not want it."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, primary_key=True)

    class Meta:
        db_table = "staff_editor_tour"


class SignInCount(models.Model):
    """Sign-in tries counted for one budget, by keyed hashes of account and network; only sign_in_limits_sql counts."""

    key = models.TextField(primary_key=True)
    account = models.TextField(blank=True, default="", help_text="keyed hash of the name; empty for a whole network")
    began_at = models.DateTimeField()
    tries = models.IntegerField()

    class Meta:
        db_table = "sign_in_count"
        indexes: ClassVar = [
            models.Index(fields=["account"], name="sign_in_count_account"),
            models.Index(fields=["began_at"], name="sign_in_count_began"),
        ]


class SingleSend(models.Model):
    """One mail to one address outside any campaign; it has the states of an attempt of size one (docs/delivery.md)."""

    class State(models.TextChoices):
        HELD = "held"  # waits until staff decide
        PLANNED = "planned"
        CLAIMED = "claimed"
        IN_FLIGHT = "in_flight"
        ACCEPTED = "accepted"
        UNKNOWN = "unknown"
        SKIPPED = "skipped"
        FAILED = "failed"

    purpose = models.TextField()
    token = models.TextField(help_text="with purpose the key: the same request twice is one mail")
    address = models.TextField()
    parameters = models.JSONField(default=dict, help_text="what its template needs; no HTML")
    state = models.TextField(choices=State.choices, default=State.PLANNED)
    reason = models.TextField(blank=True, default="")
    attempt = models.IntegerField(default=0)
    not_before = models.DateTimeField(null=True)
    lease_until = models.DateTimeField(null=True)
    gate_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    http_status = models.IntegerField(null=True)
    message_id = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        abstract = True


class Invitation(models.Model):
    """An address whose owner may create an account with these roles, until it is used, revoked or expired."""

    address = models.TextField(help_text="as typed; empty once it is forgotten")
    roles = models.JSONField(default=list)
    language = models.TextField(blank=True, default="")
    invited_by = models.ForeignKey(Actor, on_delete=models.PROTECT)
    created_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, help_text="when it was used or revoked")
    account = models.OneToOneField(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, help_text="made from it")

    class Meta:
        db_table = "invitation"


class StaffMail(SingleSend):
    """A single mail to staff or to a guest of a review. Its link is made when it is sent, and never stored."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.CASCADE)
    invitation = models.ForeignKey(Invitation, null=True, on_delete=models.CASCADE)

    class Meta:
        db_table = "staff_mail"
        constraints: ClassVar = [models.UniqueConstraint(fields=["purpose", "token"], name="staff_mail_once")]
        indexes: ClassVar = [
            models.Index(
                fields=["id"],
                name="staff_mail_open",
                condition=models.Q(state__in=["planned", "claimed", "in_flight"]),
            )
        ]


class SendRate(models.Model):
    """The token bucket and the concurrency shared by all workers; written only by throttle_sql."""

    name = models.TextField(primary_key=True)
    rate = models.FloatField(help_text="recipients a second")
    burst = models.FloatField()
    available = models.FloatField()
    refilled_at = models.DateTimeField()
    slots = models.IntegerField(default=64, help_text="requests under way at once, halved by each 429")

    class Meta:
        db_table = "send_rate"


class ProcessHeartbeat(models.Model):
    """When a process was last alive; a process of several kinds has a row for each. Written only by heartbeats_sql."""

    instance = models.TextField(help_text="random, because a pid is used again and may be the same in every container")
    kind = models.TextField()
    host = models.TextField()
    pid = models.IntegerField()
    version = models.TextField()
    started_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True, help_text="it ended because it was told to")

    class Meta:
        db_table = "process_heartbeat"
        constraints: ClassVar = [models.UniqueConstraint(fields=["instance", "kind"], name="process_heartbeat_once")]
