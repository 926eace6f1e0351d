"""All URLs of the sandbox except mail/send: the key scope that each needs, and the function that answers each method."""

import re
from collections.abc import Callable
from typing import Any

from sandbox.api import batch_endpoints as batches
from sandbox.api import control_endpoints as control
from sandbox.api import domain_endpoints as domains
from sandbox.api import suppression_endpoints as lists
from sandbox.api import webhook_endpoints as webhooks
from sandbox.http import sendgrid_answers
from sandbox.http.server_connection import SandboxAnswer
from sandbox.inbox import inbox_pages as inbox

# Takes the server, the request and the parts of the path; returns a SandboxAnswer, or a value to answer as JSON with status 200.
Endpoint = Callable[..., Any]
PART = r"([^/]+)"
LIST = "/v3/suppression/(bounces|blocks|invalid_emails|spam_reports)"


def _url(scope: str, path: str, **methods: Endpoint) -> tuple[str, str, dict[str, Endpoint]]:
    """An empty `scope` marks the sandbox's own URLs, which need no key."""
    return scope, path, methods


TABLE = [
    _url("", "/(?:_sandbox/?)?", GET=inbox.redirect_to_inbox),
    _url("", "/_sandbox/inbox", GET=inbox.show_inbox),
    _url("", "/_sandbox/inbox/requests", GET=inbox.show_requests),
    _url("", f"/_sandbox/inbox/{PART}", GET=inbox.show_message),
    _url("", f"/_sandbox/inbox/{PART}/html", GET=inbox.show_html),
    _url("", "/_sandbox/style.css", GET=inbox.show_style),
    _url("", "/_sandbox/messages", GET=control.list_messages),
    _url("", f"/_sandbox/messages/{PART}", GET=control.give_message),
    _url("", "/_sandbox/ledger", GET=control.give_ledger),
    _url("", "/_sandbox/requests", GET=control.give_requests),
    _url("", "/_sandbox/counts", GET=control.give_counts),
    _url("", "/_sandbox/reset", POST=control.reset),
    _url("", "/_sandbox/faults", GET=control.give_faults, POST=control.set_faults, DELETE=control.clear_faults),
    _url("", "/_sandbox/webhook", GET=webhooks.give_webhook, POST=webhooks.set_webhook),
    _url("", "/_sandbox/webhook/rotate", POST=webhooks.rotate_key),
    _url("", "/_sandbox/webhooks", GET=webhooks.list_webhooks),
    _url("", f"/_sandbox/webhooks/{PART}", GET=webhooks.give_webhook, POST=webhooks.set_webhook, DELETE=webhooks.remove_webhook),
    _url("", f"/_sandbox/webhooks/{PART}/rotate", POST=webhooks.rotate_key),
    _url("", "/_sandbox/events", POST=webhooks.emit_events),
    _url("", "/_sandbox/key", GET=webhooks.give_key),
    _url("", "/_sandbox/account", GET=control.give_account, POST=control.set_account),
    _url("", "/_sandbox/receipts", GET=control.give_receipts, POST=control.set_receipts),
    _url("", "/_sandbox/readers", GET=control.give_readers, POST=control.set_readers),
    _url("", "/_sandbox/suppressions", POST=control.fill_list),
    _url("", "/_sandbox/clock", GET=control.give_clock, POST=control.set_clock),
    _url("scopes", "/v3/scopes", GET=control.give_scopes),
    _url("whitelabel", "/v3/whitelabel/domains", GET=domains.list_domains),
    _url("mail.batch", "/v3/mail/batch", POST=batches.create_batch),
    _url("mail.batch", f"/v3/mail/batch/{PART}", GET=batches.check_batch),
    _url("user.scheduled_sends", "/v3/user/scheduled_sends", GET=batches.list_holds, POST=batches.hold_batch),
    _url(
        "user.scheduled_sends",
        f"/v3/user/scheduled_sends/{PART}",
        GET=batches.give_hold,
        PATCH=batches.change_hold,
        DELETE=batches.release_batch,
    ),
    # Global unsubscribes are listed here, and added and removed below /v3/asm.
    _url("suppression", "/v3/suppression/(unsubscribes)", GET=lists.page_list),
    _url("suppression", LIST, GET=lists.page_list, DELETE=lists.delete_many),
    _url("suppression", f"{LIST}/{PART}", GET=lists.give_one, DELETE=lists.delete_one),
    _url("asm.suppressions.global", "/v3/asm/suppressions/global", POST=lists.add_global),
    _url("asm.suppressions.global", f"/v3/asm/suppressions/global/{PART}", DELETE=lists.delete_global),
]


# Scopes that are not divided by what a request does.
_WHOLE = ("", "scopes")
_CHANGES = {"POST": "create", "PATCH": "update", "DELETE": "delete"}


def find_route(method: str, path: str) -> tuple[Endpoint, list[str], str] | SandboxAnswer:
    """The function that answers, the parts of the path and the scope; or a 404 or 405. The first matching path decides."""
    allowed = ["POST"] if path == "/v3/mail/send" else []
    for scope, pattern, methods in TABLE:
        # Compared as text before it is compiled, because tests start the sandbox hundreds of times.
        match = re.fullmatch(pattern, path) if "(" in pattern else None
        if match or pattern == path:
            if answer_for := methods.get("GET" if method == "HEAD" else method):
                parts = [part for part in match.groups() if part] if match else []
                return answer_for, parts, scope if scope in _WHOLE else f"{scope}.{_CHANGES.get(method, 'read')}"
            allowed = list(methods)
            break
    if not allowed:
        return sendgrid_answers.refusal(404)
    answer = sendgrid_answers.refusal(405)
    answer.headers.append(("Allow", ", ".join(allowed)))
    return answer
