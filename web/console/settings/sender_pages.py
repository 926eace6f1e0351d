"""The senders: which there are, adding, confirming, changing and deleting them."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from campaigns import removing
from campaigns.models import Campaign
from campaigns.removing import RemovalRefusedError
from publication.models import Sender
from publication.senders import provider_checks, sender_confirmations, sender_list
from publication.senders.sender_list import LONGEST_ADDRESS, LONGEST_NAME, SenderError
from web.access import may_post
from web.console.console_page import actor_of
from web.console.settings.sections import show_settings
from web.texts import refusal_texts
from worker.wake import wake

NAMED = 5  # campaigns on the page that says why a sender cannot be deleted


def listing(request: HttpRequest) -> HttpResponse:
    senders = list(sender_list.ordered())
    return show_settings(request, "senders.html", senders=senders, default=senders[0] if senders else None)


def new(request: HttpRequest) -> HttpResponse:
    """GET asks for the address; POST adds the sender and asks for its confirmation."""
    given, problem = request.POST, ""
    if request.method == "POST":
        proof = Sender.Proof.DOMAIN if given.get("proof") == Sender.Proof.DOMAIN else Sender.Proof.MAIL
        try:
            made = sender_confirmations.add_unconfirmed(
                actor_of(request), _short(request, "email"), name=_short(request, "name"), reply_to=_short(request, "reply_to"),
                proof=proof, language=get_language() or "",
            )  # fmt: skip
        except SenderError as fault:
            problem = refusal_texts.refusal(fault)
        else:
            _wake(proof)
            messages.success(request, _("The sender %(email)s is added. It has to be confirmed.") % {"email": made.email})
            return redirect("settings-sender-one", sender_id=made.pk)
    return show_settings(
        request, "sender_new.html", 422 if problem else 200, given=given, problem=problem, longest_name=LONGEST_NAME,
        longest_address=LONGEST_ADDRESS,
    )  # fmt: skip


def sender_page(request: HttpRequest, sender_id: int) -> HttpResponse:
    """GET shows a sender; POST with `step` changes it, makes it the default, or asks for its confirmation."""
    if request.method == "POST" and not may_post(request):
        raise PermissionDenied
    sender = _sender_or_404(sender_id)
    if request.method != "POST":
        return _page(request, sender)
    step = request.POST.get("step", "")
    try:
        done = _take_step(request, sender, step)
    except SenderError as fault:
        return _page(request, _sender_or_404(sender_id), refusal_texts.refusal(fault), fault.code)
    if not done:
        return _page(request, sender, status=400)
    messages.success(request, done)
    return redirect("settings-sender-one", sender_id=sender.pk)


def _take_step(request: HttpRequest, sender: Sender, step: str) -> str:
    """Do what a button says; the text of what was done, empty for an unknown button. Raises SenderError."""
    actor = actor_of(request)
    match step:
        case "change":
            name, reply_to = _short(request, "name"), _short(request, "reply_to")
            seen = {"name": request.POST.get("stored.name", ""), "reply_to": request.POST.get("stored.reply_to", "")}
            new = {field: value for field, value in (("name", name), ("reply_to", reply_to)) if value != seen[field]}
            sender_list.change_sender(actor, sender, name=new.get("name"), reply_to=new.get("reply_to"), seen=seen)
            return _("The sender is stored.")
        case "default":
            sender_list.make_default(actor, sender)
            return _("%(email)s now sends the confirmations and the mails to staff.") % {"email": sender.email}
        case Sender.Proof.MAIL:
            sender_confirmations.ask_by_mail(actor, sender, language=get_language() or "")
            _wake(step)
            return _("A link is on its way to %(email)s.") % {"email": sender.email}
        case Sender.Proof.DOMAIN:
            sender_confirmations.ask_provider(actor, sender)
            _wake(step)
            return _("The provider is asked for its authenticated domains. Look at this page again in a few seconds.")
    return ""


def _wake(proof: str) -> None:
    wake("check_account" if proof == Sender.Proof.DOMAIN else "send_singles")


def _page(request: HttpRequest, sender: Sender, problem: str = "", code: str = "", *, status: int = 0) -> HttpResponse:
    typed = request.POST if request.POST.get("step") == "change" and problem else None
    return show_settings(
        request, "sender.html", status or (409 if code == "meanwhile" else 422 if problem else 200), sender=sender,
        problem=problem, name=typed.get("name", "") if typed else sender.name,
        reply_to=typed.get("reply_to", "") if typed else sender.reply_to, default=sender_list.default_sender(),
        is_link_valid=sender_confirmations.is_link_valid(sender), domain=sender_confirmations.domain_of(sender),
        check=provider_checks.latest(), campaigns=Campaign.objects.filter(sender=sender).count(),
        may_change=request.user.has_perm("publication.change_sender"), longest_name=LONGEST_NAME,
        longest_address=LONGEST_ADDRESS,
    )  # fmt: skip


def delete(request: HttpRequest, sender_id: int) -> HttpResponse:
    """GET says whether the sender can be deleted, else what prevents it; POST deletes it."""
    sender, problem = _sender_or_404(sender_id), ""
    if request.method == "POST":
        try:
            removing.delete_sender(actor_of(request), sender)
        except RemovalRefusedError as refused:
            problem = refusal_texts.refusal(refused)
        else:
            messages.success(request, _("The sender %(email)s is deleted.") % {"email": sender.email})
            return redirect("settings-sender")
    campaigns = Campaign.objects.filter(sender=sender).order_by("-pk")
    named = list(campaigns[:NAMED])
    return show_settings(
        request, "sender_delete.html", 422 if problem else 200, sender=sender, problem=problem, campaigns=named,
        more=campaigns.count() - len(named),
    )  # fmt: skip


def _sender_or_404(sender_id: int) -> Sender:
    sender = Sender.objects.filter(pk=sender_id).first()
    if sender is None:
        raise Http404
    return sender


def _short(request: HttpRequest, name: str) -> str:
    """A typed text, cut where it is too long for certain."""
    return request.POST.get(name, "").strip()[: LONGEST_ADDRESS + 1]
