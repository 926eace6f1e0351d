"""Records of what was sent before: issues without a campaign in this database, and who got a follow-up of a campaign.
`campaigns.models` makes them known to Django.
"""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now

from editorial.models import IssueVersion
from publication.models import Actor
from subscribers.models import MailingList


class PastIssue(models.Model):
    """An issue that was sent before Mailroom was in use: the archive of its list shows it with that day."""

    version = models.ForeignKey(IssueVersion, on_delete=models.PROTECT, related_name="past")
    list = models.ForeignKey(MailingList, on_delete=models.PROTECT, related_name="past_issues")
    day = models.DateField(help_text="when it was sent, in the publication's zone")
    actor = models.ForeignKey(Actor, on_delete=models.PROTECT)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "past_issue"
        constraints: ClassVar = [models.UniqueConstraint(fields=["version", "list"], name="past_issue_once")]


class LostCampaign(models.Model):
    """A campaign that was sent, as the mark outside the database says, and whose sending a restored database does not know.

    `people` and `confirmed` map the id of a sending machine's mark to the number of people whose mail passed a gate there.
    """

    campaign_id = models.BigIntegerField(help_text="its id in the part of the database that was lost")
    campaign_created_at = models.DateTimeField(help_text="tells it from a later campaign with the same id")
    digest = models.TextField(help_text="of the issue version")
    name = models.TextField()
    subjects = models.JSONField(default=list, help_text="of all variants")
    lists = models.JSONField(default=list, help_text="short names")
    first_at = models.DateTimeField(help_text="when its first request went out")
    people = models.JSONField(default=dict)
    confirmed = models.JSONField(default=dict, help_text="`people` as an operator confirmed them when lifting the quarantine")
    repeats = models.ManyToManyField("campaigns.Campaign", help_text="may send the same issue to the same lists again")
    noted_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "lost_campaign"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["campaign_id", "campaign_created_at"], name="lost_campaign_once")
        ]

    @property
    def count(self) -> int:
        """To how many people it was sent, over all machines."""
        return sum(self.people.values())


class FollowUpRecipient(models.Model):
    """A person was chosen for a follow-up of this kind of the campaign `followed_id`: the key allows each person one."""

    pk = models.CompositePrimaryKey("followed_id", "kind", "subscriber_id")
    followed_id = models.BigIntegerField()
    kind = models.TextField(help_text="as Campaign.follow_up")
    subscriber_id = models.BigIntegerField()
    campaign_id = models.BigIntegerField(help_text="the follow-up")

    class Meta:
        db_table = "follow_up_recipient"
