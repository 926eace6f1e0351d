"""Which messages there are: newest first, by address or custom arg, each with how often its person got it."""

from dataclasses import dataclass
from typing import Any

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

    def describe(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__}


def list_lines(server: SandboxServer, needle: str, arg: str, offset: int, limit: int) -> tuple[list[MessageRow], int]:
    """Lines of the messages whose address contains `needle` and which carry `arg` ("name:value"); and how many.

    Mail that waits for its `send_at`, or was discarded, is in nobody's inbox."""
    if not needle and not arg:
        return _list_latest(server, offset, limit)
    name, _, value = arg.partition(":")
    wanted, low = value.encode(), needle.lower()
    lines: list[MessageRow] = []
    total, duplicates = 0, server.tallies.by(DELIVERY_ARG).count()[0]
    for slot in range(len(server.ledger) - 1, -1, -1):
        raw = server.ledger.line(slot)
        if low.encode() not in raw.lower() or wanted not in raw or not server.ledger.recipients_in(slot):
            continue
        record = server.ledger.record(slot)
        for person in reversed(_arrived(server, record)):
            if low in person[2].lower() and (not arg or person[4].get(name) == value):
                if offset <= total < offset + limit:
                    lines.append(_line(server, record, person, duplicates))
                total += 1
    return lines, total


def _arrived(server: SandboxServer, record: Record) -> list[list[Any]]:
    """The recipients of a request whose mail went out."""
    people: list[list[Any]] = record["people"]
    if not server.ledger.hides(record):
        return people
    return [person for person in people if server.ledger.ending_of(record, person).state == "released"]


def _list_latest(server: SandboxServer, offset: int, limit: int) -> tuple[list[MessageRow], int]:
    ledger, passed = server.ledger, 0
    total = ledger.recipients - sum(ledger.tell_apart())
    duplicates = server.tallies.by(DELIVERY_ARG).count()[0]
    lines: list[MessageRow] = []
    for slot in range(len(ledger) - 1, -1, -1):
        count = ledger.recipients_in(slot)
        if not count or (not ledger.scheduled and passed + count <= offset):
            passed += count
            continue
        record = ledger.record(slot)
        for person in reversed(_arrived(server, record)):
            if offset <= passed < offset + limit:
                lines.append(_line(server, record, person, duplicates))
            passed += 1
        if passed >= offset + limit:
            break
    return lines, total


def _line(server: SandboxServer, record: Record, person: list[Any], duplicates: dict[Any, int]) -> MessageRow:
    index, place, address, _, args = person
    body = server.ledger.body_of(record)
    subject = subject_of(body, place, server.account.substitution_order == "nested") if body else ""
    times = duplicates.get((address.lower(), args.get(DELIVERY_ARG)), 1)
    number = record["request"]
    return MessageRow(f"{number}-{index}", address, subject, record["at"], number, index, record["id"], args, times)


def open_message(server: SandboxServer, message: str) -> Message | None:
    """The message with the id REQUEST-INDEX; None when there is none or bodies are not kept."""
    number, _, index = message.partition("-")
    if not (number.isdigit() and index.isdigit()):
        return None
    record = server.ledger.by_number(int(number))
    body = server.ledger.body_of(record) if record else None
    if record is None or body is None or int(index) >= len(record["people"]):
        return None
    person = record["people"][int(index)]
    nested = server.account.substitution_order == "nested"
    found = render(record, person, body, nested, server.account.templates)
    track(found, body, server.account.tracking)
    found.state = server.ledger.ending_of(record, person).state
    return found
