"""Counts how often a mailbox bounced in a row, from its events alone. Pure: the order of the events does not matter."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Bounce:
    """One bounce of an address. `campaign` is None if it is not known; `counts`: its cause concerns the mailbox."""

    campaign: int | None
    at: datetime
    cause: str
    counts: bool


@dataclass(frozen=True, slots=True)
class MailboxStanding:
    """The number of campaigns that bounced at the mailbox since the last delivery; cause and time of the latest."""

    count: int
    cause: str = ""
    at: datetime | None = None


def standing(
    bounces: Iterable[Bounce], delivered: Mapping[int, datetime], lifted_at: datetime | None, period: timedelta
) -> MailboxStanding:
    """Count the bounces of one address from all its bounces and, by campaign, the time when mail to it was last delivered.

    - A campaign counts once, by its latest mailbox bounce. Bounces without a known campaign count once a day.
    - Only the `period` before the latest mailbox bounce counts.
    - A delivery clears the bounces before it, unless its own campaign bounced at the same time or later: such a mailbox
      accepts mail and returns it afterwards.
    - Times are whole seconds: a bounce in the same second as a delivery of another campaign counts.
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
        return MailboxStanding(0)
    newest = max(latest.values(), key=lambda last_bounce: (last_bounce.at, last_bounce.cause))
    arrived = [at for campaign, at in delivered.items() if campaign not in returned or at > returned[campaign]]
    cleared = max(arrived, default=None)
    counted = [
        last_bounce
        for last_bounce in latest.values()
        if last_bounce.at > newest.at - period
        and (cleared is None or last_bounce.at >= cleared)
        and (lifted_at is None or last_bounce.at > lifted_at)
    ]
    return MailboxStanding(len(counted), newest.cause, newest.at) if counted else MailboxStanding(0)
