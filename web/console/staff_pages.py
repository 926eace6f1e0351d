"""The accounts of staff: who has one, inviting people, and what each role may do, in words."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from publication import audit, policies
from publication.staff import invitations, second_factors
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
    accounts = [
        {
            "account": person,
            "roles": role_texts.names(group.name for group in person.groups.all()),
            "second_factor": person.pk in protected,
        }
        for person in people
    ]
    open_ones = [{"invitation": each, "roles": role_texts.names(each.roles)} for each in invitations.open_ones()]
    typed = {"email": request.POST.get("email", ""), "roles": request.POST.getlist("role") or ["editor"]}
    return show(
        request, "console/staff.html", status, accounts=accounts, invitations=open_ones, fault=fault, typed=typed,
        choices=role_texts.choices(), required=policies.choice("mfa_required") == "on",
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
