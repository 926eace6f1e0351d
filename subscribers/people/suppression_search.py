"""Finds suppressed addresses: by address, reason, cause and origin, the newest first, a page at a time."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from django.db.models import Count, F, Q

from subscribers import addresses
from subscribers.models import Suppression, SuppressionLift


class SuppressionFilter(NamedTuple):
    """Conditions that all must hold; an empty value is no condition. `text`: an address, or, with `inside`, a part of one."""

    text: str = ""
    inside: bool = False
    reason: str = ""
    cause: str = ""
    origin: str = ""


class FoundSuppressions(NamedTuple):
    """A page of suppressions. `after`: the id behind which the next page begins; None at the end."""

    suppressions: Sequence[Suppression]
    after: int | None


def page(asked: SuppressionFilter, after: int | None, size: int) -> FoundSuppressions:
    """At most `size` suppressions of a filter, behind the one with the id `after`, or from the beginning.

    An address is also recognised if only its keyed hash is stored, in any spelling.
    """
    matching = Suppression.objects.order_by("-id")
    if text := asked.text.strip():
        condition = Q(address_key=addresses.key_of_spelling(text))
        matching = matching.filter(condition | Q(address__icontains=text) if asked.inside else condition)
    for name in ("reason", "cause", "origin"):
        if value := getattr(asked, name):
            matching = matching.filter(**{name: value})
    if after is not None:
        matching = matching.filter(pk__lt=after)
    suppressions = list(matching[: size + 1])
    return FoundSuppressions(suppressions[:size], suppressions[size - 1].pk if len(suppressions) > size else None)


class ReasonCount(NamedTuple):
    """How many addresses are suppressed for a reason, and for which causes of bounces."""

    reason: str
    total: int
    causes: Mapping[str, int]


def counts() -> list[ReasonCount]:
    """The numbers by reason, the largest first."""
    rows = Suppression.objects.order_by().values_list("reason", "cause").annotate(Count("id"))
    by_reason: dict[str, dict[str, int]] = {}
    for reason, cause, number in rows:
        by_reason.setdefault(reason, {})[cause] = number
    made = [
        ReasonCount(
            reason, sum(causes.values()), {cause: causes[cause] for cause in sorted(causes, key=lambda c: -causes[c]) if cause}
        )
        for reason, causes in by_reason.items()
    ]
    return sorted(made, key=lambda count: -count.total)


def last_lift(address: str) -> SuppressionLift | None:
    """The last lift of a suppression of this address, with why in the words of staff; None if there was none."""
    lifts = SuppressionLift.objects.filter(address_key=addresses.key_of_spelling(address)).select_related("actor")
    return lifts.order_by("-at", F("actor").asc(nulls_last=True)).first()


class FoundLifts(NamedTuple):
    """A page of lifts. `after`: the id of the lift behind which the next page begins; None at the end."""

    lifts: Sequence[SuppressionLift]
    after: int | None


def lifts(after: int | None, size: int) -> FoundLifts:
    """At most `size` lifts by staff, the newest first, behind the one with the id `after`, or from the beginning.

    Of each address and reason only the last lift is kept.
    """
    matching = SuppressionLift.objects.filter(actor__isnull=False).select_related("actor").order_by("-at", "-id")
    if after is not None:
        last = SuppressionLift.objects.filter(pk=after).first()
        matching = matching.filter(Q(at__lt=last.at) | Q(at=last.at, pk__lt=last.pk)) if last else matching.none()
    rows = list(matching[: size + 1])
    return FoundLifts(rows[:size], rows[size - 1].pk if len(rows) > size else None)
