"""Times as a person reads them: in a given time zone, which is named in the reader's language."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from publication import clock

_TIME = _("%(time)s (%(zone)s)")


def moment(value: datetime, zone: str) -> str:
    """`2027-01-05 09:00` in `zone`, the same in every language. Not by strftime, which writes the year 1 as "1"."""
    return clock.in_zone(value, zone).isoformat(" ", "minutes")[:16]


def with_zone(value: datetime, zone: str) -> str:
    """`2027-01-05 09:00 (Asia/Shanghai)`; in UTC if this machine does not have the zone."""
    return gettext(_TIME) % {"time": moment(value, zone), "zone": zone if clock.place_of(zone) else "UTC"}
