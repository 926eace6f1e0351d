"""The sandbox's own HTTP interface: the ledger and counts for checkers, and all its settings. JSON in, JSON out."""

import time
from dataclasses import asdict
from typing import Any

import orjson

from sandbox.account import SCOPES
from sandbox.duplicate_counts import worst
from sandbox.http.sendgrid_answers import RefusedRequestError
from sandbox.http.server_connection import Request
from sandbox.inbox.message_list import DELIVERY_ARG, list_lines, open_message
from sandbox.ledger import Record, moment_of
from sandbox.receipts import ATTEMPT_ARG
from sandbox.sandbox_server import SandboxServer
from sandbox.suppressed_addresses import LISTS

MOST = 10_000
CATCH_UP_SECONDS = 30
REQUEST_FIELDS = ("request", "at", "received_at", "id", "status", "fault", "accepted", "note", "batch", "send_at", "verdict")


def _page(request: Request, usual: int = 1000) -> tuple[int, int]:
    since, limit = int(request.query.get("since", 0)), int(request.query.get("limit", usual))
    if since < 0 or not 0 < limit <= MOST:
        raise ValueError(f"since must be at least 0, and limit from 1 to {MOST}")
    return since, limit


def give_ledger(server: SandboxServer, request: Request) -> Any:
    """Accepted recipients in the order of acceptance, each with its outcome; `next` is the `since` of the next page."""
    since, limit = _page(request)
    entries = [_entry(server, record, person) for record, person in server.ledger.people(since, limit)]
    following = since + len(entries)
    return {"entries": entries, "next": following, "end": following >= server.ledger.recipients}


def _entry(server: SandboxServer, record: Record, person: list[Any]) -> dict[str, Any]:
    ending = server.ledger.ending_of(record, person)
    return {
        "request": record["request"],
        "id": record["id"],
        "index": person[0],
        "personalization": person[1],
        "address": person[2],
        "kind": person[3],
        "custom_args": person[4],
        "at": record["at"],
        "received_at": record.get("received_at"),
        "batch": record.get("batch"),
        "send_at": moment_of(record, person) or None,
        "state": ending.state,
        "released_at": ending.at if ending.state == "released" else None,
        "discarded": ending.state == "discarded",
        "discarded_at": ending.at if ending.state == "discarded" else None,
        "reason": ending.reason,
    }


def give_requests(server: SandboxServer, request: Request) -> Any:
    """One line per numbered request: its answer, its fault, and whether it was really accepted."""
    since, limit = _page(request)
    rows = []
    for slot in range(since, min(since + limit, len(server.ledger))):
        record = server.ledger.record(slot)
        kept = {name: record.get(name) for name in REQUEST_FIELDS}
        args = record.get("args") or {}
        identifiers = {"attempt": args.get(ATTEMPT_ARG), "custom_args": args}
        rows.append({**kept, **identifiers, "recipients": len(record["people"])})
    following = since + len(rows)
    return {"requests": rows, "next": following, "end": following >= len(server.ledger)}


def give_counts(server: SandboxServer, request: Request) -> Any:
    """Totals and duplicates. `by` names the custom arg to count by; `duplicates=no` skips the count of duplicates."""
    ledger, limit = server.ledger, int(request.query.get("limit", 1000))
    waiting, discarded = ledger.tell_apart()
    counts: dict[str, Any] = {
        "requests": ledger.next_number - 1,
        "accepted_requests": ledger.accepted_requests,
        "accepted_recipients": ledger.recipients,
        "waiting_recipients": waiting,
        "discarded_recipients": discarded,
        "received_recipients": ledger.recipients - waiting - discarded,
        "discarded_requests": len({slot for slot, _ in ledger.discards}),
    }
    if request.query.get("duplicates") != "no":
        by = request.query.get("by", DELIVERY_ARG)
        same_key, distinct_keys = server.tallies.by(by).count()
        same_address, distinct = server.tallies.by("").count()
        counts |= {
            "by": by,
            "distinct_recipients": distinct,
            "distinct_keys": distinct_keys,
            "duplicate_count": len(same_key),
            "duplicates": worst(same_key, limit),
            "repeated_address_count": len(same_address),
            "repeated_addresses": worst(same_address, limit),
        }
    return counts


def list_messages(server: SandboxServer, request: Request) -> Any:
    """`to` (a part of the address), `arg` (name:value), `since`, `limit`; newest first."""
    since, limit = _page(request, 50)
    lines, total = list_lines(server, request.query.get("to", ""), request.query.get("arg", ""), since, limit)
    return {"messages": lines, "total": total}


def give_message(server: SandboxServer, request: Request, message: str) -> Any:
    mail = open_message(server, message)
    if mail is None:
        raise RefusedRequestError(404, "message not found, or the sandbox runs without message bodies (--inbox ledger)")
    return {**asdict(mail), "from": mail.sender}


def reset(server: SandboxServer, request: Request) -> Any:
    server.reset()
    return {"reset": True}


def give_faults(server: SandboxServer, request: Request) -> Any:
    return {"faults": [rule.spec for rule in server.plan.rules], "next": server.ledger.next_number}


def set_faults(server: SandboxServer, request: Request) -> Any:
    """A JSON list of rules, or {"faults": […], "replace": true}. If one rule is invalid, none is added."""
    wish = orjson.loads(request.body)
    specs, replace = (wish["faults"], wish.get("replace", False)) if isinstance(wish, dict) else (wish, False)
    server.plan.add(specs, server.ledger.next_number, replace)
    return give_faults(server, request)


def clear_faults(server: SandboxServer, request: Request) -> Any:
    server.plan.clear()
    return give_faults(server, request)


def give_account(server: SandboxServer, request: Request) -> Any:
    return server.account


def set_account(server: SandboxServer, request: Request) -> Any:
    server.account.change(orjson.loads(request.body))
    return give_account(server, request)


def fill_list(server: SandboxServer, request: Request) -> Any:
    """{"list", "rows": [{"email", "created", …}]}: adds rows as if they had been listed at those times; returns their number."""
    wish = orjson.loads(request.body)
    name, rows = wish["list"], wish["rows"]
    if name not in LISTS:
        raise RefusedRequestError(400, f"list must be one of: {', '.join(LISTS)}", "list")
    return {"added": server.suppressions.add(name, rows, server.clock.now())}


def give_clock(server: SandboxServer, request: Request) -> Any:
    return {"now": server.clock.now(), "offset": server.clock.offset}


def set_clock(server: SandboxServer, request: Request) -> Any:
    """{"advance": seconds}: moves the sandbox's clock forward. Answers when the mail and events due by then have happened."""
    server.clock.advance(float(orjson.loads(request.body)["advance"]))
    server.webhooks.wake()
    server.readers.wake()
    if not server.timeline.catch_up(CATCH_UP_SECONDS):
        raise RefusedRequestError(
            503, f"not all due events happened within {CATCH_UP_SECONDS} s; check whether a webhook has “hold” set"
        )
    return give_clock(server, request)


def give_receipts(server: SandboxServer, request: Request) -> Any:
    return server.receipts.describe()


def set_receipts(server: SandboxServer, request: Request) -> Any:
    """{"url", "every", "timeout"}: where to post a receipt of each request when it arrives."""
    server.receipts.configure(orjson.loads(request.body))
    return give_receipts(server, request)


def give_readers(server: SandboxServer, request: Request) -> Any:
    """Settings and counts. `wait=SECONDS` delays the answer until no visit is due, at most so long."""
    deadline = time.monotonic() + float(request.query.get("wait", 0))
    while not (state := server.readers.describe())["idle"] and time.monotonic() < deadline:
        time.sleep(0.02)
    return state


def set_readers(server: SandboxServer, request: Request) -> Any:
    server.readers.configure(orjson.loads(request.body))
    return server.readers.describe()


def give_scopes(server: SandboxServer, request: Request) -> Any:
    """The scopes of the key that asks, in SendGrid's form."""
    scopes = server.account.scopes_of(request.headers.get("authorization", "")) or []
    return {"scopes": [scope for scope in SCOPES if server.account.may(scopes, scope)]}
