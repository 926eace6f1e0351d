"""The sandbox's own HTTP interface: the ledger and counts for judges, and every knob. JSON in, JSON out."""

import time
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import orjson

from sandbox import answers
from sandbox.connection import Answer, Request, json_answer
from sandbox.inbox import DELIVERY_ARG, list_lines, open_message

if TYPE_CHECKING:
    from sandbox.standin import StandIn

MOST = 10_000


def _page(request: Request, usual: int = 1000) -> tuple[int, int]:
    since, limit = int(request.query.get("since", 0)), int(request.query.get("limit", usual))
    if since < 0 or not 0 < limit <= MOST:
        raise ValueError(f"since is 0 or more, limit 1 to {MOST}")
    return since, limit


def give_ledger(stand: "StandIn", request: Request) -> Answer:
    """Accepted recipients in the order of acceptance; `next` is the `since` of the next page."""
    since, limit = _page(request)
    entries = [
        {
            "request": record["request"],
            "id": record["id"],
            "index": person[0],
            "personalization": person[1],
            "address": person[2],
            "kind": person[3],
            "custom_args": person[4],
            "at": record["at"],
            "discarded": record["request"] in stand.ledger.discarded,
        }
        for record, person in stand.ledger.people(since, limit)
    ]
    following = since + len(entries)
    return json_answer(200, {"entries": entries, "next": following, "end": following >= stand.ledger.recipients})


def give_requests(stand: "StandIn", request: Request) -> Answer:
    """One line per numbered request: what it was answered, its fault, and whether it was really accepted."""
    since, limit = _page(request)
    rows = []
    for slot in range(since, min(since + limit, len(stand.ledger))):
        record = stand.ledger.record(slot)
        kept = {name: record.get(name) for name in ("request", "at", "id", "status", "fault", "accepted", "note")}
        rows.append({**kept, "recipients": len(record["people"])})
    following = since + len(rows)
    return json_answer(200, {"requests": rows, "next": following, "end": following >= len(stand.ledger)})


def _list_duplicates(found: dict[Any, int], limit: int) -> list[dict[str, Any]]:
    worst = sorted(found.items(), key=lambda item: -item[1])[:limit]
    return [{"address": address, "key": key, "count": count} for (address, key), count in worst]


def give_counts(stand: "StandIn", request: Request) -> Answer:
    """Totals and duplicates. `by` names the custom arg to count by, `duplicates=no` leaves the counting out."""
    ledger, limit = stand.ledger, int(request.query.get("limit", 1000))
    counts: dict[str, Any] = {
        "requests": ledger.next_number - 1,
        "accepted_requests": ledger.accepted_requests,
        "accepted_recipients": ledger.recipients,
        "discarded_requests": len(ledger.discarded),
    }
    if request.query.get("duplicates") != "no":
        by = request.query.get("by", DELIVERY_ARG)
        same_key, distinct_keys = stand.tallies.by(by).count()
        same_address, distinct = stand.tallies.by("").count()
        counts |= {
            "by": by,
            "distinct_recipients": distinct,
            "distinct_keys": distinct_keys,
            "duplicate_count": len(same_key),
            "duplicates": _list_duplicates(same_key, limit),
            "repeated_address_count": len(same_address),
            "repeated_addresses": _list_duplicates(same_address, limit),
        }
    return json_answer(200, counts)


def list_messages(stand: "StandIn", request: Request) -> Answer:
    """`to` (a part of the address), `arg` (name:value), `since`, `limit`; newest first."""
    since, limit = _page(request, 50)
    lines, total = list_lines(stand, request.query.get("to", ""), request.query.get("arg", ""), since, limit)
    return json_answer(200, {"messages": [line.describe() for line in lines], "total": total})


def give_message(stand: "StandIn", request: Request, message: str) -> Answer:
    found = open_message(stand, message)
    return json_answer(200, found.describe()) if found else answers.refusal(404, "no such message, or no bodies kept")


def reset(stand: "StandIn", request: Request) -> Answer:
    stand.reset()
    return json_answer(200, {"reset": True})


def give_faults(stand: "StandIn", request: Request) -> Answer:
    return json_answer(200, {"faults": [rule.spec for rule in stand.plan.rules], "next": stand.ledger.next_number})


def set_faults(stand: "StandIn", request: Request) -> Answer:
    """A JSON list of rules, or {"faults": […], "replace": true}. All or none are taken."""
    wish = orjson.loads(request.body)
    specs, replace = (wish["faults"], wish.get("replace", False)) if isinstance(wish, dict) else (wish, False)
    kept = stand.plan.rules
    if replace:
        stand.plan.clear()
    try:
        stand.plan.add(specs, stand.ledger.next_number)
    except ValueError:
        stand.plan.rules = kept
        raise
    return give_faults(stand, request)


def clear_faults(stand: "StandIn", request: Request) -> Answer:
    stand.plan.clear()
    return give_faults(stand, request)


def give_webhook(stand: "StandIn", request: Request) -> Answer:
    """Settings, counts and what is pending. `wait=SECONDS` answers when nothing is, or when the time is up."""
    deadline = time.monotonic() + float(request.query.get("wait", 0))
    while not (idle := stand.timeline.pending == 0 and stand.webhook.pending == 0):
        if time.monotonic() >= deadline:
            break
        time.sleep(0.02)
    return json_answer(
        200,
        {
            "idle": idle,
            "pending_events": stand.webhook.pending,
            "pending_stages": stand.timeline.pending,
            "scheduled_requests": stand.timeline.scheduled,
            **stand.webhook.counts,
            "last_failure": stand.webhook.last_failure,
            "settings": asdict(stand.webhook.settings),
        },
    )


def set_webhook(stand: "StandIn", request: Request) -> Answer:
    stand.webhook.configure(orjson.loads(request.body))
    stand.timeline.wake()
    return give_webhook(stand, Request("GET", request.path, {}, {}, 0, False, True))


def emit_events(stand: "StandIn", request: Request) -> Answer:
    """A JSON list of whatever: each element is posted to the receiver as it is, in a signed batch."""
    elements = orjson.loads(request.body)
    if not isinstance(elements, list):
        raise TypeError("give a JSON list; each element is posted as it is")
    stand.webhook.emit_raw([orjson.dumps(element) for element in elements])
    return json_answer(200, {"events": len(elements)})


def give_key(stand: "StandIn", request: Request) -> Answer:
    return json_answer(200, {"public_key": stand.webhook.key.public_key, "other": stand.webhook.other_key.public_key})


def rotate_key(stand: "StandIn", request: Request) -> Answer:
    stand.webhook.rotate()
    return give_key(stand, request)


def give_account(stand: "StandIn", request: Request) -> Answer:
    return json_answer(200, stand.account.describe())


def set_account(stand: "StandIn", request: Request) -> Answer:
    stand.account.change(orjson.loads(request.body))
    return give_account(stand, request)


def give_clock(stand: "StandIn", request: Request) -> Answer:
    return json_answer(200, {"now": stand.clock.now(), "offset": stand.clock.offset})


def set_clock(stand: "StandIn", request: Request) -> Answer:
    """{"advance": seconds}: the sandbox's clock jumps forward, and what became due happens."""
    stand.clock.advance(float(orjson.loads(request.body)["advance"]))
    stand.timeline.wake()
    return give_clock(stand, request)


def give_settings(stand: "StandIn", request: Request) -> Answer:
    """The event webhook's settings as SendGrid's API shows them."""
    switches = "bounce click deferred delivered dropped group_resubscribe group_unsubscribe open processed spam_report"
    on = dict.fromkeys([*switches.split(), "unsubscribe"], True)
    public_key = stand.webhook.key.public_key
    basis = {"enabled": stand.webhook.active, "url": stand.webhook.settings.url, "id": "sandbox"}
    return json_answer(200, {**basis, **on, "public_key": public_key})


def give_signed(stand: "StandIn", request: Request, webhook: str = "sandbox") -> Answer:
    """GET gives the public key; PATCH {"enabled": …} gives it too. Signing cannot be switched off here."""
    return json_answer(200, {"id": webhook, "public_key": stand.webhook.key.public_key})


def give_scopes(stand: "StandIn", request: Request) -> Answer:
    scopes = stand.account.scopes_of(request.headers.get("authorization", "")) or []
    everything = ["mail.send", "mail.batch", "user.scheduled_sends", "suppression", "asm", "user.webhooks.event"]
    return json_answer(200, {"scopes": everything if "all" in scopes else scopes})
