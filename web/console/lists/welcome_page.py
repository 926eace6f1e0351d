"""The welcome mail of a list: an issue that staff choose, the standard text, or none."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from campaigns.launch_guards import CampaignActionError
from campaigns.reporting import reports
from campaigns.welcomes import list_welcomes
from config import public_urls
from editorial.models import IssueRecord, IssueVersion
from publication.models import Sender
from subscribers.consent import welcomes
from subscribers.models import MailingList
from web.access import may_post
from web.console.console_page import actor_of, show
from web.console.issues.sending.send_audience import SenderChoice
from web.console.lists.list_pages import list_or_404
from web.texts import refusal_texts
from web.whole_numbers import whole_number
from worker.wake import wake

MOST_ISSUES = 100
ISSUE, STANDARD, NONE = "issue", "standard", "none"


def welcome(request: HttpRequest, list_id: int) -> HttpResponse:
    """GET shows which welcome the list has, and how many got it; POST chooses another one."""
    if request.method == "POST" and not may_post(request):
        raise PermissionDenied
    mailing_list = list_or_404(list_id)
    if request.method != "POST":
        return _page(request, mailing_list)
    kind, problem = request.POST.get("kind", ""), ""
    try:
        if kind == ISSUE:
            problem = _choose(request, mailing_list)
        elif kind in (STANDARD, NONE):
            list_welcomes.end(actor_of(request), mailing_list.slug, uses_standard_text=kind == STANDARD)
        else:
            problem = _("Choose one of the three.")
    except CampaignActionError as refused:
        problem = _refusal(refused)
    if problem:
        return _page(request, mailing_list, problem)
    wake("send_due")
    messages.success(request, _("The welcome mail is stored. It counts for people who confirm from now on."))
    return redirect("people-list-welcome", list_id=list_id)


def _choose(request: HttpRequest, mailing_list: MailingList) -> str:
    """Choose a version of an issue; returns why that is not possible. Raises CampaignActionError."""
    chosen = whole_number(request.POST.get("version", ""), 15)
    if chosen is None:
        return _("Choose an issue.")
    version = IssueVersion.objects.filter(pk=chosen, issue__current=chosen).select_related("issue").first()
    if version is None:
        return _("Another version of this issue was prepared since you opened this page. Check it, then choose again.")
    sender = SenderChoice.of_form(request.POST).sender
    if sender is None:
        return _("There is no sender yet. An admin adds it under “Settings”.")
    list_welcomes.choose(actor_of(request), mailing_list.slug, version, sender)
    return ""


def _refusal(refused: CampaignActionError) -> str:
    if refused.code in {"issue-errors", "fixed"}:
        text = _(
            "The pre-send checks found errors: %(codes)s. Have the issue corrected, press “Use the newest text” on its tab "
            "“Sending”, then choose it here."
        )
        return text % refused.shown()
    return refusal_texts.refusal(refused)


def _page(request: HttpRequest, mailing_list: MailingList, problem: str = "") -> HttpResponse:
    campaign = list_welcomes.of_list(mailing_list)
    values: dict[str, Any] = {"campaign": campaign, "kind": ISSUE if campaign else STANDARD if mailing_list.welcome else NONE}
    if campaign is not None:
        report = reports.report(campaign.pk)
        values |= {
            "report": report, "variants": report.variants, "waiting": welcomes.count(mailing_list),
            "is_older": campaign.version.issue.current_id != campaign.version_id,
        }  # fmt: skip
    values["chosen_kind"] = request.POST.get("kind", values["kind"])
    values["chosen_version"] = request.POST.get("version", "") or (str(campaign.version.issue.current_id) if campaign else "")
    return show(
        request, "console/lists/welcome.html", 422 if problem else 200, mailing_list=mailing_list, problem=problem,
        latest=public_urls.latest_issue_url(mailing_list.slug) if mailing_list.archive != MailingList.Archive.OFF else "",
        issues=_issues(), audience=_senders(request, mailing_list, campaign.sender if campaign else None), **values,
    )  # fmt: skip


def _issues() -> list[IssueVersion]:
    """The versions that are prepared of the newest issues."""
    newest = IssueRecord.objects.filter(current__isnull=False).order_by("-pk").values_list("current", flat=True)[:MOST_ISSUES]
    versions = IssueVersion.objects.filter(pk__in=list(newest)).select_related("issue").only("number", "subject", "issue__slug")
    return list(versions.order_by("-issue"))


def _senders(request: HttpRequest, mailing_list: MailingList, present: Sender | None) -> SenderChoice:
    """The senders that can be chosen; preselected is the present one, or that of the list's last campaign."""
    if "sender" not in request.POST and (usual := present or list_welcomes.usual_sender(mailing_list)) is not None:
        return SenderChoice.of_sender(usual)
    return SenderChoice.of_form(request.POST)
