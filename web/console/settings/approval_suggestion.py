"""The suggestion that issues need an approval: for admins, once two people have accounts and no approval is needed.

Home and the page of policies show it until somebody follows it, or does not want to see it any more.
"""

from django.contrib import messages
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from publication import policies, profile
from publication.models import Publication
from web.console.console_page import actor_of

CHANGE = "publication.change_publication"


def is_due(user: User | AbstractBaseUser | AnonymousUser, row: Publication) -> bool:
    if not (isinstance(user, User) and user.has_perm(CHANGE)):
        return False
    if policies.number("approvals", row) or policies.choice("suggest_approval", row) == "off":
        return False
    return User.objects.filter(is_staff=True, is_active=True)[:2].count() > 1


def answer(request: HttpRequest) -> HttpResponse:
    """Need one approval from now on, or do not suggest it any more."""
    if request.POST.get("answer") == "need":
        if not policies.number("approvals"):
            profile.change_profile(actor_of(request), policies={"approvals": "1"})
        messages.success(request, _("From now on, each issue needs one approval."))
    elif request.POST.get("answer") == "never":
        profile.change_profile(actor_of(request), policies={"suggest_approval": "off"})
        messages.success(request, _("This is not suggested any more. You can change it under “Policies”."))
    return redirect("settings-policies")
