"""The accounts of staff: who has one, inviting people, and what each role may do, in words."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from publication import audit, policies
from publication.staff import accounts, invitations, second_factors
from publication.staff.accounts import StaffFault
from publication.staff.invitations import InvitationFault
from publication.staff.roles import ROLES
from web.console.console_page import show
from web.texts import refusal_texts, role_texts


@require_safe
def listing(request: HttpRequest) -> HttpResponse:
    return _listing(request)


def _listing(request: HttpRequest, status: int = 200, fault: str = "") -> HttpResponse:
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
    open_ones = [{"invitation": each, "roles": role_texts.names(each.roles)} for each in invitations.open_ones()]
    typed = {
        "email": request.POST.get("email", ""),
        "roles": request.POST.getlist("role") or ["editor"],
        "language": request.POST.get("language", ""),
    }
    return show(
        request, "console/staff.html", status, accounts=lines, invitations=open_ones, fault=fault, typed=typed,
        choices=role_texts.choices(), required=policies.choice("mfa_required") == "on",
    )  # fmt: skip


@require_http_methods(["GET", "HEAD", "POST"])
def account(request: HttpRequest, account_id: int) -> HttpResponse:
    """One account: GET shows its roles; POST changes them, or blocks or unblocks it. Each of these ends its sessions."""
    person = get_object_or_404(User, pk=account_id, is_staff=True)
    if request.method != "POST":
        return _account(request, person)
    actor, name, step = audit.staff(request.user), person.username, request.POST.get("step", "")  # type: ignore[arg-type]
    chosen = [role for role in request.POST.getlist("role") if role in ROLES]
    if step == "roles" and not chosen:
        return _account(request, person, 422, _("Choose at least one role."))
    try:
        if step == "roles":
            accounts.change_roles(actor, name, chosen)
            messages.success(request, _("The roles of %(name)s are stored.") % {"name": name})
        elif step == "block":
            accounts.disable_staff(actor, name)
            messages.success(request, _("%(name)s is blocked and signed out everywhere.") % {"name": name})
        elif step == "unblock":
            accounts.enable_staff(actor, name)
            messages.success(request, _("%(name)s can sign in again.") % {"name": name})
    except StaffFault as fault:
        return _account(request, person, 422, refusal_texts.refusal(fault))
    return redirect("staff-account", account_id=person.pk)


def _account(request: HttpRequest, person: User, status: int = 200, fault: str = "") -> HttpResponse:
    person.refresh_from_db()
    has = [group.name for group in person.groups.all()]
    chosen = request.POST.getlist("role") if request.POST.get("step") == "roles" else has
    return show(
        request, "console/staff_account.html", status, person=person, roles=role_texts.names(has), chosen=chosen, fault=fault,
        choices=role_texts.choices(), is_own=person == request.user,
        may_change=request.user.is_superuser or not person.is_superuser,
    )  # fmt: skip


@require_POST
def invite(request: HttpRequest) -> HttpResponse:
    address, language = request.POST.get("email", ""), request.POST.get("language", "")
    chosen = [role for role in request.POST.getlist("role") if role in ROLES]
    if not chosen:
        return _listing(request, 422, _("Choose at least one role."))
    try:
        invitations.invite(
            audit.staff(request.user),  # type: ignore[arg-type]
            address,
            chosen,
            language=language if language in dict(settings.LANGUAGES) else "",
        )
    except (StaffFault, InvitationFault) as fault:
        return _listing(request, 422, refusal_texts.refusal(fault))
    messages.success(request, _("The invitation to %(address)s is on its way.") % {"address": address.strip()})
    return redirect("staff")


@require_POST
def revoke(request: HttpRequest, invitation_id: int) -> HttpResponse:
    if invitations.revoke(audit.staff(request.user), invitation_id):  # type: ignore[arg-type]
        messages.success(request, _("The invitation is revoked. Its link no longer works."))
    else:
        messages.error(request, _("This invitation was used or revoked before."))
    return redirect("staff")


@require_safe
def roles(request: HttpRequest) -> HttpResponse:
    return show(
        request, "console/roles.html", roles=role_texts.explained(), approvals=int(policies.number("approvals")),
        several=User.objects.filter(is_staff=True, is_active=True)[:2].count() > 1,
    )  # fmt: skip
