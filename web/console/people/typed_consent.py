"""A consent as staff type it for one person: where the person agreed, on which day, and which document shows it."""

import re
from typing import NamedTuple

from django.http import QueryDict
from django.utils.translation import gettext as _

from publication import clock
from publication.installation import publication
from subscribers import attributes
from subscribers.errors import InputError
from web.texts.people import input_faults

_MONTH = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*月?")
_YEAR = re.compile(r"(\d{4})\s*年?")
_UNTIL = re.compile(r"\s+(?:to|until|bis)\s+|\s*[至到~～–—]\s*|\s+-\s+|(?<=^\d{4})-(?=\d{4}$)", re.IGNORECASE)
LONGEST = 300  # characters of a part


class TypedConsent(NamedTuple):
    """The statement that is kept as the proof, and the document that it names; empty if it names none."""

    statement: str
    document: str


def today() -> str:
    """Today in the publication's zone, as a field for a day has it."""
    return clock.in_zone(clock.now(), publication().zone).date().isoformat()


def read(posted: QueryDict, faults: dict[str, str], *, needs_document: bool = False) -> TypedConsent:
    """Read the fields `where`, `day` and `document`, and add what is wrong with them to `faults`."""
    where, day, document = (posted.get(name, "").strip() for name in ("where", "day", "document"))
    for name, text in (("where", where), ("document", document)):
        try:
            attributes.read_consent(text)
        except InputError as fault:
            faults[name] = input_faults.text(fault)
        if len(text) > LONGEST:
            faults[name] = _("Write at most %(most)s characters.") % {"most": LONGEST}
    if not where:
        faults["where"] = _("Write where the person agreed, for example at a fair or on the telephone.")
    if needs_document and not document:
        faults["document"] = _("Write which document shows it, and where it is.")
    day = read_day(day, faults, _("Choose the day on which the person agreed."))
    return TypedConsent("; ".join(text for text in (where, day, document) if text), document)


def read_day(text: str, faults: dict[str, str], missing: str) -> str:
    """Read a day that is not in the future; else add what is wrong with it to `faults`, `missing` if it is not a day."""
    try:
        day = attributes.read_day(text)
    except InputError:
        faults["day"] = missing
        return text
    if day > today():
        faults["day"] = _("This day is in the future. Choose the day on which the person agreed.")
    return day


def read_when(text: str, faults: dict[str, str]) -> str:
    """Read a day, a month, a year or a period, none of them in the future; else add what is wrong with it to `faults`."""
    parts = [_day_month_or_year(part) for part in _UNTIL.split(text.strip(), maxsplit=1)]
    first, last = parts[0], parts[-1]
    if not all(parts) or last[: len(first)] < first[: len(last)]:
        faults["day"] = _("Write a day, a month, a year or a period, such as 2024-03-01, 2024-03, 2024, or 2008 to 2024.")
    elif any(part > today()[: len(part)] for part in parts):
        faults["day"] = _("This day is in the future. Choose the day on which the person agreed.")
    return first if len(parts) == 1 else _("%(first)s to %(last)s") % {"first": first, "last": last}


def _day_month_or_year(text: str) -> str:
    """YYYY-MM-DD, YYYY-MM or YYYY; empty for any other text."""
    try:
        if match := _YEAR.fullmatch(text.strip()):
            return attributes.read_day(f"{match[1]}-1-1")[:4]
        if match := _MONTH.fullmatch(text.strip()):
            return attributes.read_day(f"{match[1]}-{match[2]}-1")[:7]
        return attributes.read_day(text.strip())
    except InputError:
        return ""
