"""Renders the final mail of one recipient from the request body and one personalization: overrides, merges, substitutions.

Mail is rendered when somebody opens it, never when it is accepted."""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import orjson

from sandbox.substitutions import substitute

# The usual form of an unreplaced tag; it is only reported as a hint.
_TAG_LIKE = re.compile(r"\{\{\s*[\w.-]+\s*\}\}|%[A-Za-z_]\w*%|\[\[\s*\w+\s*\]\]|-[a-z_]+-(?=[\s<,.!])|\*\|\w+\|\*")


@dataclass(slots=True)
class Message:
    id: str
    to: str
    to_name: str
    sender: str
    subject: str
    html: str
    text: str
    headers: dict[str, str]
    custom_args: dict[str, str]
    request: int
    index: int
    message_id: str
    accepted_at: float
    kind: str
    warnings: list[str] = field(default_factory=list)
    state: str = "released"  # or waiting, discarded: then it was not delivered
    outcome: str = ""  # what the address asks for, as far as the mail's tracking lets it be reported


def spell_address(address: dict[str, Any]) -> str:
    name = address.get("name")
    return f"{name} <{address['email']}>" if name else str(address["email"])


@lru_cache(maxsize=8)
def _parse(body: bytes) -> dict[str, Any]:
    mail: dict[str, Any] = orjson.loads(body)
    return mail


def subject_of(body: bytes, position: int, nested: bool) -> str:
    """Only the subject, for lists."""
    mail = _parse(body)
    personalization = mail["personalizations"][position]
    return substitute(personalization.get("subject") or mail.get("subject", ""), personalization.get("substitutions", {}), nested)


def render(record: dict[str, Any], person: list[Any], body: bytes, nested: bool) -> Message:
    """The message of one recipient in the ledger."""
    mail = _parse(body)
    index, position, address, kind, args = person
    personalization = mail["personalizations"][position]
    pairs = personalization.get("substitutions", {})
    parts = {block["type"]: block["value"] for block in mail.get("content", [])}
    raw_subject = personalization.get("subject") or mail.get("subject", "")
    raw_html = parts.get("text/html", "")
    raw_text = parts.get("text/plain", "")
    subject, html, text = (substitute(raw, pairs, nested) for raw in (raw_subject, raw_html, raw_text))
    sender = personalization.get("from", mail["from"])
    people = [other for name in ("to", "cc", "bcc") for other in personalization.get(name, ())]
    named = next((other.get("name", "") for other in people if other["email"] == address), "")
    headers = {"From": spell_address(sender), "To": ", ".join(spell_address(other) for other in personalization["to"])}
    if personalization.get("cc"):
        headers["Cc"] = ", ".join(spell_address(other) for other in personalization["cc"])
    answers_to = [mail["reply_to"]] if "reply_to" in mail else mail.get("reply_to_list", [])
    if answers_to:
        headers["Reply-To"] = substitute(", ".join(spell_address(other) for other in answers_to), pairs, nested)
    headers |= {"Subject": subject, "Message-ID": f"<{record['id']}@geopod-ismtpd-{record['request'] % 20}>"}
    headers |= mail.get("headers", {}) | personalization.get("headers", {})
    return Message(
        f"{record['request']}-{index}",
        address,
        named,
        spell_address(sender),
        subject,
        html,
        text,
        headers,
        args,
        record["request"],
        index,
        record["id"],
        record["at"],
        kind,
        _warn(mail, pairs, (raw_subject, raw_html, raw_text), (subject, html, text)),
    )


def _warn(mail: dict[str, Any], pairs: dict[str, str], raw: tuple[str, ...], final: tuple[str, ...]) -> list[str]:
    unused = [tag for tag in pairs if not any(tag in text for text in raw)]
    warnings = [f"the substitution tag {tag} is not used in the mail" for tag in unused]
    left = sorted({tag for text in final for tag in _TAG_LIKE.findall(text)})
    warnings += [f"{tag} looks like a substitution tag that was not replaced" for tag in left[:5]]
    values = dict.fromkeys(tag for tag in pairs for value in pairs.values() if tag and tag in value)
    warnings += [f"the value of a substitution contains the tag {tag}" for tag in values]
    tracking, settings = mail.get("tracking_settings", {}), mail.get("mail_settings", {})
    silent = [name for name in ("click_tracking", "open_tracking", "subscription_tracking") if name not in tracking]
    silent += [] if "footer" in settings else ["footer"]
    if silent:
        warnings.append(f"not set in the request, so the account's settings apply: {', '.join(silent)}")
    return warnings
