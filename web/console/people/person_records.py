"""A person's record as a whole: their data as they would get it, erasing it, and merging two records of one person."""

import json
from collections.abc import Sequence

from django.contrib import messages
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import get_supported_language_variant
from django.utils.translation import gettext as _

from campaigns.reporting import person_export, reports
from campaigns.reporting.person_page import render_page
from publication.installation import publication
from subscribers import addresses
from subscribers.consent import confirmations, erasing
from subscribers.consent.ledger import Proof
from subscribers.models import MailingList, Subscriber, Subscription
from subscribers.people import search
from subscribers.people.people_filter import LONGEST_TEXT, PeopleFilter
from subscribers.records import history, merging
from subscribers.records.merging import MergeError
from web.access import may_post
from web.console.console_page import actor_of, show
from web.console.people import erased_searches, people_rows, person_details
from web.console.people.person_forms import STAFF
from web.console.people.person_page import names_of, of_present_person
from web.texts import refusal_texts
from web.texts.people.shown_people import SEE_ADDRESSES
from web.whole_numbers import whole_number

CANDIDATES = 10  # records among which the second one is chosen


@of_present_person
def data(request: HttpRequest, person: Subscriber) -> HttpResponse:
    """Everything that is stored about the person, as they would get it; POST downloads it, which is on record."""
    actor = actor_of(request)
    if request.method != "POST":
        history.record_view(actor, person)
        export = person_export.export(person)
        return show(
            request, "console/people/data.html", person=person, may_download=may_post(request), export=export,
            **names_of(request, person),
        )  # fmt: skip
    document = person_export.hand_over(
        actor, person, source=STAFF, proof=Proof.STATEMENT, recorded_every=confirmations.RECORDED_EVERY
    )
    if request.POST.get("form") == "page":
        text, kind, ending = render_page(document, _language(person)), "text/html", "html"
    else:
        text = json.dumps(document, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)
        kind, ending = "application/json", "json"
    answer = HttpResponse(text, content_type=f"{kind}; charset=utf-8")
    answer.headers["Content-Disposition"] = f'attachment; filename="person-{person.pk}.{ending}"'
    return answer


def _language(person: Subscriber) -> str | None:
    """The person's language, if pages are translated into it, or that of the publication."""
    for language in (person.language, publication().language):
        try:
            return get_supported_language_variant(language)
        except LookupError:
            continue
    return None


@of_present_person
def erase(request: HttpRequest, person: Subscriber) -> HttpResponse:
    """Say what an erasure removes and what stays; erase if the address was typed. For accounts that see addresses."""
    typed, problem = request.POST.get("address", ""), ""
    may_see = request.user.has_perm(SEE_ADDRESSES)
    if request.method == "POST" and may_see:
        if addresses.key_of_spelling(typed) == bytes(person.address_key):
            erased = erasing.erase(actor_of(request), person, source=STAFF, proof=Proof.STATEMENT)
            erased_searches.forget_own(request)
            messages.success(request, _("The data of this person is erased."))
            for text in erased.places:
                messages.warning(request, _STILL_QUOTED[text.kind]() % {"name": text.name})
            return redirect("people-person", person_id=person.pk)
        problem = _("This is not the address of the person. Nothing was erased. Type the address that is shown above.")
    rows = Subscription.objects.filter(subscriber=person)
    return show(
        request, "console/people/erase.html", 422 if problem else 200, person=person, **names_of(request, person),
        may_see=may_see, problem=problem, typed=typed, lists=rows.exclude(state=Subscription.State.UNSUBSCRIBED).count(),
        mails=len(reports.of_person(person.pk)), merged=len(history.records_of(person)) - 1, longest=addresses.LONGEST,
    )  # fmt: skip


_STILL_QUOTED = {
    "segment": lambda: _("The segment “%(name)s” still quotes this person. Ask the administrator to change it."),
    "campaign": lambda: _("Campaign %(name)s still quotes this person in its segment. Make it a draft again, and change it."),
}


@of_present_person
def merge(request: HttpRequest, person: Subscriber) -> HttpResponse:
    """Find the other record, show both and what will happen, and merge them. The URL holds only the numbers of the records."""
    given = request.POST if request.method == "POST" else request.GET
    number = whole_number(given.get("other", ""))
    if number is None:
        return _choosing(request, person)
    other = get_object_or_404(Subscriber, pk=number)
    keep, gone = (other, person) if given.get("keep") == str(other.pk) else (person, other)
    problem = ""
    try:
        if request.method == "POST" and request.POST.get("sure") == "yes":
            done = merging.merge(actor_of(request), keep, gone)
            return _merged(request, done)
        if request.method == "POST" and request.POST.get("step") == "merge":
            problem = _("Tick the box if both records are the same person.")
        preview = merging.preview(keep, gone)
    except MergeError as refused:
        return _choosing(request, person, refusal_texts.refusal(refused))
    sides = [
        {"person": side, **names_of(request, side), "row": row, "is_kept": side.pk == keep.pk,
         "facts": person_details.facts(side) if request.user.has_perm(SEE_ADDRESSES) else [],
         "mails": len(reports.of_person(side.pk))}
        for side, row in zip((person, other), people_rows.rows(request, [person, other]), strict=True)
    ]  # fmt: skip
    details = {side["is_kept"]: {fact.label: fact.value for fact in side["facts"]} for side in sides}
    lost = [(label, value) for label, value in details[False].items() if value and details[True][label] not in ("", value)]
    return show(
        request, "console/people/merge.html", 422 if problem else 200, person=person, other=other, keep=keep, gone=gone,
        **names_of(request, person), kept=names_of(request, keep), ended=names_of(request, gone), sides=sides,
        preview=preview, filled=[person_details.label_of(name) for name in preview.filled], joined=_list_names(preview.joined),
        left=_list_names(preview.left), lost=lost, problem=problem,
    )  # fmt: skip


def _list_names(slugs: Sequence[str]) -> list[str]:
    return list(MailingList.objects.filter(slug__in=slugs).order_by("name").values_list("name", flat=True))


def _merged(request: HttpRequest, done: merging.MergedRecords) -> HttpResponse:
    messages.success(request, _("The two records are one now. Mail goes to the address of this one only."))
    if done.suppressed:
        messages.warning(request, _("The other address stays suppressed. If the person wants no mail at all, unsubscribe them."))
    for text in done.places:
        messages.warning(request, _STILL_QUOTED[text.kind]() % {"name": text.name})
    return redirect("people-person", person_id=done.kept)


def _choosing(request: HttpRequest, person: Subscriber, problem: str = "") -> HttpResponse:
    """The form that finds the other record, with the records found. A single one is compared at once."""
    typed = request.POST.get("text", "").strip()[:LONGEST_TEXT]
    candidates: list[Subscriber] = []
    if typed:
        exact = search.by_address(typed) if "@" in typed else None
        may_see = request.user.has_perm(SEE_ADDRESSES)  # without it only a complete address is answered, as in the search
        alike = search.page(PeopleFilter(text=typed), size=CANDIDATES + 1).people if may_see else ()
        candidates = [other for other in dict.fromkeys([*([exact] if exact else []), *alike]) if other.pk != person.pk][
            :CANDIDATES
        ]
    if len(candidates) == 1 and not problem:
        return redirect(f"/console/subscribers/{person.pk}/merge/?other={candidates[0].pk}")
    return show(
        request, "console/people/merge_choose.html", 422 if problem else 200, person=person, **names_of(request, person),
        typed=typed, problem=problem, rows=people_rows.rows(request, candidates),
    )  # fmt: skip
