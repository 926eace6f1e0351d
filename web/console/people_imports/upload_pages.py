"""The list of imports, and the form on which one begins: a file, or rows that are pasted."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from subscribers.errors import CsvFileError
from subscribers.importing.runs import corrected_rows, corrections, import_runs, kept_files
from subscribers.models import ImportRun
from web.console.console_page import actor_of, show
from web.console.people_imports.seen_runs import as_seen
from web.texts import refusal_texts
from web.texts.people import people_import_texts
from web.whole_numbers import whole_number

_PAGE = 25
LONGEST_PASTED = 5_000_000  # characters


def listing(request: HttpRequest) -> HttpResponse:
    """The imports, the newest first."""
    after = whole_number(request.GET.get("after", ""))
    runs = ImportRun.objects.select_related("list", "actor").order_by("-pk")
    shown = list((runs if after is None else runs.filter(pk__lt=after))[: _PAGE + 1])
    handled = corrected_rows.handled_in(*shown)
    rows = [
        (as_seen(request, run), people_import_texts.state(run), run.refused_count - len(handled[run.pk].lines),
         corrections.is_set_aside(run, handled[run.pk].lines), run.choices.get("follows"))
        for run in shown[:_PAGE]
    ]  # fmt: skip
    return show(
        request, "console/people_imports/list.html", rows=rows, after=after,
        following=shown[_PAGE - 1].pk if len(shown) > _PAGE else None,
    )  # fmt: skip


def upload_form(request: HttpRequest, problem: str = "", status: int = 200, pasted: str = "") -> HttpResponse:
    return show(
        request, "console/people_imports/new.html", status, problem=problem, pasted=pasted, size=kept_files.LARGEST // 10**6
    )  # fmt: skip


def upload(request: HttpRequest) -> HttpResponse:
    """Keep the file, and ask what its columns are."""
    file, pasted = request.FILES.get("file"), request.POST.get("pasted", "")[:LONGEST_PASTED]
    if file is None and not pasted.strip():
        return upload_form(request, _("Choose a file, or paste rows."), 422)
    actor = actor_of(request)
    try:
        if file is not None:
            run = import_runs.begin(actor, file.chunks(), str(file.name))
        else:
            run = import_runs.begin(actor, [pasted.strip("\r\n").encode()], _("pasted rows"))
    except CsvFileError as fault:
        return upload_form(request, refusal_texts.refusal(fault), 422, pasted)
    return redirect("people-import-columns", run_id=run.pk)
