"""The endpoints of batch ids and scheduled sends."""

from typing import Any

import orjson

from sandbox.http.sendgrid_answers import RefusedRequestError
from sandbox.http.server_connection import Request, SandboxAnswer, json_answer
from sandbox.sandbox_server import SandboxServer


def create_batch(server: SandboxServer, request: Request) -> SandboxAnswer:
    return json_answer(201, {"batch_id": server.batches.create()})


def check_batch(server: SandboxServer, request: Request, batch: str) -> Any:
    if batch not in server.batches:
        raise RefusedRequestError(400, "invalid batch id", "batch_id")
    return {"batch_id": batch}


def list_holds(server: SandboxServer, request: Request) -> Any:
    return [{"batch_id": batch_id, "status": hold.status} for batch_id, hold in list(server.batches.held.items())]


def give_hold(server: SandboxServer, request: Request, batch: str) -> Any:
    hold = server.batches.held.get(batch)
    return [{"batch_id": batch, "status": hold.status}] if hold else []


def hold_batch(server: SandboxServer, request: Request) -> SandboxAnswer:
    """Pause or cancel a batch: 201. A second request for the same batch, or too many batches held at once: 400."""
    wish: dict[str, Any] = orjson.loads(request.body)
    batch, status = str(wish["batch_id"]), str(wish["status"])
    server.batches.hold(batch, status, server.timeline.next_send_at(batch))
    return json_answer(201, {"batch_id": batch, "status": status})


def change_hold(server: SandboxServer, request: Request, batch: str) -> SandboxAnswer:
    server.batches.change(batch, orjson.loads(request.body)["status"])
    return SandboxAnswer(204)


def release_batch(server: SandboxServer, request: Request, batch: str) -> SandboxAnswer:
    server.batches.release(batch)
    server.timeline.wake()
    return SandboxAnswer(204)
