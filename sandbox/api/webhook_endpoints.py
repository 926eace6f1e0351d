"""The sandbox's knobs for event webhooks, and SendGrid's own settings paths for them."""

import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import orjson

from sandbox.http import sendgrid_answers
from sandbox.http.server_connection import Answer, Request, json_answer
from sandbox.webhooks.event_poster import Webhook
from sandbox.webhooks.registry import FIRST, MOST

if TYPE_CHECKING:
    from sandbox.sandbox_server import StandIn

SWITCHES = {  # of SendGrid's settings -> name of the event
    **{name: name for name in ("bounce", "click", "deferred", "delivered", "dropped", "group_resubscribe")},
    **{name: name for name in ("group_unsubscribe", "open", "processed", "unsubscribe")},
    "spam_report": "spamreport",
}


def _describe(webhook: Webhook) -> dict[str, Any]:
    keys = {"public_key": webhook.key.public_key, "other": webhook.other_key.public_key}
    counts = {"pending_events": webhook.pending, **webhook.counts, "last_failure": webhook.last_failure}
    return {"id": webhook.name, **keys, **counts, "settings": asdict(webhook.settings)}


def give_webhook(stand: "StandIn", request: Request, name: str = FIRST) -> Answer:
    """Settings and counts of one, and what is pending in all. `wait=SECONDS` answers when nothing is, or when the time
    is up."""
    webhook = stand.webhooks.find(name)
    if webhook is None:
        return sendgrid_answers.refusal(404, "no such webhook")
    deadline = time.monotonic() + float(request.query.get("wait", 0))
    while not (idle := stand.timeline.pending == 0 and stand.webhooks.pending == 0):
        if time.monotonic() >= deadline:
            break
        time.sleep(0.02)
    pending = {
        "idle": idle,
        "pending_stages": stand.timeline.pending,
        "scheduled_requests": stand.timeline.scheduled,
        "left_over_requests": stand.timeline.left_over,
    }
    return json_answer(200, {**pending, **_describe(webhook)})


def set_webhook(stand: "StandIn", request: Request, name: str = FIRST) -> Answer:
    """Change this webhook, or make it."""
    stand.webhooks.set_up(name, orjson.loads(request.body))
    stand.timeline.resume()
    stand.timeline.wake()
    return give_webhook(stand, Request("GET", request.path, {}, {}, 0, False, True), name)


def remove_webhook(stand: "StandIn", request: Request, name: str = FIRST) -> Answer:
    return Answer(204) if stand.webhooks.remove(name) else sendgrid_answers.refusal(404, "no such webhook")


def list_webhooks(stand: "StandIn", request: Request) -> Answer:
    return json_answer(200, {"webhooks": [_describe(one) for one in stand.webhooks]})


def emit_events(stand: "StandIn", request: Request) -> Answer:
    """A JSON list of whatever: each element is posted to every receiver as it is, in a signed batch."""
    elements = orjson.loads(request.body)
    if not isinstance(elements, list):
        raise TypeError("give a JSON list; each element is posted as it is")
    pieces = [orjson.dumps(element) for element in elements]
    for webhook in stand.webhooks:
        if webhook.active or webhook is stand.webhooks.first:
            webhook.emit_raw(pieces)
    return json_answer(200, {"events": len(elements)})


def give_key(stand: "StandIn", request: Request) -> Answer:
    first = stand.webhooks.first
    return json_answer(200, {"public_key": first.key.public_key, "other": first.other_key.public_key})


def rotate_key(stand: "StandIn", request: Request, name: str = FIRST) -> Answer:
    webhook = stand.webhooks.find(name)
    if webhook is None:
        return sendgrid_answers.refusal(404, "no such webhook")
    webhook.rotate()
    return json_answer(200, {"public_key": webhook.key.public_key, "other": webhook.other_key.public_key})


def _as_sendgrid(webhook: Webhook) -> dict[str, Any]:
    only = webhook.settings.only
    on = {name: not only or event in only for name, event in SWITCHES.items()}
    basis = {"enabled": webhook.active, "url": webhook.settings.url, "id": webhook.name}
    return {**basis, **on, "public_key": webhook.key.public_key}


def give_settings(stand: "StandIn", request: Request, name: str = FIRST) -> Answer:
    """The settings of one event webhook as SendGrid's API shows them; without an id the oldest."""
    webhook = stand.webhooks.find(name)
    return json_answer(200, _as_sendgrid(webhook)) if webhook else sendgrid_answers.refusal(404)


def give_all_settings(stand: "StandIn", request: Request) -> Answer:
    return json_answer(200, {"max_allowed": MOST, "webhooks": [_as_sendgrid(one) for one in stand.webhooks]})


def give_signed(stand: "StandIn", request: Request, name: str = FIRST) -> Answer:
    """GET gives the public key; PATCH {"enabled": …} gives it too. Signing cannot be switched off here."""
    webhook = stand.webhooks.find(name)
    return json_answer(200, {"id": name, "public_key": webhook.key.public_key}) if webhook else sendgrid_answers.refusal(404)
