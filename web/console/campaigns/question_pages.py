"""Closing a question to readers before its time, and showing its counts in the archive."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from campaigns.questions import questions
from web.console.console_page import actor_of, campaign_or_404, show


def close(request: HttpRequest, campaign_id: int, question: str) -> HttpResponse:
    """The question with what closing it means; POST closes it."""
    campaign = campaign_or_404(campaign_id)
    asked = questions.find(campaign.pk, question)
    if asked is None:
        raise Http404
    if request.method != "POST":
        texts = questions.texts_in(asked, get_language() or "")
        is_open = questions.is_open(asked)
        return show(request, "console/close_question.html", campaign=campaign, texts=texts, is_open=is_open)
    if questions.close(actor_of(request), campaign, question):
        messages.success(request, _("The question is closed. Its counts stay in the report."))
    else:
        messages.error(request, _("This question was closed before."))
    return redirect("campaign-report", campaign_id=campaign.pk)


def show_in_archive(request: HttpRequest, campaign_id: int, question: str) -> HttpResponse:
    """POST lets the archive show the counts of a closed question, or not any more."""
    campaign, shown = campaign_or_404(campaign_id), request.POST.get("shown") == "1"
    if not questions.show_in_archive(actor_of(request), campaign, question, shown=shown):
        messages.error(request, _("Counts can be shown in the archive once the question is closed."))
    elif shown:
        messages.success(request, _("The archive shows the counts beside the issue."))
    else:
        messages.success(request, _("The archive shows the counts no more."))
    return redirect("campaign-report", campaign_id=campaign.pk)
