"""Creating a list, changing its settings, and deleting it; the form that other sites embed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from campaigns import removing
from campaigns.models import Campaign
from campaigns.removing import RemovalRefusedError
from config import public_urls
from config.env import INTERFACE_LANGUAGES
from publication import audit, clock
from publication.installation import publication
from publication.reader_texts import ReaderText
from subscribers import mailing_lists
from subscribers.errors import InputError
from subscribers.models import MailingList
from subscribers.people import list_counts
from subscribers.sign_up import embedded_form
from web.console.console_page import actor_of, show
from web.console.lists import reader_text_inputs, shown_values
from web.console.lists.list_pages import list_or_404
from web.texts import refusal_texts
from web.texts.language_names import language_choices
from web.texts.people import input_faults

LONGEST = {"name": 200, "description": 2000}
DOUBLED = timedelta(minutes=1)  # a list of the same name that was made since is this form's: its button was pressed twice
NAMED = 5  # campaigns on the page that says why a list cannot be deleted


@dataclass(frozen=True)
class ListForm:
    """The settings of a list as a form has them: stored, or as they were typed. `texts`: by language."""

    slug: str = ""
    name: str = ""
    description: str = ""
    language: str = ""
    sign_up: str = MailingList.SignUp.CLOSED
    welcome: bool = False
    advertises_in_china: bool = False
    texts: Mapping[str, ReaderText] = field(default_factory=dict)

    @classmethod
    def of_list(cls, mailing_list: MailingList) -> "ListForm":
        stored = {language: ReaderText(**text) for language, text in mailing_list.texts.items()}
        texts = {language: stored.get(language, ReaderText()) for language in _other_languages(mailing_list.language, stored)}
        return cls(
            mailing_list.slug, mailing_list.name, mailing_list.description, mailing_list.language, mailing_list.sign_up,
            mailing_list.welcome, mailing_list.advertises_in_china, texts,
        )  # fmt: skip

    @classmethod
    def typed(cls, given: Mapping[str, str]) -> "ListForm":
        def text(name: str) -> str:
            return given.get(name, "").replace("\r\n", "\n").strip()[: LONGEST[name.partition("-")[0]] + 1]

        return cls(
            given.get("slug", "").strip()[:100], text("name"), text("description"), given.get("language", "")[:35],
            given.get("sign_up", ""), given.get("welcome") == "1", given.get("advertises") == "1",
            reader_text_inputs.typed(given, text),
        )  # fmt: skip

    def posted(self) -> dict[str, str]:
        """The inputs of the form with their values."""
        marks = {"welcome": self.welcome, "advertises": self.advertises_in_china}
        return {
            "name": self.name, "description": self.description, "language": self.language, "sign_up": self.sign_up,
            **reader_text_inputs.posted(self.texts),
            **{name: "1" if is_set else "" for name, is_set in marks.items()},
        }  # fmt: skip

    def changes(self, seen: "ListForm | None") -> dict[str, Any]:
        """What differs from the form as its page showed it; everything if that is not known."""
        everything = {"name": self.name, **self.settings}
        if seen is None:
            return {**everything, "texts": self.texts}
        before = {"name": seen.name, **seen.settings}
        texts = {language: text for language, text in self.texts.items() if text != seen.texts.get(language)}
        return {name: value for name, value in everything.items() if value != before[name]} | {"texts": texts or None}

    def check(self) -> None:
        """Raise InputError(too_long) if a text is longer than its field."""
        for text in (ReaderText(self.name, self.description), *self.texts.values()):
            if len(text.name) > LONGEST["name"] or len(text.description) > LONGEST["description"]:
                raise InputError("too_long", "a text is too long")

    @property
    def settings(self) -> dict[str, Any]:
        return {
            "description": self.description, "language": self.language, "sign_up": self.sign_up, "welcome": self.welcome,
            "advertises_in_china": self.advertises_in_china,
        }  # fmt: skip


def _other_languages(own: str, stored: Mapping[str, object] = {}) -> list[str]:
    """The languages of the publication and of readers' pages, and those that have a text, without the list's own."""
    about = publication()
    known = [about.language, *about.languages, *INTERFACE_LANGUAGES, *stored]
    return [language for language in dict.fromkeys(known) if language and language != (own or about.language)]


def new(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        own = publication().language
        return _form(request, ListForm(language=own, texts={language: ReaderText() for language in _other_languages(own)}))
    with transaction.atomic():
        audit.take_turns(actor_of(request))
        return _create(request, ListForm.typed(request.POST))


def _create(request: HttpRequest, form: ListForm) -> HttpResponse:
    same = MailingList.objects.filter(name=form.name).order_by("-pk").first()
    if same is not None and form.slug in ("", same.slug) and same.created_at > clock.now() - DOUBLED:
        return redirect("people-list", list_id=same.pk)
    try:
        form.check()
        if same is not None and not form.slug:
            return _form(request, form, _("There is already a list with this name. Choose another name, or add a short name."))
        slug = form.slug or mailing_lists.free_slug(form.name)
        made = mailing_lists.create_list(actor_of(request), slug, form.name, texts=form.texts, **form.settings)
    except InputError as fault:
        return _form(request, form, input_faults.text(fault), is_slug_wrong=fault.code.startswith("slug"))
    messages.success(request, _("The list “%(name)s” is created.") % {"name": made.name})
    return redirect("people-list", list_id=made.pk)


def edit(request: HttpRequest, list_id: int) -> HttpResponse:
    mailing_list = list_or_404(list_id)
    if request.method != "POST":
        return _form(request, ListForm.of_list(mailing_list), mailing_list=mailing_list)
    form, stored = ListForm.typed(request.POST), shown_values.of_post(request.POST)
    try:
        form.check()
        changes = form.changes(ListForm.typed(stored) if stored else None)
        mailing_lists.change_list(actor_of(request), mailing_list.slug, **changes)
    except InputError as fault:
        return _form(request, form, input_faults.text(fault), mailing_list)
    messages.success(request, _("The list is stored."))
    return redirect("people-list", list_id=list_id)


def _form(
    request: HttpRequest, form: ListForm, problem: str = "", mailing_list: MailingList | None = None, *,
    is_slug_wrong: bool = False,
) -> HttpResponse:  # fmt: skip
    return show(
        request, "console/lists/form.html", 422 if problem else 200, form=form, problem=problem, mailing_list=mailing_list,
        languages=language_choices(current=form.language), longest=LONGEST, texts=list(form.texts.items()),
        shown=shown_values.inputs(request, form.posted()) if mailing_list else [], is_slug_wrong=is_slug_wrong,
        words=mailing_lists.SLUG_WORDS, example=public_urls.subscribe_url("monthly-news"),
    )  # fmt: skip


def embed(request: HttpRequest, list_id: int) -> HttpResponse:
    """The form as other sites show it, and its code."""
    mailing_list = list_or_404(list_id)
    preferred = request.GET.get("language") or mailing_list.language or get_language() or ""
    language = next((tag for tag in INTERFACE_LANGUAGES if preferred.lower() in (tag.lower(), tag.partition("-")[0])), "en")
    html = embedded_form.html_of(mailing_list, language)
    return show(
        request, "console/lists/embed.html", mailing_list=mailing_list, form=html, tab=language,
        languages=INTERFACE_LANGUAGES, page=public_urls.subscribe_url(mailing_list.slug),
        is_reachable=public_urls.subscribe_url().startswith("https:"),
    )  # fmt: skip


def delete(request: HttpRequest, list_id: int) -> HttpResponse:
    """GET says whether the list can be deleted, else what prevents it; POST deletes it, or closes it for sign-up."""
    mailing_list = list_or_404(list_id)
    if request.method != "POST":
        return _delete_page(request, mailing_list)
    actor = actor_of(request)
    if request.POST.get("action") == "close":
        mailing_lists.change_list(actor, mailing_list.slug, sign_up=MailingList.SignUp.CLOSED)
        messages.success(request, _("Nobody can subscribe to “%(name)s” by themselves any more.") % {"name": mailing_list.name})
        return redirect("people-list", list_id=list_id)
    try:
        removing.delete_list(actor, mailing_list.slug)
    except RemovalRefusedError as refused:
        return _delete_page(request, mailing_list, refusal_texts.refusal(refused))
    messages.success(request, _("The list “%(name)s” is deleted.") % {"name": mailing_list.name})
    return redirect("people-lists")


def _delete_page(request: HttpRequest, mailing_list: MailingList, problem: str = "") -> HttpResponse:
    campaigns = Campaign.objects.filter(lists=mailing_list).order_by("-pk")
    people = sum(list_counts.total(mailing_list).values())
    named = list(campaigns[:NAMED])
    return show(
        request, "console/lists/delete.html", 422 if problem else 200, mailing_list=mailing_list, problem=problem, people=people,
        campaigns=named, more=campaigns.count() - len(named), past=removing.past_issues_of(mailing_list),
    )  # fmt: skip
