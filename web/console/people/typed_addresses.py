"""An address as staff type it. If its domain looks misspelt, the form asks once which of two addresses is right."""

from typing import NamedTuple

from django.http import QueryDict

from subscribers import addresses
from subscribers.addresses import AddressError
from subscribers.sign_up import mistyped_domains


class TypedAddress(NamedTuple):
    """What was typed and the address that was probably meant, empty if the domain does not look misspelt.

    `is_valid`: mail can be sent to what was typed. `is_kept`: the form asked, and it was chosen as typed.
    """

    address: str = ""
    meant: str = ""
    is_valid: bool = False
    is_kept: bool = False


def read(posted: QueryDict) -> TypedAddress:
    """The field `address`, or the address that was chosen (`which`) when the form asked about the one in `questioned`."""
    typed = posted.get("address", "").strip()
    try:
        address, is_valid = addresses.validate_typed(typed).address, True
    except AddressError:
        address, is_valid = typed, False
    meant = mistyped_domains.suggestion(address) if len(address) <= addresses.LONGEST else ""
    if meant and not _is_valid(meant):
        meant = ""
    if not meant or posted.get("questioned") != address:
        return TypedAddress(address, meant, is_valid)
    if posted.get("which") == "meant":
        return TypedAddress(meant, "", is_valid=True)
    return TypedAddress(address, "", is_valid, is_kept=is_valid)


def _is_valid(address: str) -> bool:
    try:
        return bool(addresses.validate(address))
    except AddressError:
        return False
