"""How often the issues of a newsletter come, from the days on which they came."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum
from itertools import pairwise
from statistics import median

_COUNTED = 7  # issues; earlier ones do not tell how often they come today
_FEWEST = 3


class Rhythm(StrEnum):
    DAILY = "daily"
    WEEKLY = "weekly"
    FORTNIGHTLY = "fortnightly"
    MONTHLY = "monthly"
    QUARTERLY = "quarterly"


# From and up to so many days between two issues.
_DAYS = {
    Rhythm.DAILY: (1, 2), Rhythm.WEEKLY: (5, 9), Rhythm.FORTNIGHTLY: (12, 17), Rhythm.MONTHLY: (24, 37),
    Rhythm.QUARTERLY: (80, 104),
}  # fmt: skip


def rhythm_of(days: Iterable[date], today: date) -> Rhythm | None:
    """Returns how often issues come; None if there are too few, if they come irregularly, or if they no longer come."""
    newest_first = sorted(set(days), reverse=True)[:_COUNTED]
    if len(newest_first) < _FEWEST:
        return None
    gaps = [(later - earlier).days for later, earlier in pairwise(newest_first)]
    if (today - newest_first[0]).days > 2.5 * median(gaps):
        return None
    for rhythm, (least, most) in _DAYS.items():
        if least <= median(gaps) <= most and 2 * sum(least <= gap <= most for gap in gaps) > len(gaps):
            return rhythm
    return None
