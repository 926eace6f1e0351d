"""Times as a person reads them: in a given time zone, which is named in the reader's language."""

from collections.abc import Mapping
from datetime import datetime

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from campaigns.sending.schedule import LocalHour
from publication import clock

# Zones that a language has an ordinary name for.
_NAMES: Mapping[str, Promise] = {"Asia/Shanghai": gettext_lazy("Asia/Shanghai")}


def with_zone(value: datetime, zone: str) -> str:
    """`2027-01-05 09:00 (Asia/Shanghai)`; in UTC if this machine does not have the zone."""
    shown = str(_NAMES.get(zone, zone)) if clock.place_of(zone) else "UTC"
    return _("%(time)s (%(zone)s)") % {"time": clock.minute_in(value, zone), "zone": shown}


def zone_name(zone: str) -> str:
    """`Asia/Shanghai`; in Chinese with the name that people use, `北京时间（Asia/Shanghai）`."""
    name = str(_NAMES.get(zone, zone))
    return name if name == zone else _("%(time)s (%(zone)s)") % {"time": name, "zone": zone}


def each_zone(local: LocalHour, zone: str) -> str:
    """`2027-01-05 09:00 in each recipient's own time zone, first at 2027-01-05 06:00 (Asia/Shanghai)`."""
    return _("%(hour)s in each recipient's own time zone, at the earliest %(first)s") % {
        "hour": local.hour,
        "first": with_zone(local.first, zone),
    }
