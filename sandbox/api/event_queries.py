"""Email Logs (/v3/logs) and Email Activity (/v3/messages): queries for the outcome of a mail, instead of webhook posts.

Both lag by the account's `query_lag`, and may be busy (429) or not enabled (403). They show a mail only after it was
processed, and neither can be queried by X-Message-Id."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import Any

import orjson

from sandbox.api.query_language import EQUAL, ORDER, Condition, Fields, parse_query
from sandbox.delivery.address_outcomes import whole
from sandbox.http.sendgrid_answers import Refused
from sandbox.http.server_connection import Request
from sandbox.inbox.mail_rendering import subject_of
from sandbox.ledger import Record
from sandbox.sandbox_server import SandboxServer
from sandbox.webhooks.event_json import Mailing, bare_event

MOST, USUAL = 1000, 10
MOST_EVENTS = 100
LOG_FIELDS: Fields = {
    "sg_message_id": EQUAL,
    "subject": EQUAL,
    "to_email": EQUAL,
    "status": ("IN",),
    "reason": EQUAL,
    "categories": ("IN",),
    "sg_message_id_created_at": ORDER,
}
_TEXT = ("=", "!=", "IN", "NOT IN", "LIKE", "NOT LIKE")
_NUMBER = ("=", "!=", *ORDER, "BETWEEN", "NOT BETWEEN")
ACTIVITY_FIELDS: Fields = {
    **dict.fromkeys(("msg_id", "from_email", "subject", "to_email", "status", "categories", "events", "unique_args"), _TEXT),
    **dict.fromkeys(("last_event_time", "asm_group_id", "clicks"), _NUMBER),
    "contains": ("events", "categories"),
}
STATUS = {
    "processed": "processed",
    "dropped": "dropped",
    "cancel_drop": "dropped",
    "deferred": "deferred",
    "bounce": "bounced",
    "delivered": "delivered",
    "open": "delivered",
    "click": "delivered",
}
_MESSAGE_ID = re.compile(r"([\w-]{22})\.recvd-[0-9a-f]+-(\d{5})-[\w-]+\.(\d+)")


def _iso(at: float) -> str:
    return datetime.fromtimestamp(int(at), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _events_of(server: SandboxServer, record: Record, person: list[Any]) -> list[dict[str, Any]]:
    """The events of one mail that the query APIs already show; without custom args."""
    ending, mailing = server.ledger.ending_of(record, person), Mailing.of(record)
    seen_until = server.clock.now() - server.account.query_lag
    steps: list[tuple[float, str, dict[str, Any]]] = []
    if ending.state == "discarded":
        steps = [(ending.at, "cancel_drop", {"reason": ending.reason.capitalize()})]
    elif ending.state == "released":
        world = server.webhooks.world
        outcome = server.timeline.decision.outcome_for(mailing, person, world)
        steps = [(ending.at + step.after * world.speed, step.event, step.fields) for step in whole(outcome)]
    found = []
    for at, name, fields in steps:
        if at > seen_until or name not in {*STATUS, "late-bounce", "spamreport", "unsubscribe", "group_unsubscribe"}:
            continue
        name = "bounce" if name == "late-bounce" else name
        event = bare_event(mailing, person, name, at, server.timeline.decision.fields_of(mailing, name, fields))
        if event.get("sg_machine_open") is False:
            del event["sg_machine_open"]  # these APIs omit it if it is false
        found.append(event)
    return found


def _describe(server: SandboxServer, record: Record, person: list[Any]) -> dict[str, Any] | None:
    """One mail with the field names of both APIs; None while they do not show it."""
    events = _events_of(server, record, person)
    if not events:
        return None
    status = ""
    for event in events:
        status = STATUS.get(event["event"], status)
        if event["event"] == "bounce" and event.get("type") == "blocked":
            status = "blocked"
    body, nested = server.ledger.body_of(record), server.account.substitution_order == "nested"
    names = [event["event"] for event in events]
    message_id, reasons = events[0]["sg_message_id"], [event["reason"] for event in events if "reason" in event]
    categories = record.get("category") or []
    return {
        "sg_message_id": message_id,
        "msg_id": message_id,
        "from_email": record.get("sender", ""),
        "to_email": person[2],
        "subject": subject_of(body, person[1], nested) if body else record.get("subject", ""),
        "status": status,
        "reason": reasons[-1] if reasons else None,
        "categories": [categories] if isinstance(categories, str) else categories,
        "sg_message_id_created_at": float(int(record["at"])),
        "last_event_time": float(events[-1]["timestamp"]),
        "asm_group_id": record.get("group"),
        "unique_args": person[4],
        "events": names,
        "clicks": names.count("click"),
        "opens": names.count("open"),
        "all": events,
    }


def _activity_status(status: str) -> str:
    return status if status == "delivered" else "processed" if status in ("processed", "deferred") else "not_delivered"


def _search(server: SandboxServer, conditions: list[Condition], activity: bool) -> Iterator[dict[str, Any]]:
    """The matching mails, newest first. Lines of the ledger without the wanted address are skipped before JSON parsing."""
    needles = [one.wanted.encode() for one in conditions if one.field == "to_email" and one.operator == "="]
    for slot in range(len(server.ledger) - 1, -1, -1):
        if not server.ledger.recipients_in(slot) or (needles and not all(one in server.ledger.line(slot) for one in needles)):
            continue
        record = server.ledger.record(slot)
        for person in reversed(record["people"]):
            if needles and person[2].encode() not in needles:
                continue
            message = _describe(server, record, person)
            if message and activity:
                message["status"] = _activity_status(message["status"])
            if message and all(one.holds(message) for one in conditions):
                yield message


def _check_enabled(mode: str) -> None:
    if mode == "busy":
        raise Refused(429)
    if mode == "off":
        raise Refused(403, "access forbidden")


def _limit(value: Any) -> int:
    limit = int(value)
    if not 1 <= limit <= MOST:
        raise ValueError(f"limit must be between 1 and {MOST}")
    return limit


def search_logs(server: SandboxServer, request: Request) -> Any:
    """POST {"query", "limit"}. There is no filter for custom args."""
    _check_enabled(server.account.logs)
    wish = orjson.loads(request.body or b"{}")
    conditions = parse_query(wish.get("query", ""), LOG_FIELDS, ("sg_message_id_created_at",))
    names = ("from_email", "sg_message_id", "subject", "to_email", "status", "reason")
    rows = []
    for found in islice(_search(server, conditions, activity=False), _limit(wish.get("limit", USUAL))):
        row = {name: found[name] for name in names if found[name] is not None}
        rows.append({**row, "sg_message_id_created_at": _iso(found["sg_message_id_created_at"])})
    return {"messages": rows}


def _find(server: SandboxServer, message_id: str) -> tuple[Record, list[Any], dict[str, Any]]:
    """The mail of an sg_message_id: its second part is the request's number modulo 100,000."""
    if match := _MESSAGE_ID.fullmatch(message_id):
        index = int(match[3])
        for number in range(int(match[2]), server.ledger.next_number, 100_000):
            record = server.ledger.by_number(number)
            if record and record["id"] == match[1] and index < len(record["people"]):
                person = record["people"][index]
                if Mailing.of(record).message_id(index) == message_id and (message := _describe(server, record, person)):
                    return record, person, message
    raise Refused(404, "message not found")


def give_log(server: SandboxServer, request: Request, message_id: str) -> Any:
    """One mail with all its events, first the `received` of its request; custom args are nested here."""
    _check_enabled(server.account.logs)
    record, person, message = _find(server, message_id)
    received = {
        "event": "received",
        "recv_msgid": record["id"],
        "sg_event_id": f"received-{record['id']}",
        "timestamp": int(record["at"]),
        "email": person[2],
        "client_ip": "127.0.0.1",
        "protocol": "HTTP",
        "api_version": "3",
        "recipient_count": len(record["people"]),
        "size": (record.get("body") or [0, 0])[1],
    }
    events = [received, *({**event, "custom_args": person[4]} for event in message["all"])]
    names = ("from_email", "sg_message_id", "subject", "to_email", "status")
    more = {"api_key_id": "", "client_ip": "127.0.0.1", "category": message["categories"], "custom_args": person[4]}
    group = {} if message["asm_group_id"] is None else {"asm_group_id": message["asm_group_id"]}
    return {**{name: message[name] for name in names}, **more, **group, "events": events[:MOST_EVENTS]}


def search_activity(server: SandboxServer, request: Request) -> Any:
    """GET ?query=…&limit=…; newest first, no cursor: page by last_event_time."""
    _check_enabled(server.account.activity)
    conditions = parse_query(request.query.get("query", ""), ACTIVITY_FIELDS, ("last_event_time",))
    rows = []
    for found in islice(_search(server, conditions, activity=True), _limit(request.query.get("limit", USUAL))):
        row = {name: found[name] for name in ("from_email", "msg_id", "subject", "to_email", "status")}
        counts = {"opens_count": found["opens"], "clicks_count": found["clicks"]}
        rows.append({**row, **counts, "last_event_time": _iso(found["last_event_time"])})
    return {"messages": rows}


def give_activity(server: SandboxServer, request: Request, message_id: str) -> Any:
    """One mail with all its events, under Email Activity's older names."""
    _check_enabled(server.account.activity)
    _, _, message = _find(server, message_id)
    row = {name: message[name] for name in ("from_email", "msg_id", "subject", "to_email", "categories")}
    more = {
        "status": _activity_status(message["status"]),
        "template_id": "",
        "asm_group_id": message["asm_group_id"] or 0,
        "teammate": "",
        "api_key_id": "",
        "originating_ip": "127.0.0.1",
        "outbound_ip": "127.0.0.25",
        "outbound_ip_type": "dedicated",
        "unique_args": orjson.dumps(message["unique_args"]).decode(),
        "events": [_activity_event(event) for event in message["all"]],
    }
    return {**row, **more}


def _activity_event(event: dict[str, Any]) -> dict[str, Any]:
    names = {"bounce": "bounced", "open": "opened", "click": "clicked"}
    soft = {"bounce": "hard", "blocked": "soft"}.get(event.get("type", ""), "")
    row: dict[str, Any] = {"event_name": names.get(event["event"], event["event"]), "processed": _iso(event["timestamp"])}
    row |= {"bounce_type": soft, "http_user_agent": event.get("useragent", ""), "mx_server": "mx.example"}
    if reason := event.get("reason") or event.get("response"):
        row["reason"] = reason
    if "attempt" in event:
        row["attempt_num"] = int(event["attempt"])
    if "url" in event:
        row["url"] = event["url"]
    return row
