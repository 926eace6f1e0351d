"""The sandbox's endpoints for event webhooks."""

import time
from dataclasses import asdict
from typing import Any

import orjson

from sandbox.http.sendgrid_answers import RefusedRequestError
from sandbox.http.server_connection import Request, SandboxAnswer
from sandbox.sandbox_server import SandboxServer
from sandbox.webhooks.event_poster import Webhook
from sandbox.webhooks.registry import FIRST


def _describe(webhook: Webhook) -> dict[str, Any]:
    counts = {"pending_events": webhook.pending, **webhook.counts, "last_failure": webhook.last_failure}
    return {"id": webhook.name, **_keys(webhook), **counts, "settings": asdict(webhook.settings)}


def _keys(webhook: Webhook) -> dict[str, str]:
    return {"public_key": webhook.key.public_key, "other": webhook.other_key.public_key}


def _find(server: SandboxServer, name: str) -> Webhook:
    webhook = server.webhooks.find(name)
    if webhook is None:
        raise RefusedRequestError(404, "no such webhook")
    return webhook


def give_webhook(server: SandboxServer, request: Request, name: str = FIRST) -> Any:
    """Settings and counts of one webhook, and the number of pending events of all. `wait=SECONDS` delays the answer until
    nothing is pending, at most so long."""
    webhook, deadline = _find(server, name), time.monotonic() + float(request.query.get("wait", 0))
    while not _is_idle(server) and time.monotonic() < deadline:
        time.sleep(0.02)
    return _describe_state(server, webhook)


def _is_idle(server: SandboxServer) -> bool:
    return server.timeline.pending == 0 and server.webhooks.pending == 0


def _describe_state(server: SandboxServer, webhook: Webhook) -> dict[str, Any]:
    pending = {
        "idle": _is_idle(server),
        "pending_stages": server.timeline.pending,
        "scheduled_requests": server.timeline.scheduled,
        "left_over_requests": server.timeline.left_over,
    }
    return {**pending, **_describe(webhook)}


def set_webhook(server: SandboxServer, request: Request, name: str = FIRST) -> Any:
    """Change this webhook, or create it."""
    webhook = server.webhooks.set_up(name, orjson.loads(request.body))
    server.timeline.resume()
    server.timeline.wake()
    return _describe_state(server, webhook)


def remove_webhook(server: SandboxServer, request: Request, name: str) -> SandboxAnswer:
    server.webhooks.remove(_find(server, name))
    return SandboxAnswer(204)


def list_webhooks(server: SandboxServer, request: Request) -> Any:
    return {"webhooks": [_describe(webhook) for webhook in server.webhooks]}


def emit_events(server: SandboxServer, request: Request) -> Any:
    """A JSON list of any values: each element is posted unchanged to every receiver, in a signed batch."""
    elements = orjson.loads(request.body)
    if not isinstance(elements, list):
        raise TypeError("send a JSON list; each element is posted unchanged")
    pieces = [orjson.dumps(element) for element in elements]
    for webhook in server.webhooks:
        if webhook.active or webhook is server.webhooks.first:
            webhook.emit_raw(pieces)
    return {"events": len(elements)}


def give_key(server: SandboxServer, request: Request) -> Any:
    return _keys(server.webhooks.first)


def rotate_key(server: SandboxServer, request: Request, name: str = FIRST) -> Any:
    webhook = _find(server, name)
    webhook.rotate()
    return _keys(webhook)
