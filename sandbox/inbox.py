"""Which messages there are: newest first, by address or custom arg, each with how often its person got it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sandbox.ledger import Record
from sandbox.rendering import Message, render, subject_of

if TYPE_CHECKING:
    from sandbox.standin import StandIn

DELIVERY_ARG = "mr_d"  # the custom arg that names one delivery: the same one twice is a double send


@dataclass(slots=True)
class Line:
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


def list_lines(stand: "StandIn", needle: str, arg: str, offset: int, limit: int) -> tuple[list[Line], int]:
    """Lines of the messages whose address contains `needle` and which carry `arg` ("name:value"); and how many."""
    if not needle and not arg:
        return _list_latest(stand, offset, limit)
    name, _, value = arg.partition(":")
    wanted, low = value.encode(), needle.lower()
    lines: list[Line] = []
    total, duplicates = 0, stand.tallies.by(DELIVERY_ARG).count()[0]
    for slot in range(len(stand.ledger) - 1, -1, -1):
        raw = stand.ledger.line(slot)
        if low.encode() not in raw.lower() or wanted not in raw or not stand.ledger.recipients_in(slot):
            continue
        record = stand.ledger.record(slot)
        for person in reversed(record["people"]):
            if low in person[2].lower() and (not arg or person[4].get(name) == value):
                if offset <= total < offset + limit:
                    lines.append(_line(stand, record, person, duplicates))
                total += 1
    return lines, total


def _list_latest(stand: "StandIn", offset: int, limit: int) -> tuple[list[Line], int]:
    total = stand.ledger.recipients
    end = total - offset
    start = max(0, end - limit)
    duplicates = stand.tallies.by(DELIVERY_ARG).count()[0]
    found = list(stand.ledger.people(start, end - start)) if end > 0 else []
    return [_line(stand, record, person, duplicates) for record, person in reversed(found)], total


def _line(stand: "StandIn", record: Record, person: list[Any], duplicates: dict[Any, int]) -> Line:
    index, place, address, _, args = person
    body = stand.ledger.body_of(record)
    subject = subject_of(body, place, stand.account.substitution_order == "nested") if body else ""
    times = duplicates.get((address.lower(), args.get(DELIVERY_ARG)), 1)
    number = record["request"]
    return Line(f"{number}-{index}", address, subject, record["at"], number, index, record["id"], args, times)


def open_message(stand: "StandIn", message: str) -> Message | None:
    """The message with the id REQUEST-INDEX; None when there is none or bodies are not kept."""
    number, _, index = message.partition("-")
    if not (number.isdigit() and index.isdigit()):
        return None
    record = stand.ledger.by_number(int(number))
    body = stand.ledger.body_of(record) if record else None
    if record is None or body is None or int(index) >= len(record["people"]):
        return None
    nested = stand.account.substitution_order == "nested"
    return render(record, record["people"][int(index)], body, nested, stand.account.templates)
