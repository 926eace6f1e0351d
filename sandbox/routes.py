"""Every URL of the sandbox but mail/send, with the key scope it asks for; no scope = the sandbox's own, no key."""

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from sandbox import answers, control, control_webhooks, pages, queries, scheduling, suppression_lists
from sandbox.connection import Answer

Route = tuple[Callable[..., Answer], tuple[str, ...], str]
P, N = r"([^/]+)", r"(\d+)"
SUPPRESSION = "(bounces|blocks|invalid_emails|spam_reports|unsubscribes)"

TABLE: list[tuple[str, str, Callable[..., Answer], str]] = [
    ("GET", "/", pages.redirect_to_inbox, ""),
    ("GET", "/_sandbox", pages.redirect_to_inbox, ""),
    ("GET", "/_sandbox/", pages.redirect_to_inbox, ""),
    ("GET", "/_sandbox/inbox", pages.show_inbox, ""),
    ("GET", "/_sandbox/inbox/requests", pages.show_requests, ""),
    ("GET", f"/_sandbox/inbox/{P}", pages.show_message, ""),
    ("GET", f"/_sandbox/inbox/{P}/html", pages.show_html, ""),
    ("GET", "/_sandbox/style.css", pages.show_style, ""),
    ("GET", "/_sandbox/messages", control.list_messages, ""),
    ("GET", f"/_sandbox/messages/{P}", control.give_message, ""),
    ("GET", "/_sandbox/ledger", control.give_ledger, ""),
    ("GET", "/_sandbox/requests", control.give_requests, ""),
    ("GET", "/_sandbox/counts", control.give_counts, ""),
    ("POST", "/_sandbox/reset", control.reset, ""),
    ("GET", "/_sandbox/faults", control.give_faults, ""),
    ("POST", "/_sandbox/faults", control.set_faults, ""),
    ("DELETE", "/_sandbox/faults", control.clear_faults, ""),
    ("GET", "/_sandbox/webhook", control_webhooks.give_webhook, ""),
    ("POST", "/_sandbox/webhook", control_webhooks.set_webhook, ""),
    ("POST", "/_sandbox/webhook/rotate", control_webhooks.rotate_key, ""),
    ("GET", "/_sandbox/webhooks", control_webhooks.list_webhooks, ""),
    ("GET", f"/_sandbox/webhooks/{P}", control_webhooks.give_webhook, ""),
    ("POST", f"/_sandbox/webhooks/{P}", control_webhooks.set_webhook, ""),
    ("DELETE", f"/_sandbox/webhooks/{P}", control_webhooks.remove_webhook, ""),
    ("POST", f"/_sandbox/webhooks/{P}/rotate", control_webhooks.rotate_key, ""),
    ("POST", "/_sandbox/events", control_webhooks.emit_events, ""),
    ("GET", "/_sandbox/key", control_webhooks.give_key, ""),
    ("GET", "/_sandbox/account", control.give_account, ""),
    ("POST", "/_sandbox/account", control.set_account, ""),
    ("GET", "/_sandbox/receipts", control.give_receipts, ""),
    ("POST", "/_sandbox/receipts", control.set_receipts, ""),
    ("GET", "/_sandbox/clock", control.give_clock, ""),
    ("POST", "/_sandbox/clock", control.set_clock, ""),
    ("GET", "/v3/user/webhooks/event/settings", control_webhooks.give_settings, "user.webhooks.event"),
    ("GET", "/v3/user/webhooks/event/settings/all", control_webhooks.give_all_settings, "user.webhooks.event"),
    ("GET", "/v3/user/webhooks/event/settings/signed", control_webhooks.give_signed, "user.webhooks.event"),
    ("GET", f"/v3/user/webhooks/event/settings/signed/{P}", control_webhooks.give_signed, "user.webhooks.event"),
    ("PATCH", "/v3/user/webhooks/event/settings/signed", control_webhooks.give_signed, "user.webhooks.event"),
    ("PATCH", f"/v3/user/webhooks/event/settings/signed/{P}", control_webhooks.give_signed, "user.webhooks.event"),
    ("GET", f"/v3/user/webhooks/event/settings/{P}", control_webhooks.give_settings, "user.webhooks.event"),
    ("GET", "/v3/scopes", control.give_scopes, "scopes"),
    ("POST", "/v3/logs", queries.search_logs, "email_logs"),
    ("GET", f"/v3/logs/{P}", queries.give_log, "email_logs"),
    ("GET", "/v3/messages", queries.search_activity, "email_activity"),
    ("GET", f"/v3/messages/{P}", queries.give_activity, "email_activity"),
    ("POST", "/v3/mail/batch", scheduling.create_batch, "mail.batch"),
    ("GET", f"/v3/mail/batch/{P}", scheduling.check_batch, "mail.batch"),
    ("GET", "/v3/user/scheduled_sends", scheduling.list_holds, "user.scheduled_sends"),
    ("POST", "/v3/user/scheduled_sends", scheduling.hold_batch, "user.scheduled_sends"),
    ("GET", f"/v3/user/scheduled_sends/{P}", scheduling.give_hold, "user.scheduled_sends"),
    ("PATCH", f"/v3/user/scheduled_sends/{P}", scheduling.change_hold, "user.scheduled_sends"),
    ("DELETE", f"/v3/user/scheduled_sends/{P}", scheduling.release_batch, "user.scheduled_sends"),
    ("GET", f"/v3/suppression/{SUPPRESSION}", suppression_lists.page_list, "suppression"),
    ("DELETE", f"/v3/suppression/{SUPPRESSION}", suppression_lists.delete_many, "suppression"),
    ("GET", f"/v3/suppression/{SUPPRESSION}/{P}", suppression_lists.give_one, "suppression"),
    ("DELETE", f"/v3/suppression/{SUPPRESSION}/{P}", suppression_lists.delete_one, "suppression"),
    ("POST", "/v3/asm/suppressions/global", suppression_lists.add_global, "asm"),
    ("GET", f"/v3/asm/suppressions/global/{P}", suppression_lists.give_global, "asm"),
    ("DELETE", f"/v3/asm/suppressions/global/{P}", suppression_lists.delete_global, "asm"),
    ("GET", "/v3/asm/suppressions", suppression_lists.list_all_groups, "asm"),
    ("GET", f"/v3/asm/suppressions/{P}", suppression_lists.give_groups_of, "asm"),
    ("GET", "/v3/asm/groups", suppression_lists.list_groups, "asm"),
    ("POST", "/v3/asm/groups", suppression_lists.create_group, "asm"),
    ("GET", f"/v3/asm/groups/{N}", suppression_lists.give_group, "asm"),
    ("GET", f"/v3/asm/groups/{N}/suppressions", suppression_lists.list_group, "asm"),
    ("POST", f"/v3/asm/groups/{N}/suppressions", suppression_lists.add_to_group, "asm"),
    ("POST", f"/v3/asm/groups/{N}/suppressions/search", suppression_lists.search_group, "asm"),
    ("DELETE", f"/v3/asm/groups/{N}/suppressions/{P}", suppression_lists.delete_from_group, "asm"),
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
        answer = answers.refusal(405)
        answer.headers.append(("Allow", ", ".join(allowed or ["POST"])))
        return answer
    return answers.refusal(404)
