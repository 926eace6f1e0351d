"""POST /hooks/sendgrid: believe what the provider signed, keep it, answer at once. Everything else comes later.

An unsigned request costs no database work. Whatever is refused here is repeated by the provider for 24 hours.
"""

import structlog
from django.db import transaction
from django.http import HttpRequest, HttpResponse, UnreadablePostError

from campaigns.tracking import event_inbox
from config.mail_provider import mail_provider
from config.web_pools import WEBHOOK
from transport.errors import ForgedWebhookError, OperatorError
from worker.wake import wake

log = structlog.get_logger("mailroom.hooks")

# Our own web server refuses larger bodies before they come here; another one may not.
LARGEST_BODY = WEBHOOK.largest_body


def receive(request: HttpRequest) -> HttpResponse:
    """204 kept; 403 not signed by a key of ours; 413 too large. Nothing is written unless it is kept."""
    raw = _read(request)
    if raw is None:
        log.error("webhook_too_large", limit=LARGEST_BODY, declared=request.headers.get("Content-Length", ""))
        return _plain(413, "larger than 4 MiB")
    provider = mail_provider()
    try:
        provider.verify_webhook(request.headers, raw)
    except ForgedWebhookError as forged:
        log.warning("webhook_refused", reason=str(forged), setting=provider.webhook_keys_setting)
        return _plain(403, "not signed by a key of ours")
    except OperatorError as error:
        log.error("webhook_key_unusable", error=str(error), setting=provider.webhook_keys_setting)  # noqa: TRY400 - no trace needed
        return _plain(403, "not signed by a key of ours")
    payload = event_inbox.receive(raw)
    # After commit, and whatever becomes of the wake-up call: beat applies what nobody was woken for.
    transaction.on_commit(_wake, robust=True)
    log.info("webhook_kept", payload=payload, size=len(raw))
    return HttpResponse(status=204)


def _wake() -> None:
    # A function with a name: where it raises, Django's log asks for it.
    wake("apply_events")


def _read(request: HttpRequest) -> bytes | None:
    """The raw body; None when it is larger than allowed, of which at most one byte too many has been read."""
    declared = request.headers.get("Content-Length", "")
    if declared.isdecimal() and int(declared) > LARGEST_BODY:
        return None
    try:
        raw = request.read(LARGEST_BODY + 1)
    except UnreadablePostError:
        return b""  # they hung up: nothing that a signature could fit
    return raw if len(raw) <= LARGEST_BODY else None


def _plain(status: int, reason: str) -> HttpResponse:
    return HttpResponse(reason + "\n", status=status, content_type="text/plain; charset=utf-8")
