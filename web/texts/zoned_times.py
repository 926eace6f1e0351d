"""Times as a person reads them: in a given time zone, which is named in the reader's language."""

from __future__ import annotations

from datetime import datetime

from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from publication import clock

_TIME = _("%(time)s (%(zone)s)")


def with_zone(value: datetime, zone: str) -> str:
    """`2027-01-05 09:00 (Asia/Shanghai)`; in UTC if this machine does not have the zone."""
    return gettext(_TIME) % {"time": clock.minute_in(value, zone), "zone": zone if clock.place_of(zone) else "UTC"}
