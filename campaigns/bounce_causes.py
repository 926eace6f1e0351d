"""Why a mail bounced, was deferred or was dropped, and what follows from that. Pure: no database, no Django.

The text of the receiving server outranks the provider's classification where it is specific: SendGrid files a wrong
DMARC record under "Invalid Address" when the server answered 550. docs/bounces.md is made from these tables.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class BounceCause(StrEnum):
    """Why. The first three are about the recipient, TECHNICAL about the way, the next three about the sender."""

    INVALID_ADDRESS = "invalid_address"
    MAILBOX_FULL = "mailbox_full"
    MAILBOX_INACTIVE = "mailbox_inactive"
    TECHNICAL = "technical"
    CONTENT = "content"
    REPUTATION = "reputation"
    VOLUME = "volume"
    UNCLASSIFIED = "unclassified"


class Effect(StrEnum):
    """What a cause leads to."""

    SUPPRESS = "suppress"  # the address, at once
    COUNT = "count"  # the address, after so many campaigns without a delivery between
    ALARM = "alarm"  # suppresses nobody: an alarm that names the fix
    NONE = "none"


EFFECTS: Mapping[BounceCause, Effect] = MappingProxyType(
    {
        BounceCause.INVALID_ADDRESS: Effect.SUPPRESS,
        BounceCause.MAILBOX_FULL: Effect.COUNT,
        BounceCause.MAILBOX_INACTIVE: Effect.COUNT,
        BounceCause.TECHNICAL: Effect.NONE,
        BounceCause.CONTENT: Effect.ALARM,
        BounceCause.REPUTATION: Effect.ALARM,
        BounceCause.VOLUME: Effect.ALARM,
        BounceCause.UNCLASSIFIED: Effect.NONE,
    }
)


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """The cause, the code of the fix ("" where there is none to name), the rule that decided, the provider's family."""

    cause: BounceCause
    remedy: str
    rule: str
    family: str

    @property
    def effect(self) -> Effect:
        return EFFECTS[self.cause]


def cause_of(*, kind: str, status: str, text: str, classification: str, domain: str = "") -> Diagnosis:
    """The one cause of an event. `kind` is an EventKind's value; the other arguments are "" where they are unknown."""
    low = text.lower()
    for needles, cause, remedy in _ROUGH:
        if any(needle in low for needle in needles):
            return Diagnosis(cause, remedy, "rough", "")
    cause = _CLASSIFICATIONS.get(classification.lower(), BounceCause.UNCLASSIFIED)
    return Diagnosis(cause, "", "classification", "")


_ROUGH = (
    (("5.7.515", "5.7.26", "5.7.27", "5.7.9", "dmarc", "spf"), BounceCause.REPUTATION, "authentication"),
    (("spamhaus", "block list", "blocklist", "s3140", "s3150"), BounceCause.REPUTATION, "block_list"),
    (("frequency", "rate limit", "too many"), BounceCause.VOLUME, "slow_down"),
    (("spam", "content"), BounceCause.CONTENT, "content_filter"),
    (("full", "quota", "5.2.2"), BounceCause.MAILBOX_FULL, ""),
    (("disabled", "inactive", "5.2.1"), BounceCause.MAILBOX_INACTIVE, ""),
    (("5.1.1", "unknown", "not exist", "not found", "no such user"), BounceCause.INVALID_ADDRESS, ""),
)
_CLASSIFICATIONS = {
    "invalid address": BounceCause.INVALID_ADDRESS,
    "mailbox unavailable": BounceCause.MAILBOX_FULL,
    "technical": BounceCause.TECHNICAL,
    "content": BounceCause.CONTENT,
    "reputation": BounceCause.REPUTATION,
    "frequency/volume": BounceCause.VOLUME,
    "frequency/volume too high": BounceCause.VOLUME,
}
