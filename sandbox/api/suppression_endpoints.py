"""The suppression endpoints: five paged lists and the global list."""

import re
from typing import Any
from urllib.parse import urlencode

import orjson

from sandbox.http.sendgrid_answers import RefusedRequestError
from sandbox.http.server_connection import Request, SandboxAnswer, json_answer
from sandbox.sandbox_server import SandboxServer
from sandbox.suppressed_addresses import GLOBAL

MOST = 500
ADDRESS = re.compile(r"[^@\s]+@[^@\s]+\.[^@\s]+")
FIELDS = {
    "bounces": ("created", "email", "reason", "status"),
    "blocks": ("created", "email", "reason", "status"),
    "invalid_emails": ("created", "email", "reason"),
    "spam_reports": ("created", "email", "ip"),
    "unsubscribes": ("created", "email"),
}


def _shape(name: str, row: dict[str, Any]) -> dict[str, Any]:
    return {key: row.get(key, "") for key in FIELDS[name]}


def page_list(server: SandboxServer, request: Request, name: str) -> SandboxAnswer:
    """`limit` 1 to 500, `offset`, `start_time` and `end_time` inclusive, `email` as a prefix."""
    query = request.query
    limit, offset = int(query.get("limit", MOST)), int(query.get("offset", 0))
    if not 1 <= limit <= MOST or offset < 0:
        raise RefusedRequestError(400, f"limit must be from 1 to {MOST}, and offset at least 0", "limit")
    start, end = int(query.get("start_time", 0)), int(query.get("end_time", 2**62))
    if start < 0 or end < start:
        raise RefusedRequestError(400, "start_time must not be after end_time", "start_time")
    rows = [row for row in server.suppressions.rows(name) if start <= row["created"] <= end]
    if prefix := query.get("email", "").rstrip("%").lower():
        rows = [row for row in rows if row["email"].lower().startswith(prefix)]
    # Stable, so that rows of the same second keep their order.
    rows.sort(key=lambda row: row["created"], reverse=server.account.list_order == "newest")
    answer = json_answer(200, [_shape(name, row) for row in rows[offset : offset + limit]])
    last = max(0, (len(rows) - 1) // limit * limit)
    page_offsets = {"first": 0, "last": last, "prev": max(0, offset - limit), "next": min(last, offset + limit)}
    links = [
        f'<{request.path}?{urlencode({**query, "limit": limit, "offset": page_offset})}>; rel="{rel}"'
        for rel, page_offset in page_offsets.items()
    ]
    answer.headers.append(("Link", ", ".join(links)))
    return answer


def give_one(server: SandboxServer, request: Request, name: str, address: str) -> Any:
    row = server.suppressions.row(name, address)
    return [_shape(name, row)] if row else []


def delete_one(server: SandboxServer, request: Request, name: str, address: str) -> SandboxAnswer:
    if not server.suppressions.remove(name, address):
        raise RefusedRequestError(404, "resource not found")
    return SandboxAnswer(204)


def delete_many(server: SandboxServer, request: Request, name: str) -> SandboxAnswer:
    wish = orjson.loads(request.body or b"{}")
    everything, emails = wish.get("delete_all"), wish.get("emails")
    if bool(everything) == bool(emails):
        raise RefusedRequestError(400, "Give either emails or delete_all, not both")
    for address in [row["email"] for row in server.suppressions.rows(name)] if everything else emails:
        server.suppressions.remove(name, address)
    return SandboxAnswer(204)


def add_global(server: SandboxServer, request: Request) -> SandboxAnswer:
    addresses = orjson.loads(request.body)["recipient_emails"]
    if not isinstance(addresses, list) or not addresses:
        raise RefusedRequestError(400, "at least one email address is required", "recipient_emails")
    if any(not isinstance(address, str) or not ADDRESS.fullmatch(address) for address in addresses):
        raise RefusedRequestError(400, "one of the email addresses is not valid", "recipient_emails")
    server.suppressions.add(GLOBAL, [{"email": address} for address in addresses], server.clock.now())
    return json_answer(201, {"recipient_emails": addresses})


def delete_global(server: SandboxServer, request: Request, address: str) -> SandboxAnswer:
    return delete_one(server, request, GLOBAL, address)
