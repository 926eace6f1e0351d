"""The webhook's health: whether events that have not arrived would have arrived."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from campaigns.tracking import webhook_health_sql
from config.mail_provider import mail_provider
from publication import clock

Level = Literal["green", "idle", "red"]
USUAL = timedelta(minutes=10)  # by then the first event of an accepted attempt has arrived
LONGEST_WAITING = 60.0
LOOK_BACK = timedelta(days=2)
SHARE = 0.95


@dataclass(frozen=True, slots=True)
class Health:
    """green: accepted attempts have events; idle: nothing was accepted recently to judge by; red: events are missing."""

    level: Level
    explanation: str

    def as_dict(self) -> dict[str, str]:
        return {"level": self.level, "words": self.explanation}


def webhook_health(within: timedelta = USUAL) -> Health:
    """The webhook's health, for somebody who waits `within` for an event. Green only if all of this holds:

    - a signing key is set, without which every payload is rejected;
    - no payload or event has waited longer than a minute to be split or applied;
    - there is at least one attempt that the provider accepted (202), older than `within` but not older than two days (or
      twice `within`), and of the newest 200 of these at least 95 in a hundred have events;
    - no event received in the last `within` was later than half of `within`: the provider is not repeating undelivered
      payloads, and `within` is longer than the usual delay.
    """
    if not mail_provider().has_webhook_keys:
        return Health("red", "no signing key is set, so the provider's events are rejected")
    if waiting := webhook_health_sql.count_waiting(LONGEST_WAITING):
        return Health("red", f"payloads or events that have waited longer than {LONGEST_WAITING:.0f} s to be applied: {waiting}")
    slowest = webhook_health_sql.slowest_event(within)
    if slowest > within / 2:
        return Health("red", f"events arrive up to {spoken(slowest)} late, too late for a wait of {spoken(within)}")
    now = clock.now()
    look_back = max(LOOK_BACK, 2 * within)
    accepted, heard = webhook_health_sql.count_answered(now - look_back, now - within)
    if not accepted:
        span = f"{spoken(look_back)} and {spoken(within)} ago"
        return Health("idle", f"nothing to judge by: no attempt was accepted between {span}")
    explanation = f"recently accepted attempts, older than {spoken(within)}, that have events: {heard} of {accepted}"
    return Health("green" if heard >= SHARE * accepted else "red", explanation)


def spoken(span: timedelta) -> str:
    """`30 s`, `10 min`, `26 h`."""
    seconds = span.total_seconds()
    if seconds < 120:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.0f} h"
