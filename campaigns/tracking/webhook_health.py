"""Whether an event that did not come would have come: the one place that judges the webhook."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from campaigns.tracking import webhook_health_sql
from config.mail_provider import mail_provider
from publication import clock

Level = Literal["green", "idle", "red"]
USUAL = timedelta(minutes=10)  # by then the first event of an accepted attempt is here
LONGEST_WAITING = 60.0
LOOK_BACK = timedelta(days=2)
SHARE = 0.95


@dataclass(frozen=True, slots=True)
class Health:
    """green: what is accepted is heard of; idle: nothing was accepted of late to judge by; red: events are missing."""

    level: Level
    words: str


def webhook_health(within: timedelta = USUAL) -> Health:
    """The webhook's health, for somebody who waits `within` for an event. Green only if all of this holds:

    - a signing key is set, without which every payload is refused;
    - nothing that came has waited for longer than a minute to be split or applied;
    - of the newest 200 attempts that the provider accepted (202), older than `within` and of the last two days (or twice
      `within`), at least one, and 95 in a hundred, have events;
    - no event that came in the last `within` was later than half of it: the provider is not repeating what it could not
      deliver, and `within` is longer than the usual delay.
    """
    if not mail_provider().has_webhook_keys:
        return Health("red", "no signing key is set: the provider's events are refused")
    if waiting := webhook_health_sql.count_waiting(LONGEST_WAITING):
        return Health("red", f"{waiting} payloads or events have waited for over {LONGEST_WAITING:.0f} s to be applied")
    slowest = webhook_health_sql.slowest_event(within)
    if slowest > within / 2:
        return Health("red", f"events come up to {spoken(slowest)} late: too late for a wait of {spoken(within)}")
    now = clock.now()
    accepted, heard = webhook_health_sql.count_answered(now - max(LOOK_BACK, 2 * within), now - within)
    if not accepted:
        return Health("idle", f"no attempt accepted more than {spoken(within)} ago, in two days, to judge by")
    words = f"{heard} of the newest {accepted} accepted attempts older than {spoken(within)} have events"
    return Health("green" if heard >= SHARE * accepted else "red", words)


def spoken(span: timedelta) -> str:
    """`30 s`, `10 min`, `26 h`."""
    seconds = span.total_seconds()
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.0f} h"
