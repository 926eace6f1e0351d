"""Lifts suppressions in two steps: off the provider's lists first, then here.

In this order, mail that is allowed here is never dropped by the provider, and a lift that cannot be finished is visible as one
that is under way. A person's own consent does not wait: it lifts here at once, and the provider's lists follow.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import AnonymousUser, User
from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from campaigns.models import LiftRequest, ProviderListChange
from campaigns.provider_lists import list_changes
from publication import audit, clock
from publication.models import Actor
from subscribers import addresses
from subscribers.consent import suppressions
from subscribers.consent.suppressions import Unliftable
from subscribers.errors import InputError
from subscribers.models import Subscriber, Suppression
from transport.provider_lists import ProviderList

Reason = Suppression.Reason
DOUBLED = timedelta(minutes=1)  # the same lift since then was asked for by a doubled click
_FINDINGS = (ProviderList.BOUNCES, ProviderList.INVALID)


@dataclass(frozen=True, slots=True)
class Lifting:
    """A lift under way: since when, which removals are not done, and the provider's last rejection."""

    since: datetime
    waiting: list[str]
    failed: list[str]
    detail: str


def lists_of(reason: str, key: bytes) -> list[ProviderList]:
    """The lists that may hold an address which is suppressed for this reason, or for a weaker one.

    A list that stands for a stronger reason is left alone: if the address is on it, the person did something that staff have
    not seen, and the next pull brings it here. Global unsubscribes that we made ourselves are always included.
    """
    lists = list(_FINDINGS)
    rank = suppressions.RANKING.index(reason)
    if rank >= suppressions.RANKING.index(Reason.PROVIDER_UNSUBSCRIBE) or list_changes.added_at([key]):
        lists.append(ProviderList.UNSUBSCRIBES)
    if rank >= suppressions.RANKING.index(Reason.COMPLAINT):
        lists.append(ProviderList.COMPLAINTS)
    return lists


def barrier(account: User | AnonymousUser, suppression: Suppression) -> Unliftable | None:
    """Why this account cannot lift the suppression; None if it can."""
    why = suppressions.unliftable(suppression)
    on_request = why in (Unliftable.COMPLAINT, Unliftable.OWN_WISH) and account.has_perm(suppressions.LIFT_ON_REQUEST)
    return None if on_request else why


def plan_lift(actor: Actor, address: str, detail: str = "", *, on_request: bool = False) -> bool:
    """Plan the lift of `address`; False if it is not suppressed. `detail` says why, and is kept with the lift.

    Raises InputError for people who asked to be forgotten. After a complaint, and if the person themselves wants no mail
    (suppressions.Unliftable), an account of staff needs LIFT_ON_REQUEST, a reason, and the person's request (`on_request`).
    """
    key = addresses.key_of_spelling(address)
    with transaction.atomic():
        suppression = _locked(key)
        if suppression is None:
            return False
        if actor.user is not None:
            _check_account_may_lift(actor.user, suppression, is_confirmed=on_request and bool(detail))
        same = LiftRequest.objects.filter(address_key=key, reason=suppression.reason, actor=actor, detail=detail)
        if same.filter(asked_at__gt=clock.now() - DOUBLED).exists():
            return True
        wish = {"reason": suppression.reason, "actor": actor, "asked_at": clock.now(), "detail": detail}
        LiftRequest.objects.update_or_create(address_key=key, defaults=wish)
        audit.record(actor, "plan_lift", suppression, reason=suppression.reason, on_request=on_request)
        known = Subscriber.objects.filter(address_key=key, address__isnull=False).exists()
        lists = lists_of(suppression.reason, key)
        list_changes.plan_removals(actor, [(which, key, "" if known else address.strip()) for which in lists])
    return True


def _locked(key: bytes) -> Suppression | None:
    """The suppression of this address; of two requests at once the second one waits. Raises InputError."""
    return suppressions.check_liftable(key) and Suppression.objects.select_for_update().filter(address_key=key).first()


def _check_account_may_lift(account: User, suppression: Suppression, *, is_confirmed: bool) -> None:
    if (why := barrier(account, suppression)) is not None:
        raise InputError(why, "this account cannot allow mail to this address again", "ask an admin")
    if suppressions.unliftable(suppression) is not None and not is_confirmed:
        raise InputError("unasked", "the person decided that they want no mail", "say that they asked for mail, and how")


def lift_here(actor: Actor, address: str, detail: str = "") -> bool:
    """Lift `address` here only, at once; the provider's lists stay as they are.

    Raises InputError as `plan_lift` does. Accounts cannot lift in this way what the person decided: the provider has it, too.
    """
    key = addresses.key_of_spelling(address)
    with transaction.atomic():
        if (suppression := _locked(key)) is not None and actor.user is not None:
            _check_account_may_lift(actor.user, suppression, is_confirmed=False)
        lifted = suppressions.lift(actor, key, detail=detail)
        LiftRequest.objects.filter(address_key=key).delete()
    return lifted


def withdraw(actor: Actor, address: str) -> bool:
    """Give up a lift under way, because the address is suppressed again; what was removed at the provider is pushed again."""
    key = addresses.key_of_spelling(address)
    with transaction.atomic():
        request = LiftRequest.objects.select_for_update().filter(address_key=key).first()
        if request is None:
            return False
        audit.record(actor, "withdraw_lift", request, reason=request.reason)
        LiftRequest.objects.filter(pk=request.pk).delete()
    return True


def finish(keys: Sequence[bytes] | None = None) -> int:
    """Lift here what is off the provider's lists: of these addresses, or of all; the number of requests that ended."""
    requests = LiftRequest.objects.all() if keys is None else LiftRequest.objects.filter(address_key__in=keys)
    ended = 0
    for key in list(requests.values_list("address_key", flat=True)):
        ended += _finish(bytes(key))
    return ended


def _finish(key: bytes) -> int:
    with transaction.atomic():
        request = LiftRequest.objects.select_for_update().filter(address_key=key).select_related("actor").first()
        if request is None or _open(key).exists():
            return 0
        # Only what staff saw, or less: a complaint that came meanwhile stays.
        up_to = suppressions.RANKING[: suppressions.RANKING.index(request.reason) + 1]
        with suppress(InputError), transaction.atomic():  # they may have asked to be forgotten meanwhile
            suppressions.lift(request.actor, key, only=up_to, detail=request.detail)
        LiftRequest.objects.filter(pk=request.pk).delete()
    return 1


def _open(key: bytes) -> QuerySet[ProviderListChange]:
    removals = ProviderListChange.objects.filter(address_key=key, change=list_changes.REMOVE)
    return removals.exclude(state="done")


def of_key(key: bytes) -> Lifting | None:
    """The lift of one address that is under way; None if there is none."""
    request = LiftRequest.objects.filter(address_key=key).first()
    if request is None:
        return None
    rows = list(_open(key).order_by("list"))
    return Lifting(
        request.asked_at,
        [row.list for row in rows if row.state == "planned"],
        [row.list for row in rows if row.state == "failed"],
        next((row.detail for row in rows if row.detail), ""),
    )


def is_due() -> bool:
    """Whether a lift can be finished here."""
    removals = ProviderListChange.objects.filter(address_key=OuterRef("address_key"), change=list_changes.REMOVE)
    return LiftRequest.objects.exclude(Exists(removals.exclude(state="done"))).exists()


def under_way() -> int:
    return LiftRequest.objects.count()


def follow_consent(key: bytes, reason: str, **_: object) -> None:
    """A receiver of subscribers.signals.lifted_by_consent: the lists that this consent overrides follow."""
    list_changes.plan_removals(audit.system(), [(which, key, "") for which in lists_of(reason, key)])
