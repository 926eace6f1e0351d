"""Validates one personalization: addresses, substitutions, custom args, headers; also the fields it shares with the message.

Nearly all personalizations are plain, which a fast check (`_is_plain`) recognises; only the rest is checked in full."""

import re
from functools import lru_cache
from itertools import chain
from typing import Any, TypeGuard

import orjson

from sandbox.account import LIMITS, Account

EMAIL = re.compile(r"[^\s@<>()\[\],;:\\\"]{1,64}@[^\s@<>()\[\],;:\\\"]{1,255}")
KEYS = {"to", "cc", "bcc", "from", "subject", "headers", "substitutions", "dynamic_template_data", "custom_args", "send_at"}
_MADE_HEADERS = {"x-sg-id", "x-sg-eid", "received", "dkim-signature", "content-type", "content-transfer-encoding"}
RESERVED_HEADERS = _MADE_HEADERS | {"to", "from", "subject", "reply-to", "cc", "bcc"}
HEADER_NAME = re.compile(r"[!-9;-~]+")
_matches = EMAIL.fullmatch
_TEXT_ONLY = frozenset([str])
_PLAIN = frozenset(["to", "substitutions", "custom_args", "headers"])
_NONE: dict[str, str] = {}
_SOME = {"": ""}
MOST = 1000
LONGEST_DELAY = 72 * 3600


class Faults:
    def __init__(self) -> None:
        self.found: list[dict[str, Any]] = []

    def add(self, message: str, field: str | None = None) -> None:
        self.found.append({"message": message, "field": field, "help": None})

    def require(self, sound: bool, message: str, field: str) -> bool:
        """Add this error unless `sound`; returns `sound`."""
        if not sound:
            self.add(message, field)
        return sound


def is_whole(value: Any) -> bool:
    """Whether this is an integer; true and false do not count, although they are integers in Python."""
    return type(value) is int


def is_address(value: Any) -> TypeGuard[str]:
    return isinstance(value, str) and _matches(value) is not None


def is_filled(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def are_texts(pairs: Any) -> bool:
    return isinstance(pairs, dict) and _TEXT_ONLY.issuperset(map(type, pairs.values()))


def check_keys(pairs: dict[str, Any], known: set[str], where: str, faults: Faults) -> None:
    for name in pairs.keys() - known:
        faults.add(f"Additional property {name} is not allowed", f"{where}.{name}" if where else name)


def check_send_at(moment: Any, now: float, where: str, faults: Faults) -> None:
    if moment is None:
        return
    if not is_whole(moment):
        faults.add("The send_at parameter must be an integer.", where)
    elif moment > now + LONGEST_DELAY:
        faults.add("Scheduling more than 72 hours in advance is forbidden.", where)


def check_headers(headers: Any, where: str, faults: Faults) -> None:
    """Check the headers of the message or of a personalization: reserved names, ASCII without spaces, string values."""
    if not faults.require(isinstance(headers, dict), "The headers must be an object of key/value pairs.", where):
        return
    for name, value in headers.items():
        if name.lower() in RESERVED_HEADERS:
            faults.add(f"The header {name} is reserved and cannot be set.", f"{where}.{name}")
        elif not HEADER_NAME.fullmatch(name):
            faults.add("Header names must be ASCII characters without spaces.", f"{where}.{name}")
        if type(value) is not str:
            faults.add("Header values must be strings.", f"{where}.{name}")
        elif "\n" in value or "\r" in value:
            faults.add("Header values must not contain line breaks.", f"{where}.{name}")


@lru_cache(maxsize=MOST)
def _is_header_name(name: str) -> bool:
    return HEADER_NAME.fullmatch(name) is not None and name.lower() not in RESERVED_HEADERS


def check_personalizations(mail: dict[str, Any], account: Account, now: float, faults: Faults) -> None:
    listed = mail.get("personalizations")
    if not isinstance(listed, list) or not listed:
        faults.add("The personalizations field is required and must have at least one personalization.", "personalizations")
        return
    text = f"The personalizations array is limited to {MOST} per request. You attempted {len(listed)}."
    faults.require(len(listed) <= MOST, text, "personalizations")
    shared = mail.get("custom_args")
    shared = shared if isinstance(shared, dict) else {}
    sender = mail.get("from")
    domain = str(sender.get("email")).rpartition("@")[2].lower() if isinstance(sender, dict) else ""
    figures = LIMITS[account.limits]
    room = min(figures["substitution_bytes"], figures["custom_args_bytes"]) - len(orjson.dumps(shared))
    total = 0
    for index, personalization in enumerate(listed):
        where = f"personalizations.{index}"
        if _is_plain(personalization, room, figures["substitution_count"]):
            total += 1
        elif faults.require(isinstance(personalization, dict), "Each personalization must be an object.", where):
            total += _check_people(personalization, where, faults)
            if "substitutions" in personalization:
                _check_substitutions(personalization["substitutions"], f"{where}.substitutions", figures, faults)
            if shared or "custom_args" in personalization:
                _check_custom_args(shared, personalization.get("custom_args"), f"{where}.custom_args", figures, faults)
            check_headers(personalization.get("headers", {}), f"{where}.headers", faults)
            _check_rest(personalization, where, domain, now, faults)
    text = f"There is a limit of {MOST} total recipients (to + cc + bcc) per request. You attempted {total}."
    faults.require(total <= MOST, text, "personalizations")
    _check_subjects(mail, listed, faults)


def _is_plain(personalization: Any, room: int, most: int) -> bool:
    """Whether this is a valid personalization of the usual form: one address, and nothing close to a limit. False means
    that the full check must decide."""
    try:
        (person,) = personalization["to"]
        pairs, args, headers = (
            personalization.get("substitutions", _NONE),
            personalization.get("custom_args", _SOME),
            personalization.get("headers", _NONE),
        )
        values = "".join(headers.values())
        return bool(
            type(personalization["to"]) is list
            and type(person.get("name", "")) is str
            and _PLAIN.issuperset(personalization)
            and _matches(person["email"])
            and _TEXT_ONLY.issuperset(map(type, chain(pairs.values(), args.values())))
            and args
            and len(pairs) <= most
            and all(map(_is_header_name, headers))
            and "\n" not in values
            and "\r" not in values
            and len(orjson.dumps(personalization)) < room
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        return False


def _check_subjects(mail: dict[str, Any], listed: list[Any], faults: Faults) -> None:
    """Check that the message or every personalization has a subject."""
    if "subject" in mail:
        _check_subject(mail["subject"], "subject", faults)
    elif not all(isinstance(personalization, dict) and personalization.get("subject") for personalization in listed):
        faults.add(
            "The subject is required. You can get around this requirement if you use a template with a subject "
            "defined or if every personalization has a subject defined.",
            "subject",
        )


def _check_subject(subject: Any, where: str, faults: Faults) -> None:
    faults.require(is_filled(subject), "The subject must be a string at least one character in length.", where)


def _check_people(personalization: dict[str, Any], where: str, faults: Faults) -> int:
    """Check the addresses of one personalization; returns how many there are."""
    to = personalization.get("to")
    if not isinstance(to, list) or not to:
        faults.add(
            "The to array is required for all personalization objects, and must have at least one email object with a "
            "valid email address.",
            f"{where}.to",
        )
        return 0
    seen: set[str] = set()
    count = 0
    for name in ("to", "cc", "bcc"):
        people, field = personalization.get(name, []), f"{where}.{name}"
        count += len(people) if isinstance(people, list) else 0
        if not isinstance(people, list) or len(people) > MOST:
            faults.add(f"The {name} parameter must be an array of at most {MOST} email objects.", field)
            continue
        for index, person in enumerate(people):
            address = _check_address(person, f"{field}.{index}", faults).lower()
            text = (
                "Each email address in the personalization block should be unique between to, cc, and bcc. We "
                f"found the first duplicate instance of [{address}] in the {field} field."
            )
            faults.require(address not in seen, text, field)
            seen.add(address)
    return count


def _check_address(person: Any, where: str, faults: Faults) -> str:
    address = person.get("email") if isinstance(person, dict) else None
    if not is_address(address):
        faults.add(f"Does not contain a valid address: {address!r:.80}", f"{where}.email")
        return ""
    faults.require(isinstance(person.get("name", ""), str), "The name must be a string.", f"{where}.name")
    return address


def _check_substitutions(pairs: Any, where: str, figures: dict[str, int], faults: Faults) -> None:
    if not faults.require(are_texts(pairs), "The substitutions must be an object of key/value pairs of strings.", where):
        return
    most, size = figures["substitution_count"], figures["substitution_bytes"]
    text = f"Substitutions are limited to {most} per personalization block. You attempted {len(pairs)}."
    faults.require(len(pairs) <= most, text, where)
    text = f"The substitutions of one personalization are limited to {size} bytes."
    faults.require(len(orjson.dumps(pairs)) <= size, text, where)


def _check_custom_args(shared: dict[str, Any], own: Any, where: str, figures: dict[str, int], faults: Faults) -> None:
    if own is not None and not are_texts(own):
        faults.add("The custom_args must be an object whose values are strings.", where)
        return
    faults.require(own != {}, "The custom_args must not be an empty object.", where)
    size = figures["custom_args_bytes"]
    text = f"The custom_args of one personalization, merged, must stay below {size} bytes."
    faults.require(len(orjson.dumps({**shared, **(own or {})})) < size, text, where)


def _check_rest(personalization: dict[str, Any], where: str, domain: str, now: float, faults: Faults) -> None:
    if "subject" in personalization:
        _check_subject(personalization["subject"], f"{where}.subject", faults)
    check_keys(personalization, KEYS, where, faults)
    if "dynamic_template_data" in personalization:
        faults.add("Dynamic templates are not supported by this sandbox.", f"{where}.dynamic_template_data")
    check_send_at(personalization.get("send_at"), now, f"{where}.send_at", faults)
    sender = personalization.get("from")
    if sender is not None:
        address = sender.get("email") if isinstance(sender, dict) else None
        if not is_address(address):
            faults.add("The from email does not contain a valid address.", f"{where}.from.email")
        elif address.rpartition("@")[2].lower() != domain:
            faults.add("The from of a personalization must have the domain of the message's from.", f"{where}.from")
