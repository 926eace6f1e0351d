"""How the console names a person: by address and name, or masked for roles that need no person."""

from django.contrib.auth.models import AnonymousUser, User
from django.utils.translation import gettext as _

from subscribers.consent.text_erasure import mask_address

SEE_ADDRESSES = "subscribers.see_addresses"


def shown_address(account: User | AnonymousUser, address: str | None) -> str:
    """The address, or only its first letter and domain; of an erased person a word."""
    if not address:
        return _("erased")
    return address if account.has_perm(SEE_ADDRESSES) else mask_address(address)


def shown_name(account: User | AnonymousUser, name: str) -> str:
    """The name; empty for roles that see no addresses."""
    return name if account.has_perm(SEE_ADDRESSES) else ""
