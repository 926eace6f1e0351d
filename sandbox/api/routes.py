"""Every URL of the sandbox but mail/send, with the key scope it asks for; no scope = the sandbox's own, no key."""

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from sandbox.api import batch_endpoints, control_endpoints, event_queries, suppression_endpoints, webhook_endpoints
from sandbox.http import sendgrid_answers
from sandbox.http.server_connection import Answer
from sandbox.inbox import inbox_pages

Route = tuple[Callable[..., Answer], tuple[str, ...], str]
P, N = r"([^/]+)", r"(\d+)"
SUPPRESSION = "(bounces|blocks|invalid_emails|spam_reports|unsubscribes)"

TABLE: list[tuple[str, str, Callable[..., Answer], str]] = [
    ("GET", "/", inbox_pages.redirect_to_inbox, ""),
    ("GET", "/_sandbox", inbox_pages.redirect_to_inbox, ""),
    ("GET", "/_sandbox/", inbox_pages.redirect_to_inbox, ""),
    ("GET", "/_sandbox/inbox", inbox_pages.show_inbox, ""),
    ("GET", "/_sandbox/inbox/requests", inbox_pages.show_requests, ""),
    ("GET", f"/_sandbox/inbox/{P}", inbox_pages.show_message, ""),
    ("GET", f"/_sandbox/inbox/{P}/html", inbox_pages.show_html, ""),
    ("GET", "/_sandbox/style.css", inbox_pages.show_style, ""),
    ("GET", "/_sandbox/messages", control_endpoints.list_messages, ""),
    ("GET", f"/_sandbox/messages/{P}", control_endpoints.give_message, ""),
    ("GET", "/_sandbox/ledger", control_endpoints.give_ledger, ""),
    ("GET", "/_sandbox/requests", control_endpoints.give_requests, ""),
    ("GET", "/_sandbox/counts", control_endpoints.give_counts, ""),
    ("POST", "/_sandbox/reset", control_endpoints.reset, ""),
    ("GET", "/_sandbox/faults", control_endpoints.give_faults, ""),
    ("POST", "/_sandbox/faults", control_endpoints.set_faults, ""),
    ("DELETE", "/_sandbox/faults", control_endpoints.clear_faults, ""),
    ("GET", "/_sandbox/webhook", webhook_endpoints.give_webhook, ""),
    ("POST", "/_sandbox/webhook", webhook_endpoints.set_webhook, ""),
    ("POST", "/_sandbox/webhook/rotate", webhook_endpoints.rotate_key, ""),
    ("GET", "/_sandbox/webhooks", webhook_endpoints.list_webhooks, ""),
    ("GET", f"/_sandbox/webhooks/{P}", webhook_endpoints.give_webhook, ""),
    ("POST", f"/_sandbox/webhooks/{P}", webhook_endpoints.set_webhook, ""),
    ("DELETE", f"/_sandbox/webhooks/{P}", webhook_endpoints.remove_webhook, ""),
    ("POST", f"/_sandbox/webhooks/{P}/rotate", webhook_endpoints.rotate_key, ""),
    ("POST", "/_sandbox/events", webhook_endpoints.emit_events, ""),
    ("GET", "/_sandbox/key", webhook_endpoints.give_key, ""),
    ("GET", "/_sandbox/account", control_endpoints.give_account, ""),
    ("POST", "/_sandbox/account", control_endpoints.set_account, ""),
    ("GET", "/_sandbox/receipts", control_endpoints.give_receipts, ""),
    ("POST", "/_sandbox/receipts", control_endpoints.set_receipts, ""),
    ("GET", "/_sandbox/clock", control_endpoints.give_clock, ""),
    ("POST", "/_sandbox/clock", control_endpoints.set_clock, ""),
    ("GET", "/v3/user/webhooks/event/settings", webhook_endpoints.give_settings, "user.webhooks.event"),
    ("GET", "/v3/user/webhooks/event/settings/all", webhook_endpoints.give_all_settings, "user.webhooks.event"),
    ("GET", "/v3/user/webhooks/event/settings/signed", webhook_endpoints.give_signed, "user.webhooks.event"),
    ("GET", f"/v3/user/webhooks/event/settings/signed/{P}", webhook_endpoints.give_signed, "user.webhooks.event"),
    ("PATCH", "/v3/user/webhooks/event/settings/signed", webhook_endpoints.give_signed, "user.webhooks.event"),
    ("PATCH", f"/v3/user/webhooks/event/settings/signed/{P}", webhook_endpoints.give_signed, "user.webhooks.event"),
    ("GET", f"/v3/user/webhooks/event/settings/{P}", webhook_endpoints.give_settings, "user.webhooks.event"),
    ("GET", "/v3/scopes", control_endpoints.give_scopes, "scopes"),
    ("POST", "/v3/logs", event_queries.search_logs, "email_logs"),
    ("GET", f"/v3/logs/{P}", event_queries.give_log, "email_logs"),
    ("GET", "/v3/messages", event_queries.search_activity, "email_activity"),
    ("GET", f"/v3/messages/{P}", event_queries.give_activity, "email_activity"),
    ("POST", "/v3/mail/batch", batch_endpoints.create_batch, "mail.batch"),
    ("GET", f"/v3/mail/batch/{P}", batch_endpoints.check_batch, "mail.batch"),
    ("GET", "/v3/user/scheduled_sends", batch_endpoints.list_holds, "user.scheduled_sends"),
    ("POST", "/v3/user/scheduled_sends", batch_endpoints.hold_batch, "user.scheduled_sends"),
    ("GET", f"/v3/user/scheduled_sends/{P}", batch_endpoints.give_hold, "user.scheduled_sends"),
    ("PATCH", f"/v3/user/scheduled_sends/{P}", batch_endpoints.change_hold, "user.scheduled_sends"),
    ("DELETE", f"/v3/user/scheduled_sends/{P}", batch_endpoints.release_batch, "user.scheduled_sends"),
    ("GET", f"/v3/suppression/{SUPPRESSION}", suppression_endpoints.page_list, "suppression"),
    ("DELETE", f"/v3/suppression/{SUPPRESSION}", suppression_endpoints.delete_many, "suppression"),
    ("GET", f"/v3/suppression/{SUPPRESSION}/{P}", suppression_endpoints.give_one, "suppression"),
    ("DELETE", f"/v3/suppression/{SUPPRESSION}/{P}", suppression_endpoints.delete_one, "suppression"),
    ("POST", "/v3/asm/suppressions/global", suppression_endpoints.add_global, "asm"),
    ("GET", f"/v3/asm/suppressions/global/{P}", suppression_endpoints.give_global, "asm"),
    ("DELETE", f"/v3/asm/suppressions/global/{P}", suppression_endpoints.delete_global, "asm"),
    ("GET", "/v3/asm/suppressions", suppression_endpoints.list_all_groups, "asm"),
    ("GET", f"/v3/asm/suppressions/{P}", suppression_endpoints.give_groups_of, "asm"),
    ("GET", "/v3/asm/groups", suppression_endpoints.list_groups, "asm"),
    ("POST", "/v3/asm/groups", suppression_endpoints.create_group, "asm"),
    ("GET", f"/v3/asm/groups/{N}", suppression_endpoints.give_group, "asm"),
    ("GET", f"/v3/asm/groups/{N}/suppressions", suppression_endpoints.list_group, "asm"),
    ("POST", f"/v3/asm/groups/{N}/suppressions", suppression_endpoints.add_to_group, "asm"),
    ("POST", f"/v3/asm/groups/{N}/suppressions/search", suppression_endpoints.search_group, "asm"),
    ("DELETE", f"/v3/asm/groups/{N}/suppressions/{P}", suppression_endpoints.delete_from_group, "asm"),
]
_PLAIN: dict[str, dict[str, tuple[Callable[..., Any], str]]] = {}  # paths without a part that varies
for _method, _path, _answer_for, _scope in TABLE:
    if "(" not in _path:
        _PLAIN.setdefault(_path, {})[_method] = (_answer_for, _scope)


@cache
def _patterns() -> list[tuple[str, re.Pattern[str], Callable[..., Any], str]]:
    """Compiled when first needed: the sandbox is started hundreds of times in tests."""
    return [(method, re.compile(path), answer_for, scope) for method, path, answer_for, scope in TABLE if "(" in path]


def find_route(method: str, path: str) -> Route | Answer:
    """What answers, with the parts of the path; or the 404 or 405."""
    wanted = "GET" if method == "HEAD" else method
    plain = _PLAIN.get(path, {})
    if wanted in plain:
        answer_for, scope = plain[wanted]
        return answer_for, (), scope
    allowed = list(plain)
    for known, pattern, answer_for, scope in () if plain else _patterns():
        if match := pattern.fullmatch(path):
            if wanted == known:
                return answer_for, match.groups(), scope
            allowed.append(known)
    if allowed or path == "/v3/mail/send":
        answer = sendgrid_answers.refusal(405)
        answer.headers.append(("Allow", ", ".join(allowed or ["POST"])))
        return answer
    return sendgrid_answers.refusal(404)
