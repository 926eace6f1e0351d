"""The filter of the audit in the URL of its page: read, checked, and the choices of its form."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from django.http import HttpRequest
from django.utils.translation import gettext as _

from publication import audit, clock
from publication.audit import AuditFilter
from publication.installation import publication
from publication.models import Actor
from web.console.audit import recorded_things
from web.console.audit.recorded_things import OneThing
from web.texts import state_labels
from web.texts.audit import verb_sentences
from web.texts.people.shown_people import SEE_ADDRESSES
from web.typed_days import typed_day
from web.whole_numbers import whole_number

NAMES = ("actor", "what", "thing", "since", "until")
ABOUT = "about:"  # before a kind of thing, in the choice of verbs
Choice = tuple[str, str]


class AuditConditions(NamedTuple):
    """The filter of a URL, the one thing that it names, what was given, and what is wrong with it."""

    chosen: AuditFilter
    thing: OneThing | None
    given: Mapping[str, str]
    problems: list[str]


def read(request: HttpRequest) -> AuditConditions:
    """The filter that a URL names. A condition that cannot be read is a problem, never left out silently."""
    given = {name: request.GET.get(name, "")[:200] for name in NAMES}
    problems: list[str] = []
    actor = _actor(given["actor"], problems)
    verbs = _verbs(given["what"], problems)
    thing = recorded_things.one_thing(request.user, given["thing"]) if given["thing"] else None
    if given["thing"] and thing is None:
        problems.append(_("There is no such thing."))
    since, until = (typed_day(given[name], problems) for name in ("since", "until"))
    if since and until and since > until:
        problems.append(_("The first day is after the last day."))
    chosen = thing.chosen if thing else AuditFilter()
    if chosen.verbs is not None and verbs is not None:
        verbs &= frozenset(chosen.verbs)
    chosen = chosen._replace(
        actor=actor, verbs=chosen.verbs if verbs is None else verbs, since=_begin(since),
        until=_begin(until + timedelta(days=1)) if until else None,
    )  # fmt: skip
    return AuditConditions(chosen, thing, given, problems)


def _actor(given: str, problems: list[str]) -> int | None:
    number = whole_number(given) if given else None
    if given and (number is None or not Actor.objects.filter(pk=number).exists()):
        problems.append(_("Choose one of the people."))
    return number


def _verbs(given: str, problems: list[str]) -> frozenset[str] | None:
    if not given:
        return None
    kind = given.removeprefix(ABOUT)
    if kind != given and kind in verb_sentences.KINDS:
        return frozenset(verb_sentences.KINDS[kind][1])
    if given not in verb_sentences.SENTENCES:
        problems.append(_("Choose one of the actions."))
    return frozenset({given})


def _begin(day: date | None) -> datetime | None:
    """When a day begins in the zone of the publication."""
    return datetime.combine(day, time(), clock.place_of(publication().zone) or clock.place_of("UTC")) if day else None


def shown_actor(request: HttpRequest, actor: Actor) -> str:
    """The name of a person; of subscribers and of Mailroom itself what they are. The name of a guest may be an address."""
    if actor.kind in (Actor.Kind.SYSTEM, Actor.Kind.SUBSCRIBER):
        return state_labels.word(actor.kind)
    return actor.name if request.user.has_perm(SEE_ADDRESSES) else str(audit.without_addresses(actor.name))


def actors(request: HttpRequest) -> list[tuple[str, list[Choice]]]:
    """Everybody who can be in the audit, by what they are."""
    by_kind: dict[str, list[Choice]] = {}
    for actor in Actor.objects.order_by("name"):
        by_kind.setdefault(actor.kind, []).append((str(actor.pk), shown_actor(request, actor)))
    return [(state_labels.word(kind), by_kind[kind]) for kind in Actor.Kind.values if kind in by_kind]


def actions() -> Iterator[tuple[str, list[Choice]]]:
    """The sentences of all verbs, by the kind of thing that they are about; first in each everything about it."""
    for kind, (name, sentences) in verb_sentences.KINDS.items():
        everything = _("Everything about: %(kind)s") % {"kind": name}
        verbs = [(verb, str(sentence) % {"thing": "…"}) for verb, sentence in sentences.items()]
        yield str(name), [(f"{ABOUT}{kind}", everything), *verbs]


def in_short(given: Mapping[str, str], *offered: Iterable[tuple[str, list[Choice]]]) -> str:
    """The conditions in one line: `everything, Wei Chen, 2026-03-01 – …`. `offered`: the choices of the form, by kind."""
    named = {value: label for groups in offered for _kind, choices in groups for value, label in choices}
    parts = [named.get(given["what"], _("everything")), named.get(given["actor"], _("everybody"))]
    if given["since"] or given["until"]:
        parts.append(f"{given['since'] or '…'} – {given['until'] or '…'}")
    return _(", ").join(parts)
