"""POST /v3/mail/send: numbers the request, lets its fault strike, validates, writes the ledger, then answers.

There is no idempotency here, as there is none at SendGrid: the same body twice is two mails."""

import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox import answers
from sandbox.connection import Answer, Connection, Request, json_answer
from sandbox.faults import Action
from sandbox.ledger import Record
from sandbox.misbehaviour import EARLY, answer_status, enact, interrupt
from sandbox.validation import examine, parse

if TYPE_CHECKING:
    from sandbox.standin import StandIn


@dataclass(slots=True)
class Turn:
    """One request on its way."""

    number: int
    request: Request
    era: int  # of the ledger: a reset in between makes this request count for nothing
    fault: Action | None = None

    def record(self, at: float, status: int | None, **more: Any) -> Record:
        fault = str(self.fault) if self.fault else None
        plain = {"request": self.number, "at": at, "id": None, "status": status, "fault": fault, "accepted": False}
        return {**plain, "people": [], **more}


def exchange(stand: "StandIn", connection: Connection, request: Request) -> bool:
    """Take one mail/send from its head to its answer. True when the connection lives on."""
    era = stand.ledger.era
    turn = Turn(stand.ledger.take_number(), request, era)
    turn.fault, pause = stand.plan.decide(turn.number)
    fault = turn.fault
    if fault and fault.name in EARLY:
        stand.ledger.append(turn.record(stand.clock.now(), answer_status(fault)), era=turn.era)
        interrupt(connection, request, fault)
        return False
    try:
        if fault and fault.name == "slow-body":
            connection.read_slowly(request, fault.seconds(10.0))
        if request.length > stand.account.max_bytes and stand.account.oversize == "early":
            stand.ledger.append(turn.record(stand.clock.now(), 413), era=turn.era)
            interrupt(connection, request, Action("413-early"))
            return False
        fits = connection.read_body(request, stand.account.max_bytes)
    except ConnectionError:
        stand.ledger.append(
            turn.record(stand.clock.now(), None, note="the client went away while sending its body"), era=turn.era
        )
        return False
    time.sleep(pause)
    if fault and not fault.after:
        stand.ledger.append(turn.record(stand.clock.now(), answer_status(fault)), era=turn.era)
        return enact(connection, request, fault, answers.refusal(500))
    return _answer(stand, connection, turn, fits)


def _answer(stand: "StandIn", connection: Connection, turn: Turn, fits: bool) -> bool:
    refused, mail = _refuse(stand, turn.request) if fits else (answers.refusal(413), {})
    if refused is None:
        mentioned = stand.plan.for_addresses(_addresses(mail), turn.number)
        turn.fault = turn.fault or mentioned
        if turn.fault and not turn.fault.after:
            stand.ledger.append(turn.record(stand.clock.now(), answer_status(turn.fault)), era=turn.era)
            return enact(connection, turn.request, turn.fault, answers.refusal(500))
        answer = _accept(stand, turn, mail)
    else:
        stand.ledger.append(turn.record(stand.clock.now(), refused.status), era=turn.era)
        turn.fault, answer = None, refused
    if stand.must_refuse_next():
        turn.request.keep_alive = False
        stand.refuse_next()  # before the answer: its reader may be quick
    if turn.fault:
        return enact(connection, turn.request, turn.fault, answer)
    connection.send(answer, turn.request.keep_alive)
    return turn.request.keep_alive


def _refuse(stand: "StandIn", request: Request) -> tuple[Answer | None, dict[str, Any]]:
    """The refusal of a request that does not deserve a 202, else None and its parsed body."""
    account = stand.account
    scopes = account.scopes_of(request.headers.get("authorization", ""))
    if scopes is None:
        return answers.refusal(401), {}
    if not account.may(scopes, "mail.send"):
        return answers.refusal(403, "access forbidden"), {}
    media = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if media != "application/json" or request.headers.get("content-encoding", "identity") != "identity":
        return answers.refusal(415), {}
    try:
        mail = parse(request.body)
    except ValueError as error:
        return answers.refusal(400, str(error)), {}
    errors = examine(mail, account, stand.clock.now(), stand.batches.known)
    if errors:
        return json_answer(400, {"errors": errors}), {}
    senders = [mail["from"], *(one["from"] for one in mail["personalizations"] if "from" in one)]
    if not all(account.is_verified(one["email"]) for one in senders):
        return answers.refusal(403, field="from"), {}
    if not account.spend(sum(1 for _ in _addresses(mail)), _is_trial(mail)):
        return answers.refusal(401, answers.NO_CREDITS), {}
    return None, mail


def _addresses(mail: dict[str, Any]) -> Any:
    return (
        person["email"].lower()
        for one in mail["personalizations"]
        for name in ("to", "cc", "bcc")
        for person in one.get(name, ())
    )


def _is_trial(mail: dict[str, Any]) -> bool:
    """SendGrid's own sandbox_mode: checked, answered with 200, never sent."""
    return bool(mail.get("mail_settings", {}).get("sandbox_mode", {}).get("enable"))


def _list_people(mail: dict[str, Any]) -> list[list[Any]]:
    """Everyone who gets a mail: index in the request, personalization, address, to/cc/bcc, merged custom args."""
    people: list[list[Any]] = []
    shared = mail.get("custom_args", {})
    for place, one in enumerate(mail["personalizations"]):
        own = one.get("custom_args", shared)
        args = {**shared, **own} if shared and own is not shared else own
        for name in ("to", "cc", "bcc"):
            for person in one.get(name, ()):
                people.append([len(people), place, person["email"], name, args])
    return people


def _accept(stand: "StandIn", turn: Turn, mail: dict[str, Any]) -> Answer:
    now = stand.clock.now()
    if _is_trial(mail):
        stand.ledger.append(turn.record(now, 200, note="sandbox_mode"), era=turn.era)
        return Answer(200, b"", "text/plain; charset=utf-8")
    fault = turn.fault
    message_id = secrets.token_urlsafe(16)
    status: int | None = 202
    if fault and fault.name not in ("slow-body", "no-id", "trickle"):
        status = answer_status(fault)
    settings = mail.get("mail_settings", {})
    record = turn.record(
        now,
        status,
        id=message_id,
        accepted=True,
        people=_list_people(mail),
        category=mail.get("categories"),
        group=mail.get("asm", {}).get("group_id"),
        bypasses=[name for name in settings if name.startswith("bypass_") and settings[name].get("enable")],
        send_at=mail.get("send_at", mail["personalizations"][0].get("send_at")),
        batch=mail.get("batch_id"),
        pool=mail.get("ip_pool_name"),
    )
    stand.ledger.append(record, turn.request.body, turn.era)
    stand.timeline.schedule(record)
    return answers.accepted(None if fault and fault.name == "no-id" else message_id)
