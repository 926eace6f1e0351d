"""Waves: the same hour of the clock in each recipient's own zone. Their moments, and when each is opened to be sent.

A wave is handed to the provider some time before its moment (policy `handover_minutes`), with that moment as `send_at`
and one handle per wave, by which recall.py takes it back until ten minutes before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from campaigns import hold_details
from campaigns.models import Campaign
from campaigns.sending import schedule, schedule_sql
from campaigns.sending import waves_sql as sql
from campaigns.states import hold_campaign
from publication import audit, clock
from subscribers.models import MailingList
from subscribers.segments.recipients import zones as zones_of

LONGEST_GAP = timedelta(days=2)  # no zone ever skipped more than a day


# -------------------------------------------------------------------------------------------------------------- moments
def exists(local: datetime, place: ZoneInfo) -> bool:
    """Whether clocks there ever show this time (naive), which is not so where they are put forward over it."""
    return local.replace(tzinfo=place).astimezone(UTC).astimezone(place).replace(tzinfo=None) == local


def moment_in(local: datetime, place: ZoneInfo) -> datetime:
    """The moment, UTC, at which clocks there show `local` (naive): of a doubled hour the first, of a skipped one its end."""
    wanted = local
    while not exists(wanted, place) and wanted - local < LONGEST_GAP:
        wanted += timedelta(minutes=1)
    return wanted.replace(tzinfo=place).astimezone(UTC)


def moments(local: datetime, zones: Iterable[str], default: str) -> dict[str, datetime]:
    """zone -> its moment, for each of `zones` that is one, and for `default`, where everybody else is counted."""
    found = {name: moment_in(local, place) for name in {*zones, default} if (place := clock.place_of(name)) is not None}
    return found or {default: local.replace(tzinfo=UTC)}


def first_moment(local: datetime, lists: Sequence[MailingList], segment_text: str | None, default: str) -> datetime:
    """When the first recipient of today's audience is to get it. Raises SegmentError."""
    return min(moments(local, zones_of(lists, segment_text), default).values())


# ----------------------------------------------------------------------------------------------------------------- fill
def plan(campaign: Campaign) -> sql.Plan | None:
    """Write the campaign's waves, one per distinct moment of its audience; None where everybody gets it at once.

    Part of the fill's transaction. Raises SegmentError.
    """
    if not campaign.local_time:
        return None
    local = datetime.fromisoformat(schedule_sql.local_of(campaign.pk))
    found = moments(local, zones_of(list(campaign.lists.all()), campaign.segment_text or None), campaign.zone)
    distinct = sorted(set(found.values()))
    sql.insert(campaign.pk, distinct)
    numbers = {zone: distinct.index(moment) + 1 for zone, moment in found.items()}
    return sql.Plan(numbers, numbers[campaign.zone])


def shut_until_due(campaign_id: int) -> None:
    """Part of the fill's transaction: only waves whose handover has come may be claimed."""
    sql.shut(campaign_id)
    sql.open_until(campaign_id, clock.now() + schedule.handover())


# ----------------------------------------------------------------------------------------------------------------- open
def open_due() -> int:
    """Open the waves whose handover has come, in campaigns that are sending; the slices opened.

    A wave later than the policy `late_hours` allows is not opened but asked, as a whole campaign would be.
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
    """Staff let the campaign go on: whatever is due by now is sent, however late. The slices opened."""
    return sql.open_until(campaign_id, clock.now())


lines = sql.list_waves
