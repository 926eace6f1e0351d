"""What goes to the provider and what comes back: the envelope of a campaign, the bytes of one recipient, the body made
of both, and our words for the provider's answers (Outcome) and later news (Event).

Limits are those of SendGrid's mail/send reference; where its pages disagree the lower figure holds.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from hashlib import blake2b
from types import MappingProxyType
from typing import Any, NamedTuple

import orjson

from transport.errors import BodyTooLarge, EnvelopeRefused, HeaderRefused, PersonalizationRefused
from transport.header_rules import check_headers, check_name, check_user_headers, is_one_line

MAX_PERSONALIZATIONS = 1000
# Documented: the whole message under 30 MB. A megabyte is kept free because it is not said how it is counted.
MAX_BODY = 29_000_000
MAX_SUBSTITUTIONS = 100
MAX_SUBSTITUTION_BYTES = 10_000
MAX_CUSTOM_ARG_BYTES = 9_999
MAX_CATEGORIES = 10
MAX_CATEGORY = 255
MAX_ADDRESS = 320

# Names of our two opaque ids among the custom args; the prefix keeps them clear of the provider's own event fields.
DELIVERY_ARG = "mr_d"
ATTEMPT_ARG = "mr_a"

_NONE: Mapping[str, str] = MappingProxyType({})

# Every tracking setting is stated: an absent one would be taken from the account, and would change the mail.
# bypass_* stays absent on purpose: the provider's own suppressions must go on working.
_SETTINGS: dict[str, Any] = {
    "mail_settings": {"footer": {"enable": False}, "sandbox_mode": {"enable": False}},
    "tracking_settings": {
        "click_tracking": {"enable": False, "enable_text": False},
        "open_tracking": {"enable": False},
        "subscription_tracking": {"enable": False},
        "ganalytics": {"enable": False},
    },
}


@dataclass(frozen=True, slots=True)
class Sender:
    """A verified From identity. `email` and `reply_to` are ASCII (an IDN domain as A-label); `name` may be Unicode."""

    email: str
    name: str = ""
    reply_to: str | None = None


@dataclass(frozen=True, slots=True)
class Envelope:
    """All that the recipients of a campaign share.

    `headers` are Mailroom's own (List-Id, Precedence, Feedback-ID); `user_headers` come from an editor and may not be
    List-*. `send_at` is unix seconds. One of `html` and `text` may be empty, not both.
    """

    sender: Sender
    subject: str
    html: str
    text: str
    headers: Mapping[str, str] = field(default_factory=dict)
    categories: tuple[str, ...] = ()
    send_at: int | None = None
    batch_id: str | None = None
    user_headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class EnvelopeBytes:
    """An envelope serialised once per campaign; `assemble` puts personalizations between its constant parts."""

    prefix: bytes
    suffix: bytes
    shared_headers: bytes = field(repr=False)

    @classmethod
    def of(cls, envelope: Envelope) -> EnvelopeBytes:
        """Check `envelope` against the provider's rules and serialise it. Raises EnvelopeRefused, HeaderRefused."""
        _check_envelope(envelope)
        shared = {**envelope.headers, **envelope.user_headers}
        check_headers(shared)
        head = orjson.dumps(_message_fields(envelope))
        return cls(
            prefix=head[:-1] + b',"personalizations":[',
            suffix=b"]}",
            shared_headers=orjson.dumps(shared)[1:-1],
        )


def _message_fields(envelope: Envelope) -> dict[str, Any]:
    sender = envelope.sender
    fields: dict[str, Any] = {
        "from": {"email": sender.email, "name": sender.name} if sender.name else {"email": sender.email},
        "subject": envelope.subject,
        # text/plain first, or the provider refuses.
        "content": [
            {"type": kind, "value": value}
            for kind, value in (("text/plain", envelope.text), ("text/html", envelope.html))
            if value
        ],
    }
    if sender.reply_to:
        fields["reply_to"] = {"email": sender.reply_to}
    if envelope.categories:
        fields["categories"] = list(envelope.categories)
    if envelope.send_at is not None:
        fields["send_at"] = envelope.send_at
    if envelope.batch_id:
        fields["batch_id"] = envelope.batch_id
    return fields | _SETTINGS


def _check_envelope(envelope: Envelope) -> None:
    sender = envelope.sender
    for what, address in (("sender.email", sender.email), ("sender.reply_to", sender.reply_to)):
        if address is None and what == "sender.reply_to":
            continue
        if not _is_plain_address(address):
            raise EnvelopeRefused(what, "not an ASCII address with one @ (write an IDN domain as xn--)")
    for what, line in (("sender.name", sender.name), ("subject", envelope.subject)):
        if not is_one_line(line):
            raise EnvelopeRefused(what, "holds a line break, control character or direction mark")
    if not envelope.subject:
        raise EnvelopeRefused("subject", "empty")
    if not envelope.html and not envelope.text:
        raise EnvelopeRefused("content", "neither HTML nor text")
    for what, part in (("html", envelope.html), ("text", envelope.text)):
        if not _is_utf8(part):
            raise EnvelopeRefused(what, "holds half a surrogate pair and cannot be written as UTF-8")
    _check_categories(envelope.categories)
    if envelope.send_at is not None and (isinstance(envelope.send_at, bool) or not isinstance(envelope.send_at, int)):
        raise EnvelopeRefused("send_at", "not a whole number of unix seconds")
    check_user_headers(envelope.user_headers)
    check_headers(envelope.headers)


def _check_categories(categories: Sequence[str]) -> None:
    if len(categories) > MAX_CATEGORIES or len(set(categories)) != len(categories):
        raise EnvelopeRefused("categories", f"at most {MAX_CATEGORIES}, each once")
    for category in categories:
        if not category.isascii() or not 1 <= len(category) <= MAX_CATEGORY:
            raise EnvelopeRefused("categories", f"each is 1 to {MAX_CATEGORY} ASCII characters")


def _is_plain_address(address: str | None) -> bool:
    return (
        isinstance(address, str)
        and address.isascii()
        and address.isprintable()
        and " " not in address
        and len(address) <= MAX_ADDRESS
        and address.count("@") == 1
        and not address.startswith("@")
        and not address.endswith("@")
    )


def _is_utf8(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


_known_names: set[str] = set()  # header names seen and found good: a campaign uses the same few a million times
_OWN_HEADERS = b'{"headers":{'


def fits_address(address: str) -> bool:
    """Whether it can stand in a header line as the address of a recipient."""
    return is_one_line(address) and "@" in address and len(address) <= MAX_ADDRESS


def fits_name(name: str) -> bool:
    """Whether it can stand beside an address: the provider's limitation page forbids `;` and `,`."""
    return bool(name) and "," not in name and ";" not in name and is_one_line(name)


def personalization(
    address: str,
    name: str,
    substitutions: Mapping[str, str],
    headers: Mapping[str, str],
    custom_args: Mapping[str, str],
) -> bytes:
    """The JSON of one recipient: one personalization, one address in `to`.

    `headers` are this recipient's own (List-Unsubscribe…); the envelope's are added by `assemble`. `custom_args` holds
    opaque ids only. A `name` with `;` or `,` (the provider's limitation page forbids both) or with characters unfit for
    a header is left out: a display name is a courtesy, and must never cost a person the mail or a slice its request.
    Raises PersonalizationRefused, HeaderRefused.
    """
    if not fits_address(address):
        raise PersonalizationRefused("address", "not an address that fits one header line")
    for header, value in headers.items():
        if header not in _known_names:
            check_name(header)
            if len(_known_names) < 100:
                _known_names.add(header)
        if not is_one_line(value):
            raise HeaderRefused(header, "the value holds a line break, control character or direction mark")
    to = {"email": address}
    if fits_name(name):
        to["name"] = name
    record: dict[str, Any] = {"headers": headers} if headers else {}
    record["to"] = (to,)
    if substitutions:
        for value in substitutions.values():
            if value.__class__ is not str:
                raise PersonalizationRefused("substitutions", "values must be text: the provider takes nothing else")
        record["substitutions"] = substitutions
    if custom_args:
        record["custom_args"] = custom_args
    try:
        written = orjson.dumps(record, default=dict)  # default: any Mapping is welcome, not dict alone
    except TypeError:
        # `from None`: the original text may quote a value, and values are personal.
        raise PersonalizationRefused("values", "keys and values must be text that UTF-8 can hold") from None
    if len(written) > MAX_CUSTOM_ARG_BYTES or len(substitutions) > MAX_SUBSTITUTIONS:
        _check_limits(substitutions, custom_args)
    return written


def _check_limits(substitutions: Mapping[str, str], custom_args: Mapping[str, str]) -> None:
    if len(substitutions) > MAX_SUBSTITUTIONS:
        raise PersonalizationRefused("substitutions", f"{len(substitutions)} of at most {MAX_SUBSTITUTIONS}")
    for what, values, most in (
        ("substitutions", substitutions, MAX_SUBSTITUTION_BYTES),
        ("custom_args", custom_args, MAX_CUSTOM_ARG_BYTES),
    ):
        size = len(orjson.dumps(dict(values)))
        if size > most:
            raise PersonalizationRefused(what, f"{size} bytes of at most {most}")


def share_headers(envelope: EnvelopeBytes, personalizations: Sequence[bytes]) -> Sequence[bytes]:
    """The personalizations with the envelope's headers written into each.

    Because the provider does not say whether message and personalization headers merge or replace. A header of the
    recipient's own comes later and so wins.
    """
    shared = envelope.shared_headers
    if not shared:
        return personalizations
    with_own = _OWN_HEADERS + shared + b","
    without_own = _OWN_HEADERS + shared + b"},"
    cut = len(_OWN_HEADERS)
    return [with_own + item[cut:] if item.startswith(_OWN_HEADERS) else without_own + item[1:] for item in personalizations]


def assemble(
    envelope: EnvelopeBytes,
    personalizations: Sequence[bytes],
    custom_args: Mapping[str, str] = _NONE,
    *,
    send_at: int | None = None,
    batch_id: str = "",
    headers_shared: bool = False,
) -> bytes:
    """The finished mail/send body: `personalizations` in the given order, so that index n in an answer is item n here.

    `custom_args` are the request's (the attempt token): the provider merges them key by key with each recipient's.
    `send_at` (unix seconds) and `batch_id` are the request's own. `headers_shared`: the personalizations hold the
    envelope's headers already (`share_headers`, `stencil`). Raises EnvelopeRefused for 0 or more than 1000 recipients,
    BodyTooLarge.
    """
    if not 1 <= len(personalizations) <= MAX_PERSONALIZATIONS:
        raise EnvelopeRefused("personalizations", f"{len(personalizations)}; 1 to {MAX_PERSONALIZATIONS} in a request")
    if not headers_shared:
        personalizations = share_headers(envelope, personalizations)
    own: dict[str, Any] = {}
    if custom_args:
        own["custom_args"] = dict(custom_args)
    if send_at is not None:
        own["send_at"] = send_at
    if batch_id:
        own["batch_id"] = batch_id
    suffix = b"]," + orjson.dumps(own)[1:] if own else envelope.suffix
    # Joined once: the request is the largest thing that a slot holds.
    items = list(personalizations)
    items[0] = envelope.prefix + items[0]
    items[-1] += suffix
    body = b",".join(items)
    check_size(body)
    return body


def check_size(body: bytes) -> None:
    """Raise BodyTooLarge over MAX_BODY: an early 413 can look like a broken connection, so it is never provoked."""
    if len(body) > MAX_BODY:
        raise BodyTooLarge("body", f"{len(body)} bytes of at most {MAX_BODY}")


class OutcomeKind(StrEnum):
    """What an attempt's answer means for its recipients; there is no sixth."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    BUSY = "busy"
    UNKNOWN = "unknown"
    NEVER_CONNECTED = "never_connected"


class ApiFault(NamedTuple):
    """One entry of the provider's error list; `message` may quote an address, so it is not for logs."""

    message: str
    field: str | None


_GUILTY = re.compile(r"personalizations[.\[](\d{1,4})(?:\D|\Z)")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the transport says at once about one request. `retry_after` is seconds; `detail` is fit for logs."""

    kind: OutcomeKind
    status: int | None = None
    message_id: str | None = None
    errors: tuple[ApiFault, ...] = field(default=(), repr=False)
    retry_after: float | None = None
    detail: str = ""

    @property
    def is_quota(self) -> bool:
        """The plan's credits are used up: a 401 that says nothing about the key."""
        return self.status == 401 and any("credits exceeded" in fault.message.lower() for fault in self.errors)

    @property
    def is_credentials(self) -> bool:
        """The key, its scope or the sender identity is refused: the operator must act, no recipient is at fault."""
        return self.status == 403 or (self.status == 401 and not self.is_quota)

    @property
    def is_too_large(self) -> bool:
        """A 413, or refused here before sending (the only refusal without a status)."""
        return self.kind is OutcomeKind.REFUSED and self.status in (413, None)

    @property
    def guilty_index(self) -> int | None:
        """The recipient a 400 blames, when every fault blames the same one; else None (bisect)."""
        if self.kind is not OutcomeKind.REFUSED or self.status != 400 or not self.errors:
            return None
        found = {match and int(match[1]) for match in (_GUILTY.match(fault.field or "") for fault in self.errors)}
        return found.pop() if len(found) == 1 else None


class EventKind(StrEnum):
    """Our words for what the provider tells later. OTHER keeps names that did not exist when this was written."""

    PROCESSED = "processed"
    DEFERRED = "deferred"
    DELIVERED = "delivered"
    BOUNCED_HARD = "bounced_hard"
    BOUNCED_SOFT = "bounced_soft"
    DROPPED = "dropped"
    COMPLAINED = "complained"
    UNSUBSCRIBED = "unsubscribed"
    GROUP_UNSUBSCRIBED = "group_unsubscribed"
    GROUP_RESUBSCRIBED = "group_resubscribed"
    OPENED = "opened"
    CLICKED = "clicked"
    ACCOUNT_STATUS = "account_status"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Event:
    """One provider event. What names a person is left out of repr; `raw` is the provider's element, safe for jsonb."""

    kind: EventKind
    provider_name: str
    at: datetime
    address: str | None = field(repr=False)
    delivery_token: str | None
    attempt_token: str | None
    event_id: str | None
    key: bytes
    reason: str | None = field(default=None, repr=False)
    status: str | None = None
    url: str | None = field(default=None, repr=False)
    machine_open: bool = False
    tries: int | None = None
    classification: str | None = None
    type: str | None = None  # of a bounce ("bounce", "blocked"), or of a change of the account's standing
    response: str | None = field(default=None, repr=False)  # the SMTP answer, where it is given beside the reason
    domain: str | None = None  # the receiving domain: what is behind the @ of the address
    categories: tuple[str, ...] = ()
    raw: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def fact_key(self) -> bytes:
        """16 bytes that stay the same when the provider sends the same fact again under a new id (it does)."""
        return fact_key(self.delivery_token, self.provider_name, int(self.at.timestamp()), self.url, self.address)


def fact_key(delivery: str | None, name: str, timestamp: int, url: str | None, address: str | None) -> bytes:
    """16-byte hash of what an event says, for events without an id and for twins under two ids."""
    parts = (delivery or "", name, str(timestamp), url or "", address or "")
    joined = b"".join(b"%d:%b" % (len(part), part.encode("utf-8", "surrogatepass")) for part in parts)
    return blake2b(joined, digest_size=16, person=b"event fact").digest()
