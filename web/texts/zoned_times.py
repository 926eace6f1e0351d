"""Times as a person reads them: in a given time zone, which is named in the reader's language."""

from datetime import datetime

from django.utils.translation import gettext as _

from campaigns.sending.schedule import LocalHour
from publication import clock


def with_zone(value: datetime, zone: str) -> str:
    """`2027-01-05 09:00 (Asia/Shanghai)`; in UTC if this machine does not have the zone."""
    return _("%(time)s (%(zone)s)") % {"time": clock.minute_in(value, zone), "zone": zone if clock.place_of(zone) else "UTC"}


def each_zone(local: LocalHour, zone: str) -> str:
    """`2027-01-05 09:00 in each recipient's own time zone, first at 2027-01-05 06:00 (Asia/Shanghai)`."""
    return _("%(hour)s in each recipient's own time zone, at the earliest %(first)s") % {
        "hour": local.hour,
        "first": with_zone(local.first, zone),
    }
