"""Counts requests by what they are about, such as a network or an address, without storing it: each key is a keyed hash.

Unlike a count of other rows, such a count outlives the erasure of the people who made the requests.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from django.utils.crypto import salted_hmac

from publication import clock
from subscribers import request_counts_sql as sql


class Kind(StrEnum):
    """What is counted: part of the hash."""

    NETWORK = "network"  # requests to subscribe
    ANSWER = "answer"  # uses of an answer to the form's question
    ADDRESS_CHANGE = "address change"  # mails to a new address
    REVIEW_CODE = "review code"  # codes mailed to the guest of an approving link
    REVIEW_TRY = "review try"  # codes typed for one approving link
    REVIEW_COMMENT = "review comment"  # comments through one link
    REVIEW_NETWORK = "review network"  # what guests post, by their network
    TEST_MAIL = "test mail"  # test mails that an account sends
    UNANSWERED = "unanswered"  # confirmations to an address whose record is erased


KEPT_LONGER = "unanswered:"  # how these keys begin, because they are kept for longer than the others
# Confirmations without an answer count this long against the limit for their address, also if its record is erased.
UNANSWERED_FOR = timedelta(days=90)


def take(kind: Kind, subject: str, most: int, period: timedelta) -> bool:
    """Count one request if fewer than `most` were counted in this period. Atomic."""
    return sql.take(_key(kind, subject), most, period, clock.now())


def began_at(kind: Kind, subject: str) -> datetime | None:
    """When the current or last period of this count began."""
    return sql.began_at(_key(kind, subject))


def take_once(kind: Kind, subject: str) -> bool:
    return sql.take_once(_key(kind, subject), clock.now())


def unanswered(address_key: bytes, since: datetime) -> int:
    """The number that `keep_unanswered` stored for this address after a moment. One query in every case."""
    return sql.count_of(_key(Kind.UNANSWERED, address_key.hex()), since)


def stored_unanswered(address_keys: Sequence[bytes]) -> dict[bytes, sql.RequestCount]:
    """What `keep_unanswered` stored for these addresses, also if it does not count any more."""
    keys = {_key(Kind.UNANSWERED, address_key.hex()): address_key for address_key in address_keys}
    return {keys[stored.key]: stored for stored in sql.stored(list(keys))}


def keep_unanswered(address_key: bytes, count: int) -> None:
    """Store how many confirmations this address got and did not answer; 0 removes the row."""
    now = clock.now()
    sql.keep(_key(Kind.UNANSWERED, address_key.hex()), count, now, now - UNANSWERED_FOR)


def _key(kind: Kind, subject: str) -> str:
    digest = salted_hmac("mailroom.sign-up", f"{kind}\n{subject}", algorithm="sha256").hexdigest()[:32]
    return KEPT_LONGER + digest if kind is Kind.UNANSWERED else digest
