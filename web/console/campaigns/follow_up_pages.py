"""Follow-ups of a campaign that is over: what each is, and the page that begins one."""

from collections.abc import Collection
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import override

from campaigns.drafts import follow_up_drafts
from campaigns.follow_ups.followed_people import CORRECTION, KINDS, NOT_REACHED
from campaigns.launch_guards import CampaignActionError
from campaigns.models import Campaign
from composer.errors import ComposeError
from editorial import issue_versions
from editorial.models import IssueRecord, IssueVersion
from editorial.sources import edits, head_changes, issue_state
from web.console.console_page import actor_of, campaign_or_404, show
from web.texts import follow_up_texts, refusal_texts
from web.texts.language_names import language_name
from web.whole_numbers import whole_number

MOST_ISSUES = 20  # their whole texts are read, for their numbers
_PREPARE = ("editorial.add_issueversion", "editorial.change_issuerecord")


def choices(campaign: Campaign) -> dict[str, Any]:
    """What a report offers: the kinds of follow-ups that are possible, and those that there are."""
    if not follow_up_drafts.may_follow(campaign):
        return {}
    kinds = [
        (_in_address(kind), text, follow_up_drafts.knows_whom(campaign, kind)) for kind, text in follow_up_texts.TEXTS.items()
    ]
    return {"follow_up_kinds": kinds, "follow_ups": campaign.follow_ups.order_by("pk")}


def begin(request: HttpRequest, campaign_id: int, kind: str) -> HttpResponse:
    """GET explains a follow-up and asks what it needs; POST makes its draft."""
    followed, kind = campaign_or_404(campaign_id), kind.replace("-", "_")
    if kind not in KINDS or followed.recipients is None:
        raise Http404
    if request.method != "POST":
        return _page(request, followed, kind)
    seen = whole_number(request.POST.get("seen", ""), 9) or 0
    try:
        follow_up_drafts.check(followed, kind, seen)
        version = _version(request, followed, kind)
        made = follow_up_drafts.create(actor_of(request), campaign_id, kind, version=version, seen=seen)
    except ComposeError as error:
        return _page(request, followed, kind, refusal_texts.compose_refusal(error))
    except (CampaignActionError, edits.SourceEditError) as refused:
        return _page(request, followed, kind, refusal_texts.refusal(refused))
    messages.success(request, _("The draft is saved. Nothing is sent until you confirm."))
    return redirect("campaign", campaign_id=made.pk)


def _version(request: HttpRequest, followed: Campaign, kind: str) -> IssueVersion:
    """What the follow-up sends: the same mail, the issue with the subjects of the form, or another issue."""
    issue = followed.version.issue
    if kind == NOT_REACHED:
        return followed.version
    chosen = _issues(followed).get(request.POST.get("issue", ""), issue) if kind == CORRECTION else issue
    if chosen.pk != issue.pk:
        return _newest(request, chosen)
    if kind == CORRECTION:  # before the subject is changed, which would make it another content
        follow_up_drafts.require_another_content(followed, _newest(request, issue))
    typed = {file: " ".join(request.POST.get(f"subject-{at}", "").split()) for at, file in enumerate(_subjects(request, issue))}
    follow_up_drafts.require_other_subjects(followed, typed.values())
    if typed:
        head_changes.change_subjects(actor_of(request), issue, typed)
    return _newest(request, issue)


def _newest(request: HttpRequest, issue: IssueRecord) -> IssueVersion:
    """The newest text of an issue as a version, if the account may prepare one; else the version that was prepared last."""
    if request.user.has_perms(_PREPARE) and issue_state.head(issue.pk).files:
        return issue_versions.store_head(actor_of(request), issue).version
    if issue.current is None:
        raise edits.SourceEditError("no-source", issue=issue.slug)
    return issue.current


def _subjects(request: HttpRequest, issue: IssueRecord) -> dict[str, tuple[str, str]]:
    """File -> its language and present subject, if the account may change them."""
    return head_changes.subjects_of(issue.pk) if request.user.has_perms(_PREPARE) else {}


def _issues(followed: Campaign) -> dict[str, IssueRecord]:
    """Short name -> the issues that a correction can send: its own, with a newer text, and then the newest others."""
    issue = followed.version.issue
    others = IssueRecord.objects.exclude(pk=issue.pk).exclude(current=None).select_related("current__issue").order_by("-pk")
    return {record.slug: record for record in (issue, *others[:MOST_ISSUES])}


def _page(request: HttpRequest, followed: Campaign, kind: str, problem: str = "") -> HttpResponse:
    values, others = dict[str, Any](), list(follow_up_drafts.others_of(followed))
    if kind != NOT_REACHED:
        rows = _subjects(request, followed.version.issue).values()
        related = follow_up_drafts.related(followed)
        used = {text for campaign in related for text in follow_up_drafts.subjects_of(campaign)}
        values["subjects"] = [
            (f"subject-{at}", _label(kind, language if len(rows) > 1 else ""), subject,
             request.POST.get(f"subject-{at}", _proposed(used, kind, language, subject)))
            for at, (language, subject) in enumerate(rows)
        ]  # fmt: skip
    if kind == CORRECTION:
        values |= {"issues": [*_issues(followed).values()], "chosen": request.POST.get("issue", followed.version.issue.slug)}
    return show(
        request, "console/follow_up.html", 422 if problem else 200, campaign=followed, kind=kind, problem=problem,
        text=follow_up_texts.TEXTS[kind], is_possible=follow_up_drafts.knows_whom(followed, kind),
        earlier=[other for other in others if other.follow_up == kind],
        others=[other for other in others if other.follow_up != kind],
        is_corrected=any(other.follow_up == CORRECTION for other in others), people=follow_up_drafts.count_now(followed, kind),
        **values,
    )  # fmt: skip


def _label(kind: str, language: str) -> str:
    """What a subject is called; `language`: of several."""
    if not language:
        return _("Subject of the corrected text") if kind == CORRECTION else _("Another subject")
    named = _("Subject of the corrected text, %(language)s") if kind == CORRECTION else _("Another subject, %(language)s")
    return named % {"language": language_name(language)}


def _proposed(used: Collection[str], kind: str, language: str, subject: str) -> str:
    """The subject that the page proposes: of a correction, one that says so, in the language of the issue. None that was used."""
    if subject not in used:
        return subject
    if kind != CORRECTION:
        return ""
    with override(language):
        is_correction = subject.startswith((_("Correction: %(subject)s") % {"subject": ""}).strip())
        return "" if is_correction else _("Correction: %(subject)s") % {"subject": subject}


def _in_address(kind: str) -> str:
    return kind.replace("_", "-")
