"""The step of an import that asks for its list, which may be a new one, and for the consent of its people."""

from collections.abc import Mapping

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from subscribers.consent import measuring_consent
from subscribers.errors import CsvFileError, InputError
from subscribers.importing.runs import import_runs
from subscribers.importing.runs.import_runs import ImportRunError
from subscribers.models import ImportRun, MailingList
from web.console.console_page import actor_of, show
from web.console.people import typed_consent
from web.console.people_imports.run_pages import run_or_404
from web.texts import refusal_texts
from web.texts.people import import_row_texts, input_faults
from web.whole_numbers import whole_number
from worker.wake import wake

NEW_LIST = "new"
LONGEST_NAME = 200
_FIELDS = ("list", "new_list", "new_slug", "same", "where", "day", "document", "consent", "despite_left", "measuring_document")
_MOST_EARLIER = 20  # statements of earlier imports
# The faults of a new list, and the fields that they are about.
_OF_NEW_LIST = {"list_name_taken": "new_list", "name": "new_list", "slug": "new_slug", "slug_taken": "new_slug"}


_OF_FILE = {"consent": "where", "list": "list", "measuring": "measuring_document"}


def consent(request: HttpRequest, run_id: int) -> HttpResponse:
    """GET asks for the list and where the people agreed; POST lets the worker check what would change."""
    run = run_or_404(run_id)
    if run.state != ImportRun.State.DRAFT:
        return redirect("people-import", run_id=run.pk)
    if not run.choices.get("columns"):
        return redirect("people-import-columns", run_id=run.pk)
    if request.method != "POST":
        typed = {
            "list": str(run.list_id or _only_list() or ""), "consent": run.consent, "despite_left": run.despite_left,
            "measuring_document": run.measuring_document,
        }  # fmt: skip
        return _page(request, run, typed)
    typed = {name: request.POST.get(name, "")[:5000].strip() for name in _FIELDS}
    faults: dict[str, str] = {}
    statement, new_list = _statement(typed, faults), _new_list(request, typed, faults)
    if faults:
        return _page(request, run, typed, faults=faults)
    number = whole_number(typed["list"])
    mailing_list = MailingList.objects.filter(pk=number).first() if number is not None else None
    try:
        import_runs.choose_list(
            actor_of(request), run, mailing_list, statement, typed["despite_left"], new_list=new_list, new_slug=typed["new_slug"],
            measuring_document=typed["measuring_document"],
        )  # fmt: skip
    except CsvFileError as fault:
        if fault.code in _OF_FILE:
            return _page(request, run, typed, faults={_OF_FILE[fault.code]: refusal_texts.refusal(fault)})
        return _page(request, run, typed, refusal_texts.refusal(fault))
    except ImportRunError as fault:
        return _page(request, run, typed, refusal_texts.refusal(fault))
    except InputError as fault:
        if new_list and fault.code in _OF_NEW_LIST:
            return _page(request, run, typed, faults={_OF_NEW_LIST[fault.code]: input_faults.text(fault)})
        return _page(request, run, typed, import_row_texts.row_fault("text", fault.message, fault.hint))
    wake("import_people")
    return redirect("people-import", run_id=run.pk)


def _statement(typed: Mapping[str, str], faults: dict[str, str]) -> str:
    """The consent in one text. The place is needed; a day alone says nothing."""
    if typed["same"]:
        earlier = ImportRun.objects.filter(pk=whole_number(typed["same"]) or 0, dry_run=False).exclude(consent="").first()
        if earlier is None or str(earlier.list_id) != typed["list"]:
            faults["same"] = _("That import was into another list. Choose one into this list, or write where they agreed.")
            return ""
        return earlier.consent
    if not typed["where"]:
        return typed["consent"]
    day = typed_consent.read_when(typed["day"], faults) if typed["day"] else ""
    separator = ", " if import_row_texts.is_english() else "，"
    return separator.join(filter(None, (typed["where"], day, typed["document"])))


def _earlier_statements() -> list[ImportRun]:
    """The last imports with each statement of each list."""
    runs = ImportRun.objects.select_related("list").filter(dry_run=False, list__isnull=False).exclude(consent="")
    last: dict[tuple[int | None, str], ImportRun] = {}
    for run in runs.order_by("-pk")[:200]:
        last.setdefault((run.list_id, run.consent), run)
    return [*last.values()][:_MOST_EARLIER]


def _new_list(request: HttpRequest, typed: Mapping[str, str], faults: dict[str, str]) -> str:
    """The name of the list that is to be created; empty for one that is here."""
    if typed["list"] != NEW_LIST or not request.user.has_perm("subscribers.add_mailinglist"):
        return ""
    if not typed["new_list"]:
        faults["new_list"] = _("Write the name of the new list.")
    elif len(typed["new_list"]) > LONGEST_NAME:
        faults["new_list"] = _("Write at most %(most)s characters.") % {"most": LONGEST_NAME}
    return typed["new_list"]


def _only_list() -> int | None:
    """The list of a publication that has one."""
    numbers = MailingList.objects.values_list("pk", flat=True)[:2]
    return numbers[0] if len(numbers) == 1 else None


def _page(
    request: HttpRequest, run: ImportRun, typed: Mapping[str, str], problem: str = "", faults: Mapping[str, str] | None = None
) -> HttpResponse:
    lists = MailingList.objects.order_by("name", "pk")
    return show(
        request, "console/people_imports/consent.html", 422 if problem or faults else 200, run=run, typed=typed, problem=problem,
        faults=faults or {}, lists=lists, earlier=_earlier_statements(), longest_name=LONGEST_NAME,
        asks_measuring=measuring_consent.is_offered() or bool(typed.get("measuring_document")),
    )  # fmt: skip
