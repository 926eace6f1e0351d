"""How the console names a person: by address and name, or masked for roles that need no person."""

from django.contrib.auth.models import AnonymousUser, User
from django.utils.translation import gettext as _

from subscribers.consent.text_erasure import mask_address
from subscribers.segments.grammar import SegmentError, clauses_of, parse
from subscribers.segments.recorded_text import PERSONAL, without_personal_values

SEE_ADDRESSES = "subscribers.see_addresses"


def shown_address(account: User | AnonymousUser, address: str | None) -> str:
    """The address, or only its first letter and domain; of an erased person a word."""
    if not address:
        return _("erased")
    return address if account.has_perm(SEE_ADDRESSES) else mask_address(address)


def shown_name(account: User | AnonymousUser, name: str) -> str:
    """The name; empty for roles that see no addresses."""
    return name if account.has_perm(SEE_ADDRESSES) else ""


def shown_conditions(account: User | AnonymousUser, text: str) -> str:
    """The text of a segment; for roles that see no addresses without the addresses and names of people in it."""
    return text if account.has_perm(SEE_ADDRESSES) else without_personal_values(text)


def require_sight(account: User | AnonymousUser, text: str) -> None:
    """Raise SegmentError if the text has a condition on addresses or names and the account sees neither: counting `email ~ "…"`
    again and again would tell it an address letter by letter. Raises SegmentError for a text that cannot be read, too.
    """
    if account.has_perm(SEE_ADDRESSES):
        return
    for clause in clauses_of(parse(text)):
        if clause.name in PERSONAL and any(isinstance(value, str) for value in clause.values):
            problem = "your role does not see addresses and names of people"
            raise SegmentError("personal", problem, clause.column, "leave this condition out")
