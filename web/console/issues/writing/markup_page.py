"""The marks of the issue format on one page."""

from django.http import HttpRequest, HttpResponse

from web.console.console_page import show
from web.texts.issues import markup_texts


def marks(request: HttpRequest) -> HttpResponse:
    return show(request, "console/issues/markup.html", rows=markup_texts.COMMON + markup_texts.MORE)
