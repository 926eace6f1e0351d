"""Tester groups: named addresses, chosen by staff, that get test mails together."""

from collections.abc import Sequence

from django.db import IntegrityError, transaction

from campaigns.models import Tester, TesterGroup
from publication import audit
from publication.domain_errors import DomainError
from publication.models import Actor
from publication.staff.lost_rights import still_has
from subscribers import addresses
from subscribers.addresses import AddressError

PERMISSION = "campaigns.change_testergroup"
MOST_ADDRESSES = 20
LONGEST_NAME = 60


class TesterGroupError(DomainError):
    """A group that cannot be stored like this."""


def create(actor: Actor, name: str, given: Sequence[str]) -> TesterGroup:
    """Raises TesterGroupError."""
    typed = _checked(given)
    with transaction.atomic():
        _require_right(actor)
        group = _named(TesterGroup(), name)
        _store(group, typed)
        audit.record(actor, "create_tester_group", group, addresses=len(typed))
    return group


def change(
    actor: Actor, group_id: int, name: str, given: Sequence[str], *, seen: tuple[str, Sequence[str]] | None = None
) -> TesterGroup:  # fmt: skip
    """Give a group another name and other addresses. Raises TesterGroupError.

    `seen`: the name and the addresses that the person saw. If somebody stored other ones since, nothing is changed.
    """
    typed = _checked(given)
    with transaction.atomic():
        _require_right(actor)
        group = _find(group_id)
        stored = [*group.testers.order_by("pk").values_list("address", flat=True)]
        accepted = [(known, set(texts)) for known, texts in ((name, typed), *([seen] if seen else ()))]
        if seen and (group.name, set(stored)) not in accepted:
            raise TesterGroupError("meanwhile", stored=f"{group.name}: {', '.join(stored)}")
        group = _named(group, name)
        _store(group, typed)
        audit.record(actor, "change_tester_group", group, addresses=len(typed))
    return group


def delete(actor: Actor, group_id: int) -> None:
    """Raises TesterGroupError."""
    with transaction.atomic():
        _require_right(actor)
        group = _find(group_id)
        audit.record(actor, "delete_tester_group", group)
        group.delete()


def _require_right(actor: Actor) -> None:
    if actor.kind == Actor.Kind.STAFF and not still_has(actor, PERMISSION):
        raise TesterGroupError("permission", name=actor.name)


def _find(group_id: int) -> TesterGroup:
    group = TesterGroup.objects.select_for_update().filter(pk=group_id).first()
    if group is None:
        raise TesterGroupError("gone")
    return group


def _named(group: TesterGroup, name: str) -> TesterGroup:
    name = " ".join(name.split())
    if not name or len(name) > LONGEST_NAME or not name.isprintable():
        raise TesterGroupError("name", most=LONGEST_NAME)
    group.name = name
    try:
        with transaction.atomic():
            group.save()
    except IntegrityError:
        raise TesterGroupError("taken", group=name) from None
    return group


def _checked(given: Sequence[str]) -> list[str]:
    """The addresses, each once, as they were typed."""
    typed: dict[bytes, str] = {}
    for address in filter(None, (text.strip() for text in given)):
        try:
            typed.setdefault(addresses.validate(address).key, address)
        except AddressError as fault:
            raise TesterGroupError("address", problem=fault, address=address) from None
    if not typed:
        raise TesterGroupError("nobody")
    if len(typed) > MOST_ADDRESSES:
        raise TesterGroupError("many", most=MOST_ADDRESSES, given=len(typed))
    return [*typed.values()]


def _store(group: TesterGroup, typed: Sequence[str]) -> None:
    group.testers.exclude(address__in=typed).delete()
    stored = {*group.testers.values_list("address", flat=True)}
    Tester.objects.bulk_create(Tester(group=group, address=address) for address in typed if address not in stored)
