"""Records of test mails and of the people who get them. `campaigns.models` makes them known to Django."""

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from editorial.models import IssueVersion
from publication.models import Sender, SingleSend


class TesterGroup(models.Model):
    """A named group of addresses, chosen by staff, that get test mails together."""

    __test__ = False  # not a test class

    name = models.TextField(unique=True)
    created_at = models.DateTimeField(db_default=Now())

    class Meta:
        db_table = "tester_group"


class Tester(models.Model):
    """One address of a group."""

    __test__ = False

    group = models.ForeignKey(TesterGroup, on_delete=models.CASCADE, related_name="testers", db_index=False)
    address = models.TextField(help_text="as staff typed it")

    class Meta:
        db_table = "tester"
        constraints: ClassVar = [models.UniqueConstraint(fields=["group", "address"], name="tester_once")]


class TestSend(SingleSend):
    """A test mail or a probe to one address; counts in no report."""

    __test__ = False

    version = models.ForeignKey(IssueVersion, on_delete=models.PROTECT)
    sender = models.ForeignKey(Sender, on_delete=models.PROTECT)
    campaign = models.ForeignKey("campaigns.Campaign", null=True, on_delete=models.PROTECT)
    variant = models.SmallIntegerField(db_default=0, help_text="of the version")

    class Meta:
        db_table = "test_send"
        constraints: ClassVar = [models.UniqueConstraint(fields=["purpose", "token"], name="test_send_once")]
        indexes: ClassVar = [
            models.Index(fields=["id"], name="test_send_open", condition=Q(state__in=["planned", "claimed", "in_flight"]))
        ]
