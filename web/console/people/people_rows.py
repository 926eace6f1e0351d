"""People as rows of a table: address, name, lists with state, language, last mail, and why nothing is sent to them."""

from collections import defaultdict
from collections.abc import Sequence
from typing import NamedTuple

from django.http import HttpRequest

from campaigns.reporting import reports
from campaigns.reporting.reports import LastMail
from publication import clock
from subscribers.models import Subscriber, Subscription, Suppression
from web.texts.people.shown_people import shown_address, shown_name


class PersonRow(NamedTuple):
    """One person of a table; `suppressed`: the suppression of their address, if there is one."""

    person: Subscriber
    address: str
    name: str
    subscriptions: Sequence[Subscription]
    last: LastMail | None
    suppressed: Suppression | None
    is_paused: bool


def rows(request: HttpRequest, people: Sequence[Subscriber]) -> list[PersonRow]:
    """The rows of these people, by three statements for all of them."""
    ids, now = [person.pk for person in people], clock.now()
    subscriptions: dict[int, list[Subscription]] = defaultdict(list)
    for subscription in Subscription.objects.filter(subscriber__in=ids).select_related("list").order_by("list__name", "id"):
        subscriptions[subscription.subscriber_id].append(subscription)
    keys = [bytes(person.address_key) for person in people]
    suppressed = {bytes(row.address_key): row for row in Suppression.objects.filter(address_key__in=keys)}
    last = reports.last_mails(ids)
    return [
        PersonRow(
            person, shown_address(request.user, person.address), shown_name(request.user, person.name), subscriptions[person.pk],
            last.get(person.pk), suppressed.get(bytes(person.address_key)), person.is_paused(now),
        )
        for person in people
    ]  # fmt: skip
