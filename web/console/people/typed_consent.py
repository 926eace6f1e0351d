"""A consent as staff type it for one person: where the person agreed, on which day, and which document shows it."""

from typing import NamedTuple

from django.http import QueryDict
from django.utils.translation import gettext as _

from publication import clock
from publication.installation import publication
from subscribers import attributes
from subscribers.errors import InputError
from web.texts.people import input_faults

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
