"""Clicks that reports do not have: lost because no disk had room for them, or waiting in files until the database stores them."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db.models import Max, Min, Sum

from campaigns.measuring.click_spool import ENDING, FOLDER
from campaigns.measuring.measured_links import OFF
from campaigns.models import Campaign, LostClicks
from publication import clock

SOON = timedelta(minutes=1)  # a file that is younger is stored by the next rounds of the web server
ALARM = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class MissingClicks:
    """`lost` clicks, recorded between `first` and `last`; `waiting_since`: of the oldest file that is not stored."""

    lost: int
    first: datetime | None
    last: datetime | None
    waiting_since: datetime | None

    def __bool__(self) -> bool:
        return bool(self.lost or self.waiting_since)


def since(moment: datetime) -> MissingClicks:
    """Lost clicks of all campaigns since a moment, and those that wait on this machine."""
    lost = LostClicks.objects.filter(at__gte=moment).aggregate(clicks=Sum("clicks"), first=Min("at"), last=Max("at"))
    until = clock.now() - SOON
    waiting = min((at for at in _written() if at < until), default=None)
    return MissingClicks(lost["clicks"] or 0, lost["first"], lost["last"], waiting)


def lately() -> MissingClicks:
    return since(clock.now() - ALARM)


def of_campaign(campaign: Campaign) -> MissingClicks | None:
    """Those that may belong to a campaign; None if none are missing, or it counts none."""
    if campaign.started_at is None or (campaign.measuring == OFF and not campaign.opens):
        return None
    return since(campaign.started_at) or None


def _written() -> Iterator[datetime]:
    """When each file was last written to: a file that is complete is stored within seconds."""
    for path in (Path(settings.DATA_DIR) / FOLDER).glob(f"*{ENDING}"):
        try:
            yield datetime.fromtimestamp(path.stat().st_mtime, UTC)
        except FileNotFoundError:  # it was stored meanwhile
            continue
