"""What is wrong with a typed detail of a person, and what to do, by the code of `subscribers.errors.InputError`."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

FAULTS: Mapping[str, str | Promise] = {
    "name": _("Write the name in one line, without control characters."),
    "text": _("Write one line, without control characters."),
    "number": _("Write a number in digits, such as 12 or 3.5."),
    "date": _("Write a date as year, month and day, such as 2027-05-31."),
    "yesno": _("Choose yes or no."),
    "language": _("Choose one of the languages."),
    "zone": _("No time zone has this name. Type the beginning of a large city near you, and choose one of the suggestions."),
    "values": _("Choose one of the values."),
    "too_long": _("Write at most 400 characters."),
    "country": _("Choose one of the countries."),
    "attribute": _("This attribute does not exist any more. Open the page again."),
    "consent": _("Write this in lines without control characters."),
    "comment": _("Write at most 300 characters, without control characters."),
    "reason": _("Write who asked for it, when and how."),
    "address": _("This is not an address. Write it like this: name@example.org"),
}
LONGEST = 400  # characters of a value; the fields of the page take no more


def fault_text(code: str) -> str:
    """The text for a code; for an unknown one, that the value cannot be stored."""
    return str(FAULTS.get(code) or _("This cannot be stored. Write it in another way."))
