"""The questions of an import, one after the other: the original beside the result, and what can be done about each."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, resolve_url
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from composer.errors import ComposeError
from composer.issue.document import plain
from composer.issue.parts import outline
from composer.issue.parts.outline import ARTICLE, SECTION, kind_of, title_of
from composer.issue.parts.splitting import HEAD, HEAD_PARTS, Part
from editorial.importing import questions, source_places
from editorial.importing.question_subjects import PLACEHOLDERS, Subject
from editorial.importing.questions import Question, QuestionError, QuestionKey
from editorial.models import DocumentImport, IssueRecord
from editorial.sources import issue_state, pictures
from editorial.sources.edits import SourceEditError
from editorial.sources.issue_state import IssueState
from editorial.sources.originals import OriginalError
from web.access import may_post
from web.console.console_page import actor_of
from web.console.issues.issue_page import (
    asked_number,
    issue_or_404,
    part_of,
    part_url,
    resolve_thumbnail,
    show_issue,
)
from web.texts import refusal_texts
from web.texts.issues import import_texts

TAB = "issue-questions"
FEWEST_TOGETHER = 3  # alike questions; fewer are decided as quickly one by one
_MAY_UPLOAD = "editorial.add_media"
_HEADING, _NO_HEADING = "heading", "no-heading"  # whether the first row of a table names its columns
_MOST_COLUMNS = 500


def page(request: HttpRequest, slug: str) -> HttpResponse:
    """GET shows the question number ?at=, or with ?kind= all that are alike; POST decides, and shows the next one."""
    issue = issue_or_404(slug)
    if request.method != "POST":
        kind = request.GET.get("kind", "")
        return _alike(request, issue, kind) if kind else _question_page(request, issue, asked_number(request, "at"))
    if not may_post(request):
        return _question_page(request, issue, 0, _("Your role may not edit issues. Nothing was saved."), 403)
    return _decided(request, issue)


def describe(request: HttpRequest, slug: str) -> HttpResponse:
    """Describe a picture and, if a file is sent, put it in its place. A URL of its own: it takes files."""
    return _decided(request, issue_or_404(slug))


def _decided(request: HttpRequest, issue: IssueRecord) -> HttpResponse:
    at, given = asked_number(request, "at"), [_named(written) for written in request.POST.getlist("question")[:500]]
    try:
        _answer(request, issue, given)
    except QuestionError as fault:
        return _question_page(request, issue, at, refusal_texts.refusal(fault), 409 if fault.code == "gone" else 422)
    except (SourceEditError, OriginalError) as fault:
        return _question_page(request, issue, at, refusal_texts.refusal(fault), 422)
    except ComposeError as error:
        return _question_page(request, issue, at, refusal_texts.compose_refusal(error), 422)
    if len(given) > 1:
        messages.success(request, _("Places kept as they are: %(count)s") % {"count": len(given)})
    return redirect(f"/console/issues/{issue.slug}/doubts/{'?' + urlencode({'at': at}) if at else ''}")


def _answer(request: HttpRequest, issue: IssueRecord, given: list[QuestionKey]) -> None:
    """Do what the button of the form says. Only keeping is possible for several questions at once."""
    actor, action, typed = actor_of(request), request.POST.get("action", "keep"), request.POST
    single = given[0] if len(given) == 1 else None
    if single and action == "describe":
        questions.describe(actor, issue, single, typed.get("alt", ""), _picture(request, issue), typed.get("caption", ""))
    elif single and action == "name":
        questions.name_part(actor, issue, single, typed.get("name", ""))
    elif single and action in (_HEADING, _NO_HEADING):
        headings = dict(enumerate(typed.getlist("heading")[:_MOST_COLUMNS]))
        questions.answer_table(actor, issue, single, has_heading=action == _HEADING, headings=headings)
    elif single and action.startswith("correct-"):
        questions.correct(actor, issue, single, action.removeprefix("correct-"))
    else:
        questions.keep(actor, issue, given)


def _named(text: str) -> QuestionKey:
    """A question as the forms name it: what was seen, its file, its part. None of them contains a space."""
    seen, _space, rest = text.partition(" ")
    file, _space, part = rest.partition(" ")
    return QuestionKey(file[:200], part[:200], seen[:64])


def _picture(request: HttpRequest, issue: IssueRecord) -> str:
    """The path of the picture that the form names, or of the file that it sends. Raises as `pictures.add`."""
    file = request.FILES.get("file")
    if file is None or not request.user.has_perm(_MAY_UPLOAD):
        return request.POST.get("picture", "")[:300]
    return pictures.add(actor_of(request), issue, file.chunks(), str(file.name))


def _question_page(request: HttpRequest, issue: IssueRecord, at: int, problem: str = "", status: int = 200) -> HttpResponse:
    state = issue_state.head(issue.pk)
    asked, runs = questions.find(state), _runs(issue)
    values: dict[str, Any] = {"problem": problem, "count": len(asked), "runs": runs}
    if asked:
        at, done = min(at, len(asked) - 1), questions.answered(issue, asked)
        question = asked[at]
        values |= {"at": at, "position": done + at + 1, "next": at + 1 if at + 1 < len(asked) else 0, "has_previous": at > 0}
        values |= {"previous": at - 1, "answered": done, "total": done + len(asked), "shown": _shown(issue, state, question)}
        values["source"] = source_places.of_questions(asked, runs).get(question.seen)
        alike = [other for other in asked if import_texts.kind_of(other) == import_texts.kind_of(question)]
        values["alike"] = len(alike) if len(alike) >= FEWEST_TOGETHER and _can_be_kept(question) else 0
        values["kind"] = import_texts.kind_of(question)
    return show_issue(request, issue, "console/issues/questions.html", TAB, status, **values)


def _can_be_kept(question: Question) -> bool:
    """Whether the answer may be that everything is right as it is. A picture is described, a section is
    named, and a table has two answers."""
    return question.subject not in (Subject.PICTURE, Subject.TABLE, Subject.NAME)


def _alike(request: HttpRequest, issue: IssueRecord, kind: str) -> HttpResponse:
    """All questions of one kind with their texts: only here can they be kept together."""
    state = issue_state.head(issue.pk)
    asked = questions.find(state)
    places = source_places.of_questions(asked, _runs(issue))
    alike = [question for question in asked if import_texts.kind_of(question) == kind and _can_be_kept(question)]
    rows = [{**_shown(issue, state, question), "source": places.get(question.seen)} for question in alike]
    return show_issue(request, issue, "console/issues/questions_alike.html", TAB, rows=rows, kind=kind)


def _runs(issue: IssueRecord) -> list[DocumentImport]:
    return list(issue.imports.order_by("id"))


def _shown(issue: IssueRecord, state: IssueState, question: Question) -> dict[str, Any]:
    figure, part = question.figure, part_of(state, question.file, question.part)
    digest = state.pictures.get(figure.src, "") if figure else ""
    is_missing = question.is_picture and not digest
    return {
        "question": question, "part": part, "name": f"{question.seen} {question.file} {question.part}",
        "texts": list(map(import_texts.question_text, question.texts)),
        "language": outline.language_of(state.files[question.file]), "edit": _edit_url(issue, state, question),
        "is_whole": question.subject is Subject.WHOLE, "is_missing": is_missing,
        "picture": f"{resolve_thumbnail(issue, digest)}?size=large" if digest else "",
        "caption": plain(figure.caption) if figure else "", "credit": plain(figure.credit) if figure else "",
        "can_caption": figure is not None and question.is_picture and not figure.caption,
        "title": _title(part) if question.asks_name else "", "kind": kind_of(part) if part else "",
        "table": _table(question), "free": _free_pictures(state) if is_missing else [],
        "mail": _mail_url(issue, question) if question.passage and not digest and question.table is None else "",
        "outline": _outline(state, question.file) if question.subject is Subject.WHOLE else [],
    }  # fmt: skip


def _title(part: Part | None) -> str:
    """The name that a section or an article has; empty if it is only a placeholder of the import."""
    title = title_of(part) if part else ""
    return "" if title in PLACEHOLDERS else title


def _mail_url(issue: IssueRecord, question: Question) -> str:
    """The mail with a mark at the place. Without a fragment, which would scroll the page around it, too."""
    where = urlencode({"file": question.file, "part": question.part, "below": str(question.line), "width": "phone"})
    return f"{resolve_url('issue-preview-mail', slug=issue.slug)}?{where}"


def _free_pictures(state: IssueState) -> list[str]:
    return sorted(state.pictures.keys() - {path for path, places in pictures.usage(state).items() if places})


# The beginning of a question about the whole issue -> the part in which it is answered.
_ANSWERED_IN = {"check: footer: ": HEAD_PARTS["footer"], "check: highlights: ": HEAD_PARTS["highlights"]}


def _edit_url(issue: IssueRecord, state: IssueState, question: Question) -> str:
    if question.subject is not Subject.WHOLE:
        return f"{part_url(issue, question.file, question.part)}#id_text"
    if import_texts.kind_of(question) in ("structure", "source", "words", "letters"):
        return resolve_url("issue", slug=issue.slug)
    part_name = next((part for begin, part in _ANSWERED_IN.items() if question.texts[0].startswith(begin)), HEAD)
    return part_url(issue, question.file, part_name if part_of(state, question.file, part_name) else HEAD)


def _table(question: Question) -> dict[str, Any] | None:
    """The table of a question as text, with the columns that have no heading."""
    table = question.table
    if table is None:
        return None
    head, *rows = ([plain(cell) for cell in row] for row in (table.head, *table.rows))
    return {"caption": plain(table.caption), "head": head, "rows": rows, "lacks": any(head) and not all(head)}


def _outline(state: IssueState, file: str) -> list[tuple[str, str]]:
    """The headings of a file: what a question about the whole issue is about."""
    kinds = [(outline.kind_of(part), outline.title_of(part)) for part in state.files[file]]
    return [(kind, title) for kind, title in kinds if kind in (SECTION, ARTICLE)]
