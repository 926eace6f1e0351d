"""Times as a person reads them: in a given time zone, which is named in the reader's language."""

from collections.abc import Mapping
from datetime import date, datetime

from babel.dates import format_date, format_timedelta
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, to_locale
from django.utils.translation import gettext as _

from campaigns.sending.schedule import LocalHour
from publication import clock

# Zones that a language has an ordinary name for.
_ORDINARY: Mapping[str, Promise] = {"Asia/Shanghai": gettext_lazy("Asia/Shanghai")}


def with_zone(value: datetime, zone: str) -> str:
    """`2027-01-05 09:00 (Asia/Shanghai)`; in UTC if this machine does not have the zone."""
    return _("%(time)s (%(zone)s)") % {"time": clock.minute_in(value, zone), "zone": _shown(zone)}


def in_words(value: datetime, zone: str) -> str:
    """`Tuesday, 5 January 2027, 09:00 (Asia/Shanghai)`: for the sentence that leads a page."""
    local = clock.in_zone(value, zone)
    return _("%(day)s, %(time)s (%(zone)s)") % {"day": _day(local.date()), "time": f"{local:%H:%M}", "zone": _shown(zone)}


def hour_in_words(local: LocalHour) -> str:
    """`Tuesday, 5 January 2027, 09:00 in each recipient's own time zone`."""
    hour = datetime.fromisoformat(local.hour)
    return _("%(day)s, %(time)s in each recipient's own time zone") % {"day": _day(hour.date()), "time": f"{hour:%H:%M}"}


def days_until(value: datetime, zone: str) -> str:
    """`today`, `tomorrow` or `in 30 days`, by the calendar of `zone`."""
    days = (clock.in_zone(value, zone).date() - clock.in_zone(clock.now(), zone).date()).days
    return _("in %(days)s days") % {"days": f"{days:,}"} if days > 1 else _("tomorrow") if days == 1 else _("today")


def in_words_with_distance(value: datetime, zone: str) -> str:
    """`Wednesday, 2 December 2026, 09:00 (Asia/Shanghai), in 12 hours`: below the field of a time that is ahead."""
    language = to_locale(get_language() or "en")
    distance = format_timedelta(value - clock.now(), add_direction=True, locale=language)
    return _("%(moment)s, %(distance)s") % {"moment": in_words(value, zone), "distance": distance}


def _shown(zone: str) -> str:
    return _ordinary_name(zone) if clock.place_of(zone) else "UTC"


def _ordinary_name(zone: str) -> str:
    return str(_ORDINARY.get(zone, zone))


def _day(day: date) -> str:
    language = get_language() or "en"
    return str(format_date(day, "full", locale="en_GB" if language == "en" else to_locale(language)))


def zone_name(zone: str) -> str:
    """`Asia/Shanghai`; in Chinese with the name that people use, `北京时间（Asia/Shanghai）`."""
    name = _ordinary_name(zone)
    return name if name == zone else _("%(time)s (%(zone)s)") % {"time": name, "zone": zone}


def each_zone(local: LocalHour, zone: str) -> str:
    """`2027-01-05 09:00 in each recipient's own time zone, first at 2027-01-05 06:00 (Asia/Shanghai)`."""
    return _("%(hour)s in each recipient's own time zone, at the earliest %(first)s") % {
        "hour": local.hour,
        "first": with_zone(local.first, zone),
    }
