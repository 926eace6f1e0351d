"""Comments on an issue: all of them on a page, adding one, answering, resolving and opening again."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from editorial.models import Comment, IssueRecord
from editorial.review import comments
from editorial.review.comments import CommentError
from publication.models import Actor
from web.console.console_page import actor_of
from web.console.issues.issue_page import issue_or_404, show_issue
from web.console.issues.reviewing.review_page import places, readable, show_review, version_of
from web.texts import refusal_texts


def listing(request: HttpRequest, slug: str) -> HttpResponse:
    return _page(request, issue_or_404(slug))


def _page(request: HttpRequest, issue: IssueRecord, status: int = 200, problem: str = "", **typed: Any) -> HttpResponse:
    texts = comments.texts_of_head(issue)
    threads = comments.threads(issue, texts)
    return show_issue(
        request, issue, "console/issues/comments.html", "issue-review", status, version=None,
        open_threads=[thread for thread in threads if thread.comment.resolved_at is None],
        resolved_threads=[thread for thread in threads if thread.comment.resolved_at is not None],
        open_places={f"{thread.comment.file}|{thread.comment.part}" for thread in threads if thread.comment.resolved_at is None},
        places=places(texts), readable=readable(texts), comment_problem=problem, typed={"page": "comments", **typed},
    )  # fmt: skip


def add(request: HttpRequest, slug: str) -> HttpResponse:
    """Add a comment on the version that the form names, or on the newest text."""
    issue, form = issue_or_404(slug), request.POST
    version = version_of(issue, form)
    file, _bar, part = form.get("place", "").rpartition("|")
    typed = {"place": form.get("place", ""), "quotation": form.get("quotation", ""), "text": form.get("text", "")}
    typed["selected_in"] = "page" if form.get("selected_in") == "page" else ""
    try:
        made = comments.add(
            actor_of(request),
            issue, typed["text"], version=version, file=file, part=part, quotation=typed["quotation"],
            is_selected=bool(typed["selected_in"]),
        )  # fmt: skip
    except CommentError as fault:
        problem = _("%(problem)s Your text is still on this page.") % {"problem": refusal_texts.refusal(fault)}
        if version is not None:
            return show_review(request, issue, 422, comment_problem=problem, **typed)
        return _page(request, issue, 422, problem, **typed)
    messages.success(request, _("Your comment is stored."))
    return _back(request, issue, made.pk)


def answer(request: HttpRequest, slug: str, comment_id: int) -> HttpResponse:
    issue = issue_or_404(slug)
    comment = _comment_or_404(issue, comment_id)
    text = request.POST.get("text", "")
    try:
        comments.reply(actor_of(request), comment, text)
    except CommentError as fault:
        problem = _("%(problem)s Your text is still on this page.") % {"problem": refusal_texts.refusal(fault)}
        if request.POST.get("page") == "review":
            return show_review(request, issue, 422, comment_problem=problem, answer=text, answered=comment.pk)
        return _page(request, issue, 422, problem, answer=text, answered=comment.pk)
    messages.success(request, _("Your reply is stored."))
    return _back(request, issue, comment.pk)


def resolve(request: HttpRequest, slug: str, comment_id: int) -> HttpResponse:
    return _settle(request, slug, comment_id, comments.resolve, _("The comment is resolved."))


def reopen(request: HttpRequest, slug: str, comment_id: int) -> HttpResponse:
    return _settle(request, slug, comment_id, comments.reopen, _("The comment is open again."))


def _settle(request: HttpRequest, slug: str, comment_id: int, verb: Callable[[Actor, int], Comment], done: str) -> HttpResponse:
    issue = issue_or_404(slug)
    comment = _comment_or_404(issue, comment_id)
    try:
        verb(actor_of(request), comment.pk)
    except CommentError as fault:
        messages.error(request, refusal_texts.refusal(fault))
    else:
        messages.success(request, done)
    return _back(request, issue, comment.pk)


def _comment_or_404(issue: IssueRecord, comment_id: int) -> Comment:
    comment = issue.comments.filter(pk=comment_id, parent=None).select_related("issue", "version").first()
    if comment is None:
        raise Http404
    return comment


def _back(request: HttpRequest, issue: IssueRecord, comment_id: int) -> HttpResponse:
    """Go to the page that the form was on, at the comment."""
    page = "review" if request.POST.get("page") == "review" else "comments"
    return redirect(f"/console/issues/{issue.slug}/{page}/#comment-{comment_id}")
