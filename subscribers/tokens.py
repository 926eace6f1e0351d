"""Signed tokens of links: unsubscribe, view in browser, confirm. A token names a person and cannot be altered.

27 bytes, 36 characters: id of the key (1), scope (4), subject (6), keyed BLAKE2b over these eleven (16). The purpose is part
of the MAC but not of the token. 27 is a multiple of three, so base64 has no spare bits: each token has exactly one spelling.
"""

import re
from base64 import urlsafe_b64decode
from binascii import b2a_base64
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from hashlib import blake2b
from hmac import compare_digest
from struct import Struct
from typing import NamedTuple

from django.conf import settings

from publication import clock

CONFIRM_WITHIN = timedelta(days=7)
PRIVATE_FOR = timedelta(days=1)
SCOPE_BITS, SUBJECT_BITS = 32, 48  # also of the mark outside the database; numbers of rows that mails name must fit
_PAYLOAD = Struct(">BIHI")
LENGTH = 36  # characters of a token: base64 of the payload's 11 bytes and the MAC's 16
_MAC_SIZE = 16
_URL_SAFE = bytes.maketrans(b"+/", b"-_")
_SPELLING = re.compile(r"[A-Za-z0-9_-]{36}", re.ASCII)


class Purpose(StrEnum):
    """The purpose of a link. A token is valid for one purpose only."""

    UNSUBSCRIBE = "unsubscribe"
    LEAVE_LIST = "leave_list"  # of the mail that welcomes somebody to a list; at the address of `unsubscribe`
    VIEW = "view"
    CONFIRM = "confirm"
    PREFERENCES = "preferences"
    CLICK = "click"
    ANSWER = "answer"
    PERSON = "person"
    OLD_ADDRESS = "old_address"
    NEW_ADDRESS = "new_address"
    # These three are custom args of a request and come back with the provider's events.
    DELIVERY = "delivery"
    ATTEMPT = "attempt"
    SINGLE = "single"


# Purposes whose tokens expire. Those of an address expire with the change; the others are in sent issues, read years later.
VALID_FOR = {Purpose.CONFIRM: CONFIRM_WITHIN, Purpose.PERSON: PRIVATE_FOR}


class Claims(NamedTuple):
    """The content of a valid token.

    unsubscribe, view, preferences, answer: `subject` is the subscriber's id, `scope` the campaign's (0: no campaign).
    click: likewise; `subject` is 0 in the mail of somebody who did not agree to be measured.
    leave_list: `subject` is the subscriber's id, `scope` the list's.
    delivery: the same. attempt: `subject` is the attempt's id. single: `scope` is the kind of mail, `subject` its id.
    confirm, person: `subject` is the id of the subscription or the subscriber, `scope` the time of the request in Unix seconds.
    old_address, new_address: `subject` is the id of the change of address, `scope` a hash of the microsecond of the request.
    """

    purpose: Purpose
    scope: int
    subject: int

    @property
    def asked_at(self) -> datetime:
        """Tokens that expire: when they were made."""
        return datetime.fromtimestamp(self.scope, UTC)

    def is_of(self, created_at: datetime) -> bool:
        """Whether a token of `row_token` was made for the row that was created then, and not for an earlier one with its id."""
        return self.scope == _hash_of(created_at)


class TokenMaker:
    """Creates tokens of several purposes for the same scope and subject on the hot path: the keyed states are prepared once.

    Safe to share between threads. `key` is the text of a link key; without one, the first of `settings.LINK_KEYS`.
    """

    def __init__(self, *purposes: Purpose | str, key: str | None = None) -> None:
        # A link key is text of any length; BLAKE2b takes at most 64 bytes of key.
        secret = blake2b((key or settings.LINK_KEYS[0]).encode(), digest_size=32, person=b"link key").digest()
        self._key_id = blake2b(secret, digest_size=1, person=b"key id").digest()[0]
        self._keyed = [blake2b(key=secret, digest_size=_MAC_SIZE, person=Purpose(purpose).value.encode()) for purpose in purposes]

    def make(self, scope: int, subject: int) -> str:
        """The token of the one purpose. `scope`: campaign id, at most 32 bits; `subject`: subscriber id, at most 48 bits."""
        return self.joined(scope, subject).decode("ascii")

    def joined(self, scope: int, subject: int) -> bytes:
        """The tokens of all purposes, joined; LENGTH bytes each. A token's data is a multiple of three bytes, so one base64
        call over all of them gives the same text as one call for each.
        """
        payload = _PAYLOAD.pack(self._key_id, scope, subject >> 32, subject & 0xFFFFFFFF)
        macs = []
        for keyed in self._keyed:
            mac = keyed.copy()
            mac.update(payload)
            macs.append(mac.digest())
        return b2a_base64(payload + payload.join(macs), newline=False).translate(_URL_SAFE)


def unsubscribe_token(subscriber_id: int, campaign_id: int = 0) -> str:
    """Make the token for List-Unsubscribe and the link in the body. Never expires: the mail may be read years later."""
    return _maker(Purpose.UNSUBSCRIBE, settings.LINK_KEYS[0]).make(campaign_id, subscriber_id)


def leave_list_token(subscriber_id: int, list_id: int) -> str:
    """Make the token to leave one list, for a mail about that list that no campaign sent. Never expires."""
    return _maker(Purpose.LEAVE_LIST, settings.LINK_KEYS[0]).make(list_id, subscriber_id)


def view_token(subscriber_id: int, campaign_id: int) -> str:
    """Make the token for "view in browser": one campaign as one subscriber received it."""
    return _maker(Purpose.VIEW, settings.LINK_KEYS[0]).make(campaign_id, subscriber_id)


def confirm_token(subscription_id: int) -> str:
    """Make the token for the confirmation of one subscription, requested now; valid for 7 days."""
    return expiring_token(Purpose.CONFIRM, subscription_id)


def preferences_token(subscriber_id: int, campaign_id: int = 0) -> str:
    """Make the token for the page of preferences, linked from every mail. Never expires."""
    return _maker(Purpose.PREFERENCES, settings.LINK_KEYS[0]).make(campaign_id, subscriber_id)


def expiring_token(purpose: Purpose, subject: int) -> str:
    """Make a token for a purpose of `VALID_FOR`; its time begins now."""
    return _maker(purpose, settings.LINK_KEYS[0]).make(int(clock.now().timestamp()), subject)


def row_token(purpose: Purpose, subject: int, created_at: datetime) -> str:
    """Make a token for exactly one row. After a restore, another row may get the same id, and the token does not fit that one."""
    return _maker(purpose, settings.LINK_KEYS[0]).make(_hash_of(created_at), subject)


def _hash_of(created_at: datetime) -> int:
    return int.from_bytes(blake2b(created_at.astimezone(UTC).isoformat().encode(), digest_size=4).digest())


def read(purpose: Purpose | str, token: str) -> Claims | None:
    """The content of `token`, or None if it is not ours, not for this purpose, altered, or too old.

    All of `settings.LINK_KEYS` are accepted. The comparison takes the same time for every invalid token.
    """
    purpose = Purpose(purpose)
    if not _SPELLING.fullmatch(token):
        return None
    _, scope, high, low = _PAYLOAD.unpack_from(urlsafe_b64decode(token))
    claims = Claims(purpose, scope, high << 32 | low)
    # All keys are tried, even after a match, so that the time does not reveal which key signed.
    ours = [compare_digest(_maker(purpose, key).make(scope, claims.subject), token) for key in settings.LINK_KEYS]
    if not any(ours):
        return None
    if purpose in VALID_FOR and not timedelta(minutes=-5) <= clock.now() - claims.asked_at <= VALID_FOR[purpose]:
        return None
    return claims


@lru_cache(maxsize=64)
def _maker(purpose: Purpose, key: str) -> TokenMaker:
    return TokenMaker(purpose, key=key)
