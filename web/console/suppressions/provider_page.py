"""The provider's suppression lists: what is known of them, the last comparison, and starting one."""

from typing import Any, NamedTuple

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from campaigns.models import SyncRun
from campaigns.provider_lists import lifting, list_changes
from campaigns.suppression_sync import sync_runs
from campaigns.suppression_sync.sync_runs import OPEN, ListRead
from publication import policies
from publication.installation import publication
from transport.provider_lists import ProviderList
from web.access import may_post
from web.console.console_page import actor_of, show
from web.texts import stored_texts
from web.texts.people import suppression_texts
from worker.wake import wake


class ShownList(NamedTuple):
    """One list of the provider: how many of its entries are known, when it was read, and the counts of the last run."""

    name: str
    read: ListRead
    counts: dict[str, Any]


def provider(request: HttpRequest) -> HttpResponse:
    """GET shows the lists and the last run; POST plans a run, or the failed changes again."""
    if request.method == "POST":
        if not may_post(request):
            raise PermissionDenied
        return _start(request)
    run, dry_run = sync_runs.latest(), sync_runs.latest(dry_run=True)
    row, reads = publication(), sync_runs.lists_read()
    counts = sync_runs.describe(run.pk)["lists"] if run else {}
    return show(
        request, "console/suppressions/provider.html",
        lists=[ShownList(str(suppression_texts.LISTS[which]), reads[which], counts.get(which, {})) for which in ProviderList],
        run=_described(run), dry_run=_described(dry_run), is_open=_is_open(), has_key=bool(settings.SENDGRID_API_KEY),
        is_on=policies.choice("sync", row) == "on", minutes=int(policies.number("sync_minutes", row)),
        hours=int(policies.number("sync_full_hours", row)), lifts=lifting.under_way(), fault=list_changes.last_fault(),
        removals=list_changes.counts(list_changes.REMOVE), additions=list_changes.counts(list_changes.ADD),
    )  # fmt: skip


def _is_open() -> bool:
    return SyncRun.objects.filter(state__in=OPEN).exists()


def _described(run: SyncRun | None) -> dict[str, Any] | None:
    if run is None:
        return None
    facts = sync_runs.describe(run.pk)
    counts = facts["lists"].values()
    read, suppressed, removals = (sum(of_list.get(name, 0) for of_list in counts) for name in ("read", "suppressed", "removals"))
    return facts | {"read": read, "suppressed": suppressed, "removals": removals, "detail": stored_texts.stored(facts["detail"])}


def _start(request: HttpRequest) -> HttpResponse:
    actor = actor_of(request)
    if request.POST.get("step") == "retry":
        count = list_changes.retry(actor)
        text = ngettext("One change is tried again.", "%(count)s changes are tried again.", count) % {"count": f"{count:,}"}
        messages.success(request, text if count else _("No change has failed."))
    elif _is_open():
        messages.info(request, _("A comparison is already under way."))
    else:
        sync_runs.plan(actor, full=request.POST.get("full") == "yes", dry_run=request.POST.get("dry_run") == "yes")
        messages.success(request, _("The comparison begins in a moment."))
    wake("sync_lists")
    return redirect("people-suppression-provider")
