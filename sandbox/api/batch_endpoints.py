"""The endpoints of batch ids and scheduled sends."""

from typing import Any

import orjson

from sandbox.batches import STATUSES
from sandbox.http import sendgrid_answers
from sandbox.http.server_connection import Answer, Request, json_answer
from sandbox.sandbox_server import SandboxServer


def create_batch(server: SandboxServer, request: Request) -> Answer:
    return json_answer(201, {"batch_id": server.batches.create()})


def check_batch(server: SandboxServer, request: Request, batch: str) -> Answer:
    if batch not in server.batches:
        return sendgrid_answers.refusal(400, "invalid batch id", "batch_id")
    return json_answer(200, {"batch_id": batch})


def list_holds(server: SandboxServer, request: Request) -> Answer:
    return json_answer(200, [{"batch_id": one, "status": hold.status} for one, hold in list(server.batches.held.items())])


def give_hold(server: SandboxServer, request: Request, batch: str) -> Answer:
    hold = server.batches.held.get(batch)
    return json_answer(200, [{"batch_id": batch, "status": hold.status}] if hold else [])


def hold_batch(server: SandboxServer, request: Request) -> Answer:
    """201; a second time for the same batch, or beyond the number that may be held at once: 400."""
    wish: dict[str, Any] = orjson.loads(request.body)
    batch, status = str(wish["batch_id"]), str(wish["status"])
    problem, field = server.batches.hold(batch, status, server.timeline.next_send_at(batch))
    if problem:
        return sendgrid_answers.refusal(400, problem, field)
    return json_answer(201, {"batch_id": batch, "status": status})


def change_hold(server: SandboxServer, request: Request, batch: str) -> Answer:
    status = orjson.loads(request.body)["status"]
    if status not in STATUSES:
        return sendgrid_answers.refusal(400, "status must be either cancel or pause", "status")
    return Answer(204) if server.batches.change(batch, status) else sendgrid_answers.refusal(404, "batch id not found")


def release_batch(server: SandboxServer, request: Request, batch: str) -> Answer:
    if not server.batches.release(batch):
        return sendgrid_answers.refusal(404, "batch id not found")
    server.timeline.wake()
    return Answer(204)
