"""The audit as a page, newest first, and as a file. Nothing here changes it."""

import json
from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect

from publication import audit, clock
from publication.audit import AuditFilter
from publication.installation import publication
from publication.models import Audit
from subscribers.importing.csv_injection import guard
from web.console.audit import audit_filters, recorded_things
from web.console.audit.recorded_things import Thing
from web.console.console_page import actor_of
from web.console.csv_download import csv_download
from web.console.people.people_filters import query_string
from web.console.settings.sections import show_settings
from web.texts.audit import recorded_values, verb_sentences
from web.texts.audit.recorded_values import ChangedField, Detail
from web.texts.people.shown_people import SEE_ADDRESSES
from web.whole_numbers import whole_number

PER_PAGE = 50
HEADINGS = ("at", "actor_kind", "actor", "verb", "sentence", "thing_kind", "thing_id", "before", "after", "detail")


class ShownLine(NamedTuple):
    """A line as the page shows it: `before` and `after` are the parts of the sentence around the thing."""

    line: Audit
    who: str
    before: str
    thing: Thing | None
    after: str
    changes: list[ChangedField]
    details: list[Detail]


class AuditGroup(NamedTuple):
    """A line, and those before it that are folded: about one thing, or several with one verb."""

    newest: ShownLine
    earlier: Sequence[ShownLine]
    is_of_one_thing: bool


def listing(request: HttpRequest) -> HttpResponse:
    read = audit_filters.read(request)
    number = whole_number(request.GET.get("before", ""))
    last = Audit.objects.filter(pk=number).first() if number is not None else None
    lines = [] if read.problems else audit.newest_lines(read.chosen, PER_PAGE + 1, last)
    zone, actors, actions = publication().zone, audit_filters.actors(request), [*audit_filters.actions()]
    return show_settings(
        request, "audit.html", 422 if read.problems else 200, read=read, is_first=last is None,
        groups=_groups(_shown(request, lines[:PER_PAGE], zone), zone),
        further=lines[PER_PAGE - 1].pk if len(lines) > PER_PAGE else None,
        query=query_string(read.given, audit_filters.NAMES),
        without_thing=query_string(read.given, audit_filters.NAMES, thing=None),
        is_filtered=any(read.given.values()), actors=actors, actions=actions,
        in_short=audit_filters.in_short(read.given, actors, actions),
    )  # fmt: skip


def _groups(lines: Sequence[ShownLine], zone: str) -> list[AuditGroup]:
    """The lines, each with those that follow it by one person, on one day in `zone`, and about one thing or of one kind."""
    groups: list[list[ShownLine]] = []
    for shown in lines:
        if groups and _belongs(shown, groups[-1], zone):
            groups[-1].append(shown)
        else:
            groups.append([shown])
    return [AuditGroup(newest, earlier, _are_of_one_thing([newest, *earlier])) for newest, *earlier in groups]


def _belongs(shown: ShownLine, group: Sequence[ShownLine], zone: str) -> bool:
    newest = group[0].line
    if (newest.actor_id, _day(newest, zone)) != (shown.line.actor_id, _day(shown.line, zone)):
        return False
    return _are_of_one_thing([*group, shown]) or {other.line.verb for other in group} == {shown.line.verb}


def _day(line: Audit, zone: str) -> date:
    return clock.in_zone(line.at, zone).date()


def _are_of_one_thing(group: Sequence[ShownLine]) -> bool:
    things = {(shown.line.object_kind, shown.line.object_id) for shown in group}
    return len(things) == 1 and bool(group[0].line.object_id)


def download(request: HttpRequest) -> HttpResponseBase:
    """The lines of a filter as CSV, streamed: only a page of them is in memory. The download itself is on record."""
    read = audit_filters.read(request)
    if read.problems:
        return redirect(f"/console/audit/?{query_string(read.given, audit_filters.NAMES)}")
    if request.method != "HEAD":
        given = {name: value for name, value in read.given.items() if value}
        audit.record(actor_of(request), "export_audit", None, filter=given)
    return csv_download("audit.csv", _rows(request, read.chosen))


def _rows(request: HttpRequest, chosen: AuditFilter) -> Iterator[list[str]]:
    zone = publication().zone
    yield list(HEADINGS)
    for lines in audit.every_line(chosen):
        for shown in _shown(request, lines, zone):
            yield [guard(cell) for cell in _cells(shown, zone)]


def _cells(shown: ShownLine, zone: str) -> list[str]:
    line = shown.line
    rest = {name: value for name, value in line.detail.items() if name not in ("before", "after")}
    sentence = f"{shown.before}{shown.thing.name if shown.thing else ''}{shown.after}"
    return [
        clock.in_zone(line.at, zone).isoformat(" ", "seconds"), line.actor.kind, shown.who, line.verb, sentence, line.object_kind,
        line.object_id, *(_stored(line.detail.get(side)) for side in ("before", "after")), _stored(rest),
    ]  # fmt: skip


def _stored(value: object) -> str:
    return "" if value in (None, {}) else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _shown(request: HttpRequest, lines: Sequence[Audit], zone: str) -> list[ShownLine]:
    things, steps = recorded_things.things_of(request.user, lines), recorded_values.budget()
    reading = recorded_values.Reading(zone, recorded_things.named_values(lines))
    return [
        ShownLine(
            line, audit_filters.shown_actor(request, line.actor), before, _masked(request, thing), after,
            recorded_values.changed_fields(line, reading, steps),
            recorded_values.details(line, reading, thing.bare if thing else ""),
        )
        for line in lines
        for thing, (before, after) in [(things.get(line.pk), verb_sentences.around_thing(line))]
    ]  # fmt: skip


def _masked(request: HttpRequest, thing: Thing | None) -> Thing | None:
    """The thing as this account sees it: the name of a file, for one, may have an address."""
    if thing is None or request.user.has_perm(SEE_ADDRESSES):
        return thing
    return thing._replace(name=str(audit.without_addresses(thing.name)))
