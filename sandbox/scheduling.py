"""The endpoints of batch ids and scheduled sends."""

from typing import TYPE_CHECKING, Any

import orjson

from sandbox import answers
from sandbox.connection import Answer, Request, json_answer

if TYPE_CHECKING:
    from sandbox.standin import StandIn


def create_batch(stand: "StandIn", request: Request) -> Answer:
    return json_answer(201, {"batch_id": stand.batches.create()})


def check_batch(stand: "StandIn", request: Request, batch: str) -> Answer:
    if batch not in stand.batches.known:
        return answers.refusal(400, "invalid batch id", "batch_id")
    return json_answer(200, {"batch_id": batch})


def list_holds(stand: "StandIn", request: Request) -> Answer:
    return json_answer(200, [{"batch_id": one, "status": status} for one, status in stand.batches.held.items()])


def give_hold(stand: "StandIn", request: Request, batch: str) -> Answer:
    status = stand.batches.held.get(batch)
    return json_answer(200, [{"batch_id": batch, "status": status}] if status else [])


def hold_batch(stand: "StandIn", request: Request) -> Answer:
    wish: dict[str, Any] = orjson.loads(request.body)
    batch, status = str(wish["batch_id"]), str(wish["status"])
    if problem := stand.batches.hold(batch, status):
        return answers.refusal(400, problem, "batch_id")
    return json_answer(201, {"batch_id": batch, "status": status})


def change_hold(stand: "StandIn", request: Request, batch: str) -> Answer:
    status = orjson.loads(request.body)["status"]
    if batch not in stand.batches.held:
        return answers.refusal(404, "batch id not found")
    if status not in ("pause", "cancel"):
        return answers.refusal(400, "status must be either cancel or pause", "status")
    stand.batches.held[batch] = status
    return Answer(204)


def release_batch(stand: "StandIn", request: Request, batch: str) -> Answer:
    if stand.batches.held.pop(batch, None) is None:
        return answers.refusal(404, "batch id not found")
    stand.timeline.wake()
    return Answer(204)
