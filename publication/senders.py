"""Creates, changes and finds senders (From identities). The operator authenticates their domains at the provider."""

from django.db import transaction
from email_validator import EmailNotValidError, validate_email

from composer.errors import nearest
from publication import audit
from publication.domain_errors import DomainError
from publication.models import Actor, Sender

LONGEST_NAME = 150


class SenderError(DomainError):
    """A sender that cannot be created or found."""


def add_sender(actor: Actor, email: str, *, name: str = "", reply_to: str = "") -> Sender:
    """Create a sender. `name` and addresses become headers, so unprintable characters are rejected. Raises SenderError."""
    address = _address("email", email)
    others = {"name": _name(name), "reply_to": _reply_to(reply_to)}
    with transaction.atomic():
        sender, new = Sender.objects.get_or_create(email=address, defaults=others)
        if not new:
            raise SenderError("taken", email=address)
        audit.record(actor, "add_sender", sender)
    return sender


def change_sender(actor: Actor, sender: Sender, *, name: str | None = None, reply_to: str | None = None) -> Sender:
    """Change name or reply address; None leaves a field. Running campaigns use the new values. Raises SenderError."""
    changed = []
    if name is not None:
        sender.name = _name(name)
        changed.append("name")
    if reply_to is not None:
        sender.reply_to = _reply_to(reply_to)
        changed.append("reply_to")
    if changed:
        with transaction.atomic():
            sender.save(update_fields=changed)
            audit.record(actor, "change_sender", sender, changed=changed)
    return sender


def find_sender(email: str) -> Sender:
    """The sender with this address. Raises SenderError, which lists the existing senders."""
    sender = Sender.objects.filter(email__iexact=email.strip()).first()
    if sender is None:
        existing = list(Sender.objects.order_by("email").values_list("email", flat=True))
        if not existing:
            raise SenderError("none", email=email)
        meant = nearest(email.strip().lower(), existing, 0.6)
        raise SenderError("unknown", email=email, existing=existing[:20], nearest=meant)
    return sender


def _name(text: str) -> str:
    name = text.strip()
    if not name.isprintable() or len(name) > LONGEST_NAME:
        raise SenderError("name", most=LONGEST_NAME)
    return name


def _reply_to(text: str) -> str:
    return _address("reply_to", text) if text.strip() else ""


def _address(field: str, text: str) -> str:
    try:
        validated = validate_email(text.strip(), check_deliverability=False, test_environment=True)
    except EmailNotValidError as error:
        raise SenderError("address", field=field, text=text, problem=error) from None
    if validated.ascii_email is None:
        raise SenderError("letters", field=field, text=text)
    return validated.ascii_email
