"""Tester groups: named addresses that get test mails together."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from campaigns.drafts import tester_groups
from campaigns.drafts.tester_groups import TesterGroupError
from campaigns.models import TesterGroup
from editorial.models import IssueRecord
from web.console.console_page import actor_of
from web.console.issues.sending import send_audience
from web.console.lists import shown_values
from web.console.settings.sections import show_settings
from web.texts import refusal_texts


def listing(request: HttpRequest) -> HttpResponse:
    """GET shows all groups and the form of a new one; POST makes it."""
    if request.method != "POST":
        return _list_page(request)
    name, typed = _given(request)
    try:
        group = tester_groups.create(actor_of(request), name, typed)
    except TesterGroupError as refused:
        return _list_page(request, refusal_texts.refusal(refused), 422)
    messages.success(request, _("The group “%(group)s” is stored.") % {"group": group.name})
    return _back(request)


def _origin(request: HttpRequest) -> dict[str, Any]:
    """The issue from whose tab “Sending” somebody came, and the audience that they had chosen there."""
    issue = IssueRecord.objects.filter(slug=request.GET.get("issue", "")).first()
    chosen = send_audience.query_of(send_audience.audience_of(request.GET)) if issue else ""
    return {"issue": issue, "chosen": chosen, "kept": f"?issue={issue.slug}&{chosen}" if issue else ""}


def _back(request: HttpRequest) -> HttpResponse:
    return redirect(f"/console/settings/testers/{_origin(request)['kept']}")


def _list_page(request: HttpRequest, problem: str = "", status: int = 200) -> HttpResponse:
    groups = TesterGroup.objects.prefetch_related("testers").order_by("name")
    return show_settings(
        request, "testers.html", status, groups=groups, problem=problem, **_origin(request),
        name=request.POST.get("name", ""), addresses=request.POST.get("addresses", ""),
        most=tester_groups.MOST_ADDRESSES, longest=tester_groups.LONGEST_NAME,
    )  # fmt: skip


def group(request: HttpRequest, group_id: int) -> HttpResponse:
    """GET shows the form of one group; POST stores it, or deletes the group with `action` delete."""
    chosen = get_object_or_404(TesterGroup, pk=group_id)
    if request.method != "POST":
        return _group_page(request, chosen, chosen.name, _addresses(chosen))
    name, typed = _given(request)
    try:
        if request.POST.get("action") == "delete":
            tester_groups.delete(actor_of(request), group_id)
            done = _("The group “%(group)s” is deleted.") % {"group": chosen.name}
        else:
            shown = shown_values.of_post(request.POST)
            seen = (shown.get("name", ""), shown.get("addresses", "").splitlines()) if shown else None
            changed = tester_groups.change(actor_of(request), group_id, name, typed, seen=seen)
            done = _("The group “%(group)s” is stored.") % {"group": changed.name}
    except TesterGroupError as refused:
        status = 409 if refused.code == "meanwhile" else 422
        return _group_page(request, chosen, name, request.POST.get("addresses", ""), refusal_texts.refusal(refused), status)
    messages.success(request, done)
    return _back(request)


def _given(request: HttpRequest) -> tuple[str, list[str]]:
    """The name and the addresses; separators of spreadsheets and mail programs separate addresses, too."""
    typed = request.POST.get("addresses", "")
    for separator in ",;，；、":
        typed = typed.replace(separator, "\n")
    return request.POST.get("name", ""), typed.splitlines()


def _group_page(
    request: HttpRequest, chosen: TesterGroup, name: str, addresses: str, problem: str = "", status: int = 200
) -> HttpResponse:
    stored = {"name": chosen.name, "addresses": _addresses(chosen)}
    # Somebody else stored something, and the page says what: storing again replaces it.
    renewed = [(shown_values.PREFIX + field, value) for field, value in stored.items()] if status == 409 else None
    return show_settings(
        request, "tester_group.html", status, group=chosen, name=name, addresses=addresses, problem=problem,
        shown=renewed or shown_values.inputs(request, stored), **_origin(request),
        most=tester_groups.MOST_ADDRESSES, longest=tester_groups.LONGEST_NAME,
    )  # fmt: skip


def _addresses(group: TesterGroup) -> str:
    """One on each line."""
    return "\n".join(group.testers.order_by("pk").values_list("address", flat=True))
