"""Batch ids: the provider's handle to pause or cancel scheduled mail. Works until about 10 minutes before `send_at`; an
immediate send cannot be stopped by it. At most 100 batches may be paused or cancelled at once.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any

import orjson

from transport.errors import CallerError, ProviderError
from transport.message import Outcome, OutcomeKind
from transport.sendgrid.client import SendGrid


class BatchState(StrEnum):
    """FREE: neither paused nor cancelled; the provider does not say whether the batch was used."""

    FREE = "free"
    PAUSED = "pause"
    CANCELLED = "cancel"


def create(provider: SendGrid) -> str:
    """A new batch id, valid for 10 days. Raises ProviderError."""
    return create_dated(provider)[0]


def create_dated(provider: SendGrid) -> tuple[str, datetime | None]:
    """A new batch id, and what time it is by the provider's clock if it says so. Raises ProviderError."""
    _, headers, body = provider.ask("POST", "mail/batch")
    found = _json("POST mail/batch", body)
    batch_id = found.get("batch_id") if isinstance(found, dict) else None
    if not isinstance(batch_id, str) or not batch_id:
        raise ProviderError("POST mail/batch", Outcome(OutcomeKind.UNKNOWN, detail="the answer holds no batch_id"))
    return batch_id, _date(headers)


def pause(provider: SendGrid, batch_id: str) -> None:
    """Hold a batch's mail; held for longer than 72 h it expires. Raises ProviderError."""
    _set(provider, batch_id, BatchState.PAUSED)


def cancel(provider: SendGrid, batch_id: str) -> None:
    """Discard a batch's mail when its time comes. Raises ProviderError."""
    _set(provider, batch_id, BatchState.CANCELLED)


def release(provider: SendGrid, batch_id: str) -> None:
    """Undo a pause or cancel. Raises ProviderError."""
    provider.ask("DELETE", f"user/scheduled_sends/{_sound(batch_id)}")


def state(provider: SendGrid, batch_id: str) -> BatchState:
    """Whether a batch is paused or cancelled. Raises ProviderError."""
    path = f"user/scheduled_sends/{_sound(batch_id)}"
    _, _, body = provider.ask("GET", path)
    for row in _rows(_json(f"GET {path}", body)):
        if row.get("batch_id") == batch_id and row.get("status") in (BatchState.PAUSED, BatchState.CANCELLED):
            return BatchState(row["status"])
    return BatchState.FREE


def _set(provider: SendGrid, batch_id: str, wanted: BatchState) -> None:
    # A second POST for a batch is refused, a PATCH without a first POST is too: so look first.
    _sound(batch_id)
    now = state(provider, batch_id)
    if now is BatchState.FREE:
        content = {"batch_id": batch_id, "status": wanted.value}
        provider.ask("POST", "user/scheduled_sends", content=content)
    elif now is not wanted:
        provider.ask("PATCH", f"user/scheduled_sends/{batch_id}", content={"status": wanted.value})


def _date(headers: Mapping[str, Any]) -> datetime | None:
    try:
        told = parsedate_to_datetime(str(headers.get("Date")))
    except ValueError:
        return None
    return told.astimezone(UTC) if told.tzinfo else None


def _sound(batch_id: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_.-]{1,200}", batch_id):
        raise CallerError("batch_id", "not an id as the provider makes them")
    return batch_id


def _json(call: str, body: bytes) -> Any:
    try:
        return orjson.loads(body)
    except ValueError:
        raise ProviderError(call, Outcome(OutcomeKind.UNKNOWN, detail="the answer is not JSON")) from None


def _rows(found: Any) -> list[dict[str, Any]]:
    rows = found if isinstance(found, list) else [found]
    return [row for row in rows if isinstance(row, dict)]
