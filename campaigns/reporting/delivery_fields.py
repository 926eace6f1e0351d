"""Fields of segments about what was sent to people, `got`, `was_to_get`, `last_delivery` and `bounce_cause`, and about what they
clicked on: `clicked` and `engaged`.
"""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from functools import cache
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from campaigns.measuring.click_report import names_kept_since
from campaigns.measuring.measured_links import INDIVIDUAL
from campaigns.measuring.named_clicks import clicks_of_people
from campaigns.models import Campaign, Delivery, Event, Slice
from campaigns.states import FACT_RANK, UNCERTAIN_STATES
from campaigns.tracking.bounces.bounce_types import BounceCause
from publication import policies
from subscribers.errors import InputError
from subscribers.models import Subscriber, Suppression
from subscribers.segments import segment_fields
from subscribers.segments.segment_fields import DAY, EQUAL, ORDERED, SegmentField, in_days
from transport.provider_events import EventKind

# The states in which somebody has the mail, or may have it: nobody knows yet of a request under way, or never will.
GOT = frozenset({*FACT_RANK, "in_flight", *UNCERTAIN_STATES, "abandoned"} - {"bounced", "dropped"})
# A delivery is reported at most so long after its campaign has ended: providers try for three days.
_LAST_REPORT = timedelta(days=7)
_NOT_DELIVERED = (EventKind.BOUNCED_HARD, EventKind.BOUNCED_SOFT, EventKind.DROPPED)
_CAMPAIGN = "the number of a campaign without quotation marks"


def fields(zone: str) -> Sequence[SegmentField]:
    """The fields, with days of `zone`."""
    is_measured = cache(_is_measured)  # looked up once, and only if a text names one of the fields
    return [
        SegmentField("got", EQUAL, int, _CAMPAIGN, _got, read=_campaign),
        SegmentField("was_to_get", EQUAL, int, _CAMPAIGN, _was_to_get, read=_campaign),
        _last_delivery(zone),
        SegmentField(
            "bounce_cause", EQUAL, str, "a cause in quotation marks", _bounced,
            lambda prefix: ~_bounced("=", [*BounceCause], prefix), _cause,
        ),
        SegmentField(
            "clicked", EQUAL, int, _CAMPAIGN, _clicked, read=_measured_campaign, scope=_measured_by, is_measured=is_measured
        ),
        _last_day(
            "engaged", zone, lambda prefix: _is_among(clicks_of_people(Q()), prefix),
            lambda prefix, operator, day: _is_among(clicks_of_people(in_days("at", operator, day, zone)), prefix),
            scope=lambda _days, prefix: Q(**{f"{prefix}measured_since__isnull": False}), is_measured=is_measured,
        ),
    ]  # fmt: skip


def _campaign(operator: str, number: int) -> int:
    """The number of a campaign whose records are complete. Raises InputError."""
    return _find_campaign(number).pk


def _find_campaign(number: int) -> Campaign:
    campaign = Campaign.objects.filter(pk=number).first() if 0 < number < 2**63 else None
    if campaign is None:
        raise InputError("campaign", f"there is no campaign {number}", "the page of a campaign shows its number")
    if campaign.recipients and not Delivery.objects.filter(campaign_id=number).exists():
        problem = f"nobody knows any more who got campaign {number}: its records were deleted"
        raise InputError("campaign_gone", problem, "leave it out")
    return campaign


def _got(operator: str, campaigns: list[int], prefix: str) -> Q:
    slices = Slice.objects.filter(campaign_id__in=campaigns).exclude(state="split")
    inherited = Q(state__isnull=True)
    # Usually every slice was accepted. Looking for the slice of each of a million deliveries would take seconds.
    if slices.exclude(state__in=GOT).exists():
        inherited = inherited & Q(Exists(
            slices.filter(
                campaign_id=OuterRef("campaign_id"), number=OuterRef("slice"), state__in=GOT,
                first_subscriber_id__lte=OuterRef("subscriber_id"), last_subscriber_id__gte=OuterRef("subscriber_id"),
            )
        ))  # fmt: skip
    return _is_among(Delivery.objects.filter(Q(state__in=GOT) | inherited, campaign_id__in=campaigns), prefix)


def _was_to_get(operator: str, campaigns: list[int], prefix: str) -> Q:
    return _is_among(Delivery.objects.filter(campaign_id__in=campaigns), prefix)


def _person(prefix: str) -> str:
    return "subscriber_id" if prefix else "pk"


def _is_among(rows: QuerySet[Any], prefix: str) -> Q:
    """Whether one of the deliveries or clicks is of the person, or of a record that was merged into theirs."""
    own = Q(Exists(rows.filter(subscriber_id=OuterRef(_person(prefix)))))
    merged = Subscriber.objects.filter(merged_into__isnull=False)
    if not rows.filter(subscriber_id__in=merged.values("pk")).exists():
        return own
    kept = merged.filter(Exists(rows.filter(subscriber_id=OuterRef("pk")))).values("merged_into_id")
    # Negated, it must be two conditions joined by AND: PostgreSQL makes a join only of a NOT EXISTS that stands by itself.
    return ~(~own & ~Q(**{f"{_person(prefix)}__in": kept}))


def _last_delivery(zone: str) -> SegmentField:
    """The day of the last mail that the provider reports as delivered."""

    def delivered(prefix: str, condition: Q) -> Q:
        return _is_among(Delivery.objects.filter(condition, delivered_at__isnull=False), prefix)

    def since(prefix: str, operator: str, day: date) -> Q:
        # Reading the tables of all campaigns would take seconds.
        over = Campaign.objects.filter(in_days("finished_at", "<", day - _LAST_REPORT, zone))
        on_day = in_days("delivered_at", operator, day, zone)
        return delivered(prefix, on_day & ~Q(campaign_id__in=list(over.values_list("pk", flat=True))))

    return _last_day("last_delivery", zone, lambda prefix: delivered(prefix, Q()), since)


def _last_day(
    name: str, zone: str, ever: Callable[[str], Q], since: Callable[[str, str, date], Q], **more: Any
) -> SegmentField:  # fmt: skip
    """The day of the last of several times. `ever`: whether a person has any. `since`: whether they have one after a day (>), or
    on it or after it (>=).
    """

    def compared(prefix: str, operator: str, day: date) -> Q:
        match operator:
            case ">" | ">=":
                return since(prefix, operator, day)
            case "=":
                return since(prefix, ">=", day) & ~since(prefix, ">", day)
        return ever(prefix) & ~since(prefix, ">=" if operator == "<" else ">", day)

    def test(operator: str, days: list[Any], prefix: str) -> Q:
        condition = compared(prefix, operator, days[0])
        for day in days[1:]:
            condition |= compared(prefix, operator, day)
        return condition

    return SegmentField(
        name, ORDERED, str, DAY, test, lambda prefix: ~ever(prefix),
        lambda operator, value: segment_fields.read_day(value, zone), **more,
    )  # fmt: skip


def _is_measured() -> bool:
    """Whether anybody's clicks are kept with their name, or were when an earlier campaign began."""
    return policies.choice("measuring") == INDIVIDUAL or Campaign.objects.filter(measuring=INDIVIDUAL).exists()


def _measured_campaign(operator: str, number: int) -> int:
    """The number of a campaign of which all clicks are known with names, of people who agreed to it. Raises InputError."""
    campaign = _find_campaign(number)
    if campaign.measuring != INDIVIDUAL:
        raise InputError("campaign_unmeasured", f"campaign {number} did not measure who clicked", "name a campaign that did")
    if campaign.started_at is not None and campaign.started_at < names_kept_since():
        problem = f"nobody knows any more who clicked in campaign {number}: its clicks are no longer kept with names"
        raise InputError("clicks_gone", problem, "leave it out")
    return number


def _clicked(operator: str, campaigns: list[int], prefix: str) -> Q:
    return _is_among(clicks_of_people(Q(campaign_id__in=campaigns)), prefix)


def _measured_by(campaigns: list[int], prefix: str) -> Q:
    """The people who got each of the campaigns and had agreed before it began that their clicks are kept with their name."""
    condition = Q(**{f"{prefix}measured_since__isnull": False})
    for number, began in Campaign.objects.filter(pk__in=campaigns).order_by("pk").values_list("pk", "started_at"):
        if began is None:
            return Q(**{f"{_person(prefix)}__in": []})
        condition &= Q(**{f"{prefix}measured_since__lte": began}) & _got("=", [number], prefix)
    return condition


def _cause(operator: str, value: str) -> str:
    if value not in {*BounceCause}:
        raise InputError("cause", f"“{value[:40]}” is not a cause of a bounce", "use one of " + ", ".join(BounceCause))
    return value


def _bounced(operator: str, causes: list[str], prefix: str) -> Q:
    """A mail to the present address bounced for one of the causes, as far as that is still known."""
    reported = Event.objects.filter(cause__in=causes, kind__in=_NOT_DELIVERED, address_key__isnull=False).values("address_key")
    suppressed = Suppression.objects.filter(cause__in=causes).values("address_key")
    return Q(**{f"{prefix}address_key__in": reported.union(suppressed)})


segment_fields.OF_CAMPAIGNS[:] = [fields]
