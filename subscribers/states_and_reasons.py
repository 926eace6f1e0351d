"""The states of a subscription and the reasons for suppressing an address, without Django: the command line parses them, too."""

from enum import StrEnum


class SubscriptionState(StrEnum):
    PENDING = "pending"
    CONFIRMED = "confirmed"
    UNSUBSCRIBED = "unsubscribed"


class SuppressionReason(StrEnum):
    HARD_BOUNCE = "hard_bounce"
    SOFT_BOUNCES = "soft_bounces"
    COMPLAINT = "complaint"
    PROVIDER_UNSUBSCRIBE = "provider_unsubscribe"
    INVALID = "invalid"
    MANUAL = "manual"
    ERASED = "erased"


def choices_of(values: type[StrEnum]) -> list[tuple[str, str]]:
    """The values with their names, as Django's fields take them."""
    return [(value.value, value.name.replace("_", " ").title()) for value in values]
