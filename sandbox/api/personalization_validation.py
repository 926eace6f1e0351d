"""The rules of one personalization: addresses, substitutions, custom args, headers. The hot part of validation."""

import re
from itertools import chain
from typing import Any, NamedTuple

import orjson

from sandbox.account import Account

EMAIL = re.compile(r"[^\s@<>()\[\],;:\\\"]{1,64}@[^\s@<>()\[\],;:\\\"]{1,255}")
KEYS = frozenset(
    [
        "to",
        "cc",
        "bcc",
        "from",
        "subject",
        "headers",
        "substitutions",
        "dynamic_template_data",
        "custom_args",
        "send_at",
    ]
)
USUAL = KEYS - {"from", "subject", "dynamic_template_data", "send_at"}  # the rest is looked at apart
RESERVED_HEADERS = frozenset(
    [
        "x-sg-id",
        "x-sg-eid",
        "received",
        "dkim-signature",
        "content-type",
        "content-transfer-encoding",
        "to",
        "from",
        "subject",
        "reply-to",
        "cc",
        "bcc",
    ]
)
HEADER_NAME = re.compile(r"[!-9;-~]+")
_matches = EMAIL.fullmatch
_TEXT_ONLY = frozenset([str])
_PLAIN = frozenset(["to", "substitutions", "custom_args", "headers"])
_NONE: dict[str, str] = {}
_SOME = {"": ""}
_GOOD_NAMES: set[str] = set()  # of headers, seen and found good
MOST = 1000
LONGEST_DELAY = 72 * 3600


class Faults:
    """The errors found so far, in SendGrid's shape."""

    def __init__(self) -> None:
        self.found: list[dict[str, Any]] = []

    def add(self, message: str, field: str | None = None) -> None:
        self.found.append({"message": message, "field": field, "help": None})


class Figures(NamedTuple):
    """The limits in force."""

    substitution_count: int
    substitution_bytes: int
    custom_args_bytes: int


def is_whole(value: Any) -> bool:
    """An integer; true and false are not, although Python thinks so."""
    return type(value) is int


def check_personalizations(mail: dict[str, Any], account: Account, now: float, faults: Faults) -> None:
    listed = mail.get("personalizations")
    if not isinstance(listed, list) or not listed:
        faults.add("The personalizations field is required and must have at least one personalization.", "personalizations")
        return
    if len(listed) > MOST:
        faults.add(
            f"The personalizations array is limited to {MOST} per request. You attempted {len(listed)}.",
            "personalizations",
        )
    shared = mail.get("custom_args")
    shared = shared if isinstance(shared, dict) else {}
    sender = mail.get("from")
    domain = str(sender.get("email")).rpartition("@")[2].lower() if isinstance(sender, dict) else ""
    figures = Figures(*(account.figure(name) for name in Figures._fields))
    room = min(figures.substitution_bytes, figures.custom_args_bytes) - len(orjson.dumps(shared))
    total, titled = 0, bool(mail.get("subject")) and isinstance(mail.get("subject"), str)
    for place, one in enumerate(listed):
        if _is_plain(one, room, figures.substitution_count):
            total += 1
            continue
        if not isinstance(one, dict):
            faults.add("Each personalization must be an object.", f"personalizations.{place}")
            continue
        total += _check_one(one, place, faults)
        if "substitutions" in one:
            _check_substitutions(one["substitutions"], place, figures, faults)
        if shared or "custom_args" in one:
            _check_custom_args(shared, one.get("custom_args"), place, figures, faults)
        if "headers" in one:
            _check_own_headers(one["headers"], place, faults)
        if not USUAL.issuperset(one):
            _check_rare(one, place, domain, now, faults)
    if total > MOST:
        faults.add(
            f"There is a limit of {MOST} total recipients (to + cc + bcc) per request. You attempted {total}.",
            "personalizations",
        )
    if "subject" in mail and not titled:
        faults.add("The subject must be a string at least one character in length.", "subject")
    elif not titled and not _is_titled_elsewhere(mail, listed, account):
        faults.add(
            "The subject is required. You can get around this requirement if you use a template with a subject "
            "defined or if every personalization has a subject defined.",
            "subject",
        )


def _is_plain(one: Any, room: int, most: int) -> bool:
    """Whether this is what most personalizations are, and sound: one address, and nothing near any limit. False says
    nothing; the rules in full follow."""
    try:
        (person,) = one["to"]
        pairs, args, headers = one.get("substitutions", _NONE), one.get("custom_args", _SOME), one.get("headers", _NONE)
        values = "".join(headers.values())
        return bool(
            type(one["to"]) is list
            and type(person.get("name", "")) is str
            and _PLAIN.issuperset(one)
            and _matches(person["email"])
            and _TEXT_ONLY.issuperset(map(type, chain(pairs.values(), args.values())))
            and args
            and len(pairs) <= most
            and _GOOD_NAMES.issuperset(headers)
            and "\n" not in values
            and "\r" not in values
            and len(orjson.dumps(one)) < room
        )
    except (AttributeError, KeyError, TypeError, ValueError):
        return False


def _is_titled_elsewhere(mail: dict[str, Any], listed: list[Any], account: Account) -> bool:
    template = account.templates.get(str(mail.get("template_id"))) or {}
    return bool(template.get("subject")) or all(isinstance(one, dict) and one.get("subject") for one in listed)


def _at(place: int, name: str) -> str:
    return f"personalizations.{place}.{name}"


def _check_one(one: dict[str, Any], place: int, faults: Faults) -> int:
    """The addresses of one personalization; how many there are."""
    to = one.get("to")
    if not isinstance(to, list) or not to:
        faults.add(
            "The to array is required for all personalization objects, and must have at least one email object with a "
            "valid email address.",
            _at(place, "to"),
        )
        return 0
    if len(to) == 1 and "cc" not in one and "bcc" not in one:
        _check_address(to[0], place, "to", 0, faults)
        return 1
    seen: set[str] = set()
    count = 0
    for name in ("to", "cc", "bcc"):
        people = one.get(name, [])
        if not isinstance(people, list) or len(people) > MOST:
            faults.add(f"The {name} parameter must be an array of at most {MOST} email objects.", _at(place, name))
            count += len(people) if isinstance(people, list) else 0
            continue
        for index, person in enumerate(people):
            address = _check_address(person, place, name, index, faults).lower()
            count += 1
            if address in seen:
                faults.add(
                    "Each email address in the personalization block should be unique between to, cc, and bcc. We "
                    f"found the first duplicate instance of [{address}] in the {_at(place, name)} field.",
                    _at(place, name),
                )
            seen.add(address)
    return count


def _check_address(person: Any, place: int, name: str, index: int, faults: Faults) -> str:
    address = person.get("email") if isinstance(person, dict) else None
    if not isinstance(address, str) or not _matches(address):
        faults.add(f"Does not contain a valid address: {address!r:.80}", _at(place, f"{name}.{index}.email"))
        return ""
    if not isinstance(person.get("name", ""), str):
        faults.add("The name must be a string.", _at(place, f"{name}.{index}.name"))
    return address


def _are_texts(pairs: Any) -> bool:
    return isinstance(pairs, dict) and _TEXT_ONLY.issuperset(map(type, pairs.values()))


def _check_substitutions(pairs: Any, place: int, figures: Figures, faults: Faults) -> None:
    if not _are_texts(pairs):
        text = "The substitutions must be an object of key/value pairs of strings."
        faults.add(text, _at(place, "substitutions"))
        return
    most, size = figures.substitution_count, figures.substitution_bytes
    if len(pairs) > most:
        text = f"Substitutions are limited to {most} per personalization block. You attempted {len(pairs)}."
        faults.add(text, _at(place, "substitutions"))
    if len(orjson.dumps(pairs)) > size:
        text = f"The substitutions of one personalization are limited to {size} bytes."
        faults.add(text, _at(place, "substitutions"))


def _check_custom_args(shared: dict[str, Any], own: Any, place: int, figures: Figures, faults: Faults) -> None:
    if own is not None and not _are_texts(own):
        faults.add("The custom_args must be an object whose values are strings.", _at(place, "custom_args"))
        return
    if own == {}:
        faults.add("The custom_args must not be an empty object.", _at(place, "custom_args"))
    merged = {**shared, **own} if own and shared else own or shared
    if len(orjson.dumps(merged)) >= (size := figures.custom_args_bytes):
        text = f"The custom_args of one personalization, merged, must stay below {size} bytes."
        faults.add(text, _at(place, "custom_args"))


def _check_own_headers(headers: Any, place: int, faults: Faults) -> None:
    before = len(faults.found)
    check_headers(headers, _at(place, "headers"), faults)
    if len(faults.found) == before and len(_GOOD_NAMES) < MOST:
        _GOOD_NAMES.update(headers)


def check_headers(headers: Any, where: str, faults: Faults) -> None:
    """Of the message or of a personalization: reserved names, ASCII names without a space, values that are strings."""
    if not isinstance(headers, dict):
        faults.add("The headers must be an object of key/value pairs.", where)
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


def _check_rare(one: dict[str, Any], place: int, domain: str, now: float, faults: Faults) -> None:
    if "subject" in one and (not isinstance(one["subject"], str) or not one["subject"]):
        faults.add("The subject must be a string at least one character in length.", _at(place, "subject"))
    for name in one.keys() - KEYS:
        faults.add(f"Additional property {name} is not allowed", _at(place, name))
    if "dynamic_template_data" in one:
        faults.add("Dynamic templates are not supported by this sandbox.", _at(place, "dynamic_template_data"))
    moment = one.get("send_at")
    if moment is not None and not is_whole(moment):
        faults.add("The send_at parameter must be an integer.", _at(place, "send_at"))
    elif moment is not None and moment > now + LONGEST_DELAY:
        faults.add("Scheduling more than 72 hours in advance is forbidden.", _at(place, "send_at"))
    sender = one.get("from")
    if sender is not None:
        address = sender.get("email") if isinstance(sender, dict) else None
        if not isinstance(address, str) or not EMAIL.fullmatch(address):
            faults.add("The from email does not contain a valid address.", _at(place, "from.email"))
        elif address.rpartition("@")[2].lower() != domain:
            faults.add("The from of a personalization must have the domain of the message's from.", _at(place, "from"))
