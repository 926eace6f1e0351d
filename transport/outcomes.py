"""What an attempt's answer means for its recipients, in no provider's words."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class OutcomeKind(StrEnum):
    """How an attempt ended; there is no sixth kind.

    UNKNOWN is the answer to every doubt: repeating a request that was accepted means two mails, while an unknown outcome
    is listed and cleared by the provider's events. NEVER_CONNECTED is the proof that no byte of the request left.
    """

    ACCEPTED = "accepted"
    REFUSED = "refused"
    BUSY = "busy"
    UNKNOWN = "unknown"
    NEVER_CONNECTED = "never_connected"


class Cause(StrEnum):
    """What a refusal is about, which decides who must act."""

    QUOTA = "quota"  # the plan's credits are used up
    CREDENTIALS = "credentials"  # the key, its scope or the sender identity: the operator must act
    TOO_LARGE = "too_large"  # fewer recipients per request may pass
    MESSAGE = "message"  # the shared part: every recipient would be refused
    RECIPIENT = "recipient"  # perhaps one recipient of the request
    OTHER = "other"  # anything else; no recipient is to blame


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one request. `retry_after` is in seconds; `detail` is fit for logs: it holds no key and no address.

    `cause` is set for refusals. `recipient_index` is the position in the request of the only recipient that the answer
    blames, None where it names none or several.
    """

    kind: OutcomeKind
    status: int | None = None
    message_id: str | None = None
    cause: Cause | None = None
    recipient_index: int | None = None
    retry_after: float | None = None
    detail: str = ""

    @property
    def needs_operator(self) -> bool:
        """Nothing is sent before somebody corrects the account or the key; no recipient is to blame."""
        return self.cause in (Cause.QUOTA, Cause.CREDENTIALS)
