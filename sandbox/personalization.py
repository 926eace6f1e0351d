"""The rules of one personalization: addresses, substitutions, custom args, headers. The hot part of validation."""

import re
from typing import Any

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
MOST = 1000
LONGEST_DELAY = 72 * 3600


class Faults:
    """The errors found so far, in SendGrid's shape."""

    def __init__(self) -> None:
        self.found: list[dict[str, Any]] = []

    def add(self, message: str, field: str | None = None) -> None:
        self.found.append({"message": message, "field": field, "help": None})


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
    total, titled = 0, bool(mail.get("subject")) and isinstance(mail.get("subject"), str)
    for place, one in enumerate(listed):
        if not isinstance(one, dict):
            faults.add("Each personalization must be an object.", f"personalizations.{place}")
            continue
        total += _check_one(one, place, faults)
        if "substitutions" in one:
            _check_substitutions(one["substitutions"], place, account, faults)
        if shared or "custom_args" in one:
            _check_custom_args(shared, one.get("custom_args"), place, account, faults)
        if "headers" in one:
            check_headers(one["headers"], f"personalizations.{place}.headers", faults)
        if not KEYS.issuperset(one) or "send_at" in one or "from" in one or "dynamic_template_data" in one:
            _check_rare(one, place, domain, now, faults)
        if "subject" in one and (not isinstance(one["subject"], str) or not one["subject"]):
            faults.add("The subject must be a string at least one character in length.", _at(place, "subject"))
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
            address = _check_address(person, place, name, index, faults)
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
    if not isinstance(address, str) or not EMAIL.fullmatch(address):
        faults.add(f"Does not contain a valid address: {address!r:.80}", _at(place, f"{name}.{index}.email"))
        return ""
    label = person.get("name", "")
    if not isinstance(label, str):
        faults.add("The name must be a string.", _at(place, f"{name}.{index}.name"))
    return address.lower()


def _check_substitutions(pairs: Any, place: int, account: Account, faults: Faults) -> None:
    where = _at(place, "substitutions")
    if not isinstance(pairs, dict) or not all(type(value) is str for value in pairs.values()):
        faults.add("The substitutions must be an object of key/value pairs of strings.", where)
        return
    most, size = account.figure("substitution_count"), account.figure("substitution_bytes")
    if len(pairs) > most:
        faults.add(f"Substitutions are limited to {most} per personalization block. You attempted {len(pairs)}.", where)
    if len(orjson.dumps(pairs)) > size:
        faults.add(f"The substitutions of one personalization are limited to {size} bytes.", where)


def _check_custom_args(shared: dict[str, Any], own: Any, place: int, account: Account, faults: Faults) -> None:
    where = _at(place, "custom_args")
    if own is not None and (not isinstance(own, dict) or not all(type(value) is str for value in own.values())):
        faults.add("The custom_args must be an object whose values are strings.", where)
        return
    if own == {}:
        faults.add("The custom_args must not be an empty object.", where)
    merged = {**shared, **own} if own and shared else own or shared
    if len(orjson.dumps(merged)) >= (size := account.figure("custom_args_bytes")):
        faults.add(f"The custom_args of one personalization, merged, must stay below {size} bytes.", where)


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
