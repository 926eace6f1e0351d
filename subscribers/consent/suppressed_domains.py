"""Domains to which nothing is mailed. Known here only: the provider's lists hold addresses, so it never learns of them."""

import re
from collections.abc import Sequence
from datetime import datetime

from django.db import IntegrityError, transaction

from publication import audit, clock
from publication.models import Actor
from subscribers import addresses
from subscribers.errors import InputError
from subscribers.models import SuppressedDomain

_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
_DOMAIN = re.compile(rf"(?:{_LABEL}\.)+{_LABEL}")
LONGEST = 253


def suppress_domain(actor: Actor, domain: str, detail: str = "", until: datetime | None = None) -> bool:
    """Mail nothing to addresses at exactly this domain, or not before `until`. True if anything changed.

    Repeated, it changes text and end. Raises InputError.
    """
    name = normalise(domain)
    if until is not None and until <= clock.now():
        raise InputError("past", "that day is over, so the suppression would end at once", "give a later day")
    with transaction.atomic():
        known = SuppressedDomain.objects.select_for_update().filter(domain=name)
        if (suppressed_domain := known.first()) is not None:
            changes = {"detail": detail or suppressed_domain.detail, "expires_at": until}
            if (suppressed_domain.detail, suppressed_domain.expires_at) == (changes["detail"], until):
                return False
            known.update(**changes)
        else:
            try:
                with transaction.atomic():
                    suppressed_domain = SuppressedDomain.objects.create(
                        domain=name, detail=detail, expires_at=until, actor=actor, created_at=clock.now()
                    )
            except IntegrityError:
                return False  # somebody else added it at the same moment
        audit.record(actor, "suppress_domain", suppressed_domain, domain=name)
    return True


def lift_domain(actor: Actor, domain: str) -> bool:
    """Allow mail to this domain again; False if it was not suppressed. Raises InputError."""
    name = normalise(domain)
    with transaction.atomic():
        suppressed_domain = SuppressedDomain.objects.select_for_update().filter(domain=name).first()
        if suppressed_domain is None:
            return False
        audit.record(actor, "lift_domain", suppressed_domain, domain=name)
        SuppressedDomain.objects.filter(pk=suppressed_domain.pk).delete()
    return True


def suppressed_domains() -> Sequence[SuppressedDomain]:
    """The suppressed domains that are in effect, by name."""
    return list(SuppressedDomain.objects.in_effect(clock.now()).order_by("domain"))


def names() -> list[str]:
    """The names of the suppressed domains that are in effect."""
    return list(SuppressedDomain.objects.in_effect(clock.now()).order_by("domain").values_list("domain", flat=True))


def of_address(address: str) -> SuppressedDomain | None:
    """The suppressed domain of an address, in any spelling; None if mail to its domain is allowed."""
    return of_domain(addresses.normalise(address).rpartition("@")[2])


def of_domain(domain: str) -> SuppressedDomain | None:
    """The suppressed domain with this name, as people have it, and who suppressed it; None if mail to it is allowed."""
    return SuppressedDomain.objects.in_effect(clock.now()).filter(domain=domain).select_related("actor").first()


def end_expired(actor: Actor) -> int:
    """Remove domains whose time is over; returns how many."""
    due = SuppressedDomain.objects.filter(expires_at__lte=clock.now())
    if not due.exists():
        return 0
    with transaction.atomic():
        ended = list(due.select_for_update(skip_locked=True))
        if ended:
            audit.record(actor, "expire_domains", domains=[domain.domain for domain in ended])
            SuppressedDomain.objects.filter(pk__in=[domain.pk for domain in ended]).delete()
    return len(ended)


def normalise(text: str) -> str:
    """The domain as lower-case A-labels, as it is stored with subscribers; `@example.org` is accepted. Raises InputError."""
    plain = text.strip().removeprefix("@").removesuffix(".")
    if "@" in plain:
        raise InputError("domain", f"“{text.strip()}” is an address, not a domain", "write only the part after the @")
    domain = addresses.normalise(f"x@{plain}").rpartition("@")[2]
    if len(domain) > LONGEST or not _DOMAIN.fullmatch(domain):
        raise InputError("domain", f"“{text.strip()}” is not a domain", "write it as example.org")
    return domain
