"""The page from which an issue is sent: content, checks, approvals, test mails, audience, and the campaigns of this issue.

It makes the draft of a campaign. The time is set on the campaign's own pages, which also send it.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from campaigns import launch, launch_checks, launch_guards
from campaigns.audience.audiences import with_audience
from campaigns.drafts import draft_changes
from campaigns.launch_guards import CampaignActionError
from campaigns.models import Campaign
from campaigns.recovery import lost_campaigns
from campaigns.reporting import earlier_campaigns
from composer.errors import ComposeError, Finding
from editorial import issue_versions, stored_variants
from editorial.importing import questions
from editorial.models import IssueRecord, IssueVersion
from editorial.previewing import issue_preview
from editorial.review import decisions
from editorial.review.decisions import VersionDecisions
from editorial.sources import issue_state
from editorial.sources.edits import SourceEditError
from web.console.console_page import actor_of
from web.console.issues.finding_groups import count
from web.console.issues.finding_lines import finding_lines, state_of
from web.console.issues.issue_page import issue_or_404, show_issue
from web.console.issues.previewing.preview_content import divided
from web.console.issues.sending import test_forms
from web.console.issues.sending.send_audience import SendChoices, audience_of, count_of, query_of
from web.texts import refusal_texts
from web.texts.issues import preview_texts
from web.whole_numbers import whole_number
from worker.wake import wake

MOST_CAMPAIGNS = 20
_BEING_SENT = ("filling", "sending", "paused", "held")
# What a button does, and the permission that it needs besides that of the page.
_NEEDS = {
    "prepare": "editorial.add_issueversion", "test": "campaigns.add_testsend", "test-group": "campaigns.add_testsend",
    "count": "", "leave-out": "", "schedule": "", "now": "", "replace": "campaigns.change_campaign",
}  # fmt: skip

_SHOW_AGAIN = ("count", "leave-out")


def send(request: HttpRequest, slug: str) -> HttpResponse:
    """GET shows the page. POST with `action` does one thing of it, or shows the page again with what was chosen."""
    issue = issue_or_404(slug)
    if request.method != "POST":
        return _page(request, issue)
    action = request.POST.get("action", "")
    needs = _NEEDS.get(action)
    if needs is None:
        return _page(request, issue, status=400)
    if needs and not request.user.has_perm(needs):
        raise PermissionDenied
    if action in _SHOW_AGAIN:
        return _page(request, issue)
    if action == "prepare":
        return _prepare(request, issue)
    version = issue.current
    if version is None or request.POST.get("version") != str(version.pk):
        problem = _("Another version of this issue was prepared since you opened this page. Check it, then choose again.")
        return _page(request, issue, problem=problem, status=409)
    return _ACTIONS[action](request, issue, version)


def _prepare(request: HttpRequest, issue: IssueRecord) -> HttpResponse:
    """Store the newest text as the version that is sent."""
    try:
        stored = issue_versions.store_head(actor_of(request), issue)
    except ComposeError as error:
        problem = _("The newest text cannot be composed because of the errors below. Your text is safe.")
        return _page(request, issue, problem=problem, faults=error.findings, status=422)
    except SourceEditError as fault:
        problem = (
            _("This issue has no text yet. Write it first.")
            if fault.code == "no-source"
            else _("Somebody is editing this issue at this moment. Try again.")
        )
        return _page(request, issue, problem=problem, status=422)
    if stored.is_new:
        messages.success(request, _("Version %(number)s is prepared.") % {"number": stored.version.number})
    else:
        messages.success(request, _("Nothing has changed: version %(number)s is up to date.") % {"number": stored.version.number})
    return _back(request, issue)


def _test(request: HttpRequest, issue: IssueRecord, version: IssueVersion) -> HttpResponse:
    try:
        done = test_forms.send_tests(request, version)
    except test_forms.TestFormError as refused:
        return _page(request, issue, test_problem=str(refused), status=422)
    except CampaignActionError as refused:
        return _page(request, issue, test_problem=refusal_texts.refusal(refused), status=422)
    wake("send_singles")
    messages.success(request, done)
    return _back(request, issue)


def _back(request: HttpRequest, issue: IssueRecord) -> HttpResponse:
    """To the page with the audience that was chosen."""
    chosen = f"?{query_of(audience_of(request.GET))}" if "audience" in request.GET else ""
    return redirect(f"/console/issues/{issue.slug}/send/{chosen}")


def _schedule(request: HttpRequest, issue: IssueRecord, version: IssueVersion) -> HttpResponse:
    made = _create(request, issue, version)
    return made if isinstance(made, HttpResponse) else redirect("campaign-schedule", campaign_id=made.pk)


def _now(request: HttpRequest, issue: IssueRecord, version: IssueVersion) -> HttpResponse:
    made = _create(request, issue, version)
    return made if isinstance(made, HttpResponse) else redirect("campaign-send-now", campaign_id=made.pk)


def _create(request: HttpRequest, issue: IssueRecord, version: IssueVersion) -> Campaign | HttpResponse:
    """Make the draft, which the next page schedules or sends; or the page again with what is wrong. Nothing is sent here."""
    choices = SendChoices.of(request.POST, issue.pk)
    if choices.sender is None:
        return _page(request, issue, problem=_("There is no sender yet. An admin adds it under “Settings”."), status=422)
    if decisions.standing(version).missing:
        return _page(request, issue, problem=_("Approvals are missing, see above. No campaign was made."), status=422)
    try:
        launch_guards.require_confirmed(actor_of(request), choices.sender)
        campaign = launch.create(
            actor_of(request),
            version=version, lists=choices.lists, sender=choices.sender, segment=choices.segment, exclusions=choices.excluded,
            name=request.POST.get("name", "")[:200],
        )  # fmt: skip
    except CampaignActionError as refused:
        return _page(request, issue, problem=refusal_texts.refusal(refused), status=422)
    messages.success(request, _("The draft is saved. Nothing is sent until you confirm."))
    if not request.user.has_perm("campaigns.change_campaign"):
        return redirect("campaign", campaign_id=campaign.pk)
    return campaign


def _replace(request: HttpRequest, issue: IssueRecord, version: IssueVersion) -> HttpResponse:
    """Make a draft of this issue send the newest version."""
    try:
        campaign = draft_changes.replace_version(
            actor_of(request),
            whole_number(request.POST.get("campaign", ""), 15) or 0,
            version,
        )
    except CampaignActionError as refused:
        return _page(request, issue, problem=refusal_texts.refusal(refused), status=422)
    values = {"name": campaign.name, "number": version.number}
    messages.success(request, _("“%(name)s” now sends version %(number)s.") % values)
    return redirect("issue-send", slug=issue.slug)


_ACTIONS: dict[str, Callable[[HttpRequest, IssueRecord, IssueVersion], HttpResponse]] = {
    "test": _test, "test-group": _test, "schedule": _schedule, "now": _now, "replace": _replace,
}  # fmt: skip


# -- the page


def _page(
    request: HttpRequest, issue: IssueRecord, *, status: int = 200, problem: str = "", test_problem: str = "",
    faults: tuple[Finding, ...] = (),
) -> HttpResponse:  # fmt: skip
    version, campaigns = issue.current, _campaigns(issue)
    choices = _choices(request, issue)
    values: dict[str, Any] = {
        "version": version, "audience": choices, "problem": problem, "test_problem": test_problem,
        "needs_text": version is None, "own_address": request.user.email if request.user.is_authenticated else "",
        "given": request.POST, "campaigns": campaigns, "most_campaigns": MOST_CAMPAIGNS,
        "being_sent": [campaign for campaign in campaigns if campaign.state in _BEING_SENT],
        **_newest(issue, version, faults),
    }  # fmt: skip
    if version is not None:
        values |= _content(issue, version)
        values |= count_of(choices, version, request.user, now=request.POST.get("action") in _SHOW_AGAIN)
        values["groups"] = test_forms.groups()
        values["standing"] = standing = decisions.standing(version)
        values["unanswered_changes"] = decisions.unanswered_changes(version)
        values["earlier"] = _earlier(issue, choices)
        values["lost"] = lost_campaigns.of_content(version.digest, choices.lists)
        values["not_left_out"] = _not_left_out(choices, values["earlier"])
        has_errors = bool(values["errors"]) and not request.user.has_perm("campaigns.override_checks")
        values["barrier"] = _barrier(choices, standing, has_errors=has_errors)
        values |= _steps(request, choices, values)
        if request.user.has_perm("campaigns.add_campaign"):
            values["corrected"] = _corrected(campaigns, version, is_changed=bool(values.get("changed")))
    return show_issue(request, issue, "console/issues/send.html", "issue-send", status, **values)


def _barrier(choices: SendChoices, standing: VersionDecisions, *, has_errors: bool) -> str:
    """What the issue waits for before this account can send it: errors, changes, approvals, sender; empty: nothing."""
    barriers = {
        "errors": has_errors, "changes": bool(standing.changes), "approvals": bool(standing.missing),
        "sender": choices.is_blocked,
    }  # fmt: skip
    return next((barrier for barrier, is_met in barriers.items() if is_met), "")


class Step(NamedTuple):
    """A step on the way to sending, as the page lists it."""

    name: str
    is_done: bool


def _steps(request: HttpRequest, choices: SendChoices, values: Mapping[str, Any]) -> dict[str, Any]:
    """The steps before the campaign is sent. `uses_newest`: the next thing that this account can do is to use the newest text."""
    standing, changed = values["standing"], bool(values.get("changed"))
    steps = [Step("list", bool(choices.lists))]
    if values["has_source"]:
        steps.append(Step("newest", not changed and not values["newest_faults"] and not values["trouble"]))
    if values["errors"]:
        steps.append(Step("errors", is_done=False))
    if standing.needed or standing.changes:
        steps.append(Step("review", not standing.missing and not standing.changes))
    if choices.is_blocked:
        steps.append(Step("sender", is_done=False))
    steps.append(Step("time", is_done=False))
    still_open = [step for step in steps if not step.is_done]
    return {
        "steps": steps, "next_step": still_open[0], "steps_left": len(still_open),
        "uses_newest": changed and bool(choices.all_lists and choices.sender) and request.user.has_perm(_NEEDS["prepare"]),
    }  # fmt: skip


def _earlier(issue: IssueRecord, choices: SendChoices) -> list[Campaign]:
    if not choices.lists:
        return []
    return earlier_campaigns.to_same_lists(issue.pk, choices.lists, left_out=choices.excluded.campaigns)


def _choices(request: HttpRequest, issue: IssueRecord) -> SendChoices:
    given = request.POST if "audience" in request.POST else request.GET
    choices = SendChoices.of(given, issue.pk)
    if "audience" not in given:
        return choices.preselected()
    if request.POST.get("action") == "leave-out":
        return choices.leaving_out(_not_left_out(choices, _earlier(issue, choices)))
    return choices


def _not_left_out(choices: SendChoices, campaigns: list[Campaign]) -> list[Campaign]:
    """Those of the campaigns whose people are not left out yet."""
    return [campaign for campaign in campaigns if campaign not in choices.excluded.campaigns]


def _corrected(campaigns: list[Campaign], version: IssueVersion, *, is_changed: bool) -> Campaign | None:
    """The last campaign that sent another text of this issue: its people may need a correction."""
    sent = next((campaign for campaign in campaigns if campaign.state == "sent" and campaign.recipients), None)
    return sent if sent is not None and (is_changed or sent.version.digest != version.digest) else None


def _newest(issue: IssueRecord, version: IssueVersion | None, faults: tuple[Finding, ...]) -> dict[str, Any]:
    """Whether the newest text would give another mail than the prepared version, or none."""
    state = issue_state.head(issue.pk)
    if not state.files:
        return {"has_source": False}
    made = issue_preview.of_state(issue, state)
    faults = faults or made.faults
    changed = not faults and made.composition is not None and (version is None or made.composition.digest != version.digest)
    return {
        "has_source": True, "changed": changed, "newest_faults": finding_lines(issue, state, faults),
        "trouble": preview_texts.TROUBLES[made.trouble] if made.trouble else "",
    }  # fmt: skip


def _content(issue: IssueRecord, version: IssueVersion) -> dict[str, Any]:
    """Return the findings of the version for its author, at the publication's levels, and its variants."""
    findings, _for_administrator = divided(launch_checks.content_findings(version))
    source = state_of(version)
    lines = finding_lines(issue, source, findings)
    asked = questions.count(source) if any(line.is_question for line in lines) else 0
    return {
        "checked": lines,
        "errors": [line for line in lines if line.finding.severity == "error"],
        "error_count": count(lines, "error"),
        "asked": asked,
        "questions": min(asked, questions.count(issue_state.head(issue.pk))) if asked else 0,
        "warnings": count(lines, "warning"),
        "proposed": [line for line in lines if line.finding.code == "summary-proposed"],
        "variants": stored_variants.outline(version),
    }


def _campaigns(issue: IssueRecord) -> list[Campaign]:
    """The newest campaigns of the issue, those that are being sent first."""
    campaigns = with_audience(Campaign.objects.filter(version__issue=issue).select_related("version").order_by("-id"))
    return sorted(campaigns[:MOST_CAMPAIGNS], key=lambda campaign: campaign.state not in _BEING_SENT)
