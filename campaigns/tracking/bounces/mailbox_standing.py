"""How often a mailbox refused in a row, from its events alone. Pure: the same events in any order give the same answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Bounce:
    """One bounce of an address. `campaign` is None where it cannot be told; `counts`: its cause is one of the mailbox."""

    campaign: int | None
    at: datetime
    cause: str
    counts: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """Campaigns that bounced at the mailbox since the last delivery; the cause and the time of the latest."""

    count: int
    cause: str = ""
    at: datetime | None = None


def standing(
    bounces: Iterable[Bounce], delivered: Mapping[int, datetime], lifted_at: datetime | None, period: timedelta
) -> Standing:
    """What stands against one address, given all its bounces and, by campaign, when a mail to it was last delivered.

    - A campaign counts once, by its latest mailbox bounce. Bounces of no known campaign count once a day.
    - Only the `period` before the latest mailbox bounce counts.
    - A delivery clears the bounces before it. It is none where its own campaign bounced at the same time or later: such a
      mailbox accepts a mail and returns it afterwards.
    - Times are whole seconds: a bounce at the very second of a delivery of another campaign counts.
    - A bounce from before somebody lifted a suppression of the address does not count.
    """
    latest: dict[object, Bounce] = {}
    returned: dict[int, datetime] = {}
    for bounce in bounces:
        if bounce.campaign is not None:
            returned[bounce.campaign] = max(bounce.at, returned.get(bounce.campaign, bounce.at))
        if bounce.counts:
            unit = bounce.campaign if bounce.campaign is not None else bounce.at.date()
            known = latest.get(unit)
            if known is None or (bounce.at, bounce.cause) > (known.at, known.cause):
                latest[unit] = bounce
    if not latest:
        return Standing(0)
    newest = max(latest.values(), key=lambda each: (each.at, each.cause))
    arrived = [at for campaign, at in delivered.items() if campaign not in returned or at > returned[campaign]]
    cleared = max(arrived, default=None)
    counted = [
        each
        for each in latest.values()
        if each.at > newest.at - period and (cleared is None or each.at >= cleared) and (lifted_at is None or each.at > lifted_at)
    ]
    return Standing(len(counted), newest.cause, newest.at) if counted else Standing(0)
