"""Actions on many people: whom they mean, what to do, the number to confirm, progress, and the report."""

import re
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpRequest, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _

from publication import audit, clock
from publication.installation import publication
from subscribers import attributes
from subscribers.errors import InputError
from subscribers.models import MailingList, PeopleAction
from subscribers.people import actions, export_files, exporting, search
from subscribers.people.actions import Kind, PeopleActionError
from subscribers.people.people_filter import Chosen, PeopleFilter
from subscribers.segments.grammar import SegmentError
from web.console.console_page import actor_of, show
from web.console.people import chosen_people, people_filters, people_rows, person_details
from web.console.people.person_details import DetailField
from web.texts import refusal_texts, stored_texts
from web.texts.people import input_faults, people_action_texts
from web.texts.people.shown_people import SEE_ADDRESSES
from web.whole_numbers import whole_number
from worker.wake import wake

_KINDS = (Kind.EXPORT, Kind.ADD_TO_LIST, Kind.SET_FIELD, Kind.UNSUBSCRIBE, Kind.ERASE)  # the harmless one first
SAMPLE = 5  # people who are shown before an action
MANY = 20  # people; of more, an unsubscribe asks for their number
MOST_TICKED = 5_000  # people, whose ids are kept in the session
EVERY_LIST = "all"
_NOT_IN_FILE_NAMES = re.compile(r'[\\/:*?"<>|\s\x00-\x1f]+')
EVERYBODY = "all"  # the value of the button that exports all results; the other one exports the ticked people


class _FormError(Exception):
    """What a form lacks, in words."""


def choose(request: HttpRequest) -> HttpResponse:
    """Keep the ticked people of a page, or everybody found, and lead to the choice of what to do with them.

    An export leads to its own form, and means the ticked people or everybody found, as its button says.
    """
    asked, problems, _typed = people_filters.read(request, request.POST)
    ids = _ticked(request.POST)
    exports = request.POST.get("export", "")
    everybody = bool(request.POST.get("all")) or exports == EVERYBODY
    back = people_filters.query_string(request.POST)
    if problems or not (ids or everybody):
        messages.error(request, problems[0] if problems else _("Select people first, or use the actions for all results."))
        return redirect(f"/console/subscribers/?{back}")
    if len(ids) > MOST_TICKED:
        messages.error(request, _("Too many people are selected. Use conditions and the actions for all results instead."))
        return redirect(f"/console/subscribers/?{back}")
    number = chosen_people.keep(request, asked if everybody else PeopleFilter(ids=ids), back=back)
    kind = f"&kind={Kind.EXPORT}" if exports else ""
    return redirect(f"/console/subscribers/actions/new/?people={number}{kind}")


def _ticked(given: QueryDict) -> tuple[int, ...]:
    """The people who are ticked on this page, and those of other pages, whose ids a script keeps and sends in one field."""
    texts = (*given.getlist("person"), *given.get("ticked", "").split(","))
    return tuple(dict.fromkeys(number for text in texts if (number := whole_number(text)) is not None))


def new(request: HttpRequest) -> HttpResponse:
    """GET asks what to do with the chosen people, and says for how many; POST begins it."""
    given = request.POST if request.method == "POST" else request.GET
    if (begun := actions.begun(chosen_people.token_of(request, given.get("people", "")))) is not None:
        return redirect("people-action", action_id=begun.pk)
    asked = chosen_people.of_number(request, given.get("people", ""))
    if asked is None:
        messages.error(request, _("This choice of people is not known any more. Choose them again."))
        return redirect("people")
    kind = given.get("kind", "") if given.get("kind", "") in Kind else ""
    fault, status, sample, now = "", 200, [], Chosen(0, None)
    try:
        now = actions.chosen(asked, kind)
        sample = people_rows.rows(request, search.page(asked, size=SAMPLE).people)
        if request.method == "POST":
            return _begin(request, kind, asked, now.total)
    except SegmentError as problem:
        fault, status = stored_texts.segment_fault(problem), 422
    except PeopleActionError as refused:
        fault, status = refusal_texts.refusal(refused), 422
    except _FormError as missing:
        fault, status = str(missing), 422
    except InputError as problem:
        fault, status = input_faults.text(problem), 422
    return show(
        request, "console/people/action_new.html", status, kind=kind, kinds=_KINDS, **now._asdict(), fault=fault, typed=given,
        sample=sample, is_ticked=bool(asked.ids), people=given.get("people", ""),
        lists=MailingList.objects.order_by("name", "id"), fields=people_action_texts.fields(attributes.declarations()),
        columns=people_action_texts.columns(), ticked=given.getlist("column") or _usual_columns(),
        may_be_xlsx=now.total <= exporting.MOST_IN_XLSX, asks_number=_asks_number(kind, now.total),
        value_fields=_value_fields(given, fault) if kind == Kind.SET_FIELD else [], zones=person_details.zones(),
        back=f"/console/subscribers/?{chosen_people.back(request, given.get('people', ''))}",
    )  # fmt: skip


def _usual_columns() -> list[str]:
    """The columns of an export that are ticked at first: who it is, and all attributes."""
    return ["email", "name", *(column.code for column in exporting.columns() if column.kind == "attribute")]


def _asks_number(kind: str, total: int) -> bool:
    """Whether the number of people must be typed."""
    return kind == Kind.ERASE or (kind == Kind.UNSUBSCRIBE and total > MANY)


def _value_fields(given: QueryDict, fault: str) -> list[DetailField]:
    """The input for a value of the chosen field; none if no field is chosen, or it does not exist any more."""
    field = person_details.field_for_many(given.get("field", ""), given.getlist("value"))
    return [replace(field, fault=fault)] if field else []


def _begin(request: HttpRequest, kind: str, asked: PeopleFilter, total: int) -> HttpResponse:
    """Begin what the form says. Raises _FormError, PeopleActionError, InputError."""
    if not kind:
        raise _FormError(_("Choose what to do."))
    confirmed, parameters = whole_number(request.POST.get("confirmed", "")), _parameters(kind, request.POST)
    if _asks_number(kind, total) and whole_number(request.POST.get("typed", "").strip()) != total:
        raise _FormError(_("Type the number %(total)s to confirm.") % {"total": total})
    action = actions.begin(
        actor_of(request),
        kind, asked, parameters, confirmed=-1 if confirmed is None else confirmed, digest=request.POST.get("digest"),
        token=chosen_people.token_of(request, request.POST.get("people", "")),
    )  # fmt: skip
    wake("change_people")
    return redirect("people-action", action_id=action.pk)


def _parameters(kind: str, given: QueryDict) -> dict[str, Any]:
    """The parameters that the form of this kind has. Raises _FormError, InputError."""
    match Kind(kind):
        case Kind.UNSUBSCRIBE:
            list_id = None if given.get("list") == EVERY_LIST else _list_of(given, _("Choose a list, or all lists."))
            if not given.get("reason", "").strip():
                raise _FormError(_("Give the reason: who asked for it, when and how."))
            return {"list_id": list_id, "reason": given.get("reason", "")}
        case Kind.SET_FIELD:
            return _field_and_value(given)
        case Kind.ADD_TO_LIST:
            list_id, consent = _list_of(given, _("Choose a list.")), given.get("consent", "")
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
                "sheet": _("Exported people"),
            }  # fmt: skip
        case Kind.ERASE:
            return {}


def _list_of(given: QueryDict, otherwise: str) -> int:
    """The chosen list. Raises _FormError."""
    list_id = whole_number(given.get("list", ""))
    if list_id is None or not MailingList.objects.filter(pk=list_id).exists():
        raise _FormError(otherwise)
    return list_id


def _field_and_value(given: QueryDict) -> dict[str, Any]:
    """The parameters of a change of one field. No value is one only if its box says so. Raises _FormError, InputError."""
    field, removes = given.get("field", ""), given.get("remove") == "1"
    if not field:
        raise _FormError(_("Choose what to change."))
    value = person_details.value_for_many(field, given.getlist("value"))
    if value in ("", []) and not removes:
        raise _FormError(_("Give the new value, or tick “Clear the value”."))
    if value not in ("", []) and removes:
        raise _FormError(_("There is a new value, and “Clear the value” is ticked. Use only one of them."))
    return {"field": field, "value": value}


def action(request: HttpRequest, action_id: int) -> HttpResponse:
    """One action: how far it is, and at its end what came of it."""
    running = get_object_or_404(PeopleAction.objects.select_related("actor"), pk=action_id)
    return show(
        request, "console/people/action.html", action=running, moves=running.state in ("waiting", "running"),
        sentence=people_action_texts.sentence(running), done=people_action_texts.done(running),
        typed=people_action_texts.typed(running) if request.user.has_perm(SEE_ADDRESSES) else [],
        left_out=[(people_action_texts.reason(code), count) for code, count in sorted(running.left_out.items())],
        still_quoted=people_action_texts.still_quoted(running), failure=people_action_texts.failure(running.error),
    )  # fmt: skip


def download(request: HttpRequest, action_id: int) -> HttpResponseBase:
    """The file of an export, on record."""
    export = get_object_or_404(PeopleAction, pk=action_id)
    if (path := export_files.path_of(export)) is None:
        messages.error(request, _("This file is not kept any more. Export again."))
        return redirect("people-action", action_id=export.pk)
    if request.method != "HEAD":
        audit.record(actor_of(request), "download_people", export)
    return FileResponse(path.open("rb"), as_attachment=True, filename=_file_name(export))


def _file_name(export: PeopleAction) -> str:
    """`people-LIST-DAY.xlsx` in the language of the account; without the list's name, if it was not the people of a list."""
    day = clock.in_zone(export.created_at, publication().zone).date().isoformat()
    name = MailingList.objects.filter(slug=export.parameters["scope"]).values_list("name", flat=True).first() or ""
    parts = (_("people"), _NOT_IN_FILE_NAMES.sub("-", name).strip("-. "), day)
    return f"{'-'.join(filter(None, parts))}.{export.parameters['format']}"


def listing(request: HttpRequest) -> HttpResponse:
    """The last actions, newest first."""
    recent = PeopleAction.objects.select_related("actor").order_by("-id")[:100]
    lines = [(recorded, people_action_texts.sentence(recorded), people_action_texts.result(recorded)) for recorded in recent]
    return show(request, "console/people/actions.html", lines=lines)
