"""The review of an issue: its state, the mail with comments beside it, differences, decisions, and asking for a review."""

from collections.abc import Iterator, Mapping
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from campaigns import launch, launch_checks
from campaigns.launch_guards import CampaignActionError
from composer.errors import ComposeError
from composer.issue.parsing.issue_file import ISSUE_FILE
from composer.issue.parts.outline import kind_of, language_of, title_of
from composer.issue.parts.splitting import Part
from editorial.models import IssueRecord, IssueVersion
from editorial.previewing import issue_preview
from editorial.review import comments, decisions, open_reviews, requests, version_differences
from editorial.review.decisions import DecisionError
from editorial.review.requests import ReviewError
from editorial.sources import issue_state, language_rows
from editorial.sources.edits import SourceEditError
from editorial.sources.issue_state import IssueState
from editorial.stored_variants import outline
from publication.installation import publication
from web.console.console_page import actor_of
from web.console.issues.finding_groups import FindingLine
from web.console.issues.finding_lines import finding_lines
from web.console.issues.finding_lines import state_of as version_source
from web.console.issues.issue_page import issue_or_404, show_issue
from web.texts import refusal_texts
from web.texts.issues import reader_texts, review_states
from web.texts.issues.review_states import ReviewState
from web.texts.language_names import language_name
from web.whole_numbers import whole_number
from worker.wake import wake


def review(request: HttpRequest, slug: str) -> HttpResponse:
    return show_review(request, issue_or_404(slug))


def show_review(
    request: HttpRequest, issue: IssueRecord, status: int = 200, *, problem: str = "", comment_problem: str = "", **typed: Any
) -> HttpResponse:
    """Show the page. `problem` is shown above the form that was refused, which keeps what was typed."""
    state = state_of(issue)
    texts = comments.texts_of_version(state.version) if state.version else {}
    threads = comments.threads(issue)
    zone = publication().zone
    standing = state.standing
    counting = (*standing.approvals, *standing.changes) if standing else ()
    errors = _errors(state.version)
    mine = {decision.kind: decision for decision in counting if _is_own(request, decision.actor.user_id)}
    is_own_edit = state.version is not None and _is_own(request, decisions.last_editor(state.version).user_id)
    may_approve = request.user.has_perm("editorial.add_decision") and not is_own_edit and "approve" not in mine
    return show_issue(
        request, issue, "console/issues/review.html", "issue-review", status,
        main=_main_action(request, state, may_approve=may_approve), may_approve=may_approve,
        state=state, sentences=list(review_states.sentences(state, zone)), version=state.version,
        variants=outline(state.version) if state.version else [],
        decided=[*standing.changes, *standing.approvals, *standing.withdrawn] if standing else [], mine=mine,
        is_own_edit=is_own_edit,
        links=list(_differences(issue, state)),
        open_threads=[thread for thread in threads if thread.comment.resolved_at is None],
        resolved=sum(thread.comment.resolved_at is not None for thread in threads),
        behind=list(_behind(issue)), incomplete=_incomplete(state.version), errors=errors,
        error_count=sum(line.count for line in errors),
        senders=open_reviews.names_with("campaigns.add_campaign"),
        places=places(texts), readable=readable(texts), problem=problem, comment_problem=comment_problem,
        typed={"page": "review", **typed},
    )  # fmt: skip


def _main_action(request: HttpRequest, state: ReviewState, *, may_approve: bool) -> str:
    """The one action that the page shows first: approve, send, ask or comment."""
    user = request.user
    if state.version and may_approve and user.get_username() in state.waiting:
        return "approve"
    if state.version and may_approve and not state.is_changed:
        return "approve" if state.standing is None or not state.standing.changes else "comment"
    if state.kind == "approved" and not state.is_outdated and user.has_perm("campaigns.add_campaign"):
        return "send"
    return "ask" if user.has_perm("editorial.add_review") else "comment"


def state_of(issue: IssueRecord) -> ReviewState:
    version = IssueVersion.objects.select_related("issue", "revision", "actor").filter(pk=issue.current_id or 0).first()
    open_review = open_reviews.open_review(issue.pk)
    outdated = open_review is not None and version is not None and open_review.version.digest != version.digest
    asked = (
        tuple(open_review.requests.order_by("account__username").values_list("account__username", flat=True))
        if open_review
        else ()
    )
    unanswered = open_reviews.unanswered(open_review.requests.all()).order_by("account__username") if open_review else None
    return ReviewState(
        version, open_review, decisions.standing(version) if version else None, asked,
        tuple(unanswered.values_list("account__username", flat=True)) if unanswered is not None else (),
        open_review is not None and open_reviews.is_overdue(open_review), outdated,
        version is not None and version_differences.is_changed(version),
    )  # fmt: skip


def _behind(issue: IssueRecord) -> Iterator[tuple[str, str, str, int]]:
    """For each translation that is older than its original: both names, its tag, and how many texts."""
    state = issue_state.head(issue.pk)
    first = language_name(language_of(state.files.get(ISSUE_FILE, ())))
    for file, parts in language_rows.behind(issue, state, ISSUE_FILE).items():
        tag = language_of(state.files[file]) or file
        yield first, language_name(tag), tag, len(parts)


def _errors(version: IssueVersion | None) -> list[FindingLine]:
    """What prevents sending this version."""
    return finding_lines(version.issue, version_source(version), launch_checks.content_errors(version)) if version else []


def _error_count(issue: IssueRecord, state: IssueState) -> int:
    """The number of errors of the newest text: those of composing, or else of the pre-send checks at the publication's levels."""
    made = issue_preview.of_state(issue, state)
    findings = made.faults or launch_checks.levelled(made.composition.findings if made.composition else ())
    errors = [finding for finding in findings if finding.level == "error"]
    return sum(line.count for line in finding_lines(issue, state, errors))


def _incomplete(version: IssueVersion | None) -> list[tuple[str, str]]:
    """A sentence and the tag of each language whose mail in this version lacks texts."""
    return list(review_states.incomplete_mails(version_differences.parts_of(version))) if version else []


def places(texts: comments.Texts) -> list[tuple[str, list[tuple[str, str, str]]]]:
    """Return the parts to choose from: for each language, the value, kind and title of each part."""
    choices = []
    for file, parts in texts.items():
        lines = [(f"{file}|{name}", kind_of(Part(name, text)), title_of(Part(name, text))) for name, text in parts.items()]
        language = language_of([Part(name, text) for name, text in parts.items()])
        choices.append((language_name(language) if language else file, lines))
    return choices


def readable(texts: comments.Texts) -> list[dict[str, Any]]:
    """Return the parts as the texts that readers see, to quote from. The parts of the head are left out."""
    readable_parts = []
    for file, texts_of_file in texts.items():
        parts = tuple(Part(name, text) for name, text in texts_of_file.items())
        titles = reader_texts.titles_of(parts)
        readable_parts += [
            {
                "value": f"{file}|{part.id}", "file": file, "kind": kind_of(part), "title": title_of(part),
                "language": language_of(parts), "lines": list(reader_texts.labelled(part, titles)),
            }
            for part in parts
            if not part.id.startswith("@head")
        ]  # fmt: skip
    return readable_parts


def _is_own(request: HttpRequest, user_id: int | None) -> bool:
    return user_id is not None and user_id == request.user.pk


def _differences(issue: IssueRecord, state: ReviewState) -> Iterator[tuple[int, int | str, str]]:
    """The numbers of two versions that can be compared, and the label; an empty number is the newest text."""
    version = state.version
    if version is None:
        return
    if state.is_changed:
        yield version.number, "", _("Changes since version %(version)s") % {"version": version.number}
    before = version_differences.reviewed_before(state.review) if state.review and not state.is_outdated else None
    if before is not None:
        label = _("Changes since the last review (version %(version)s)") % {"version": before.number}
        yield before.number, version.number, label
    approval = version_differences.last_approval(issue)
    if approval is not None and approval.version.digest != version.digest:
        label = _("Changes since the last approval (version %(version)s)") % {"version": approval.version.number}
        yield approval.version.number, version.number, label


def decide(request: HttpRequest, slug: str) -> HttpResponse:
    """Approve the version that the form names, or ask for changes of it."""
    issue = issue_or_404(slug)
    version = version_of(issue, request.POST)
    if version is None:
        return show_review(request, issue, 422, problem=_("This form names no version. Read the newest one and decide again."))
    text, wants_changes = request.POST.get("text", ""), request.POST.get("decision") == "changes"
    actor, network = actor_of(request), str(request.META.get("REMOTE_ADDR", ""))
    try:
        if wants_changes:
            decisions.request_changes(actor, version, text, network=network)
        else:
            decisions.approve(actor, version, network=network)
    except DecisionError as fault:
        problem = refusal_texts.refusal(fault)
        if text.strip():
            problem = _("%(problem)s Your text is still on this page.") % {"problem": problem}
        return show_review(request, issue, 409 if fault.code == "old" else 422, problem=problem, changes=text)
    wake("send_singles")
    if wants_changes:
        messages.success(request, _("You requested changes. The author gets a mail."))
    else:
        texts = [_("You approved version %(version)s.") % {"version": version.number}]
        messages.success(request, " ".join((*texts, *(sentence for sentence, _tag in _incomplete(version)))))
    return redirect("issue-review", slug=slug)


def version_of(issue: IssueRecord, form: Mapping[str, str]) -> IssueVersion | None:
    number = whole_number(form.get("version", "")) or 0
    return issue.versions.select_related("issue", "revision", "actor").filter(pk=number).first()


def ask(request: HttpRequest, slug: str) -> HttpResponse:
    """GET asks whom and until when; POST freezes the newest source and asks them."""
    issue = issue_or_404(slug)
    if request.method != "POST":
        return _ask_form(request, issue)
    person_ids = {number for written in request.POST.getlist("person") if (number := whole_number(written)) is not None}
    due, zone = request.POST.get("due", "").strip(), publication().zone
    try:
        asked = requests.ask(
            actor_of(request),
            issue,
            list(User.objects.filter(pk__in=person_ids)),
            due_at=launch.moment(due, zone) if due else None,
            note=request.POST.get("note", ""),
        )
    except ComposeError as error:
        problem = _("The newest text cannot be made into a mail yet. Have these errors corrected first:")
        return _ask_form(request, issue, 422, problem, finding_lines(issue, issue_state.head(issue.pk), error.findings))
    except (ReviewError, SourceEditError, CampaignActionError) as fault:
        return _ask_form(request, issue, 422, refusal_texts.refusal(fault))
    wake("send_singles")
    version = asked.version.number
    if asked.approved:
        text = _("Not asked again, because they approved exactly this text already: %(names)s.")
        messages.info(request, text % {"names": _(", ").join(asked.approved)})
    if asked.mailed:
        messages.success(
            request, _("You asked for a review of version %(version)s. Mails are on their way.") % {"version": version}
        )
    else:
        text = _(
            "The review of version %(version)s began, but no mail could be sent: there is no sender, or nobody has an address."
        )
        messages.warning(request, text % {"version": version})
    return redirect("issue-review", slug=slug)


def _ask_form(
    request: HttpRequest, issue: IssueRecord, status: int = 200, problem: str = "", findings: list[FindingLine] | None = None
) -> HttpResponse:
    people = open_reviews.may_answer().exclude(pk=request.user.pk or 0)
    version = IssueVersion.objects.select_related("revision").filter(pk=issue.current_id or 0).first()
    done = open_reviews.approvers(version) if version is not None and not version_differences.is_changed(version) else set()
    asked_last = set(map(str, open_reviews.asked_last(issue.pk) - done))
    chosen = set(request.POST.getlist("person")) if request.method == "POST" else asked_last
    state = issue_state.head(issue.pk)
    return show_issue(
        request, issue, "console/issues/ask_review.html", "issue-review", status, people=people, done=done, problem=problem,
        incomplete=list(review_states.incomplete_mails(state.files)),
        findings=findings or [],
        error_count=0 if findings else _error_count(issue, state), chosen=chosen, due=request.POST.get("due", ""),
        note=request.POST.get("note", ""),
    )  # fmt: skip


def take_back(request: HttpRequest, slug: str) -> HttpResponse:
    """End the open review; nobody is asked any more."""
    issue = issue_or_404(slug)
    open_review = open_reviews.open_review(issue.pk)
    try:
        requests.take_back(actor_of(request), open_review.pk if open_review else 0)
    except ReviewError as fault:
        messages.error(request, refusal_texts.refusal(fault))
    else:
        messages.success(request, _("The review is cancelled. Decisions and comments stay."))
    return redirect("issue-review", slug=slug)


_DIGITS = 9  # of the highest number that the column can have


def differences(request: HttpRequest, slug: str) -> HttpResponse:
    """Show the differences between the version `?from=` and the version `?to=`, or the newest text."""
    issue = issue_or_404(slug)
    before = _version(issue, request.GET.get("from", ""))
    after = _version(issue, request.GET["to"]) if request.GET.get("to") else None
    content = version_differences.of_version(after) if after else version_differences.of_head(issue)
    differences = version_differences.compare(version_differences.of_version(before), content, reader_texts.compared)
    return show_issue(
        request, issue, "console/issues/differences.html", "issue-review", before=before, after=after, differences=differences,
        variants=len(differences.mails),
    )  # fmt: skip


def _version(issue: IssueRecord, number: str) -> IssueVersion:
    version = issue.versions.select_related("revision", "issue").filter(number=whole_number(number, _DIGITS) or 0).first()
    if version is None:
        raise Http404
    return version
