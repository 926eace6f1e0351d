"""Suppressions as rows of a table: address, why, since when, at the provider, whose address it is."""

from collections.abc import Sequence
from typing import NamedTuple

from django.http import HttpRequest
from django.utils.translation import gettext as _

from campaigns.models import LiftRequest
from campaigns.provider_lists import lifting, list_changes
from publication.models import Actor
from subscribers import addresses
from subscribers.models import Subscriber, Suppression, SuppressionLift
from web.texts.people import suppression_texts
from web.texts.people.shown_people import shown_address


class SuppressionRow(NamedTuple):
    """One suppressed address. `lists`: the provider's lists that have it; `is_liftable`: by the account that asks."""

    suppression: Suppression
    address: str
    is_stored: bool
    person: Subscriber | None
    detail: str
    origin: str
    lists: Sequence[str]
    is_being_lifted: bool
    is_liftable: bool


def rows(request: HttpRequest, suppressions: Sequence[Suppression]) -> list[SuppressionRow]:
    """The rows of these suppressions, by five statements for all of them."""
    keys = [bytes(suppression.address_key) for suppression in suppressions]
    people = {bytes(person.address_key): person for person in Subscriber.objects.filter(address_key__in=keys, erased_at=None)}
    lists = list_changes.lists_of(keys)
    lifted = {bytes(key) for key in LiftRequest.objects.filter(address_key__in=keys).values_list("address_key", flat=True)}
    actors = Actor.objects.filter(kind=Actor.Kind.STAFF).in_bulk({row.actor_id for row in suppressions if row.actor_id})
    return [_row(request, row, people, lists, lifted, actors.get(row.actor_id or 0)) for row in suppressions]


def _row(
    request: HttpRequest,
    suppression: Suppression,
    people: dict[bytes, Subscriber],
    lists: dict[bytes, list[str]],
    lifted: set[bytes],
    actor: Actor | None,
) -> SuppressionRow:
    key = bytes(suppression.address_key)
    person = people.get(key)
    address = suppression.address or (person.address if person else "")
    if address:
        shown = shown_address(request.user, address)
    else:
        shown = _("erased person") if suppression.erased_at else _("address not stored")
    return SuppressionRow(
        suppression, shown, bool(address), person, addresses.masked(suppression.detail),
        suppression_texts.origin(suppression.origin, actor.name if actor else ""),
        [str(suppression_texts.LISTS.get(which, which)) for which in lists.get(key, [])],
        key in lifted, lifting.barrier(request.user, suppression) is None,
    )  # fmt: skip


class LiftedRow(NamedTuple):
    """One suppression that staff lifted. `address` is that of the person who has it now."""

    lift: SuppressionLift
    address: str
    person: Subscriber | None
    detail: str


def lifted_rows(request: HttpRequest, lifts: Sequence[SuppressionLift]) -> list[LiftedRow]:
    """The rows of these lifts, by one statement for all of them."""
    keys = [bytes(lift.address_key) for lift in lifts]
    people = {bytes(person.address_key): person for person in Subscriber.objects.filter(address_key__in=keys, erased_at=None)}
    made = []
    for lift in lifts:
        person = people.get(bytes(lift.address_key))
        address = shown_address(request.user, person.address) if person else _("address not stored")
        made.append(LiftedRow(lift, address, person, addresses.masked(lift.detail)))
    return made


def typed_reason(text: str, problems: dict[str, str]) -> str:
    """A reason as staff typed it. `problems` gets what is wrong with it: the reason is kept, so it must hold no address."""
    text = " ".join(text.split())[:500]
    if not text:
        problems["detail"] = _("Say in a few words why. Later, somebody will want to know.")
    elif not text.isprintable():
        problems["detail"] = _("Write one line, without control characters.")
    elif addresses.masked(text) != text:
        problems["detail"] = _("Leave the address out of the reason. It stays when the person's data is erased.")
    return text
