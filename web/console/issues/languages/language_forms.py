"""The forms that add a language to an issue and remove one, and the languages to choose from."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from composer.issue.languages import spelt
from composer.issue.parsing.issue_file import ISSUE_FILE
from composer.issue.parts import outline
from editorial.sources import issue_state, language_rows, languages
from editorial.sources.comparing import readable
from editorial.sources.edits import EditConflictError, SourceEditError
from editorial.sources.issue_state import IssueState
from editorial.sources.languages import LanguageError
from web.console.console_page import actor_of
from web.console.issues.issue_page import asked_number, issue_or_404, show_issue
from web.console.issues.languages.languages_page import how_to_take, show_languages
from web.texts import refusal_texts
from web.texts.language_names import language_choices, language_name


def add(request: HttpRequest, slug: str) -> HttpResponse:
    """GET asks which language and which articles; POST adds the language and shows it beside the first."""
    issue = issue_or_404(slug)
    problem = ""
    if request.method == "POST":
        language, articles = request.POST.get("language", "").strip(), request.POST.getlist("article")
        try:
            languages.add_language(actor_of(request), issue, language, articles, how_to_take(request))
        except (LanguageError, SourceEditError) as fault:
            problem = refusal_texts.refusal(fault)
        else:
            text = _("%(language)s is added. Translate part by part; subject and preview text are still empty.")
            messages.success(request, text % {"language": language_name(language)})
            return redirect(f"/console/issues/{issue.slug}/languages/?{urlencode({'language': spelt(language)})}")
    state = issue_state.head(issue.pk)
    if ISSUE_FILE not in state.files and not problem:
        raise Http404
    return show_issue(
        request, issue, "console/issues/add_language.html", "issue-languages", 422 if problem else 200, problem=problem,
        **_choices(request, state),
    )  # fmt: skip


def _choices(request: HttpRequest, state: IssueState) -> dict[str, Any]:
    """The languages that are left, and the articles of the first language by section."""
    first = state.files.get(ISSUE_FILE, ())
    is_typed = request.method == "POST"
    chosen = set(request.POST.getlist("article"))
    sections: list[tuple[Any, list[tuple[Any, bool]]]] = []
    for part in first:
        kind = outline.kind_of(part)
        if kind == outline.SECTION:
            sections.append((part, []))
        elif kind == outline.ARTICLE:
            if not sections:
                sections.append((None, []))
            sections[-1][1].append((part, part.id in chosen if is_typed else True))
    present = [outline.language_of(parts) for parts in state.files.values()]
    return {
        "sections": [section for section in sections if section[1]], "choices": language_choices(besides=present),
        "language": request.POST.get("language", ""), "how": request.POST.get("how", "empty"),
        "first_tag": outline.language_of(first), "first_name": language_name(outline.language_of(first)),
    }  # fmt: skip


def remove(request: HttpRequest, slug: str) -> HttpResponse:
    """GET shows what would be removed; POST removes a language, unless somebody changed it since."""
    issue = issue_or_404(slug)
    file = (request.POST if request.method == "POST" else request.GET).get("file", "")[:200]
    status, problem = 200, ""
    if request.method == "POST":
        try:
            languages.remove_language(actor_of(request), issue, file, head=asked_number(request, "head"))
        except EditConflictError:
            status, problem = 409, _("Somebody changed this language a moment ago. Nothing was removed. Look at the newest text.")
        except (LanguageError, SourceEditError) as fault:
            return show_languages(request, issue, 422, refusal_texts.refusal(fault))
        else:
            messages.success(request, _("The language is removed. You can get it back under “Revisions”."))
            return redirect("issue-languages", slug=issue.slug)
    state = issue_state.head(issue.pk)
    if file == ISSUE_FILE or file not in state.files:
        raise Http404
    parts = state.files[file]
    texts = [part for part in parts if outline.kind_of(part) in outline.TEXT_KINDS]
    lengths = [language_rows.length_of(readable(part.text)) for part in texts]
    return show_issue(
        request, issue, "console/issues/remove_language.html", "issue-languages", status, problem=problem, file=file,
        head=state.number, language=outline.language_of(parts), texts=texts, written_in=outline.language_of(parts),
        word_count=sum(length.word_count for length in lengths), characters=sum(length.character_count for length in lengths),
    )  # fmt: skip
