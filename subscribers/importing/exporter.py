"""Exports subscribers to CSV, streamed from the database; the importer can read the file."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from typing import Any, TextIO

from django.db.models import DateTimeField, F, FilteredRelation, Q, QuerySet, Value

from publication import audit, clock
from publication.installation import publication
from publication.models import Actor
from subscribers import attributes
from subscribers.importing.csv_injection import guard
from subscribers.models import MailingList, Subscriber

_CHUNK = 2000


def export(
    actor: Actor,
    stream: TextIO,
    list: MailingList | None = None,
    *,
    people: QuerySet[Subscriber] | None = None,
    guard_formulas: bool = True,
) -> int:
    """Write everyone on `list` (with their `state` there), or `people`, or all; returns the number of rows.

    Columns: email, name, language, country, joined, the attributes of the schema, state. `joined` and `state` are empty
    without a list. Cells that a spreadsheet would treat as formulas get an apostrophe in front unless `guard_formulas` is
    off; the importer removes it. Erased people are left out. Open `stream` with newline="".
    """
    schema = attributes.schema()
    writer = csv.writer(stream)
    writer.writerow(["email", "name", "language", "country", "joined", *schema, "state"])
    count = 0
    for row in _rows(list, people, schema):
        count += 1
        writer.writerow([guard(cell) for cell in row] if guard_formulas else row)
    audit.record(actor, "export", list, rows=count)
    return count


def _rows(list: MailingList | None, people: QuerySet[Subscriber] | None, schema: Iterable[str]) -> Iterator[Iterable[str]]:
    found: QuerySet[Any] = (Subscriber.objects.all() if people is None else people).filter(erased_at=None)
    if list is None:
        found = found.annotate(at=Value(None, output_field=DateTimeField()), state=Value(""))
    else:
        standing = FilteredRelation("subscription", condition=Q(subscription__list=list))
        found = found.annotate(standing=standing).filter(standing__list=list)
        found = found.annotate(at=F("standing__joined_at"), state=F("standing__state"))
    zone = publication().zone  # the importer reads days in this zone
    fields = found.values_list("address", "name", "language", "country", "at", "attributes", "state").order_by("id")
    for address, name, language, country, at, noted, state in fields.iterator(chunk_size=_CHUNK):
        joined = f"{clock.in_zone(at, zone):%Y-%m-%d}" if at else ""
        cells = ("" if (value := noted.get(each)) is None else attributes.as_text(value) for each in schema)
        yield [address, name, language, country, joined, *cells, state]
