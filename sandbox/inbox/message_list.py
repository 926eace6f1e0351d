"""Lists the inbox's messages: newest first, filtered by address or custom arg, each with the number of its duplicates."""

from dataclasses import dataclass
from typing import Any

from sandbox.delivery.address_outcomes import ORDINARY, OUTCOMES, foresee, reported
from sandbox.inbox.link_tracking import track
from sandbox.inbox.mail_rendering import Message, render, subject_of
from sandbox.ledger import Record
from sandbox.sandbox_server import SandboxServer

DELIVERY_ARG = "mr_d"  # the custom arg that names one delivery: the same one twice is a double send


@dataclass(slots=True)
class MessageRow:
    """One message in a list. `times` is how many mails this address got for this delivery."""

    id: str
    to: str
    subject: str
    at: float
    request: int
    index: int
    message_id: str
    custom_args: dict[str, str]
    times: int
    word: str  # of the outcome that the address asks for; empty if it gets the ordinary one


def list_lines(server: SandboxServer, needle: str, arg: str, offset: int, limit: int) -> tuple[list[MessageRow], int]:
    """The messages whose address contains `needle` and which carry `arg` ("name:value"), and their total number.

    Mail that waits for its `send_at`, or was discarded, is not listed."""
    ledger, (name, _, value), low = server.ledger, arg.partition(":"), needle.lower()
    duplicates = server.tallies.by(DELIVERY_ARG).count()[0]
    everything = not needle and not arg
    lines: list[MessageRow] = []
    passed = 0
    for slot in range(len(ledger) - 1, -1, -1):
        count = ledger.recipients_in(slot)
        if everything and passed >= offset + limit:
            break
        if everything and not ledger.scheduled and passed + count <= offset:
            passed += count
            continue
        raw = b"" if everything else ledger.line(slot)
        if not count or low.encode() not in raw.lower() or value.encode() not in raw:
            continue
        record = ledger.record(slot)
        for person in reversed(_arrived(server, record)):
            if low in person[2].lower() and (not arg or person[4].get(name) == value):
                if offset <= passed < offset + limit:
                    lines.append(_line(server, record, person, duplicates))
                passed += 1
    return lines, ledger.recipients - sum(ledger.tell_apart()) if everything else passed


def _arrived(server: SandboxServer, record: Record) -> list[list[Any]]:
    """The recipients of a request whose mail went out."""
    people: list[list[Any]] = record["people"]
    if not server.ledger.hides(record):
        return people
    return [person for person in people if server.ledger.ending_of(record, person).state == "released"]


def _line(server: SandboxServer, record: Record, person: list[Any], duplicates: dict[Any, int]) -> MessageRow:
    index, position, address, _, args = person
    body = server.ledger.body_of(record)
    subject = subject_of(body, position, server.account.substitution_order == "nested") if body else ""
    times = duplicates.get((address.lower(), args.get(DELIVERY_ARG)), 1)
    number = record["request"]
    word = foresee(address)
    if word and reported(OUTCOMES[word], record.get("tracked", {})) is ORDINARY:
        word = ""
    return MessageRow(f"{number}-{index}", address, subject, record["at"], number, index, record["id"], args, times, word)


def open_message(server: SandboxServer, message: str) -> Message | None:
    """The message with the id REQUEST-INDEX; None if there is none, or bodies are not kept."""
    number, _, index = message.partition("-")
    if not (number.isdigit() and index.isdigit()):
        return None
    record = server.ledger.by_number(int(number))
    body = server.ledger.body_of(record) if record else None
    if record is None or body is None or int(index) >= len(record["people"]):
        return None
    person = record["people"][int(index)]
    nested = server.account.substitution_order == "nested"
    mail = render(record, person, body, nested)
    track(mail, body, server.account.tracking)
    mail.state = server.ledger.ending_of(record, person).state
    if word := foresee(mail.to):
        mail.outcome = reported(OUTCOMES[word], record.get("tracked", {})).about
    return mail
