"""What is wrong with a field of the form to subscribe, and what to do, in the reader's language."""

import unicodedata
from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

# Codes of subscribers.addresses.AddressError.
ADDRESS_FAULTS: Mapping[str, str | Promise] = {
    "missing": _("Enter your email address."),
    "syntax": _("This is not an email address."),
    "too_long": _("This email address is too long."),
    "unsendable": _("The part of this address before the @ has letters other than a to z."),
    "domain": _("Mail cannot reach the part of this address after the @."),
}


def address_fault(code: str, address: str) -> tuple[str, str]:
    """The message and the hint."""
    if code == "missing":
        return str(ADDRESS_FAULTS[code]), ""
    narrow = unicodedata.normalize("NFKC", address).replace(" ", "")
    if narrow != address and narrow.isascii() and narrow.count("@") == 1:
        return str(ADDRESS_FAULTS[code]), str(_("Did you mean %(address)s?")) % {"address": narrow}
    if code == "unsendable":
        return str(ADDRESS_FAULTS[code]), str(_("Our mail service cannot reach such addresses yet. Please use another one."))
    return str(ADDRESS_FAULTS[code]), str(_("Check the spelling. An address looks like this: name@example.org"))


def name_fault() -> tuple[str, str]:
    """The message and the hint."""
    return str(_("This name cannot be used.")), str(_("Write one line of ordinary text, or leave the field empty."))
