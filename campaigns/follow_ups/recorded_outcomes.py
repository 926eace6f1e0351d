"""Conditions on people by the outcome of their mail."""

from collections.abc import Collection, Sequence
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from campaigns.measuring.click_report import keeps_names, names_kept_since
from campaigns.measuring.measured_links import INDIVIDUAL
from campaigns.models import Campaign, Delivery, Slice
from campaigns.states import GOT_STATES, UNCERTAIN_STATES
from subscribers.errors import InputError
from subscribers.models import Subscriber

# The states in which somebody has the mail, or may have it: nobody knows yet of a request under way, or never will.
GOT = frozenset({*GOT_STATES, "in_flight", *UNCERTAIN_STATES, "abandoned"})
# The states in which somebody does not have the mail and will not get it.
FAILED = frozenset({"skipped", "failed", "bounced", "dropped"})
GETS = GOT | {"planned", "claimed"}


def have_state(states: Collection[str], campaigns: Sequence[int], prefix: str = "") -> Q:
    """Whether the person's mail of one of the campaigns is in one of the states."""
    slices = Slice.objects.filter(campaign_id__in=campaigns).exclude(state="split")
    own, inherited = Q(state__in=states), Q(state__isnull=True)
    # Usually every slice was accepted. Looking for the slice of each of a million deliveries would take seconds.
    present = {*slices.values_list("state", flat=True).distinct()}
    if not present.intersection(states):
        return is_among(Delivery.objects.filter(own, campaign_id__in=campaigns), prefix)
    if not present.issubset(states):
        inherited = inherited & Q(Exists(
            slices.filter(
                campaign_id=OuterRef("campaign_id"), number=OuterRef("slice"), state__in=states,
                first_subscriber_id__lte=OuterRef("subscriber_id"), last_subscriber_id__gte=OuterRef("subscriber_id"),
            )
        ))  # fmt: skip
    return is_among(Delivery.objects.filter(own | inherited, campaign_id__in=campaigns), prefix)


def person(prefix: str) -> str:
    return "subscriber_id" if prefix else "pk"


def is_among(rows: QuerySet[Any], prefix: str = "") -> Q:
    """Whether one of the deliveries or clicks is of the person, or of a record that was merged into theirs."""
    own = Q(Exists(rows.filter(subscriber_id=OuterRef(person(prefix)))))
    merged = Subscriber.objects.filter(merged_into__isnull=False)
    if not rows.filter(subscriber_id__in=merged.values("pk")).exists():
        return own
    kept = merged.filter(Exists(rows.filter(subscriber_id=OuterRef("pk")))).values("merged_into_id")
    # Negated, it must be two conditions joined by AND: PostgreSQL makes a join only of a NOT EXISTS that stands by itself.
    return ~(~own & ~Q(**{f"{person(prefix)}__in": kept}))


def require_recipients(campaign: Campaign) -> None:
    """Raise InputError if the records of who got the campaign were deleted."""
    if campaign.recipients and not Delivery.objects.filter(campaign_id=campaign.pk).exists():
        problem = f"nobody knows any more who got campaign {campaign.pk}: its records were deleted"
        raise InputError("campaign_gone", problem, "leave it out")


def campaigns_with_names() -> QuerySet[Campaign]:
    """The campaigns that measured who clicked, and whose clicks are still kept with names."""
    return Campaign.objects.filter(measuring=INDIVIDUAL).exclude(started_at__lt=names_kept_since())


def require_clicks(campaign: Campaign) -> None:
    """Raise InputError unless all clicks of the campaign are known with names, of people who agreed to it."""
    number = campaign.pk
    if campaign.measuring != INDIVIDUAL:
        raise InputError("campaign_unmeasured", f"campaign {number} did not measure who clicked", "name a campaign that did")
    if not keeps_names(campaign):
        problem = f"nobody knows any more who clicked in campaign {number}: its clicks are no longer kept with names"
        raise InputError("clicks_gone", problem, "leave it out")
