"""Creates, changes and finds senders (From identities). The operator authenticates their domains at the provider."""

from collections.abc import Mapping

from django.db import transaction
from django.db.models import Case, QuerySet, Value, When
from email_validator import EmailNotValidError, validate_email

from composer.errors import nearest
from publication import audit, clock
from publication.domain_errors import DomainError, changed_meanwhile
from publication.models import Actor, Sender

LONGEST_NAME = 150
LONGEST_ADDRESS = 320


class SenderError(DomainError):
    """A sender that cannot be created, changed, confirmed or found."""


def add_sender(actor: Actor, email: str, *, name: str = "", reply_to: str = "") -> Sender:
    """Create a sender that has to be confirmed (`sender_confirmations`). Raises SenderError.

    `name` and addresses become headers, so unprintable characters are rejected.
    """
    address = _address("email", email)
    others = {"name": _name(name), "reply_to": _reply_to(reply_to), "must_confirm": True, "created_at": clock.now()}
    with transaction.atomic():
        same = Sender.objects.filter(email__iexact=address).first()
        sender, new = (same, False) if same else Sender.objects.get_or_create(email=address, defaults=others)
        if not new:
            raise SenderError("taken", email=sender.email)
        audit.record(actor, "add_sender", sender, **audit.changes({}, {"name": sender.name, "reply_to": sender.reply_to}))
    return sender


def change_sender(
    actor: Actor, sender: Sender, *, name: str | None = None, reply_to: str | None = None,
    seen: Mapping[str, str] | None = None,
) -> Sender:  # fmt: skip
    """Change name or reply address; None leaves a field. Running campaigns use the new values. Raises SenderError.

    `seen`: the values that the person saw who changes them. If somebody stored other ones since, nothing is changed.
    """
    new: dict[str, str] = {}
    if name is not None:
        new["name"] = _name(name)
    if reply_to is not None:
        new["reply_to"] = _reply_to(reply_to)
    with transaction.atomic():
        locked = locked_sender(sender)
        before = {field: getattr(locked, field) for field in new}
        if (field := changed_meanwhile(before, new, seen or {})) is not None:
            raise SenderError("meanwhile", stored=before[field])
        if new and before != new:
            for changed, value in new.items():
                setattr(locked, changed, value)
            locked.save(update_fields=list(new))
            audit.record(actor, "change_sender", locked, **audit.changes(before, new))
    return locked


def make_default(actor: Actor, sender: Sender) -> Sender:
    """Let this sender send confirmations, other notices and mails to staff. Raises SenderError if it is not confirmed."""
    with transaction.atomic():
        senders = list(Sender.objects.select_for_update().order_by("id"))
        chosen = next((row for row in senders if row.pk == sender.pk), None)
        if chosen is None:
            raise SenderError("gone")
        if chosen.is_blocked:
            raise SenderError("unconfirmed", email=chosen.email)
        before = ordered().first()
        if not chosen.is_default:
            Sender.objects.filter(is_default=True).update(is_default=False)
            chosen.is_default = True
            chosen.save(update_fields=["is_default"])
            was = {"default": before.pk if before else None}
            audit.record(actor, "make_default_sender", chosen, **audit.changes(was, {"default": chosen.pk}))
    return chosen


def default_sender() -> Sender | None:
    """The sender of notices and of mails to staff; None if there is no sender at all."""
    return ordered().first()


def ordered() -> QuerySet[Sender]:
    """All senders: the default one first, those that wait for their confirmation last, the others by age."""
    waits = Case(When(must_confirm=True, confirmed_at=None, then=Value(1)), default=Value(0))
    return Sender.objects.order_by("-is_default", waits, "id")


def locked_sender(sender: Sender) -> Sender:
    locked = Sender.objects.select_for_update().filter(pk=sender.pk).first()
    if locked is None:
        raise SenderError("gone")
    return locked


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
