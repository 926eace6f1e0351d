"""Records of what came of campaigns: links of a version that are counted, clicks, totals, outcomes by domain, questions to
readers, and links to reports. `campaigns.models` makes them known to Django.

Those of clicks have no foreign key to a campaign, a version or a subscriber: a click on an old mail still reaches its page when
these are gone.
"""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from publication.models import Actor


class MeasuredLink(models.Model):
    """One destination of one variant of a version. Its number is in the addresses of sent mails, so rows are never deleted.

    `url` is empty for the picture that counts opens.
    """

    version_id = models.BigIntegerField()
    variant = models.SmallIntegerField(help_text="number of the variant in the version")
    position = models.SmallIntegerField(help_text="in the order of the mail, from 1; the picture has 0")
    url = models.TextField(blank=True, default="")
    text = models.TextField(blank=True, default="", help_text="of the first link there; empty if that is a picture")

    class Meta:
        db_table = "measured_link"
        constraints: ClassVar = [models.UniqueConstraint(fields=["version_id", "variant", "position"], name="measured_link_once")]


class Click(models.Model):
    """A click, or an open, of a person who agreed to be measured. `reasons` are bits of `measuring.machine_reasons`."""

    campaign_id = models.BigIntegerField()
    link_id = models.BigIntegerField()
    subscriber_id = models.BigIntegerField()
    at = models.DateTimeField()
    reasons = models.SmallIntegerField(db_default=0, help_text="why it may be a machine's; 0: a person's")

    class Meta:
        db_table = "click"
        indexes: ClassVar = [
            models.Index(fields=["campaign_id", "subscriber_id"], name="click_campaign"),
            models.Index(fields=["subscriber_id", "at"], name="click_person"),
        ]


class ClickCount(models.Model):
    """Clicks, or opens, of one link of a campaign in one hour that belong to no person."""

    campaign_id = models.BigIntegerField()
    link_id = models.BigIntegerField()
    hour = models.DateTimeField(help_text="its beginning, UTC")
    reasons = models.SmallIntegerField(help_text="as in Click, of what one request alone shows")
    clicks = models.BigIntegerField()

    class Meta:
        db_table = "click_count"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["campaign_id", "link_id", "hour", "reasons"], name="click_count_once")
        ]


class ClickBatch(models.Model):
    """A file of clicks that was stored: after a crash it is not stored a second time."""

    id = models.UUIDField(primary_key=True)
    stored_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "click_batch"


class LostClicks(models.Model):
    """Clicks that could not be kept, because the disk had no room for them; their readers reached the page."""

    at = models.DateTimeField(db_default=Now())
    clicks = models.BigIntegerField()

    class Meta:
        db_table = "lost_clicks"


class SliceTotal(models.Model):
    """Deliveries of a large campaign by a state of their own. A trigger adds rows; the sum of all rows is the number."""

    campaign_id = models.BigIntegerField()
    slice = models.IntegerField(help_text="number of the slice within the campaign")
    variant = models.SmallIntegerField()
    state = models.TextField()
    detail = models.TextField(help_text="of a bounce: hard or soft; of somebody who was skipped: the reason")
    people = models.BigIntegerField()
    is_new = models.BooleanField(db_default=True, default=True, help_text="not added up with the others yet")

    class Meta:
        db_table = "slice_total"
        indexes: ClassVar = [
            models.Index(fields=["campaign_id", "slice"], name="slice_total_slice"),
            models.Index(fields=["id"], name="slice_total_new", condition=Q(is_new=True)),
        ]


class DomainOutcome(models.Model):
    """What became of a campaign's mail at one receiving domain, or as a whole (`domain` is empty). Written only by `brakes`.

    Each delivery counts once, by its furthest state; `known_*` are the numbers with which staff went on after a hold.
    """

    campaign_id = models.BigIntegerField()
    domain = models.TextField(blank=True, default="")
    delivered = models.IntegerField(default=0, help_text="complaints included: that mail had arrived")
    complained = models.IntegerField(default=0)
    answered = models.IntegerField(default=0, help_text="delivered or bounced")
    hard_bounced = models.IntegerField(default=0)
    known_delivered = models.IntegerField(default=0)
    known_complained = models.IntegerField(default=0)
    known_answered = models.IntegerField(default=0)
    known_hard_bounced = models.IntegerField(default=0)

    class Meta:
        db_table = "domain_outcome"
        constraints: ClassVar = [models.UniqueConstraint(fields=["campaign_id", "domain"], name="domain_outcome_once")]
        indexes: ClassVar = [
            # Few rows: those of most domains have neither.
            models.Index(
                fields=["campaign_id"], name="domain_outcome_bad", condition=Q(complained__gt=0) | Q(hard_bounced__gt=25)
            )
        ]


class MailQuestion(models.Model):
    """A question to the readers of one campaign. Its `key` leads from a person to their answer, while it is open."""

    campaign = models.ForeignKey("campaigns.Campaign", on_delete=models.CASCADE, related_name="questions")
    name = models.TextField(help_text="as in the issue and in the addresses of its answers")
    position = models.SmallIntegerField(help_text="in the issue, from 1")
    texts = models.JSONField(help_text="language, text and answers of each language of the issue")
    key = models.BinaryField(null=True, help_text="random; deleted when the question closes")
    closed_at = models.DateTimeField(null=True)
    in_archive = models.BooleanField(default=False, db_default=False, help_text="archives show its counts, once it is closed")

    class Meta:
        db_table = "mail_question"
        constraints: ClassVar = [models.UniqueConstraint(fields=["campaign", "name"], name="mail_question_once")]


class MailAnswer(models.Model):
    """An answer without a name. It has no number and no time, which would show the order in which people answered."""

    voter = models.UUIDField(primary_key=True, help_text="keyed hash of question and person; random once nobody may look it up")
    question = models.ForeignKey(MailQuestion, on_delete=models.CASCADE, related_name="+")
    answer = models.SmallIntegerField(help_text="its number, from 1")

    class Meta:
        db_table = "mail_answer"


class NamedAnswer(models.Model):
    """An answer of a person who agreed to be measured, of a campaign that measures individually."""

    question = models.ForeignKey(MailQuestion, on_delete=models.CASCADE, related_name="+")
    subscriber_id = models.BigIntegerField(db_index=True)
    answer = models.SmallIntegerField(help_text="its number, from 1")
    at = models.DateTimeField()

    class Meta:
        db_table = "named_answer"
        constraints: ClassVar = [models.UniqueConstraint(fields=["question", "subscriber_id"], name="named_answer_once")]


class ReportLink(models.Model):
    """A link to the numbers of one campaign, for somebody without an account. Its token is made from its id and creation."""

    campaign = models.ForeignKey("campaigns.Campaign", on_delete=models.PROTECT, related_name="report_links")
    name = models.TextField(help_text="whom it is for")
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "report_link"
