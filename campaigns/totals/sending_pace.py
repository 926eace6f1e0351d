"""How fast a campaign is being sent, and how long that will take."""

from dataclasses import dataclass
from datetime import timedelta

from campaigns.totals import sending_pace_sql as sql

WINDOW = timedelta(seconds=30)
_SHORTEST = 2.0  # seconds; a rate over less says nothing


@dataclass(frozen=True, slots=True)
class Pace:
    """Recipients a second over the last half minute, and the time that the others need then; None while nothing is sent."""

    a_second: float
    left: timedelta | None


def of_campaign(campaign_id: int, unsent: int) -> Pace:
    """`unsent`: recipients to whom nothing was sent yet."""
    people, seconds = sql.lately(campaign_id, WINDOW.total_seconds())
    a_second = people / max(seconds, _SHORTEST)
    return Pace(a_second, timedelta(seconds=unsent / a_second) if a_second else None)
