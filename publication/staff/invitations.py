"""Invitations: one mail, one link, one account. Nobody signs up by themselves."""

from collections.abc import Sequence
from datetime import timedelta

from django.contrib.auth.models import User
from django.db import transaction
from django.db.models import QuerySet

from publication import audit, clock
from publication.domain_errors import DomainError
from publication.models import Actor, Invitation, Sender
from publication.staff import accounts, staff_languages, staff_links, staff_mails
from publication.staff.lost_rights import LostRights, still_has

PERMISSION = "auth.add_user"
VALID_FOR = timedelta(days=7)


class InvitationError(DomainError):
    """An invitation that cannot be sent or used."""


def invite(actor: Actor, address: str, roles: Sequence[str], *, language: str = "") -> Invitation:
    """Invite the owner of an address by mail. An open invitation of the address ends.

    Raises InvitationError, StaffAccountError.
    """
    role_names = accounts.check_invited(address, roles)
    if not Sender.objects.exists():
        raise InvitationError("no_sender")
    now = clock.now()
    with transaction.atomic():
        if actor.kind == Actor.Kind.STAFF and not still_has(actor, PERMISSION):
            raise InvitationError("permission", name=actor.name)
        Invitation.objects.filter(address__iexact=address.strip(), ended_at=None).update(ended_at=now)
        invitation = Invitation.objects.create(
            address=address.strip(),
            roles=role_names,
            language=language,
            invited_by=actor,
            created_at=now,
            expires_at=now + VALID_FOR,
        )
        inviter = actor.name if actor.kind == Actor.Kind.STAFF else ""
        key = str(invitation.pk)
        staff_mails.plan(staff_mails.INVITATION, key, invitation.address, invitation=invitation, inviter=inviter)
        audit.record(actor, "invite_staff", invitation, roles=role_names)
    return invitation


def revoke(actor: Actor, invitation_id: int) -> bool:
    """End an open invitation; False if it is not open."""
    with transaction.atomic():
        invitation = Invitation.objects.select_for_update().filter(pk=invitation_id, ended_at=None).first()
        if invitation is None:
            return False
        _end(actor, invitation)
    return True


def _end(actor: Actor, invitation: Invitation) -> None:
    invitation.ended_at = clock.now()
    invitation.save(update_fields=["ended_at"])
    audit.record(actor, "revoke_invitation", invitation)


def ending_with(rights: LostRights) -> QuerySet[Invitation]:
    """The open invitations that end with the rights of an account."""
    made = _open().filter(invited_by__user=rights.account) if rights.includes(PERMISSION) else Invitation.objects.none()
    return made.order_by("id")


def end_with_rights(sender: None, *, actor: Actor, rights: LostRights, **_more: object) -> None:
    """Receiver of `rights_lost`."""
    for invitation in ending_with(rights).select_for_update():
        _end(actor, invitation)


def find_open(token: str) -> Invitation | None:
    """The invitation of a link, if it can still be used."""
    filters = staff_links.invitation_of(token)
    if filters is None:
        return None
    return _open().filter(**filters).first()


def open_ones() -> list[Invitation]:
    return list(_open().order_by("-id"))


def _open() -> QuerySet[Invitation]:
    return Invitation.objects.filter(ended_at=None, expires_at__gt=clock.now())


def accept(token: str, name: str, password: str) -> User:
    """Create the account of an invitation, once. Raises InvitationError, StaffAccountError."""
    with transaction.atomic():
        open_invitation = find_open(token)
        invitation = Invitation.objects.select_for_update().get(pk=open_invitation.pk) if open_invitation else None
        if invitation is None or invitation.ended_at is not None:
            raise InvitationError("gone")
        account = accounts.add_staff(invitation.invited_by, name, invitation.address, password, roles=invitation.roles)
        invitation.ended_at, invitation.account = clock.now(), account
        invitation.save(update_fields=["ended_at", "account"])
        if invitation.language:
            staff_languages.choose(account, invitation.language)
        audit.record(audit.staff(account), "accept_invitation", invitation)
    return account
