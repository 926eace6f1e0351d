"""Suppressed domains: the list, adding one after the number of people there was shown, lifting one."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from subscribers.consent import suppressed_domains
from subscribers.errors import InputError
from subscribers.models import Subscriber, SuppressedDomain
from web.access import may_post
from web.console.console_page import actor_of, show
from web.console.suppressions.suppression_forms import typed_day
from web.console.suppressions.suppression_rows import typed_reason
from web.texts.people import suppression_texts


def domains(request: HttpRequest) -> HttpResponse:
    """GET lists the domains; POST shows how many people are concerned and asks, and with `confirmed` suppresses."""
    if request.method != "POST":
        return _page(request, {})
    if not may_post(request):
        raise PermissionDenied
    typed = {name: request.POST.get(name, "").strip() for name in ("domain", "detail", "until")}
    problems: dict[str, str] = {}
    detail, until = typed_reason(typed["detail"], problems), typed_day(typed["until"], problems)
    try:
        domain = suppressed_domains.normalise(typed["domain"])
        if not problems and request.POST.get("confirmed") == "yes":
            changed = suppressed_domains.suppress_domain(actor_of(request), domain, detail, until)
            text = _("Nothing is mailed to %(domain)s any more.") if changed else _("%(domain)s was suppressed like this before.")
            messages.success(request, text % {"domain": domain})
            return redirect("people-suppression-domains")
    except InputError as fault:
        problems["until" if fault.code == "past" else "domain"] = str(suppression_texts.FAULTS[fault.code])
    if problems:
        return _page(request, typed, problems)
    people = Subscriber.objects.filter(domain=domain, erased_at=None, merged_into=None).count()
    return show(request, "console/suppressions/domain_add.html", typed=typed, domain=domain, people=people, until=until)


def _page(request: HttpRequest, typed: dict[str, str], problems: dict[str, str] | None = None) -> HttpResponse:
    return show(
        request, "console/suppressions/domains.html", 422 if problems else 200, typed=typed, problems=problems or {},
        domains=suppressed_domains.suppressed_domains(),
    )  # fmt: skip


def lift(request: HttpRequest, domain_id: int) -> HttpResponse:
    """GET says what lifting means; POST lifts."""
    domain = SuppressedDomain.objects.filter(pk=domain_id).first()
    if domain is None:
        messages.error(request, str(suppression_texts.FAULTS["gone"]))
        return redirect("people-suppression-domains")
    if request.method != "POST":
        return show(request, "console/suppressions/domain_lift.html", domain=domain)
    suppressed_domains.lift_domain(actor_of(request), domain.domain)
    messages.success(request, _("%(domain)s can be mailed again.") % {"domain": domain.domain})
    return redirect("people-suppression-domains")
