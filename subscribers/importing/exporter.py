"""Exports subscribers to CSV, streamed from the database; the importer can read the file."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from typing import Any, TextIO

from django.db.models import (
    Case,
    DateTimeField,
    Exists,
    F,
    FilteredRelation,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
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
    list: MailingList | None = None,
    *,
    people: QuerySet[Subscriber] | None = None,
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
    for row in _rows(list, people, schema):
        count += 1
        writer.writerow([guard(cell) for cell in row] if guard_formulas else row)
    audit.record(actor, "export", list, rows=count)
    return count


def _rows(list: MailingList | None, people: QuerySet[Subscriber] | None, schema: Iterable[str]) -> Iterator[Iterable[str]]:
    found: QuerySet[Any] = (Subscriber.objects.all() if people is None else people).filter(erased_at=None, address__isnull=False)
    if list is None:
        nothing = Value(None, output_field=DateTimeField())
        found = found.annotate(at=nothing, state=Value(""), left_at=nothing)
    else:
        standing = FilteredRelation("subscription", condition=Q(subscription__list=list))
        found = found.annotate(standing=standing).filter(standing__list=list)
        found = found.annotate(at=F("standing__joined_at"), state=F("standing__state"), left_at=F("standing__unsubscribed_at"))
    suppression = Suppression.objects.filter(address_key=OuterRef("address_key"))
    domain = SuppressedDomain.objects.in_effect(clock.now()).filter(domain=OuterRef("domain"))
    found = found.annotate(
        suppression=Coalesce(
            Subquery(suppression.values("reason")[:1]), Case(When(Exists(domain), then=Value("domain"))), output_field=TextField()
        ),
        suppressed_at=Coalesce(
            Subquery(suppression.values(since=Coalesce("evidence_at", "created_at"))[:1]),
            Subquery(domain.values("created_at")[:1]),
        ),
    )
    zone = publication().zone  # the importer reads days in this zone
    fields = found.values_list(
        "address", "name", "language", "country", "at", "attributes", "state", "left_at", "suppression", "suppressed_at"
    )  # fmt: skip
    for address, name, language, country, at, noted, state, left_at, reason, since in fields.order_by("id").iterator(_CHUNK):
        joined = f"{clock.in_zone(at, zone):%Y-%m-%d}" if at else ""
        cells = ("" if (value := noted.get(each)) is None else attributes.as_text(value) for each in schema)
        ended = left_at.isoformat() if left_at and state == Subscription.State.UNSUBSCRIBED else ""
        yield [
            address, name, language, country, joined, *cells, state, ended, reason or "", since.isoformat() if since else "",
        ]  # fmt: skip
