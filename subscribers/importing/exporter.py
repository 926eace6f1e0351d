"""Exports subscribers to CSV, streamed from the database; the importer can read the file."""

import csv
from collections.abc import Iterable, Iterator
from typing import Any, TextIO

from django.db import models
from django.db.models.functions import Coalesce

from publication import audit, clock
from publication.installation import publication
from publication.models import Actor
from subscribers import attributes
from subscribers.importing.csv_injection import guard
from subscribers.models import MailingList, Subscriber, Subscription, SuppressedDomain, Suppression

_CHUNK = 2000
STATE_COLUMNS = ("state", "state_at", "suppression", "suppression_at")


def export(
    actor: Actor,
    stream: TextIO,
    mailing_list: MailingList | None = None,
    *,
    people: models.QuerySet[Subscriber] | None = None,
    guard_formulas: bool = True,
) -> int:
    """Write everyone on `list` (with their state there), or `people`, or all; returns the number of rows.

    Columns: email, name, language, country, joined, the attributes of the schema, state and since when it ended, and why and
    since when the address is suppressed. What is of the list is empty without one.
    Cells that a spreadsheet would treat as formulas get an apostrophe in front unless `guard_formulas` is
    off; the importer removes it. Erased people are left out. Open `stream` with newline="".
    """
    schema = attributes.schema()
    writer = csv.writer(stream)
    writer.writerow(["email", "name", "language", "country", "joined", *schema, *STATE_COLUMNS])
    count = 0
    for row in _rows(mailing_list, people, schema):
        count += 1
        writer.writerow([guard(cell) for cell in row] if guard_formulas else row)
    audit.record(actor, "export", mailing_list, rows=count)
    return count


def _rows(
    mailing_list: MailingList | None, people: models.QuerySet[Subscriber] | None, schema: Iterable[str]
) -> Iterator[Iterable[str]]:
    exported: models.QuerySet[Any] = (Subscriber.objects.all() if people is None else people).filter(
        erased_at=None, address__isnull=False
    )
    if mailing_list is None:
        nothing = models.Value(None, output_field=models.DateTimeField())
        exported = exported.annotate(at=nothing, state=models.Value(""), left_at=nothing)
    else:
        standing = models.FilteredRelation("subscription", condition=models.Q(subscription__list=mailing_list))
        exported = exported.annotate(standing=standing).filter(standing__list=mailing_list)
        exported = exported.annotate(
            at=models.F("standing__joined_at"), state=models.F("standing__state"), left_at=models.F("standing__unsubscribed_at")
        )
    suppression = Suppression.objects.filter(address_key=models.OuterRef("address_key"))
    domain = SuppressedDomain.objects.in_effect(clock.now()).filter(domain=models.OuterRef("domain"))
    exported = exported.annotate(
        suppression=Coalesce(
            models.Subquery(suppression.values("reason")[:1]),
            models.Case(models.When(models.Exists(domain), then=models.Value("domain"))),
            output_field=models.TextField(),
        ),
        suppressed_at=Coalesce(
            models.Subquery(suppression.values(since=Coalesce("evidence_at", "created_at"))[:1]),
            models.Subquery(domain.values("created_at")[:1]),
        ),
    )
    zone = publication().zone  # the importer reads days in this zone
    fields = exported.values_list(
        "address", "name", "language", "country", "at", "attributes", "state", "left_at", "suppression", "suppressed_at"
    )  # fmt: skip
    for address, name, language, country, at, noted, state, left_at, reason, since in fields.order_by("id").iterator(_CHUNK):
        joined = f"{clock.in_zone(at, zone):%Y-%m-%d}" if at else ""
        cells = ("" if (value := noted.get(attribute)) is None else attributes.as_text(value) for attribute in schema)
        ended = left_at.isoformat() if left_at and state == Subscription.State.UNSUBSCRIBED else ""
        yield [
            address, name, language, country, joined, *cells, state, ended, reason or "", since.isoformat() if since else "",
        ]  # fmt: skip
