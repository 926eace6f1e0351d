"""What is wrong with a field of the form to subscribe, and what to do, in the reader's language."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

# Codes of subscribers.addresses.AddressFault.
ADDRESS_FAULTS: Mapping[str, str | Promise] = {
    "missing": gettext_lazy("Enter your email address."),
    "syntax": gettext_lazy("This is not an email address."),
    "too_long": gettext_lazy("This email address is too long."),
    "unsendable": gettext_lazy("This email address has letters that we cannot send mail to."),
    "domain": gettext_lazy("Mail cannot reach the part of this address after the @."),
}


def address_fault(code: str, address: str) -> tuple[str, str]:
    """The message and the hint."""
    if code == "missing":
        return str(ADDRESS_FAULTS[code]), ""
    narrow = unicodedata.normalize("NFKC", address).replace(" ", "")
    if narrow != address and narrow.isascii() and narrow.count("@") == 1:
        return str(ADDRESS_FAULTS[code]), _("Did you mean %(address)s?") % {"address": narrow}
    return str(ADDRESS_FAULTS[code]), _("Check the spelling. An address looks like this: name@example.org")


def name_fault() -> tuple[str, str]:
    """The message and the hint."""
    return _("This name cannot be used."), _("Write one line of ordinary text, or leave the field empty.")
