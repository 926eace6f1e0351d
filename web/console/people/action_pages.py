"""Actions on many people: whom they mean, what to do, the number to confirm, progress, and the report."""

from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from publication import audit
from subscribers import attributes
from subscribers.errors import InputError
from subscribers.models import MailingList, PeopleAction
from subscribers.people import actions, export_files, exporting, search
from subscribers.people.actions import Kind, PeopleActionError
from subscribers.people.people_filter import PeopleFilter
from subscribers.segments.grammar import SegmentError
from web.console.console_page import actor_of, show
from web.console.people import chosen_people, people_filters, people_rows
from web.texts import refusal_texts, stored_texts
from web.texts.people import input_faults, people_action_texts
from web.whole_numbers import whole_number
from worker.wake import wake

_KINDS = (Kind.UNSUBSCRIBE, Kind.SET_FIELD, Kind.ADD_TO_LIST, Kind.EXPORT, Kind.ERASE)
SAMPLE = 5  # people who are shown before an action


class _FormError(Exception):
    """What a form lacks, in words."""


def choose(request: HttpRequest) -> HttpResponse:
    """Keep the ticked people of a page, or everybody found, and lead to the choice of what to do with them."""
    asked, problems = people_filters.read(request, request.POST)
    ids = tuple(number for text in request.POST.getlist("person") if (number := whole_number(text)) is not None)
    if problems or not (ids or request.POST.get("all")):
        messages.error(request, problems[0] if problems else _("Tick the people whom you mean, or choose everybody found."))
        return redirect(f"/console/subscribers/?{people_filters.query_string(request.POST)}")
    number = chosen_people.keep(request, asked if request.POST.get("all") else PeopleFilter(ids=ids))
    return redirect(f"/console/subscribers/actions/new/?people={number}")


def new(request: HttpRequest) -> HttpResponse:
    """GET asks what to do with the chosen people, and says for how many; POST begins it."""
    given = request.POST if request.method == "POST" else request.GET
    if (begun := actions.begun(chosen_people.token_of(request, given.get("people", "")))) is not None:
        return redirect("people-action", action_id=begun.pk)
    asked = chosen_people.of_number(request, given.get("people", ""))
    if asked is None:
        messages.error(request, _("This choice of people is not known any more. Choose them again."))
        return redirect("people")
    kind = given.get("kind", "")
    if kind not in Kind:
        kind = Kind.UNSUBSCRIBE
    fault, status = "", 200
    try:
        total = actions.count(asked)
        if request.method == "POST":
            return _begin(request, kind, asked, total)
    except SegmentError as problem:
        total, fault, status = 0, stored_texts.segment_fault(problem), 422
    except PeopleActionError as refused:
        fault, status = refusal_texts.refusal(refused), 422
    except _FormError as missing:
        fault, status = str(missing), 422
    except InputError as problem:
        fault, status = input_faults.text(problem), 422
    return show(
        request, "console/people/action_new.html", status, kind=kind, kinds=_KINDS, total=total, fault=fault, typed=given,
        sample=people_rows.rows(request, search.page(asked, size=SAMPLE).people), people=given.get("people", ""),
        lists=MailingList.objects.order_by("name", "id"), fields=people_action_texts.fields(attributes.declarations()),
        columns=people_action_texts.columns(), ticked=given.getlist("column") or exporting.DEFAULT,
        may_be_xlsx=total <= exporting.MOST_IN_XLSX,
    )  # fmt: skip


def _begin(request: HttpRequest, kind: str, asked: PeopleFilter, total: int) -> HttpResponse:
    """Begin what the form says. Raises _FormError, PeopleActionError, InputError."""
    confirmed = whole_number(request.POST.get("confirmed", ""))
    if kind == Kind.ERASE and whole_number(request.POST.get("typed", "").strip()) != total:
        raise _FormError(_("Type the number %(total)s to confirm.") % {"total": total})
    action = actions.begin(
        actor_of(request),
        kind, asked, _parameters(kind, request.POST), confirmed=-1 if confirmed is None else confirmed,
        token=chosen_people.token_of(request, request.POST.get("people", "")),
    )  # fmt: skip
    wake("change_people")
    return redirect("people-action", action_id=action.pk)


def _parameters(kind: str, given: QueryDict) -> dict[str, Any]:
    """The parameters that the form of this kind has. Raises _FormError."""
    list_id = whole_number(given.get("list", ""))
    if list_id is not None and not MailingList.objects.filter(pk=list_id).exists():
        raise _FormError(_("Choose a list."))
    match Kind(kind):
        case Kind.UNSUBSCRIBE:
            return {"list_id": list_id, "reason": given.get("reason", "")}
        case Kind.SET_FIELD:
            return {"field": given.get("field", ""), "value": given.get("value", "")}
        case Kind.ADD_TO_LIST:
            if list_id is None:
                raise _FormError(_("Choose a list."))
            consent = given.get("consent", "")
            if given.get("how") != "mail" and not consent.strip():
                raise _FormError(_("Say where and when these people agreed, and in which document; or ask them by mail."))
            return {"list_id": list_id, "consent": "" if given.get("how") == "mail" else consent}
        case Kind.EXPORT:
            columns, file_format = given.getlist("column"), given.get("format", "")
            if not columns:
                raise _FormError(_("Choose at least one column."))
            labels = people_action_texts.columns()
            return {
                "columns": columns, "format": file_format if file_format in exporting.FORMATS else exporting.XLSX,
                "headings": {code: labels.get(code, code) for code in columns}, "terms": people_action_texts.terms(),
            }  # fmt: skip
        case Kind.ERASE:
            return {}


def action(request: HttpRequest, action_id: int) -> HttpResponse:
    """One action: how far it is, and at its end what came of it."""
    running = get_object_or_404(PeopleAction.objects.select_related("actor"), pk=action_id)
    return show(
        request, "console/people/action.html", action=running, moves=running.state in ("waiting", "running"),
        sentence=people_action_texts.sentence(running),
        left_out=[(people_action_texts.reason(code), count) for code, count in sorted(running.left_out.items())],
        still_quoted=people_action_texts.still_quoted(running),
    )  # fmt: skip


def download(request: HttpRequest, action_id: int) -> HttpResponseBase:
    """The file of an export, on record."""
    export = get_object_or_404(PeopleAction, pk=action_id)
    if (path := export_files.path_of(export)) is None:
        messages.error(request, _("This file is not kept any more. Export again."))
        return redirect("people-action", action_id=export.pk)
    if request.method != "HEAD":
        audit.record(actor_of(request), "download_people", export)
    return FileResponse(path.open("rb"), as_attachment=True, filename=f"subscribers-{export.pk}.{export.parameters['format']}")


def listing(request: HttpRequest) -> HttpResponse:
    """The last actions, newest first."""
    recent = PeopleAction.objects.select_related("actor").order_by("-id")[:100]
    lines = [(recorded, people_action_texts.sentence(recorded)) for recorded in recent]
    return show(request, "console/people/actions.html", lines=lines)
