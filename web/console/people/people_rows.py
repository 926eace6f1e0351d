"""People as rows of a table: address, name, lists with state, language, last mail, and why nothing is sent to them."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from django.http import HttpRequest
from django.utils.translation import gettext as _

from campaigns.reporting import reports
from campaigns.reporting.reports import LastMail
from publication import clock
from subscribers import attributes
from subscribers.attributes import Declared
from subscribers.models import Subscriber, Subscription, SuppressedDomain, Suppression
from subscribers.people.typed_text import NOTHING, TypedText
from web.texts.people import list_texts
from web.texts.people.list_texts import reader_language
from web.texts.people.shown_people import SEE_ADDRESSES, shown_address, shown_name


class PersonRow(NamedTuple):
    """One person of a table; `suppressed`: the suppression of their address, if there is one; or that of their domain.

    `details`: label and value of the attributes that the table shows, or in which the person was found.
    """

    person: Subscriber
    address: str
    name: str
    subscriptions: Sequence[Subscription]
    last: LastMail | None
    suppressed: Suppression | None
    is_of_suppressed_domain: bool
    is_paused: bool
    details: Sequence[tuple[str, str]]


def rows(request: HttpRequest, people: Sequence[Subscriber], typed: TypedText = NOTHING) -> list[PersonRow]:
    """The rows of these people, by a few statements for all of them. `typed`: what was looked for inside of words."""
    ids, now = [person.pk for person in people], clock.now()
    subscriptions: dict[int, list[Subscription]] = defaultdict(list)
    for subscription in Subscription.objects.filter(subscriber__in=ids).select_related("list").order_by("list__name", "id"):
        subscriptions[subscription.subscriber_id].append(subscription)
    keys = [bytes(person.address_key) for person in people]
    suppressed = {bytes(row.address_key): row for row in Suppression.objects.filter(address_key__in=keys)}
    in_effect = SuppressedDomain.objects.in_effect(now).filter(domain__in={person.domain for person in people})
    domains = set(in_effect.values_list("domain", flat=True))
    last, declared = reports.last_mails(ids), _declared(request)
    return [
        PersonRow(
            person, shown_address(request.user, person.address), shown_name(request.user, person.name), subscriptions[person.pk],
            last.get(person.pk), suppressed.get(bytes(person.address_key)), person.domain in domains,
            person.is_paused(now), _details(person, declared, typed),
        )
        for person in people
    ]  # fmt: skip


def details_heading(shown: Sequence[PersonRow]) -> str:
    """The heading of the details of these rows: the name of the only attribute; empty without any."""
    labels = {label for row in shown for label, _text in row.details}
    return labels.pop() if len(labels) == 1 else _("Details") if labels else ""


def columns(shown: Sequence[PersonRow]) -> frozenset[str]:
    """The columns in which one of these rows has something."""
    filled = {
        "lists": any(row.subscriptions for row in shown), "language": any(row.person.language for row in shown),
        "last": any(row.last for row in shown),
    }  # fmt: skip
    return frozenset(name for name, is_filled in filled.items() if is_filled)


def details(request: HttpRequest, person: Subscriber) -> list[tuple[str, str]]:
    """Label and value of the attributes that the table shows, which tell people of one name apart; for roles that see them."""
    return _details(person, _declared(request))


class _Shown(NamedTuple):
    """The attributes that a role sees, and the names of those that the table shows for everybody."""

    declared: Mapping[str, Declared]
    in_table: Collection[str]


def _declared(request: HttpRequest) -> _Shown:
    if not request.user.has_perm(SEE_ADDRESSES):
        return _Shown({}, ())
    in_table = attributes.in_table()
    return _Shown(in_table | attributes.declarations(), in_table)


def _details(person: Subscriber, shown: _Shown, typed: TypedText = NOTHING) -> list[tuple[str, str]]:
    language = reader_language()
    return [
        (facts.label_in(language), text)
        for name, facts in shown.declared.items()
        if (value := person.attributes.get(name)) not in (None, "", [])
        and (text := list_texts.value_text(shown.declared, name, value))
        and (name in shown.in_table or typed.is_in(text))
    ]
