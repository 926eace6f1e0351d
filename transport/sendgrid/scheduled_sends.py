"""Batch ids: SendGrid's handle to cancel scheduled mail.

A cancel works until about 10 minutes before `send_at`; mail without `send_at` cannot be stopped. At most 100 batches may be
paused or cancelled at once.
"""

import re
from datetime import UTC, datetime
from email.message import Message
from email.utils import parsedate_to_datetime
from typing import Any

import orjson

from transport.errors import CallerError, ProviderError
from transport.outcomes import Outcome, OutcomeKind
from transport.sendgrid.client import ApiClient

_CANCEL = "cancel"
_STATUSES = ("pause", _CANCEL)


class SendGridScheduledSends:
    def __init__(self, client: ApiClient) -> None:
        self._client = client

    def create_batch(self) -> tuple[str, datetime | None]:
        """A new batch id, valid for 10 days, and the time by SendGrid's clock if the answer has it. Raises ProviderError."""
        headers, body = self._client.ask("POST", "mail/batch")
        answer = _json("POST mail/batch", body)
        batch_id = answer.get("batch_id") if isinstance(answer, dict) else None
        if not isinstance(batch_id, str) or not batch_id:
            raise ProviderError("POST mail/batch", Outcome(OutcomeKind.UNKNOWN, detail="the answer contains no batch_id"))
        return batch_id, _date(headers)

    def cancel(self, batch_id: str) -> None:
        """Discard a batch's mail when its time comes. Raises ProviderError."""
        # SendGrid rejects a second POST for a batch, and a PATCH without a first POST, so read the status first.
        status = self.status(batch_id)
        if status is None:
            self._client.ask("POST", "user/scheduled_sends", content={"batch_id": batch_id, "status": _CANCEL})
        elif status != _CANCEL:
            self._client.ask("PATCH", _path(batch_id), content={"status": _CANCEL})

    def release(self, batch_id: str) -> None:
        """Undo a cancel. Raises ProviderError, except if SendGrid has no such batch."""
        try:
            self._client.ask("DELETE", _path(batch_id))
        except ProviderError as error:
            if error.outcome.status != 404:
                raise

    def status(self, batch_id: str) -> str | None:
        """`pause` or `cancel`; None for neither. SendGrid does not say whether the batch was used. Raises ProviderError."""
        path = _path(batch_id)
        answer = _json(f"GET {path}", self._client.ask("GET", path)[1])
        for row in answer if isinstance(answer, list) else [answer]:
            if isinstance(row, dict) and row.get("batch_id") == batch_id and row.get("status") in _STATUSES:
                return str(row["status"])
        return None


def _date(headers: Message) -> datetime | None:
    try:
        date = parsedate_to_datetime(str(headers.get("Date")))
    except ValueError:
        return None
    return date.astimezone(UTC) if date.tzinfo else None


def _path(batch_id: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_.-]{1,200}", batch_id):
        raise CallerError("batch_id", "not a batch id of SendGrid's form")
    return f"user/scheduled_sends/{batch_id}"


def _json(call: str, body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except ValueError:
        raise ProviderError(call, Outcome(OutcomeKind.UNKNOWN, detail="the answer is not JSON")) from None
