"""Conditions of the gate for a strict campaign, and the margins within which the provider can take a request back.

Each attempt of a strict campaign has its own handle (batch id) and waits at the provider until `send_at`, so that an
unanswered attempt can be cancelled (campaigns/recovery/fencing.py). All times are of publication.clock.
"""

from datetime import datetime, timedelta

from campaigns.sending import strict_mode_sql as sql
from publication import clock

# How long the provider keeps a request after the gate, at least.
HOLD = timedelta(minutes=20)

# At most a claim's lease (30 s) lies between the handle and the gate; send_at is in whole seconds.
BEFORE_THE_GATE = timedelta(minutes=1)

# Documented: a cancel works until 10 minutes before the release.
TOO_LATE = timedelta(minutes=10)

# How much our clocks and the provider's may differ, in either direction.
SKEW = timedelta(minutes=1)

# The provider keeps about 100 cancels at once; ten are left for cancels by hand.
MOST_PLACES = 90

# When a slice that found no place is due again.
WAIT_SECONDS = 15.0

is_strict = sql.is_strict


def release_time(not_before: datetime | None = None) -> datetime:
    """`send_at` for a request whose gate comes now: at least HOLD later, in whole seconds; later for a later wave."""
    earliest = clock.now() + HOLD + BEFORE_THE_GATE
    release = max(earliest, not_before) if not_before else earliest
    return release.replace(microsecond=0) + timedelta(seconds=1 if release.microsecond else 0)


def cancel_until() -> datetime:
    """The limit for cancels: one confirmed now counts for mail that is released later than this."""
    return clock.now() + TOO_LATE + SKEW


def has_place() -> bool:
    """Whether one more strict attempt could be taken back if necessary. Only a preview; the gate decides."""
    return sql.count_places(clock.now()) < MOST_PLACES


def may_commit(campaign_id: int, send_at: datetime) -> bool:
    """Inside a gate's transaction: True if not strict, or if its release is far enough away and there is a place for it.

    Every attempt under way counts as if it had to be taken back, and strict gates count one after the other. So there are
    never more than MOST_PLACES attempts that are being taken back, uncertain or under way.
    """
    if not sql.is_strict(campaign_id):
        return True
    now = clock.now()
    if send_at - now < HOLD:
        return False
    sql.lock_places()
    return sql.count_places(now) < MOST_PLACES
