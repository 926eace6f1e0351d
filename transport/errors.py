"""All errors of the transport, grouped by who must act: the operator, the caller, the provider, nobody.

The texts contain no key, address or message body, so they may be logged as they are.
"""

from transport.outcomes import Outcome


class TransportError(Exception):
    """The root class: catching it catches everything that this package raises on purpose."""


class OperatorError(TransportError):
    """A setting is wrong. Names the setting, the fault (never a secret) and what to set instead."""

    def __init__(self, setting: str, problem: str, allowed: str) -> None:
        super().__init__(f"{setting}: {problem}. Use {allowed}.")


class CallerError(TransportError):
    """The caller's input cannot become a request; `what` names the part."""

    def __init__(self, what: str, reason: str) -> None:
        super().__init__(f"{what}: {reason}")
        self.what = what


class BodyTooLargeError(CallerError):
    """The finished request is larger than the provider accepts; fewer recipients may fit."""


class ProviderError(TransportError):
    """A call other than mail/send failed. `outcome` says how; the caller decides whether to try again."""

    def __init__(self, call: str, outcome: Outcome) -> None:
        super().__init__(f"{call}: {outcome.kind}: {outcome.detail}")
        self.outcome = outcome


class ForgedWebhookError(TransportError):
    """A webhook request that is not verified: reject it and write nothing.

    `reason` is one of: no-keys, no-signature, no-timestamp, malformed-signature, malformed-timestamp, no-match.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(f"webhook request not accepted: {reason}")
        self.reason = reason


class EgressRefusedError(TransportError):
    """An outbound request that must not be made: `reason` is scheme, port, credentials, host or address."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(detail)
        self.reason = reason


class EgressFailedError(TransportError):
    """A permitted outbound request without an answer: host name not found, connection refused, time-out, not HTTP."""
