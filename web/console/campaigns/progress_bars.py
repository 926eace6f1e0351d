"""Progress bars of campaigns, and which pages reload their numbers."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import F, OuterRef, Subquery, Sum
from django.db.models.functions import Coalesce

from campaigns.models import Attempt, Campaign, Slice
from campaigns.reporting import reports
from campaigns.sending import schedule
from campaigns.states import UNCERTAIN_STATES
from publication import clock

# The parts of a bar, in order, and the states of deliveries that each counts.
PARTS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("accepted", ("accepted",)),
    ("skipped", ("skipped",)),
    ("failed", ("failed",)),
    ("abandoned", ("abandoned",)),
    ("unknown", UNCERTAIN_STATES),
    ("in_flight", ("claimed", "in_flight")),
)
WIDTH = 1000
MOVING = ("scheduled", "filling", "sending", "paused", "held")
# The provider's events arrive for a while after the last request.
AFTERGLOW = timedelta(hours=1)


@dataclass(frozen=True)
class BarPart:
    """A part of a bar of `WIDTH`: its state, the number of people, start and width."""

    state: str
    count: int
    start: int
    width: int


@dataclass(frozen=True)
class CampaignLine:
    """One campaign in the overview. `local_hour`: that of a campaign at the same hour in each recipient's zone."""

    campaign: Campaign
    parts: list[BarPart]
    percent: int
    local_hour: schedule.LocalHour | None

    @property
    def accepted(self) -> int:
        return sum(part.count for part in self.parts if part.state == "accepted")


def parts_of(counts: Mapping[str, int], total: int) -> list[BarPart]:
    """The bar of a report's states. A part that is not empty is at least 4 wide, so that it can be seen."""
    parts: list[BarPart] = []
    start = 0
    for state, members in PARTS:
        count = sum(counts.get(member, 0) for member in members)
        if count and total:
            width = min(max(4, round(count * WIDTH / total)), WIDTH - start)
            parts.append(BarPart(state, count, start, width))
            start += width
    return parts


def percent_of(counts: Mapping[str, int], total: int) -> int:
    """The share of recipients for whom nothing is left to do, rounded down: 100 only if that is everybody."""
    done = sum(counts.get(state, 0) for state in ("accepted", "skipped", "failed", "abandoned"))
    return done * 100 // total if total else 0


def lines_of(campaigns: list[Campaign], *, exact: bool = True) -> list[CampaignLine]:
    """The lines of the overview: one query by slices for all, and the exact report of campaigns with uncertain recipients.

    Not `exact`: no reports, which count every recipient. People whom the gate skipped are then not subtracted from the uncertain.
    """
    counts: dict[int, dict[str, int]] = {campaign.pk: {} for campaign in campaigns}
    in_body = Subquery(Attempt.objects.filter(pk=OuterRef("current_attempt_id")).values("size"))
    slices = Slice.objects.filter(campaign__in=campaigns).exclude(state="split").annotate(sent=Coalesce(in_body, F("count")))
    rows = slices.values("campaign_id", "state").annotate(people=Sum("count"), sent_to=Sum("sent")).order_by()
    for row in rows:
        of_campaign = counts[row["campaign_id"]]
        people = row["sent_to"] if row["state"] == "accepted" else row["people"]
        of_campaign[row["state"]] = of_campaign.get(row["state"], 0) + people
        # The gate skipped the people of an accepted slice who are not in its request.
        of_campaign["skipped"] = of_campaign.get("skipped", 0) + row["people"] - people
    hours = schedule.local_hours(counts)
    return [_line(campaign, counts[campaign.pk], hours.get(campaign.pk), exact) for campaign in campaigns]


def _line(campaign: Campaign, counts: dict[str, int], local_hour: schedule.LocalHour | None, exact: bool) -> CampaignLine:
    if exact and any(counts.get(state) for state in UNCERTAIN_STATES):
        counts = {name: value for name, value in reports.report(campaign.pk).as_dict().items() if isinstance(value, int)}
    total = campaign.recipients or 0
    return CampaignLine(campaign, parts_of(counts, total), percent_of(counts, total), local_hour)


def moves(campaign: Campaign) -> bool:
    """Whether the numbers may still change, so that the page loads them again."""
    lately = campaign.finished_at is not None and campaign.finished_at > clock.now() - AFTERGLOW
    return campaign.state in MOVING or lately
