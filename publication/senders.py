"""From identities: made and found. That the domain is authenticated at the provider is the operator's work there."""

from __future__ import annotations

import difflib

from django.db import transaction
from email_validator import EmailNotValidError, validate_email

from publication import audit
from publication.models import Actor, Sender

LONGEST_NAME = 150


class SenderFault(ValueError):
    """A sender that cannot be made or found: `code` (email, reply_to, name, taken, unknown) and a `hint`."""

    def __init__(self, code: str, message: str, hint: str = "") -> None:
        self.code, self.message, self.hint = code, message, hint
        super().__init__(message)


def add_sender(actor: Actor, email: str, *, name: str = "", reply_to: str = "") -> Sender:
    """A new From identity. `name` and addresses become headers, so nothing unprintable gets in. Raises SenderFault."""
    address = _address("email", email)
    answers = _address("reply_to", reply_to) if reply_to.strip() else ""
    name = name.strip()
    if not name.isprintable() or len(name) > LONGEST_NAME:
        raise SenderFault("name", "a sender's name is one line that people can read", f"at most {LONGEST_NAME} characters")
    with transaction.atomic():
        sender, new = Sender.objects.get_or_create(email=address, defaults={"name": name, "reply_to": answers})
        if not new:
            raise SenderFault("taken", f"there already is a sender {address}", "`mailroom sender ls` shows it")
        audit.record(actor, "add_sender", sender)
    return sender


def change_sender(actor: Actor, sender: Sender, *, name: str | None = None, reply_to: str | None = None) -> Sender:
    """Another name or reply address; None leaves it. Campaigns that are under way read it anew. Raises SenderFault."""
    changed = []
    if name is not None:
        if not name.isprintable() or len(name) > LONGEST_NAME:
            raise SenderFault("name", "a sender's name is one line that people can read", f"at most {LONGEST_NAME} characters")
        sender.name = name.strip()
        changed.append("name")
    if reply_to is not None:
        sender.reply_to = _address("reply_to", reply_to) if reply_to.strip() else ""
        changed.append("reply_to")
    if changed:
        with transaction.atomic():
            sender.save(update_fields=changed)
            audit.record(actor, "change_sender", sender, changed=changed)
    return sender


def find_sender(email: str) -> Sender:
    """The sender with this address. Raises SenderFault, which names those there are."""
    found = Sender.objects.filter(email__iexact=email.strip()).first()
    if found is None:
        existing = list(Sender.objects.order_by("email").values_list("email", flat=True))
        if not existing:
            raise SenderFault("unknown", f"there is no sender {email!r}, and none at all yet", "mailroom sender add makes one")
        nearest = difflib.get_close_matches(email.strip().lower(), existing, 1)
        hint = f"did you mean {nearest[0]}?" if nearest else ""
        raise SenderFault("unknown", f"there is no sender {email!r}; there are: {', '.join(existing[:20])}", hint)
    return found


def _address(code: str, text: str) -> str:
    try:
        found = validate_email(text.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise SenderFault(code, f"{text!r} is no usable address: {error}", "write it as news@example.org") from None
    if found.ascii_email is None:
        raise SenderFault(code, f"{text!r} holds letters before the @ that mail cannot carry yet", "use plain letters there")
    return found.ascii_email
