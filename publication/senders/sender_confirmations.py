"""Confirms that a sender's address is ours: by a link that is mailed to it, or by the provider's list of authenticated domains.

The list is for mailboxes that nobody reads, such as noreply@…. A newer link ends the one before.
"""

from collections.abc import Iterable
from datetime import timedelta

from django.db import transaction

from publication import audit, clock
from publication.models import Actor, Sender, StaffMail
from publication.senders import provider_checks
from publication.senders.sender_list import SenderError, add_sender, locked_sender
from publication.staff import staff_links, staff_mails

VALID_FOR = timedelta(days=7)
PAUSE = timedelta(minutes=5)  # between two links to the same address
MOST_WAITING = 10  # senders without a confirmation: more would be a way to mail strangers
_SALT = "mailroom.sender"


def add_unconfirmed(
    actor: Actor, email: str, *, name: str = "", reply_to: str = "", proof: str = Sender.Proof.MAIL, language: str = ""
) -> Sender:
    """Create a sender and ask for its confirmation, by mail or by the provider's list of domains. Raises SenderError."""
    with transaction.atomic():
        audit.take_turns(actor)
        if Sender.objects.filter(must_confirm=True, confirmed_at=None).count() >= MOST_WAITING:
            raise SenderError("many", most=MOST_WAITING)
        sender = add_sender(actor, email, name=name, reply_to=reply_to)
        if proof == Sender.Proof.DOMAIN:
            return ask_provider(actor, sender)
        return ask_by_mail(actor, sender, language=language)


def ask_by_mail(actor: Actor, sender: Sender, *, language: str = "") -> Sender:
    """Mail a link to the sender's address. Raises SenderError if it is confirmed, or was asked a moment ago."""
    now = clock.now()
    with transaction.atomic():
        locked = _unconfirmed(sender)
        if locked.link_asked_at is not None and locked.link_asked_at > now - PAUSE:
            raise SenderError("asked", minutes=int(PAUSE.total_seconds() // 60))
        locked.link_asked_at, locked.domain_asked_by, locked.domain_refused_at = now, None, None
        locked.save(update_fields=["link_asked_at", "domain_asked_by", "domain_refused_at"])
        who = actor.name if actor.kind == Actor.Kind.STAFF else ""
        asked = now.isoformat()
        staff_mails.plan(
            staff_mails.SENDER,
            f"{locked.pk}-{asked}",
            locked.email,
            sender=str(locked.pk),
            asked=asked,
            who=who,
            language=language,
        )
        audit.record(actor, "ask_sender_confirmation", locked, proof=Sender.Proof.MAIL)
    return locked


def ask_provider(actor: Actor, sender: Sender) -> Sender:
    """Let the worker look whether the provider has authenticated the sender's domain. Raises SenderError if it is confirmed."""
    with transaction.atomic():
        locked = _unconfirmed(sender)
        locked.domain_asked_by, locked.domain_refused_at = actor, None
        locked.save(update_fields=["domain_asked_by", "domain_refused_at"])
        audit.record(actor, "ask_sender_confirmation", locked, proof=Sender.Proof.DOMAIN)
        provider_checks.ask(actor)
    return locked


def settle_domains() -> int:
    """Confirm the senders that wait for the provider's list of domains and are in it; the number that it settled."""
    domains = provider_checks.authenticated_domains()
    if domains is None:
        return 0  # there was no answer: they go on waiting, and their pages say so
    with transaction.atomic():
        waiting = list(Sender.objects.select_for_update().exclude(domain_asked_by=None).order_by("id"))
        for sender in waiting:
            actor, sender.domain_asked_by = sender.domain_asked_by, None
            if actor is not None and domain_of(sender) in domains:
                _confirm(actor, sender, Sender.Proof.DOMAIN)
            else:
                sender.domain_refused_at = clock.now()
            sender.save(update_fields=["domain_asked_by", "domain_refused_at"])
    return len(waiting)


def domain_of(sender: Sender) -> str:
    return sender.email.rpartition("@")[2].lower()


def without_authentication(senders: Iterable[Sender]) -> list[Sender]:
    """The senders whose domain, or a domain above it, the provider did not list when it answered last; none before it did."""
    check = provider_checks.latest()
    if check.answered_at is None or check.domains is None:
        return []
    listed = tuple(f".{domain}" for domain in check.domains)
    return [sender for sender in senders if not f".{domain_of(sender)}".endswith(listed)]


def link_token(sender: Sender) -> str:
    """The token of the newest link that was mailed. Raises ValueError if there is none."""
    if sender.link_asked_at is None:
        raise ValueError("no link was asked for")
    return staff_links.row_token(_SALT, sender.pk, sender.link_asked_at)


def find_waiting(token: str) -> Sender | None:
    """The sender of a link; None unless it is the newest link, is younger than seven days and has not been used."""
    fields = staff_links.row_of(_SALT, token)
    if fields is None:
        return None
    sender = Sender.objects.filter(pk=fields["pk"], link_asked_at=fields["created_at"], confirmed_at=None).first()
    return sender if sender is not None and is_link_valid(sender) else None


def is_link_valid(sender: Sender) -> bool:
    return sender.link_asked_at is not None and sender.link_asked_at > clock.now() - VALID_FOR


def confirm_by_link(token: str) -> Sender:
    """Confirm the sender of a link. Raises SenderError if the link has ended."""
    with transaction.atomic():
        waiting = find_waiting(token)
        sender = Sender.objects.select_for_update().filter(pk=waiting.pk, confirmed_at=None).first() if waiting else None
        if sender is None:
            raise SenderError("link")
        _confirm(audit.guest(f"sender {sender.pk}"), sender, Sender.Proof.MAIL)
    return sender


def sender_of_mail(mail: StaffMail) -> Sender | None:
    """The sender that a mail asks to confirm; None if a newer mail was asked for, or it is confirmed or deleted."""
    sender = Sender.objects.filter(pk=int(mail.parameters.get("sender", 0)), confirmed_at=None).first()
    if sender is None or sender.link_asked_at is None or not mail.address or not is_link_valid(sender):
        return None
    return sender if mail.parameters.get("asked") == sender.link_asked_at.isoformat() else None


def _unconfirmed(sender: Sender) -> Sender:
    locked = locked_sender(sender)
    if locked.confirmed_at is not None:
        raise SenderError("confirmed", email=locked.email)
    return locked


def _confirm(actor: Actor, sender: Sender, proof: str) -> None:
    sender.confirmed_at, sender.confirmed_by, sender.domain_asked_by = clock.now(), proof, None
    sender.save(update_fields=["confirmed_at", "confirmed_by", "domain_asked_by"])
    audit.record(actor, "confirm_sender", sender, **audit.changes({"confirmed": ""}, {"confirmed": proof}))
