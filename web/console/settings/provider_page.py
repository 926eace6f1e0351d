"""What is known of the email provider: its last answer, what the key may do, the authenticated domains, the webhook."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from campaigns.models import ProviderPayload
from campaigns.tracking import webhook_health
from publication.senders import provider_checks
from transport.key_purposes import KeyPurpose
from web.access import may_post
from web.console.console_page import actor_of
from web.console.settings.sections import show_settings
from web.texts.settings import provider_texts
from worker.wake import wake


def page(request: HttpRequest) -> HttpResponse:
    """GET shows what the provider said last; POST lets the worker ask it again."""
    if request.method == "POST":
        if not may_post(request):
            raise PermissionDenied
        provider_checks.ask(actor_of(request))
        wake("check_account")
        messages.success(request, _("The provider is being asked. Look at this page again in a few seconds."))
        return redirect("settings-provider")
    row = provider_checks.latest()
    purposes = [(str(provider_texts.PURPOSES[purpose]), row.missing.get(purpose, [])) for purpose in KeyPurpose]
    return show_settings(
        request, "provider.html", check=row, is_open=provider_checks.is_open(row), purposes=purposes,
        fault=str(provider_texts.FAULTS.get(row.fault, "")), webhook=webhook_health.webhook_health(),
        keys=len(settings.SENDGRID_WEBHOOK_KEYS),
        heard_at=ProviderPayload.objects.order_by("-id").values_list("received_at", flat=True).first(),
        may_change=request.user.has_perm("publication.change_publication"),
    )  # fmt: skip
