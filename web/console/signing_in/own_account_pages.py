"""What people change about their own account besides second factors: mails, password, address, sessions."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from publication.staff import mail_choices


@require_POST
def choose_mails(request: HttpRequest) -> HttpResponse:
    user: User = request.user  # type: ignore[assignment]
    mail_choices.choose_campaign_mails(user, bool(request.POST.get("campaigns")))
    messages.success(request, _("Your choice is stored."))
    return redirect("mfa_index")
