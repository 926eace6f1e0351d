"""The protocol between Mailroom and a mail provider. SendGrid is its only implementation (`transport/sendgrid/`).

Code outside `transport` knows a provider only through this protocol, `message`, `outcomes`, `provider_events` and `errors`. It
knows nothing of a provider's fields, statuses or signatures. `config/mail_provider.py` chooses the implementation.

Rules that an implementation must keep, because delivery at most once depends on them (docs/delivery.md):

- `send` makes exactly one request and never repeats it. It never raises because of the network or the API: every
  answer, and every missing answer, becomes one Outcome.
- ACCEPTED, REFUSED and BUSY are definite. If the provider may have accepted the request, the outcome is UNKNOWN.
  NEVER_CONNECTED is only for proof that no byte was sent.
- After `may_begin_until` nothing is sent. A suspended process must not wake up and send.
- One request is one attempt. A provider that takes one recipient per request has `max_recipients = 1`: campaigns are
  then cut into slices of one, and each of them is settled alone.
- Every request forbids the provider to change the mail: no tracking of opens and clicks, and no unsubscribe link or footer of its
  own. Each of these settings is stated, because for an absent one a provider may use a setting of the account.
- Every event returns the delivery token of its recipient and the attempt token of its request. They are opaque
  and name nobody. The text in an Outcome's `detail` names nobody either.
- `write_pattern` is a shortcut for speed: its result equals, byte for byte, what `write_recipient` writes.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Protocol

from transport.key_purposes import KeyPermissions
from transport.message import Envelope, Recipient, Release
from transport.outcomes import Outcome
from transport.provider_events import ProviderEvent, WebhookFault
from transport.provider_lists import ListPage, ProviderList

# (address, name, tokens, texts) -> the bytes of one recipient; None for unusual values: use `write_recipient`.
FillPattern = Callable[[str, str, Sequence[bytes], Sequence[str]], bytes | None]


class PreparedMessage(Protocol):
    """The shared part of a message, serialised once. Immutable: threads may share it."""

    def write_recipient(self, recipient: Recipient) -> bytes:
        """The bytes of one recipient. Raises CallerError for values beyond the provider's published limits."""

    def write_pattern(self, values: Mapping[str, str], headers: Mapping[str, str], delivery_token: str) -> FillPattern | None:
        """A function that fills the gaps (`message.token_gap`, `text_gap`) of one recipient's pattern.

        A gap may occur several times. None if this provider has no shortcut.
        """

    def write_request(self, recipients: Sequence[bytes], attempt_token: str = "", release: Release | None = None) -> bytes:
        """The body of one request. Position n in `recipients` is `Outcome.recipient_index` n.

        Raises BodyTooLargeError, and CallerError for no recipient or more than `Provider.max_recipients`.
        """


class ScheduledSends(Protocol):
    """Mail that the provider keeps until a later time, and how to cancel it. Every method raises ProviderError."""

    def create_batch(self) -> tuple[str, datetime | None]:
        """A new batch id, and the time by the provider's clock if the answer has it."""

    def cancel(self, batch_id: str) -> None:
        """Discard a batch's mail when its time comes. Repeating it does no harm."""

    def release(self, batch_id: str) -> None:
        """Undo a cancel and forget the batch. Does nothing if the provider does not know it."""


class SuppressionLists(Protocol):
    """The lists of addresses to which the provider does not deliver. The three calls raise ProviderError.

    Every call may be repeated: reading changes nothing, and adding or removing an address twice does no harm.
    """

    @property
    def most_added(self) -> int:
        """The maximum number of addresses in one `add_unsubscribes`."""

    @property
    def pause(self) -> float:
        """For how many seconds the provider allows no further call, as far as its last answer says."""

    def read(self, which: ProviderList, since: datetime | None, until: datetime, position: str = "") -> ListPage:
        """One page of the rows that were listed from `since` to `until`; `position` is that of the page before.

        Rows that are deleted while a list is read must hide no other row. A position contains no address.
        """

    def add_unsubscribes(self, addresses: Sequence[str]) -> None:
        """Put addresses on the list of people who want no mail at all; those that are on it stay as they are."""

    def remove(self, which: ProviderList, address: str) -> bool:
        """Take an address off a list; False if it was not on it."""


class ProviderClient(Protocol):
    """One kept-alive connection to the provider, for one thread, opened after any fork.

    `scheduled_sends` and `suppression_lists` are None if the provider has no such feature. Then campaigns in strict mode or
    by local time are put on hold, and suppressions are known here only.
    """

    @property
    def scheduled_sends(self) -> ScheduledSends | None: ...

    @property
    def suppression_lists(self) -> SuppressionLists | None: ...

    def send(self, request: bytes, *, may_begin_until: float | None = None) -> Outcome:
        """Send a request once. `may_begin_until` is a `time.monotonic()` value."""

    def key_permissions(self) -> KeyPermissions:
        """Ask the provider what the key may do, and what it lacks. Raises ProviderError; a rejected key has Cause.CREDENTIALS."""

    def authenticated_domains(self) -> Sequence[str]:
        """The domains, in lower case, whose mail the provider signs because their owner set them up. Raises ProviderError."""

    def close(self) -> None: ...


class Provider(Protocol):
    """A mail provider with the settings of this installation. Creating one is cheap and needs no network."""

    @property
    def max_recipients(self) -> int:
        """The maximum number of recipients in one request."""

    @property
    def has_credentials(self) -> bool:
        """Whether a key is set, without which nothing can be sent."""

    @property
    def key_end(self) -> str:
        """The last four characters of the key, by which staff recognise it; empty for a key that is short or not set."""

    @property
    def has_webhook_keys(self) -> bool:
        """Whether events can be verified, without which none is accepted."""

    @property
    def webhook_keys_setting(self) -> str:
        """The name of the setting with the keys, for logs."""

    def prepare(self, envelope: Envelope) -> PreparedMessage:
        """Serialise the shared part. Raises CallerError."""

    def connect(self, timeout: float, observe: Callable[[str], None] | None = None) -> ProviderClient:
        """A client whose calls take at most `timeout` seconds each. Raises OperatorError for an unusable key or host.

        `observe` is called with "connected", "half_sent", "sent" and "head_read" during each request.
        """

    def verify_webhook(self, headers: Mapping[str, str], body: bytes) -> None:
        """Return if the provider signed these bytes. Raises ForgedWebhookError, or OperatorError for an unusable key of ours."""

    def read_webhook(self, body: bytes) -> tuple[list[ProviderEvent], list[WebhookFault]]:
        """The events of a verified body in order, and a fault for each element that is not an event. Never raises."""
