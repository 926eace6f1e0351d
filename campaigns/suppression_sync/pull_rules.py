"""Decides what an entry of the provider's lists means for the suppressions here. Pure: the same facts give the same verdict.

- Blocks suppress nobody. They are counted.
- A bounce is judged by its cause, like the event of a bounce (docs/bounces.md): an invalid address is suppressed; a cause that
  is not the mailbox's fault suppresses nobody, and the address is removed from the provider's list, which would drop later mail;
  a full or inactive mailbox stays on the provider's list, and here only events count it.
- Invalid addresses, spam reports and global unsubscribes suppress, except unsubscribes that we put there ourselves.
- An entry that is not later than a lift of the same or of a stronger reason never suppresses again, and is removed there.
- What is known of an erased person is removed there.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from campaigns.tracking.bounces import bounce_policy
from campaigns.tracking.bounces.bounce_classifier import BounceCause, Effect
from subscribers import addresses
from subscribers.consent import suppressions
from subscribers.consent.suppressions import Ground
from subscribers.models import Suppression
from transport.provider_events import EventKind
from transport.provider_lists import ListedAddress, ProviderList

Reason = Suppression.Reason
# An entry without a readable time counts as old, so that a lift still ends it.
UNKNOWN_TIME = datetime(1970, 1, 1, tzinfo=UTC)
# By how much the provider's clock may differ from ours.
SKEW = timedelta(minutes=5)
BOUNCED = EventKind.BOUNCED_HARD  # every entry of the bounce list stands for a hard bounce


class EntryMeaning(StrEnum):
    """Why an entry has this effect."""

    BLOCK = "block"
    SUPPRESSES = "suppresses"
    LIFTED = "lifted"  # older than a lift
    SENDERS_FAULT = "senders_fault"
    MAILBOX = "mailbox"  # full or inactive: counted by events only
    OURS = "ours"  # we put it there
    STALE = "stale"  # we put it there, and the suppression has ended since


@dataclass(frozen=True, slots=True)
class KnownAddress:
    """What is known here of one address. `added_at`: when we wished it onto the global unsubscribes."""

    reason: str | None = None
    is_erased: bool = False
    lifts: Sequence[tuple[str, datetime]] = ()
    added_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PullVerdict:
    """The effect of one entry: a suppression or None, and whether to remove the entry at the provider."""

    meaning: EntryMeaning
    ground: Ground | None = None
    removes: bool = False


def judge(which: ProviderList, row: ListedAddress, key: bytes, known: KnownAddress) -> PullVerdict:
    if which is ProviderList.BLOCKS:
        return PullVerdict(EntryMeaning.BLOCK, removes=known.is_erased)
    at = row.listed_at or UNKNOWN_TIME
    if which is ProviderList.UNSUBSCRIBES and known.added_at is not None and at >= known.added_at - SKEW:
        gone = known.reason is None or known.is_erased
        return PullVerdict(EntryMeaning.STALE if gone else EntryMeaning.OURS, removes=gone)
    ground, effect = _ground(which, row, key, at)
    if _is_lifted(ground.reason, at, known.lifts):
        return PullVerdict(EntryMeaning.LIFTED, removes=True)
    if effect is Effect.COUNT:
        return PullVerdict(EntryMeaning.MAILBOX, removes=known.is_erased)
    if effect is not Effect.SUPPRESS:
        return PullVerdict(EntryMeaning.SENDERS_FAULT, removes=known.reason is None or known.is_erased)
    return PullVerdict(EntryMeaning.SUPPRESSES, ground, removes=known.is_erased)


def _ground(which: ProviderList, row: ListedAddress, key: bytes, at: datetime) -> tuple[Ground, Effect]:
    # The texts quote the receiving server, which quotes the address.
    answer = {"status": row.status or "", "reason": addresses.masked(row.reason or "")}
    origin = Suppression.Origin.PROVIDER
    if which is ProviderList.BOUNCES:
        diagnosis = bounce_policy.diagnose(BOUNCED, answer)
        cause = diagnosis.cause if diagnosis else BounceCause.UNCLASSIFIED
        effect = diagnosis.effect if diagnosis else Effect.COUNT
        return Ground(key, Reason.HARD_BOUNCE, bounce_policy.describe(BOUNCED, answer), "", cause.value, at, origin), effect
    reason, cause_of_it = {
        ProviderList.INVALID: (Reason.INVALID, BounceCause.INVALID_ADDRESS.value),
        ProviderList.COMPLAINTS: (Reason.COMPLAINT, ""),
        ProviderList.UNSUBSCRIBES: (Reason.PROVIDER_UNSUBSCRIBE, ""),
    }[which]
    return Ground(key, reason, answer["reason"][:300], "", cause_of_it, at, origin), Effect.SUPPRESS


def _is_lifted(reason: str, at: datetime, lifts: Sequence[tuple[str, datetime]]) -> bool:
    rank = suppressions.RANKING.index(reason)
    return any(lifted_at >= at and suppressions.RANKING.index(lifted) >= rank for lifted, lifted_at in lifts)
