"""/q/<token>/<question>/<answer>: an answer to a question in a mail. GET shows a page with one button, and only it answers.

Mail filters follow every link, but press no button. The token names the campaign and the recipient.
"""

from typing import Any

from django.http import HttpRequest, HttpResponse

from campaigns.audience import audience_variants
from campaigns.models import MailQuestion
from campaigns.questions import answers, questions
from campaigns.questions.answers import Given
from config.public_urls import READERS_TOKEN, TEST_TOKEN
from subscribers import tokens
from subscribers.consent import merged_records
from subscribers.models import Subscriber
from web.public.links import form_token
from web.public.links.link_page import in_chosen_language, show, unknown_link

PURPOSE = "answer"


@in_chosen_language
def answer(request: HttpRequest, token: str, question: str, number: int) -> HttpResponse:
    if token == TEST_TOKEN:
        return show("public/test_mail.html")
    if token == READERS_TOKEN:
        return show("public/not_asked.html")
    claims = tokens.read(tokens.Purpose.ANSWER, token)
    asked = questions.find(claims.scope, question) if claims else None
    named = answers.is_named(asked.campaign, claims.subject) if claims and asked else None
    if claims is None or asked is None or named is None:
        return unknown_link()
    texts = _texts(asked, claims.subject)
    if not 1 <= number <= len(texts["answers"]):
        return unknown_link()
    chosen = {"token": token, "name": question, "number": number, "texts": texts, "closes_at": questions.closes_at(asked)}
    if not questions.is_open(asked):
        return _closed(request, asked, chosen)
    if request.method != "POST":
        return _page(asked, chosen, named)
    return _give(request, asked, claims.subject, chosen, named)


def _give(request: HttpRequest, question: MailQuestion, recipient_id: int, chosen: dict[str, Any], named: bool) -> HttpResponse:
    """Store the answer if the form is one of ours, and if it says what is still true about the person's name."""
    if not form_token.fits(PURPOSE, _marked(chosen, named), request.POST.get(form_token.FIELD, "")):
        return _page(question, chosen, named, stale=True)
    match answers.give(question, recipient_id, chosen["number"], named=named):
        case Given.STORED:
            return show("public/answered.html", **_shown(question, chosen))
        case Given.OTHERWISE:
            return _page(question, chosen, not named, stale=True)
        case Given.ERASED:
            return unknown_link()
        case Given.CLOSED:
            return _closed(request, question, chosen)


def _page(question: MailQuestion, chosen: dict[str, Any], named: bool, *, stale: bool = False) -> HttpResponse:
    form = form_token.make(PURPOSE, _marked(chosen, named))
    return show("public/answer.html", form=form, stale=stale, named=named, **_shown(question, chosen))


def _closed(request: HttpRequest, question: MailQuestion, chosen: dict[str, Any]) -> HttpResponse:
    status = 409 if request.method == "POST" else 200
    return show("public/not_asked.html", status=status, is_closed=True, **_shown(question, chosen))


def _marked(chosen: dict[str, Any], named: bool) -> str:
    """What the form is made for: this answer of this person, and what the page said about their name."""
    return f"{chosen['token']}/{chosen['name']}/{chosen['number']} {'with' if named else 'without'} name"


def _shown(question: MailQuestion, chosen: dict[str, Any]) -> dict[str, Any]:
    texts = list(enumerate(chosen["texts"]["answers"], start=1))
    others = [(number, text) for number, text in texts if number != chosen["number"]]
    return chosen | {
        "chosen": dict(texts)[chosen["number"]], "others": others, "lists": list(question.campaign.lists.order_by("id")),
    }  # fmt: skip


def _texts(question: MailQuestion, recipient_id: int) -> dict[str, Any]:
    """The question in the language of the recipient's mail."""
    person = Subscriber.objects.get(pk=merged_records.current_id(recipient_id))
    number = audience_variants.of_person(question.campaign, person, recipient_id)
    language = question.campaign.version.variants.filter(number=number).values_list("language", flat=True).first()
    return questions.texts_in(question, language or "")
