"""Why an address cannot be used, in the reader's language: on the form to subscribe, and for test mails."""

import unicodedata

from django.utils.translation import gettext as _


def fault(code: str, address: str) -> tuple[str, str]:
    """The message and the hint for a code of subscribers.addresses.AddressError."""
    message = {
        "missing": _("Enter your email address."),
        "syntax": _("This is not an email address."),
        "too_long": _("This email address is too long."),
        "unsendable": _("The part of this address before the @ has letters other than a to z."),
        "domain": _("Mail cannot reach the part of this address after the @."),
    }[code]
    if code == "missing":
        return message, ""
    narrow = unicodedata.normalize("NFKC", address).replace(" ", "")
    if narrow != address and narrow.isascii() and narrow.count("@") == 1:
        return message, _("Did you mean %(address)s?") % {"address": narrow}
    if code == "unsendable":
        return message, _("Our mail service cannot reach such addresses yet. Please use another one.")
    return message, _("Check the spelling. An address looks like this: name@example.org")
