"""The accounts of staff: who has one, inviting people, and what each role may do, in words."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from campaigns.launch_guards import CampaignActionError
from campaigns.lost_rights import what_ends
from publication import policies
from publication.staff import accounts, invitations, second_factors
from publication.staff.accounts import StaffAccountError
from publication.staff.invitations import InvitationError
from publication.staff.lost_rights import CampaignChoice
from publication.staff.passwords import temporary_passwords
from publication.staff.roles import ROLES
from web.console.console_page import actor_of, show
from web.texts import refusal_texts
from web.texts.settings import role_texts


def listing(request: HttpRequest, status: int = 200, fault: str = "") -> HttpResponse:
    people = User.objects.filter(is_staff=True).order_by("username").prefetch_related("groups")
    protected = second_factors.accounts_with_one()
    lines = [
        {
            "account": person,
            "roles": role_texts.names(group.name for group in person.groups.all()),
            "second_factor": person.pk in protected,
        }
        for person in people
    ]
    open_ones = [
        {"invitation": invitation, "roles": role_texts.names(invitation.roles)} for invitation in invitations.open_ones()
    ]
    typed = {
        "email": request.POST.get("email", ""),
        "roles": request.POST.getlist("role"),
        "language": request.POST.get("language", ""),
    }
    return show(
        request, "console/staff.html", status, accounts=lines, invitations=open_ones, fault=fault, typed=typed,
        choices=role_texts.choices(), required=policies.choice("mfa_required") == "on",
    )  # fmt: skip


def account(request: HttpRequest, account_id: int) -> HttpResponse:
    """One account: GET shows its roles; POST changes them, takes the address away, or blocks or unblocks the account."""
    person = get_object_or_404(User, pk=account_id, is_staff=True)
    if request.method != "POST":
        return _account(request, person)
    step, roles = request.POST.get("step", ""), [role for role in request.POST.getlist("role") if role in ROLES]
    if step == "roles" and not roles:
        return _account(request, person, 422, _("Choose at least one role."))
    try:
        if step == "roles":
            return _take_away(request, person, roles)
        if step == "block":
            return _take_away(request, person)
        if step == "no-address":
            accounts.remove_address(actor_of(request), person.username)
            messages.success(request, _("%(name)s has no address any more.") % {"name": person.username})
        if step == "unblock":
            accounts.enable_staff(actor_of(request), person.username)
            messages.success(request, _("%(name)s can sign in again.") % {"name": person.username})
    except StaffAccountError as fault:
        return _account(request, person, 422, refusal_texts.refusal(fault))
    return redirect("staff-account", account_id=person.pk)


def _take_away(request: HttpRequest, person: User, roles: Sequence[str] = ()) -> HttpResponse:
    """Leave an account with these roles only, or block it. Before that, a page names what ends, and asks.

    Raises StaffAccountError.
    """
    actor, name = actor_of(request), person.username
    accounts.require_may_lose(actor, person, roles)
    ending = what_ends.ending(person, roles)
    choices = {
        ended.campaign.pk: CampaignChoice(chosen)
        for ended in ending.campaigns
        if (chosen := request.POST.get(f"campaign-{ended.campaign.pk}", "")) in list(CampaignChoice)
    }
    kept, drafts = ([number for number, chosen in choices.items() if chosen == choice] for choice in CampaignChoice)
    values: dict[str, Any] = {
        "person": person, "ending": ending, "kept": kept, "drafts": drafts, "chosen": roles, "roles": role_texts.names(roles),
    }  # fmt: skip
    if request.POST.get("confirmed") != "yes" and not (roles and ending.is_empty):
        return show(request, "console/staff_ends.html", **values)
    try:
        if roles:
            accounts.change_roles(actor, name, roles, choices=choices)
        else:
            accounts.disable_staff(actor, name, choices=choices)
    except CampaignActionError as refused:
        return show(request, "console/staff_ends.html", 422, problem=refusal_texts.refusal(refused), **values)
    done = _("The roles of %(name)s are stored.") if roles else _("%(name)s is blocked and signed out everywhere.")
    messages.success(request, done % {"name": name})
    return redirect("staff-account", account_id=person.pk)


def _account(request: HttpRequest, person: User, status: int = 200, fault: str = "") -> HttpResponse:
    person.refresh_from_db()
    has = [group.name for group in person.groups.all()]
    chosen = request.POST.getlist("role") if request.POST.get("step") == "roles" else has
    return show(
        request, "console/staff_account.html", status, person=person, roles=role_texts.names(has), chosen=chosen, fault=fault,
        choices=role_texts.choices(), is_own=person == request.user,
        may_make_password=temporary_passwords.may_have_one(actor_of(request), person),
        may_change=request.user.is_superuser or not person.is_superuser,
    )  # fmt: skip


def invite(request: HttpRequest) -> HttpResponse:
    address, language = request.POST.get("email", ""), request.POST.get("language", "")
    chosen = [role for role in request.POST.getlist("role") if role in ROLES]
    if not chosen:
        return listing(request, 422, _("Choose at least one role."))
    try:
        invitations.invite(
            actor_of(request),
            address,
            chosen,
            language=language if language in dict(settings.LANGUAGES) else "",
        )
    except (StaffAccountError, InvitationError) as fault:
        return listing(request, 422, refusal_texts.refusal(fault))
    messages.success(request, _("The invitation to %(address)s is on its way.") % {"address": address.strip()})
    return redirect("staff")


def revoke(request: HttpRequest, invitation_id: int) -> HttpResponse:
    if invitations.revoke(actor_of(request), invitation_id):
        messages.success(request, _("The invitation is revoked. Its link no longer works."))
    else:
        messages.error(request, _("This invitation was used or revoked before."))
    return redirect("staff")
