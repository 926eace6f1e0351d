"""A message in provider-neutral terms: its envelope, one recipient, and when it is released.

Creating an Envelope or a Recipient checks it, so no provider can forget to.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from transport.errors import CallerError
from transport.header_rules import check_headers, is_one_line

MAX_ADDRESS = 320

# Private-use characters mark the gaps of a pattern: JSON leaves them unchanged, and no text of Mailroom contains them.
TOKEN_GAP, TEXT_GAP, GAP_END = "\ue000", "\ue001", "\ue002"
NAME_GAP = "\ue003"  # as a whole value: the recipient's name, unchanged


@dataclass(frozen=True, slots=True)
class SenderAddress:
    """A verified From identity. `email` and `reply_to` are ASCII (an IDN domain as A-label); `name` may be Unicode."""

    email: str
    name: str = ""
    reply_to: str | None = None


@dataclass(frozen=True, slots=True)
class Envelope:
    """What all recipients of a message share. `html` or `text` may be empty, but not both.

    Raises CallerError for values that are not valid in mail.
    """

    sender: SenderAddress
    subject: str
    html: str
    text: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        sender = self.sender
        for what, address in (("sender.email", sender.email), ("sender.reply_to", sender.reply_to)):
            if not (_is_plain_address(address) or (address is None and what == "sender.reply_to")):
                raise CallerError(what, "not an ASCII address with one @ (write an internationalised domain as xn--)")
        for what, line in (("sender.name", sender.name), ("subject", self.subject)):
            if not is_one_line(line):
                raise CallerError(what, "contains a line break, control character or direction mark")
        if not self.subject:
            raise CallerError("subject", "empty")
        if not self.html and not self.text:
            raise CallerError("content", "both the HTML and the text are empty")
        for what, part in (("html", self.html), ("text", self.text)):
            if not _is_utf8(part):
                raise CallerError(what, "contains half a surrogate pair, which UTF-8 cannot encode")
        check_headers(self.headers)

    @property
    def parts(self) -> tuple[tuple[str, str], ...]:
        """(MIME type, content) of the parts that are not empty, plainest first (RFC 2046)."""
        parts = (("text/plain", self.text), ("text/html", self.html))
        return tuple(part for part in parts if part[1])


@dataclass(frozen=True, slots=True)
class Recipient:
    """One recipient of a message. Raises CallerError for values that are not valid in mail headers.

    `values` maps each merge tag of the envelope to its text. `headers` are this recipient's own (List-Unsubscribe) and
    override those of the envelope. `delivery_token` is an opaque id that the provider's events return.
    """

    address: str = field(repr=False)
    name: str = field(default="", repr=False)
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    delivery_token: str = ""

    def __post_init__(self) -> None:
        if not fits_address(self.address):
            raise CallerError("address", f"not a single line with an @ and at most {MAX_ADDRESS} characters")
        check_headers(self.headers)

    @property
    def display_name(self) -> str:
        """The name for the To header; empty if it is not valid there, because a name must never cost somebody the mail."""
        return self.name if fits_name(self.name) else ""


@dataclass(frozen=True, slots=True)
class Release:
    """The provider keeps the message until `send_at`, and discards it if `batch_id` was cancelled before."""

    send_at: datetime
    batch_id: str


def token_gap(number: int) -> str:
    """The mark of a gap for a token: ASCII letters, digits, `-` and `_`, anywhere in a value."""
    return f"{TOKEN_GAP}{number}{GAP_END}"


def text_gap(number: int) -> str:
    """The mark of a gap for any text; it must be the whole value."""
    return f"{TEXT_GAP}{number}{GAP_END}"


def fits_address(address: str) -> bool:
    """Whether `address` can be a recipient's address in a header line."""
    # isprintable() first, here and below: it saves a call for each of a million recipients.
    return (address.isprintable() or is_one_line(address)) and "@" in address and len(address) <= MAX_ADDRESS


def fits_name(name: str) -> bool:
    """Whether `name` can be next to an address. `;` and `,` separate addresses; SendGrid forbids both in a name."""
    return bool(name) and "," not in name and ";" not in name and (name.isprintable() or is_one_line(name))


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
