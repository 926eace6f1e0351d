"""/sender/<token>/: the link that is mailed to the address of a sender. It shows a form; only the form's button confirms."""

from django.http import HttpRequest, HttpResponse

from publication.senders import sender_confirmations
from publication.senders.sender_list import SenderError
from web.public.links import form_token
from web.public.links.link_page import in_chosen_language, show, unknown_link

PURPOSE = "sender"


@in_chosen_language
def confirm(request: HttpRequest, token: str) -> HttpResponse:
    sender = sender_confirmations.find_waiting(token)
    if sender is None:
        return unknown_link()
    posted = request.method == "POST"
    if not posted or not form_token.fits(PURPOSE, token, request.POST.get(form_token.FIELD, "")):
        form = form_token.make(PURPOSE, token)
        return show("public/sender.html", token=token, sender=sender, stale=posted, form=form)
    try:
        confirmed = sender_confirmations.confirm_by_link(token)
    except SenderError:  # somebody else pressed the button at the same moment, or the sender was deleted
        return unknown_link()
    return show("public/sender.html", sender=confirmed, is_confirmed=True)
