"""POST /v3/mail/send: numbers the request, applies its fault, validates it, writes the ledger, then answers.

There is no idempotency, just as at SendGrid: the same body twice is two mails."""

import secrets
import time
from dataclasses import dataclass, field
from typing import Any

from sandbox import tracking_settings
from sandbox.account import Account
from sandbox.api.mail_send_validation import examine, parse
from sandbox.http import sendgrid_answers
from sandbox.http.fault_injection import EARLY, answer_status, enact, interrupt
from sandbox.http.fault_rules import FaultAction
from sandbox.http.server_connection import Request, SandboxAnswer, SandboxConnection, json_answer
from sandbox.ledger import Record, unaccepted
from sandbox.receipts import ATTEMPT_ARG, args_in_part, args_of
from sandbox.sandbox_server import SandboxServer


@dataclass(slots=True)
class SendInProgress:
    number: int
    request: Request
    era: int  # era of the ledger: after a reset the request is ignored
    received_at: float  # real time, not the sandbox's clock
    fault: FaultAction | None = None
    mail: Any = None  # the parsed body
    broken: str = ""  # why the body could not be parsed
    args: dict[str, Any] = field(default_factory=dict)  # custom args of the message
    verdict: Any = None  # the answer of the receipts' receiver

    def record(self, at: float, status: int | None, **more: Any) -> Record:
        plain = unaccepted(self.number, at, self.received_at, status, self.fault) | {"args": self.args}
        if self.verdict is not None:
            plain["verdict"] = self.verdict
        return {**plain, **more}

    def read_mail(self) -> None:
        """Parse the body even if the request will fail, to learn which attempt it carries."""
        try:
            self.mail = parse(self.request.body)
        except ValueError as error:
            self.broken = str(error)
        self.args = args_of(self.mail)


def exchange(server: SandboxServer, connection: SandboxConnection, request: Request) -> bool:
    """Handle one mail/send request from its head to its answer. Returns whether the connection stays open."""
    era, received_at = server.ledger.era, time.time()
    turn = SendInProgress(server.ledger.take_number(), request, era, received_at)
    turn.fault, pause = server.plan.decide(turn.number)
    fault = turn.fault
    if fault and fault.name in EARLY:
        return _cut_short(server, connection, turn, fault)
    try:
        if fault and fault.name == "slow-body":
            connection.read_slowly(request, fault.seconds(10.0))
        if request.length > server.account.max_bytes and server.account.oversize == "early":
            return _cut_short(server, connection, turn, FaultAction("413-early"))
        fits = connection.read_body(request, server.account.max_bytes)
    except ConnectionError:
        turn.args = args_in_part(request.body)
        _append(server, turn, None, note="the client went away while sending its body")
        return False
    if fits:
        turn.read_mail()
    _tell_receipt(server, turn)
    time.sleep(pause)
    if fault and not fault.after:
        _append(server, turn, answer_status(fault))
        return enact(connection, request, fault, sendgrid_answers.refusal(500))
    return _answer(server, connection, turn, fits)


def _append(server: SandboxServer, turn: SendInProgress, status: int | None, **more: Any) -> None:
    server.ledger.append(turn.record(server.clock.now(), status, **more), era=turn.era)


def _tell_receipt(server: SandboxServer, turn: SendInProgress) -> None:
    receipts = server.receipts
    if receipts.url and turn.number % receipts.every == 0:
        attempt = turn.args.get(ATTEMPT_ARG)
        receipt = {"request": turn.number, "received_at": turn.received_at, "attempt": attempt, "custom_args": turn.args}
        turn.verdict = receipts.tell(receipt)


def _cut_short(server: SandboxServer, connection: SandboxConnection, turn: SendInProgress, fault: FaultAction) -> bool:
    """Carry out a fault that happens before the body is read."""
    if fault.name == "reset-body":
        try:
            connection.read_slowly(turn.request, 0.0, share=0.5)
            turn.args = args_in_part(turn.request.body)
        except ConnectionError:
            pass  # the client closed first
    _tell_receipt(server, turn)
    _append(server, turn, answer_status(fault))
    interrupt(connection, fault)
    return False


def _answer(server: SandboxServer, connection: SandboxConnection, turn: SendInProgress, fits: bool) -> bool:
    refused = _refuse(server, turn) if fits else sendgrid_answers.refusal(413)
    if refused is None:
        mentioned = server.plan.for_addresses(_addresses(turn.mail), turn.number)
        turn.fault = turn.fault or mentioned
        if turn.fault and not turn.fault.after:
            _append(server, turn, answer_status(turn.fault))
            return enact(connection, turn.request, turn.fault, sendgrid_answers.refusal(500))
        answer = _accept(server, turn, turn.mail)
    else:
        _append(server, turn, refused.status)
        turn.fault, answer = None, refused
    if server.must_refuse_next():
        turn.request.keep_alive = False
        server.refuse_next()  # before the answer, because the client may send its next request at once
    if turn.fault:
        return enact(connection, turn.request, turn.fault, answer)
    connection.send(answer, turn.request.keep_alive)
    return turn.request.keep_alive


def refuse_key(account: Account, request: Request, scope: str) -> SandboxAnswer | None:
    """The error answer if the key is unknown or lacks this scope, else None."""
    scopes = account.scopes_of(request.headers.get("authorization", ""))
    if scopes is None:
        return sendgrid_answers.refusal(401)
    return None if account.may(scopes, scope) else sendgrid_answers.refusal(403, "access forbidden")


def _refuse(server: SandboxServer, turn: SendInProgress) -> SandboxAnswer | None:
    """The error answer of a request that must not get a 202, else None."""
    account, request, mail = server.account, turn.request, turn.mail
    if refused := refuse_key(account, request, "mail.send"):
        return refused
    media = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if media != "application/json" or request.headers.get("content-encoding", "identity") != "identity":
        return sendgrid_answers.refusal(415)
    if turn.broken:
        return sendgrid_answers.refusal(400, turn.broken)
    errors = examine(mail, account, server.clock.now(), server.batches)
    if errors:
        return json_answer(400, {"errors": errors})
    senders = [
        mail["from"],
        *(personalization["from"] for personalization in mail["personalizations"] if "from" in personalization),
    ]
    if not all(account.is_verified(sender["email"]) for sender in senders):
        return sendgrid_answers.refusal(403, field="from")
    if account.credits is not None and not account.spend(sum(1 for _ in _addresses(mail)), _is_trial(mail)):
        return sendgrid_answers.refusal(401, sendgrid_answers.NO_CREDITS)
    return None


def _addresses(mail: dict[str, Any]) -> Any:
    return (
        person["email"].lower()
        for personalization in mail["personalizations"]
        for name in ("to", "cc", "bcc")
        for person in personalization.get(name, ())
    )


def _is_trial(mail: dict[str, Any]) -> bool:
    """SendGrid's own sandbox_mode: checked, answered with 200, never sent."""
    return bool(mail.get("mail_settings", {}).get("sandbox_mode", {}).get("enable"))


def _list_people(mail: dict[str, Any]) -> list[list[Any]]:
    """All recipients: index in the request, personalization, address, to/cc/bcc, merged custom args."""
    people: list[list[Any]] = []
    shared = mail.get("custom_args", {})
    for position, personalization in enumerate(mail["personalizations"]):
        own = personalization.get("custom_args", shared)
        args = {**shared, **own} if shared and own is not shared else own
        to = personalization["to"]
        if len(to) == 1 and "cc" not in personalization and "bcc" not in personalization:
            people.append([len(people), position, to[0]["email"], "to", args])
            continue
        for name in ("to", "cc", "bcc"):
            for person in personalization.get(name, ()):
                people.append([len(people), position, person["email"], name, args])
    return people


def _moments(mail: dict[str, Any], people: list[list[Any]]) -> dict[str, Any]:
    """The `send_at` of each mail, if not all mails of a request go out at the same time."""
    listed, shared = mail["personalizations"], mail.get("send_at")
    if not any("send_at" in personalization for personalization in listed):
        return {}
    return {"moments": [listed[person[1]].get("send_at", shared) for person in people]}


def _accept(server: SandboxServer, turn: SendInProgress, mail: dict[str, Any]) -> SandboxAnswer:
    now = server.clock.now()
    if _is_trial(mail):
        _append(server, turn, 200, note="sandbox_mode")
        return SandboxAnswer(200, b"", "text/plain; charset=utf-8")
    fault = turn.fault
    message_id = secrets.token_urlsafe(16)
    status: int | None = 202
    if fault and fault.name not in ("slow-body", "no-id", "trickle"):
        status = answer_status(fault)
    settings, people, account = mail.get("mail_settings", {}), _list_people(mail), server.account
    tracked = tracking_settings.tracked(mail, account.tracking)
    record = turn.record(
        now,
        status,
        id=message_id,
        accepted=True,
        people=people,
        category=mail.get("categories"),
        bypasses=[name for name in settings if name.startswith("bypass_") and settings[name].get("enable")],
        send_at=mail.get("send_at"),
        batch=mail.get("batch_id"),
        sender=mail["from"]["email"],
        subject=mail.get("subject", ""),
        **_moments(mail, people),
        **({"tracked": tracked} if tracked else {}),
    )
    ticket = server.progress.issue(turn.number)
    if server.ledger.append(record, turn.request.body, turn.era):
        server.timeline.schedule(record, ticket)
    return sendgrid_answers.accepted(None if fault and fault.name == "no-id" else message_id)
