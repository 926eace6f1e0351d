"""The form of a rule in the bounce table, and the causes that a rule can name."""

from dataclasses import dataclass
from enum import StrEnum


class BounceCause(StrEnum):
    """Why a mail bounced. The first three are about the recipient, TECHNICAL about transport, the next three about the sender."""

    INVALID_ADDRESS = "invalid_address"
    MAILBOX_FULL = "mailbox_full"
    MAILBOX_INACTIVE = "mailbox_inactive"
    TECHNICAL = "technical"
    CONTENT = "content"
    REPUTATION = "reputation"
    VOLUME = "volume"
    UNCLASSIFIED = "unclassified"


OF_SENDER = frozenset({BounceCause.CONTENT, BounceCause.REPUTATION, BounceCause.VOLUME})


@dataclass(frozen=True, slots=True)
class BounceRule:
    """Matches if one of the phrases, enhanced status codes or link parts occurs; only for `families`, if any are named.

    Codes are written without their class: "7.26" means 4.7.26 and 5.7.26.
    """

    id: str
    cause: BounceCause
    remedy: str = ""
    phrases: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    families: frozenset[str] = frozenset()
    needs: str = ""  # a code that must occur, or the rule does not match


def rule(
    rule_id: str,
    cause: BounceCause,
    remedy: str = "",
    *,
    phrases: str = "",
    codes: str = "",
    links: str = "",
    families: str = "",
    needs: str = "",
) -> BounceRule:
    """A rule from texts: phrases are separated by semicolons, everything else by spaces.

    The remedy of a cause that is about the sender is called as the rule, unless it has another name.
    """
    if cause in OF_SENDER:
        remedy = remedy or rule_id.replace("-", "_")
    listed = tuple(" ".join(phrase.split()) for phrase in phrases.split(";") if phrase.strip())
    return BounceRule(
        rule_id, cause, remedy, listed, tuple(codes.split()), tuple(links.split()), frozenset(families.split()), needs
    )
