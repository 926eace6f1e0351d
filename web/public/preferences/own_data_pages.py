"""/d/<token>/export, /d/<token>/export.json, /d/<token>/erase: a person's own data to read, to take along, and to erase."""

import json

from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse

from campaigns.reporting import person_export
from publication import audit
from subscribers.consent import confirmations, erasing
from subscribers.consent.ledger import Proof
from web.public.links.link_page import in_chosen_language, show, unknown_link
from web.public.preferences import person_link, preference_form

SOURCE = "private page"


@in_chosen_language
def export(request: HttpRequest, token: str) -> HttpResponse:
    """Everything that is stored about the person, to read. It writes nothing: only the download is recorded."""
    link = person_link.private(token)
    if link is None:
        return unknown_link()
    document, zone = person_export.export(link.person), preference_form.zone_of(link.person)
    return show("public/export.html", link=link, export=document, zone=zone)


def download(request: HttpRequest, token: str) -> HttpResponse:
    """The same as JSON. A POST, so that the consent ledger can hold that the data was handed out, and when."""
    link = person_link.private(token)
    if link is None or not link.fits(request.POST):
        return unknown_link()
    document = person_export.hand_over(
        audit.subscriber(), link.person,
        source=SOURCE, proof=Proof.PRIVATE_LINK, recorded_every=confirmations.RECORDED_EVERY,
    )  # fmt: skip
    text = json.dumps(document, cls=DjangoJSONEncoder, ensure_ascii=False, indent=2)
    answer = HttpResponse(text, content_type="application/json; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="my-data.json"'
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["X-Robots-Tag"] = "noindex"
    answer.headers["Referrer-Policy"] = "no-referrer"
    return answer


@in_chosen_language
def erase(request: HttpRequest, token: str) -> HttpResponse:
    """Says what erasing means; the box and the button erase. A second press finds nobody, as any link of an erased person."""
    link = person_link.private(token)
    if link is None:
        return unknown_link()
    posted = request.method == "POST"
    fits = posted and link.fits(request.POST)
    if not fits or request.POST.get("sure") != "yes":
        return show("public/erase.html", status=422 if fits else 200, link=link, stale=posted and not fits, unsure=fits)
    erasing.erase(audit.subscriber(), link.person, source=SOURCE, proof=Proof.PRIVATE_LINK)
    return show("public/erased.html")
