"""Values as commands print them: times in the publication's zone, and text that cannot move the cursor or hide anything."""

import re
import sys
from datetime import UTC, datetime
from pathlib import Path

import click

NOT_MEASURED = "not measured"
ZONE = "cli.zone"  # in the meta of click's context
FALLBACK = "UTC"
_STORED_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,6})?\+00:00", re.ASCII)


def measured(value: int | None) -> int | str:
    """A number of people, or that nobody counts them."""
    return NOT_MEASURED if value is None else value


def zone() -> str:
    """The publication's time zone; UTC while this process has no database to ask."""
    context = click.get_current_context(silent=True)
    if context is None or ZONE not in context.meta:
        stored_zone = _stored_zone()
        if context is None or stored_zone is None:
            return stored_zone or FALLBACK
        context.meta[ZONE] = stored_zone
    return str(context.meta[ZONE])


def _stored_zone() -> str | None:
    apps = sys.modules.get("django.apps")
    if apps is None or not apps.apps.ready:  # a command without a database; `system doctor` before it has found one
        return None
    from django.db import Error

    from publication import clock
    from publication.models import Publication

    try:
        zone_name = Publication.objects.values_list("zone", flat=True).first()
    except Error:
        return None
    return zone_name if zone_name and clock.place_of(zone_name) else None


def local_time(moment: datetime) -> str:
    """`2027-12-01 09:00` in the publication's zone, for a table or list that names the zone. A naive time stays as it is."""
    if moment.tzinfo is not None and (here := zone()) == FALLBACK:
        moment = moment.astimezone(UTC)
    elif moment.tzinfo is not None:
        from publication import clock

        moment = clock.in_zone(moment, here)
    return f"{moment:%Y-%m-%d %H:%M}"


def time_with_zone(moment: datetime) -> str:
    """`2027-12-01 09:00 (Asia/Shanghai)`, for a sentence."""
    return f"{local_time(moment)} ({zone()})"


def stored_time(text: str) -> datetime | None:
    """The time that a log entry holds as text, `2027-12-01T01:00:00+00:00`; None for any other text."""
    try:
        return datetime.fromisoformat(text) if _STORED_TIME.fullmatch(text) else None
    except ValueError:
        return None


def near_path(path: Path | str) -> str:
    """The path relative to the working directory, if it is inside; otherwise as it is."""
    as_path = Path(path)
    try:
        here = Path.cwd()
    except OSError:  # the working directory was deleted
        return str(as_path)
    return str(as_path.relative_to(here)) if as_path.is_relative_to(here) else str(as_path)


def printable(text: str) -> str:
    """The text in one line; characters that a terminal would obey or hide are replaced. Names and reasons come from strangers."""
    return "".join(character if character.isprintable() else "\ufffd" for character in text.replace("\n", " "))
