"""Every error of the transport, grouped by who must act: the operator, the caller, the provider's side, nobody.

The texts hold no key, no address and no body, so they may be logged as they are.
"""

from __future__ import annotations

from transport.outcomes import Outcome


class TransportError(Exception):
    """Root of the tree; catching it catches everything this package raises on purpose."""


class OperatorError(TransportError):
    """A setting is wrong. Names the setting, what was found (never a secret) and what is allowed."""

    def __init__(self, setting: str, found: str, allowed: str) -> None:
        super().__init__(f"{setting}: {found}; allowed: {allowed}")


class CallerError(TransportError):
    """What the caller handed over cannot become a request; `what` names the part."""

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(f"{what}: {reason}")
        self.what = what


class HeaderRefused(CallerError):
    """A header that is reserved, or whose name or value is not fit for mail; `what` is its name."""


class EnvelopeRefused(CallerError):
    """A part of the envelope the provider would refuse; found before anything is sent."""


class RecipientRefused(CallerError):
    """One recipient's values break a published limit; the others of the slice are not at fault."""


class BodyTooLarge(CallerError):
    """The finished request is larger than the provider takes; fewer recipients may fit."""


class ProviderError(TransportError):
    """A call other than mail/send failed. `outcome` says how; the caller decides whether to ask again."""

    def __init__(self, call: str, outcome: Outcome) -> None:
        super().__init__(f"{call}: {outcome.kind}: {outcome.detail}")
        self.outcome = outcome


class ForgedWebhook(TransportError):
    """A webhook request that proves nothing: reject it and write nothing.

    `reason` is one of: no-keys, no-signature, no-timestamp, malformed-signature, malformed-timestamp, no-match.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"webhook request not accepted: {reason}")
        self.reason = reason


class EgressRefused(TransportError):
    """An outbound request that must not be made: `reason` is scheme, port, credentials, host or address."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason


class EgressFailed(TransportError):
    """A permitted outbound request that got no answer: name not found, refused, too slow, not HTTP."""
