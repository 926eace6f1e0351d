"""What Mailroom uses the provider's key for, in provider-neutral terms. A key may lack the permission for some of it."""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NamedTuple


class KeyPurpose(StrEnum):
    """Nothing is sent without SEND. Without the others, mail goes out, but these features do not work."""

    SEND = "send"
    READ_LISTS = "read_lists"  # bounces, complaints and unsubscribes that the provider knows
    CHANGE_LISTS = "change_lists"  # suppressions that are passed on or lifted
    HOLD_MAIL = "hold_mail"  # strict mode, and local hours
    READ_DOMAINS = "read_domains"  # authenticated domains, which confirm senders


# Purpose -> the permissions that the key lacks for it, by the provider's names. Purposes without a gap are left out.
MissingPermissions = Mapping[KeyPurpose, Sequence[str]]


class KeyPermissions(NamedTuple):
    """What a key may do, by the provider's names, and what it lacks."""

    granted: Sequence[str]
    missing: MissingPermissions
