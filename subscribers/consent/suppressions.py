"""Addresses that must not be mailed, and why. Only this module writes suppressions."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from django.db import transaction

from publication import audit, clock
from publication.models import Actor
from subscribers import addresses
from subscribers.consent import suppressions_sql
from subscribers.errors import InputError
from subscribers.models import SuppressedDomain, Suppression, SuppressionLift
from subscribers.signals import lifted_by_consent

Reason = Suppression.Reason

# Weakest first. What somebody decided outranks findings of the mail system, and a person's own wish what staff decided: otherwise
# staff could lift it after they suppressed the address once more. `erased` ranks low, because a new sign-up by the same person
# lifts it, and must not lift a complaint as well.
RANKING: tuple[str, ...] = (
    Reason.SOFT_BOUNCES,
    Reason.ERASED,
    Reason.INVALID,
    Reason.HARD_BOUNCE,
    Reason.MANUAL,
    Reason.PROVIDER_UNSUBSCRIBE,
    Reason.COMPLAINT,
)
# Reasons that only events cause; events and `mailroom suppression reconsider` lift them. People decided on the others.
AUTOMATIC: tuple[str, ...] = (Reason.SOFT_BOUNCES, Reason.INVALID, Reason.HARD_BOUNCE)
# Reasons that a person's own new consent lifts. Typing an address into a form does not lift a hard bounce or a complaint.
LIFTED_BY_CONSENT = (Reason.ERASED, Reason.SOFT_BOUNCES)


# Who made a suppression, by the actor; what Mailroom itself does follows from an event.
_ORIGINS: Mapping[str, str] = {
    Actor.Kind.STAFF: Suppression.Origin.STAFF,
    Actor.Kind.CLI: Suppression.Origin.STAFF,
    Actor.Kind.TOKEN: Suppression.Origin.STAFF,
    Actor.Kind.SUBSCRIBER: Suppression.Origin.PERSON,
    Actor.Kind.SYSTEM: Suppression.Origin.EVENT,
}


class Ground(NamedTuple):
    """One address to suppress, by key, and why. `at` is the time of the event behind it; None if a person decided.

    `cause` is the cause of a bounce (campaigns/tracking/bounces/bounce_classifier.py). Without `origin` the actor decides it.
    `until` is only for decisions of staff: then the suppression ends by itself.
    """

    key: bytes
    reason: str
    detail: str = ""
    address: str = ""
    cause: str = ""
    at: datetime | None = None
    origin: str = ""
    until: datetime | None = None


def suppress(actor: Actor, address: str | bytes, reason: str, detail: str = "", until: datetime | None = None) -> bool:
    """Never mail `address` (text, or its 16-byte key) again, or not before `until`. Idempotent.

    The first reason stays unless this is stronger; True when anything changed. Any text is accepted, valid address or not.
    `detail` holds no address.
    """
    if until is not None and until <= clock.now():
        raise InputError("past", "that day is over, so the suppression would end at once", "give a later day")
    key = _key(address)
    shown = "" if isinstance(address, bytes) else address.strip()
    return suppress_many(actor, [Ground(key, reason, detail, shown, until=until)]) == 1


def suppress_many(actor: Actor, grounds: Iterable[Ground]) -> int:
    """`suppress` for many in one statement, for the events of a webhook; returns how many are new or changed now.

    The id of `actor` is kept with them if it is staff.
    """
    made_by = _ORIGINS[actor.kind]
    rows = [
        (
            ground.key,
            ground.address,
            str(ground.reason),
            ground.detail,
            ground.cause,
            ground.at,
            str(ground.origin or made_by),
            ground.until,
        )
        for ground in grounds
    ]
    if not rows:
        return 0
    with transaction.atomic():
        changed = suppressions_sql.suppress(rows, RANKING, clock.now(), _id_of_staff(actor))
        if changed:
            audit.record(actor, "suppress", **{reason: changed.count(reason) for reason in sorted(set(changed))})
    return len(changed)


def lift(
    actor: Actor, address: str | bytes, *, only: Sequence[str] | None = None, by_consent: bool = False, detail: str = ""
) -> bool:
    """Allow mail to `address` again; with `only`, if its reason is one of these. True if there was something to lift.

    `detail` says why in the words of staff, and is kept with the lift, as is `actor` if it is staff.

    Events from before this moment do not suppress it again. Lifting subscribes nobody: people who left a list stay off it.
    If somebody asked to be forgotten, only their own new consent (`by_consent`) ends that. Without it the suppression gets
    the reason `erased` if `only` names its reason; otherwise InputError is raised.
    """
    with transaction.atomic():
        matching = Suppression.objects.filter(address_key=_key(address))
        if only is not None:
            matching = matching.filter(reason__in=only)
        if (suppression := matching.select_for_update().first()) is None:
            return False
        stays = _is_of_erased(suppression) and not by_consent
        if stays and (only is None or suppression.reason == Reason.ERASED):
            raise _erased_fault()
        audit.record(actor, "lift", suppression, reason=suppression.reason)
        key = bytes(suppression.address_key)
        # Lifting one finding of the mail system lifts all of them: the provider may list the address under another.
        lifted = AUTOMATIC if suppression.reason in AUTOMATIC else (suppression.reason,)
        staff = _id_of_staff(actor)
        rows = [(key, reason, staff if reason == suppression.reason else None) for reason in lifted]
        suppressions_sql.remember_lifts(rows, clock.now(), detail)
        reason = suppression.reason
        _remove([suppression], by_consent=by_consent)
        if by_consent:
            lifted_by_consent.send(Suppression, key=key, reason=reason)
    return True


def _id_of_staff(actor: Actor) -> int | None:
    return actor.pk if actor.kind in (Actor.Kind.STAFF, Actor.Kind.CLI) else None


class Unliftable(StrEnum):
    """Why staff with an account cannot lift a suppression."""

    ERASED = "erased"  # the person asked to be forgotten
    COMPLAINT = "complaint"  # the person reported a mail as spam
    OWN_WISH = "own_wish"  # the person unsubscribed at the provider, or themselves


LIFT_ON_REQUEST = "subscribers.lift_on_request"  # the permission to lift what a person decided, if they ask for it


def unliftable(suppression: Suppression) -> Unliftable | None:
    """What the person decided, if they did. Then only an admin may lift it, and only if the person asked for it.

    Nobody lifts what is ERASED.
    """
    if _is_of_erased(suppression):
        return Unliftable.ERASED
    if suppression.reason == Reason.COMPLAINT:
        return Unliftable.COMPLAINT
    if suppression.reason == Reason.PROVIDER_UNSUBSCRIBE or suppression.origin == Suppression.Origin.PERSON:
        return Unliftable.OWN_WISH
    return None


def check_liftable(address: str | bytes) -> Suppression | None:
    """The suppression of `address`, None if there is none. Raises InputError if only the person's own consent may end it."""
    suppression = Suppression.objects.filter(address_key=_key(address)).first()
    if suppression is not None and _is_of_erased(suppression):
        raise _erased_fault()
    return suppression


def end_expired(actor: Actor, *, limit: int = 1000) -> int:
    """End suppressions whose time is over; returns how many. No lift is remembered: nobody decided that it was wrong."""
    if not Suppression.objects.filter(expires_at__lte=clock.now()).exists():
        return 0
    with transaction.atomic():
        due = Suppression.objects.filter(expires_at__lte=clock.now()).select_for_update(skip_locked=True)
        ended = list(due.order_by("expires_at")[:limit])
        if ended:
            _remove(ended)
            audit.record(actor, "expire_suppressions", suppressions=[suppression.pk for suppression in ended])
    return len(ended)


def _erased_fault() -> InputError:
    return InputError(
        "erased",
        "this person asked to be forgotten; nobody else can allow mail to them",
        "they can subscribe again themselves",
    )


def _remove(ended: Sequence[Suppression], *, by_consent: bool = False) -> None:
    """Delete these; for people who asked to be forgotten keep the reason `erased`, unless they came back themselves."""
    stay = [suppression.pk for suppression in ended if _is_of_erased(suppression) and not by_consent]
    Suppression.objects.filter(pk__in=stay).update(
        reason=Reason.ERASED, detail="", cause="", evidence_at=None, expires_at=None, actor=None
    )
    Suppression.objects.filter(pk__in={suppression.pk for suppression in ended} - set(stay)).delete()


def erased(keys: Sequence[bytes]) -> list[bytes]:
    """The keys of addresses whose person asked to be forgotten and has not come back since."""
    matching = Suppression.objects.filter(address_key__in=keys)
    return [bytes(suppression.address_key) for suppression in matching if _is_of_erased(suppression)]


def said_no(key: bytes) -> bool:
    """Whether the person or staff decided against all mail to this address, even test mails; a bounce does not count."""
    return any(
        _is_of_erased(suppression) or suppression.reason not in AUTOMATIC
        for suppression in Suppression.objects.filter(address_key=key)
    )


def _is_of_erased(suppression: Suppression) -> bool:
    # An older release stored only the reason.
    return suppression.erased_at is not None or suppression.reason == Reason.ERASED


def lift_unfounded(actor: Actor, keys: Sequence[bytes], *, only: Sequence[str] = (Reason.SOFT_BOUNCES,)) -> list[bytes]:
    """Lift suppressions that events caused and no longer justify, not those by staff or the person. Returns their keys.

    Unlike `lift` it records nothing, because the same events would not suppress these addresses again.
    """
    if not set(only) <= set(AUTOMATIC):
        raise ValueError(f"{sorted(set(only) - set(AUTOMATIC))}: only {', '.join(AUTOMATIC)} are caused by events")
    if not keys:
        return []
    with transaction.atomic():
        unfounded = Suppression.objects.filter(address_key__in=keys, reason__in=only).select_for_update().order_by("address_key")
        lifted = list(unfounded.only("pk", "address_key", "reason", "erased_at"))
        if lifted:
            _remove(lifted)
            audit.record(actor, "lift_unfounded", count=len(lifted))
    return [bytes(suppression.address_key) for suppression in lifted]


def lifted_at(keys: Sequence[bytes]) -> dict[bytes, datetime]:
    """When each of these suppressions was last lifted by somebody; addresses without a lift are left out."""
    lifts = SuppressionLift.objects.filter(address_key__in=keys).order_by("at").values_list("address_key", "at")
    return {bytes(key): at for key, at in lifts}


def lifts_of(keys: Sequence[bytes]) -> dict[bytes, list[tuple[str, datetime]]]:
    """All lifts of these addresses: the reason, and when somebody lifted it last."""
    lifts: dict[bytes, list[tuple[str, datetime]]] = {}
    rows = SuppressionLift.objects.filter(address_key__in=keys).values_list("address_key", "reason", "at")
    for key, reason, at in rows:
        lifts.setdefault(bytes(key), []).append((reason, at))
    return lifts


def is_suppressed(address: str | bytes) -> bool:
    return reason_for(address) is not None


def reason_for(address: str | bytes) -> str | None:
    """Why `address` (text, or its key) must not be mailed; None if it may be."""
    return Suppression.objects.filter(address_key=_key(address)).values_list("reason", flat=True).first()


def is_domain_suppressed(domain: str) -> bool:
    """Whether nothing is mailed to this domain, as A-labels in lower case."""
    return SuppressedDomain.objects.in_effect(clock.now()).filter(domain=domain).exists()


def may_be_asked(address: addresses.Address) -> bool:
    """Whether a confirmation may be mailed to this address: not suppressed, or only for a reason that consent lifts.

    Takes the same queries in every case.
    """
    return standing(address)[0]


def standing(address: addresses.Address) -> tuple[bool, str | None]:
    """`may_be_asked`, and the reason of the address's suppression, if there is one."""
    reason, of_domain = reason_for(address.key), is_domain_suppressed(address.domain)
    return not of_domain and reason in (None, *LIFTED_BY_CONSENT), reason


def forget_address(key: bytes, *, erased: bool = True) -> None:
    """Part of an erasure or a merge: keep the suppression by its key, without the address, also where a text quotes it."""
    forget_addresses([key], erased=erased)


def forget_addresses(keys: Sequence[bytes], *, erased: bool = True) -> None:
    """`forget_address` for many."""
    forgotten = Suppression.objects.filter(address_key__in=keys)
    for suppression in forgotten.filter(detail__contains="@"):
        Suppression.objects.filter(pk=suppression.pk).update(detail=addresses.masked(suppression.detail))
    if erased:
        forgotten.exclude(reason__in=AUTOMATIC).update(detail="")  # what staff wrote about the person
    forgotten.update(address=None, **({"erased_at": clock.now()} if erased else {}))
    SuppressionLift.objects.filter(address_key__in=keys).exclude(detail="").update(detail="")


def _key(address: str | bytes) -> bytes:
    return address if isinstance(address, bytes) else addresses.key_of_spelling(address)
