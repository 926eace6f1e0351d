"""The body of SendGrid's mail/send: the shared part serialised once, one personalization per recipient, the request.

Limits are those of the mail/send reference; if its pages disagree, the lower figure applies.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from transport.errors import BodyTooLargeError, CallerError
from transport.message import Envelope, Recipient, Release
from transport.provider import FillPattern
from transport.sendgrid import payload_template

MAX_PERSONALIZATIONS = 1000
# Documented: the whole message under 30 MB. A megabyte is kept free, because the reference does not say how it is counted.
MAX_BODY = 29_000_000
MAX_SUBSTITUTIONS = 100
MAX_SUBSTITUTION_BYTES = 10_000
MAX_CUSTOM_ARG_BYTES = 9_999

# The names of our two opaque ids among the custom args; the prefix avoids the provider's own event fields.
DELIVERY_ARG = "mr_d"
ATTEMPT_ARG = "mr_a"

# Every tracking setting is stated: for an absent one SendGrid uses the account's setting, which would change the mail.
# bypass_* is left out on purpose: the provider's own suppressions must stay in force.
_SETTINGS: dict[str, Any] = {
    "mail_settings": {"footer": {"enable": False}, "sandbox_mode": {"enable": False}},
    "tracking_settings": {
        "click_tracking": {"enable": False, "enable_text": False},
        "open_tracking": {"enable": False},
        "subscription_tracking": {"enable": False},
        "ganalytics": {"enable": False},
    },
}


class SendGridMessage:
    """An envelope serialised once; `write_request` inserts personalizations between its constant parts."""

    def __init__(self, envelope: Envelope) -> None:
        self._headers = dict(envelope.headers)
        self._prefix = orjson.dumps(_message_fields(envelope))[:-1] + b',"personalizations":['

    def write_recipient(self, recipient: Recipient) -> bytes:
        """The JSON of one personalization with one address in `to`. Raises CallerError."""
        values, token = recipient.values, recipient.delivery_token
        # Repeat the envelope's headers here: SendGrid does not document whether headers of a personalization extend or
        # replace those of the message.
        headers = {**self._headers, **recipient.headers}
        name = recipient.display_name
        record: dict[str, Any] = {"headers": headers} if headers else {}
        record["to"] = [{"email": recipient.address, "name": name} if name else {"email": recipient.address}]
        if values:
            if any(value.__class__ is not str for value in values.values()):
                raise CallerError("substitutions", "values must be text")
            record["substitutions"] = dict(values)
        if token:
            record["custom_args"] = {DELIVERY_ARG: token}
        try:
            written = orjson.dumps(record)
        except TypeError:
            # `from None`: the original text may quote a value, which is personal data.
            raise CallerError("values", "keys and values must be text that UTF-8 can encode") from None
        if len(written) > MAX_CUSTOM_ARG_BYTES or len(values) > MAX_SUBSTITUTIONS:
            _check_limits(values, token)
        return written

    def write_pattern(self, values: Mapping[str, str], headers: Mapping[str, str], delivery_token: str) -> FillPattern:
        """A function that fills the gaps of one personalization."""
        example = Recipient(payload_template.EXAMPLE_ADDRESS, "", values, headers, delivery_token)
        # Below this size no limit of `write_recipient` can be exceeded.
        return payload_template.compile_pattern(self.write_recipient(example), MAX_CUSTOM_ARG_BYTES)

    def write_request(self, recipients: Sequence[bytes], attempt_token: str = "", release: Release | None = None) -> bytes:
        """The finished body. SendGrid merges its custom args (the attempt token) with those of each recipient."""
        if not 1 <= len(recipients) <= MAX_PERSONALIZATIONS:
            raise CallerError("personalizations", f"{len(recipients)} in a request that takes 1 to {MAX_PERSONALIZATIONS}")
        own: dict[str, Any] = {}
        if attempt_token:
            own["custom_args"] = {ATTEMPT_ARG: attempt_token}
        if release is not None:
            own["send_at"] = int(release.send_at.timestamp())
            own["batch_id"] = release.batch_id
        # Joined once: the request is the largest object that a slot holds.
        pieces = list(recipients)
        pieces[0] = self._prefix + pieces[0]
        pieces[-1] += b"]," + orjson.dumps(own)[1:] if own else b"]}"
        body = b",".join(pieces)
        check_size(body)
        return body


def check_size(body: bytes) -> None:
    """Raise BodyTooLargeError above MAX_BODY. An early 413 can look like a broken connection, so we never provoke one."""
    if len(body) > MAX_BODY:
        raise BodyTooLargeError("body", f"{len(body)} bytes of at most {MAX_BODY}")


def _message_fields(envelope: Envelope) -> dict[str, Any]:
    sender = envelope.sender
    fields: dict[str, Any] = {
        "from": {"email": sender.email, "name": sender.name} if sender.name else {"email": sender.email},
        "subject": envelope.subject,
        # text/plain must come first, or the provider rejects the request.
        "content": [{"type": kind, "value": value} for kind, value in envelope.parts],
    }
    if sender.reply_to:
        fields["reply_to"] = {"email": sender.reply_to}
    return fields | _SETTINGS


def _check_limits(values: Mapping[str, str], delivery_token: str) -> None:
    if len(values) > MAX_SUBSTITUTIONS:
        raise CallerError("substitutions", f"{len(values)} of at most {MAX_SUBSTITUTIONS}")
    for what, entries, most in (
        ("substitutions", dict(values), MAX_SUBSTITUTION_BYTES),
        ("custom_args", {DELIVERY_ARG: delivery_token}, MAX_CUSTOM_ARG_BYTES),
    ):
        size = len(orjson.dumps(entries))
        if size > most:
            raise CallerError(what, f"{size} bytes of at most {most}")
