"""Name, description, organisation, address, time zone and languages of the publication."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from config.env import INTERFACE_LANGUAGES
from publication import profile
from publication.models import Publication
from publication.profile import LONGEST, ProfileError
from publication.reader_texts import ReaderText
from web.access import may_post
from web.console.console_page import actor_of, page_values
from web.console.lists import reader_text_inputs, shown_values
from web.console.settings.sections import show_settings
from web.texts import refusal_texts, zone_names
from web.texts.language_names import USUAL, language_choices, language_name

_TEXTS = ("name", "description", "organisation", "postal_address", "zone", "language")
FIELDS: Mapping[str, str | Promise] = {
    "name": gettext_lazy("Name"), "description": gettext_lazy("Description"), "organisation": gettext_lazy("Organisation"),
    "postal_address": gettext_lazy("Postal address"), "zone": gettext_lazy("Time zone"), "language": gettext_lazy("Language"),
    "languages": gettext_lazy("Further languages"), "texts": gettext_lazy("Texts for readers of other languages"),
}  # fmt: skip


@dataclass(frozen=True)
class PublicationForm:
    """The settings as a form has them: stored, or as they were typed. `texts`: by language."""

    name: str = ""
    description: str = ""
    organisation: str = ""
    postal_address: str = ""
    zone: str = ""
    language: str = ""
    languages: tuple[str, ...] = ()
    texts: Mapping[str, ReaderText] = field(default_factory=dict)

    @classmethod
    def of_row(cls, row: Publication) -> "PublicationForm":
        texts = {language: ReaderText(**text) for language, text in row.texts.items()}
        known = dict.fromkeys([*row.languages, *INTERFACE_LANGUAGES, *texts])
        return cls(
            **{name: getattr(row, name) for name in _TEXTS}, languages=tuple(row.languages),
            texts={language: texts.get(language, ReaderText()) for language in known if language != row.language},
        )  # fmt: skip

    @classmethod
    def typed(cls, given: Mapping[str, str]) -> "PublicationForm":
        def text(name: str) -> str:
            longest = LONGEST.get(name.partition("-")[0], 100)
            return given.get(name, "").replace("\r\n", "\n").strip()[: longest + 1]

        several = given.getlist("languages") if isinstance(given, QueryDict) else given.get("languages", "").split()
        several = several[: reader_text_inputs.MOST_LANGUAGES]
        return cls(
            **{name: text(name) for name in _TEXTS}, languages=tuple(tag[:35] for tag in several),
            texts=reader_text_inputs.typed(given, text),
        )  # fmt: skip

    def posted(self) -> dict[str, str]:
        """The inputs of the form with their values."""
        own = {name: getattr(self, name) for name in _TEXTS}
        return {**own, "languages": " ".join(self.languages), **reader_text_inputs.posted(self.texts)}

    def changes(self, seen: "PublicationForm") -> tuple[dict[str, Any], dict[str, Any]]:
        """The arguments of `change_profile` that differ from the form as its page showed it, and what it showed there."""
        new: dict[str, Any] = {name: getattr(self, name) for name in _TEXTS if getattr(self, name) != getattr(seen, name)}
        before: dict[str, Any] = {name: getattr(seen, name) for name in new}
        if set(self.languages) != set(seen.languages):
            new["languages"], before["languages"] = list(self.languages), list(seen.languages)
        texts = {tag: text for tag, text in self.texts.items() if text != seen.texts.get(tag, ReaderText())}
        if texts:
            new["texts"] = texts
            before["texts"] = {tag: seen.texts.get(tag, ReaderText())._asdict() for tag in texts}
        return new, before


def page(request: HttpRequest) -> HttpResponse:
    """GET shows the settings; POST stores those that differ from what the page showed."""
    row = _row()
    if request.method != "POST":
        return _form(request, PublicationForm.of_row(row))
    if not may_post(request):
        raise PermissionDenied
    form = PublicationForm.typed(request.POST)
    stored = shown_values.of_post(request.POST)
    new, before = form.changes(PublicationForm.typed(stored) if stored else PublicationForm.of_row(row))
    if "zone" in new:
        meant = _zones(form.zone, request.POST.get("zone_match", ""))
        if len(meant) > 1:
            return _form(request, form, _("Several time zones are meant. Choose one of them."), zones=meant)
        new["zone"] = meant[0] if meant else form.zone
    try:
        profile.change_profile(actor_of(request), **new, seen=before)
    except ProfileError as fault:
        return _refused(request, form, fault)
    messages.success(request, _("The settings of the publication are stored."))
    return redirect("settings-publication")


def _row() -> Publication:
    row: Publication = page_values()["publication"]
    return row


def _zones(text: str, chosen: str) -> list[str]:
    """The zones that the typed text means, or the one of them that was chosen."""
    meant = zone_names.find(text)
    return [chosen] if chosen in meant else meant


def _refused(request: HttpRequest, form: PublicationForm, fault: ProfileError) -> HttpResponse:
    problem = refusal_texts.refusal(fault)
    if fault.code != "meanwhile":
        return _form(request, form, problem)
    # From now on the page knows what is stored: storing again replaces it.
    values = {"field": FIELDS[str(fault.params["field"])], "problem": problem}
    text = _("%(field)s: %(problem)s Your text is still in the form: store it again to replace that.") % values
    return _form(request, form, text, status=409, shown=PublicationForm.of_row(_row()))


def _form(
    request: HttpRequest, form: PublicationForm, problem: str = "", *, status: int = 0, zones: list[str] | None = None,
    shown: PublicationForm | None = None,
) -> HttpResponse:  # fmt: skip
    hidden = [(f"{shown_values.PREFIX}{name}", value) for name, value in shown.posted().items()] if shown else None
    return show_settings(
        request, "publication.html", status or (422 if problem else 200), form=form, problem=problem, longest=LONGEST,
        texts=list(form.texts.items()), languages=language_choices(current=form.language),
        shown=hidden or shown_values.inputs(request, form.posted()), zone_description=zone_names.described(form.zone),
        zones=[(zone, zone_names.described(zone)) for zone in zones or ()], all_zones=zone_names.choices(),
        more=[(tag, language_name(tag)) for tag in dict.fromkeys([*USUAL, *form.languages]) if tag != form.language],
        may_change=request.user.has_perm("publication.change_publication"),
    )  # fmt: skip
