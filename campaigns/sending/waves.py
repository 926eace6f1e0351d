"""Waves: sending at the same local hour in each recipient's zone. Computes their moments, and opens each for sending.

A wave is handed to the provider some time before its moment (policy `handover_minutes`), with that moment as `send_at`
and one handle per wave. recall.py uses the handle to take the wave back until ten minutes before.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from django.db.models import QuerySet

from campaigns import hold_details
from campaigns.models import Campaign
from campaigns.sending import schedule, schedule_sql
from campaigns.sending import waves_sql as sql
from campaigns.states import hold_campaign
from publication import audit, clock
from subscribers.models import Subscriber
from subscribers.segments.recipients import zones as zones_of

LONGEST_GAP = timedelta(days=2)  # no zone ever skipped more than a day


# -------------------------------------------------------------------------------------------------------------- moments
def exists(local: datetime, zone_info: ZoneInfo) -> bool:
    """Whether clocks there ever show this time (naive). They do not where they are put forward past it."""
    return local.replace(tzinfo=zone_info).astimezone(UTC).astimezone(zone_info).replace(tzinfo=None) == local


def moment_in(local: datetime, zone_info: ZoneInfo) -> datetime:
    """The moment, UTC, at which clocks there show `local` (naive): the first of a repeated hour, the end of a skipped one."""
    candidate = local
    while not exists(candidate, zone_info) and candidate - local < LONGEST_GAP:
        candidate += timedelta(minutes=1)
    return candidate.replace(tzinfo=zone_info).astimezone(UTC)


def moments(local: datetime, zones: Iterable[str], default: str) -> dict[str, datetime]:
    """zone -> its moment, for each valid zone in `zones`, and for `default`, which applies to everybody else."""
    by_zone = {name: moment_in(local, zone_info) for name in {*zones, default} if (zone_info := clock.place_of(name)) is not None}
    return by_zone or {default: local.replace(tzinfo=UTC)}


def first_moment(local: datetime, people: QuerySet[Subscriber], default: str) -> datetime:
    """When the first of the people would get it."""
    return min(moments(local, zones_of(people), default).values())


# ----------------------------------------------------------------------------------------------------------------- fill
def plan(campaign: Campaign, people: QuerySet[Subscriber]) -> sql.WavePlan | None:
    """Write the campaign's waves, one per distinct moment of its people; None if everybody gets it at once.

    Part of the fill's transaction.
    """
    if not campaign.local_time:
        return None
    local = datetime.fromisoformat(schedule_sql.local_of(campaign.pk))
    by_zone = moments(local, zones_of(people), campaign.zone)
    distinct = sorted(set(by_zone.values()))
    sql.insert(campaign.pk, distinct)
    numbers = {zone: distinct.index(moment) + 1 for zone, moment in by_zone.items()}
    return sql.WavePlan(numbers, numbers[campaign.zone])


def shut_until_due(campaign_id: int) -> None:
    """Part of the fill's transaction: allow claims only in waves whose handover has come."""
    sql.shut(campaign_id)
    sql.open_until(campaign_id, clock.now() + schedule.handover())


# ----------------------------------------------------------------------------------------------------------------- open
def open_due() -> int:
    """Open the waves whose handover has come, in campaigns that are sending; the number of slices opened.

    A wave later than the policy `late_hours` allows is not opened; the campaign is put on hold, as if it had begun late.
    """
    opened = 0
    until = clock.now() + schedule.handover()
    for campaign_id, release_at in sql.due_to_open(until):
        if clock.now() - release_at > schedule.late_allowed():
            hold_campaign(audit.system(), campaign_id, "late", hold_details.text("late-wave", due=release_at))
        else:
            opened += sql.open_until(campaign_id, until)
    return opened


def open_overdue(campaign_id: int) -> int:
    """After staff resumed the campaign: open every overdue wave, however late. The number of slices opened."""
    return sql.open_until(campaign_id, clock.now())


def are_used() -> bool:
    """Whether any campaign was scheduled at an hour of each recipient's own zone."""
    return Campaign.objects.filter(local_time=True).exists()


lines = sql.list_waves
