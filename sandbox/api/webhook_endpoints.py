"""The sandbox's knobs for event webhooks, and SendGrid's own settings paths for them."""

import time
from dataclasses import asdict
from typing import Any

import orjson

from sandbox.http import sendgrid_answers
from sandbox.http.server_connection import Answer, Request, json_answer
from sandbox.sandbox_server import SandboxServer
from sandbox.webhooks.event_poster import Webhook
from sandbox.webhooks.registry import FIRST, MOST

SWITCHES = {  # of SendGrid's settings -> name of the event
    **{name: name for name in ("bounce", "click", "deferred", "delivered", "dropped", "group_resubscribe")},
    **{name: name for name in ("group_unsubscribe", "open", "processed", "unsubscribe")},
    "spam_report": "spamreport",
}


def _describe(webhook: Webhook) -> dict[str, Any]:
    keys = {"public_key": webhook.key.public_key, "other": webhook.other_key.public_key}
    counts = {"pending_events": webhook.pending, **webhook.counts, "last_failure": webhook.last_failure}
    return {"id": webhook.name, **keys, **counts, "settings": asdict(webhook.settings)}


def give_webhook(server: SandboxServer, request: Request, name: str = FIRST) -> Answer:
    """Settings and counts of one, and what is pending in all. `wait=SECONDS` answers when nothing is, or when the time
    is up."""
    webhook = server.webhooks.find(name)
    if webhook is None:
        return sendgrid_answers.refusal(404, "no such webhook")
    deadline = time.monotonic() + float(request.query.get("wait", 0))
    while not (idle := server.timeline.pending == 0 and server.webhooks.pending == 0):
        if time.monotonic() >= deadline:
            break
        time.sleep(0.02)
    pending = {
        "idle": idle,
        "pending_stages": server.timeline.pending,
        "scheduled_requests": server.timeline.scheduled,
        "left_over_requests": server.timeline.left_over,
    }
    return json_answer(200, {**pending, **_describe(webhook)})


def set_webhook(server: SandboxServer, request: Request, name: str = FIRST) -> Answer:
    """Change this webhook, or make it."""
    server.webhooks.set_up(name, orjson.loads(request.body))
    server.timeline.resume()
    server.timeline.wake()
    return give_webhook(server, Request("GET", request.path, {}, {}, 0, False, True), name)


def remove_webhook(server: SandboxServer, request: Request, name: str = FIRST) -> Answer:
    return Answer(204) if server.webhooks.remove(name) else sendgrid_answers.refusal(404, "no such webhook")


def list_webhooks(server: SandboxServer, request: Request) -> Answer:
    return json_answer(200, {"webhooks": [_describe(one) for one in server.webhooks]})


def emit_events(server: SandboxServer, request: Request) -> Answer:
    """A JSON list of whatever: each element is posted to every receiver as it is, in a signed batch."""
    elements = orjson.loads(request.body)
    if not isinstance(elements, list):
        raise TypeError("give a JSON list; each element is posted as it is")
    pieces = [orjson.dumps(element) for element in elements]
    for webhook in server.webhooks:
        if webhook.active or webhook is server.webhooks.first:
            webhook.emit_raw(pieces)
    return json_answer(200, {"events": len(elements)})


def give_key(server: SandboxServer, request: Request) -> Answer:
    first = server.webhooks.first
    return json_answer(200, {"public_key": first.key.public_key, "other": first.other_key.public_key})


def rotate_key(server: SandboxServer, request: Request, name: str = FIRST) -> Answer:
    webhook = server.webhooks.find(name)
    if webhook is None:
        return sendgrid_answers.refusal(404, "no such webhook")
    webhook.rotate()
    return json_answer(200, {"public_key": webhook.key.public_key, "other": webhook.other_key.public_key})


def _as_sendgrid(webhook: Webhook) -> dict[str, Any]:
    only = webhook.settings.only
    on = {name: not only or event in only for name, event in SWITCHES.items()}
    basis = {"enabled": webhook.active, "url": webhook.settings.url, "id": webhook.name}
    return {**basis, **on, "public_key": webhook.key.public_key}


def give_settings(server: SandboxServer, request: Request, name: str = FIRST) -> Answer:
    """The settings of one event webhook as SendGrid's API shows them; without an id the oldest."""
    webhook = server.webhooks.find(name)
    return json_answer(200, _as_sendgrid(webhook)) if webhook else sendgrid_answers.refusal(404)


def give_all_settings(server: SandboxServer, request: Request) -> Answer:
    return json_answer(200, {"max_allowed": MOST, "webhooks": [_as_sendgrid(one) for one in server.webhooks]})


def give_signed(server: SandboxServer, request: Request, name: str = FIRST) -> Answer:
    """GET gives the public key; PATCH {"enabled": …} gives it too. Signing cannot be switched off here."""
    webhook = server.webhooks.find(name)
    return json_answer(200, {"id": name, "public_key": webhook.key.public_key}) if webhook else sendgrid_answers.refusal(404)
