"""The meaning of a provider's answer for the recipients, in provider-neutral terms."""

from dataclasses import dataclass
from enum import StrEnum


class OutcomeKind(StrEnum):
    """How an attempt ended; these five kinds are all.

    Every doubt is UNKNOWN: repeating a request that was accepted means two mails, while an unknown outcome is listed and
    cleared by the provider's events. NEVER_CONNECTED proves that no byte of the request was sent.
    """

    ACCEPTED = "accepted"
    REFUSED = "refused"
    BUSY = "busy"
    UNKNOWN = "unknown"
    NEVER_CONNECTED = "never_connected"


class Cause(StrEnum):
    """What a rejection is about; it decides who must act."""

    QUOTA = "quota"  # the plan's credits are used up
    CREDENTIALS = "credentials"  # the key, its scope or the sender identity: the operator must act
    TOO_LARGE = "too_large"  # fewer recipients per request may pass
    MESSAGE = "message"  # the shared part: every recipient would be rejected
    RECIPIENT = "recipient"  # perhaps one recipient of the request
    OTHER = "other"  # anything else; no recipient is at fault


@dataclass(frozen=True, slots=True)
class Outcome:
    """The result of one request. `retry_after` is in seconds; `detail` may be logged: it contains no key and no address.

    `cause` is set for rejections. `recipient_index` is the position in the request of the only recipient that the answer
    names as the fault, or None if it names none or several.
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
        """Whether nothing can be sent until somebody corrects the account or the key; no recipient is at fault."""
        return self.cause in (Cause.QUOTA, Cause.CREDENTIALS)
