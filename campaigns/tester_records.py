"""Records of the people who get test mails. `campaigns.models` makes them known to Django."""

from typing import ClassVar

from django.db import models
from django.db.models.functions import Now


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
