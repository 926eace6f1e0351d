"""The colours of the publication's designs: fields with a live preview of the specimen mail, its frames and its pictures."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect, resolve_url
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from campaigns.reporting import archive_entries
from composer.errors import ComposeError
from composer.issue.document import DEFAULT_THEME
from composer.rendering.theme_model import Theme
from composer.themes.page_design import NEUTRAL, page_design
from composer.themes.slot_colours import chosen_colours, read_colour
from composer.themes.theme_loading import load_theme, theme_names
from editorial.previewing import design_preview
from publication import profile
from publication.models import Publication
from publication.profile import ProfileError
from web.access import may_post
from web.console.console_page import actor_of, page_values
from web.console.lists import shown_values
from web.console.settings.sections import show_settings
from web.content_policies import preview_policy
from web.mail_bytes import MailBytes
from web.texts import refusal_texts
from web.texts.settings import design_texts

FIELD = "colour-"  # before the slot, in the name of an input
MODES = {"light": "designed", "dark": "dark"}  # mode -> the view of the mail


@dataclass(frozen=True, slots=True)
class ColourField:
    """A slot in the form. `value` is what was typed; `colour` is the colour that the preview shows. `fault`: of the value."""

    slot: str
    name: str
    value: str
    colour: str
    default: str
    notes: tuple[str, ...]
    fault: str = ""

    @property
    def is_default(self) -> bool:
        return read_colour(self.value) == self.default


def page(request: HttpRequest) -> HttpResponse:
    """GET shows the colours of one design; POST stores them, or with `step` shows typed ones or those of the design."""
    row: Publication = page_values()["publication"]
    if request.method != "POST":
        return _page(request, row, _theme(request.GET.get("theme", "")))
    if not may_post(request):
        raise PermissionDenied
    theme = _theme(request.POST.get("theme", ""))
    step = request.POST.get("step", "")
    if theme is None or step == "reset":
        return _page(request, row, theme, {})
    typed = _typed(request.POST, theme.slots)
    if step == "show":
        return _page(request, row, theme, typed, next(filter(None, map(_fault, typed.values())), ""))
    stored = _typed(shown_values.of_post(request.POST), theme.slots)
    before = {slot: colour for slot, colour in stored.items() if colour} if stored else row.colours_of(theme.name)
    try:
        profile.change_profile(actor_of(request), theme_colours={theme.name: typed}, seen={"theme_colours": {theme.name: before}})
    except ProfileError as fault:
        return _refused(request, theme, typed, fault)
    messages.success(
        request,
        _("The colours are stored. Issues that are prepared from now on have them, and so do readers' pages and notices."),
    )
    return redirect(f"/console/settings/design/?theme={theme.name}")


def _refused(request: HttpRequest, theme: Theme, typed: Mapping[str, str], fault: ProfileError) -> HttpResponse:
    problem, row = refusal_texts.refusal(fault), page_values()["publication"]
    if fault.code != "meanwhile":
        return _page(request, row, theme, typed, problem)
    text = _("%(problem)s Your colours are still in the form: store them again to replace those.") % {"problem": problem}
    return _page(request, row, theme, typed, text, status=409)


def _theme(name: str) -> Theme | None:
    """The theme of that name; without a name, that of the newest issue, or that of issues whose head names none."""
    names = theme_names(settings.EMAIL_THEMES)
    if name and name not in names:
        raise Http404
    for candidate in (name,) if name else (archive_entries.newest_theme(), DEFAULT_THEME, *names):
        try:
            return load_theme(candidate, settings.EMAIL_THEMES)
        except ComposeError:
            continue
    return None


def _typed(given: Mapping[str, str], slots: Mapping[str, str]) -> dict[str, str]:
    return {slot: given[f"{FIELD}{slot}"].strip()[:40] for slot in slots if f"{FIELD}{slot}" in given}


def _fault(text: str) -> str:
    """Why a typed text is not a colour; empty if it is one. An empty text means the colour of the design."""
    wrong = bool(text) and read_colour(text) is None
    return refusal_texts.refusal(ProfileError("colour", theme="", slot="", text=text)) if wrong else ""


def _page(
    request: HttpRequest, row: Publication, theme: Theme | None, typed: Mapping[str, str] | None = None, problem: str = "",
    *, status: int = 0,
) -> HttpResponse:  # fmt: skip
    """The page with the stored colours, or with typed ones. After a conflict (409), storing again replaces what is stored now."""
    shown: dict[str, Any] = {"theme": None}
    if theme is not None:
        stored = row.colours_of(theme.name)
        fields = _fields(theme, stored if typed is None else typed, stored)
        query = urlencode({"theme": theme.name, **{f"{FIELD}{field.slot}": field.colour for field in fields}})
        inputs = {f"{FIELD}{slot}": stored.get(slot, "") for slot in theme.slots}
        shown = {
            "theme": theme.name,
            "title": theme.settings["name"],
            "fields": fields,
            "frames": [(mode, f"{resolve_url('settings-design-mail')}?{query}&mode={mode}") for mode in MODES],
            "shown": [(f"{shown_values.PREFIX}{name}", value) for name, value in inputs.items()]
            if status == 409
            else shown_values.inputs(request, inputs),
        }
    return show_settings(
        request, "design.html", status or (422 if problem else 200), problem=problem, designs=_designs(row, theme),
        is_stored=typed is None, may_change=request.user.has_perm("publication.change_publication"), **shown,
    )  # fmt: skip


def _fields(theme: Theme, given: Mapping[str, str], stored: Mapping[str, str]) -> list[ColourField]:
    """The fields with these texts. Where a text is not a colour, the preview shows the stored one."""
    usable = {slot: stored.get(slot, "") if _fault(text) else text for slot, text in given.items()}
    colours = {slot: read_colour(usable.get(slot, "")) or default for slot, default in theme.slots.items()}
    coloured = load_theme(theme.name, settings.EMAIL_THEMES, colours)
    chosen = chosen_colours(theme.slots, colours)
    return [
        ColourField(
            slot, design_texts.slot_name(slot), given.get(slot) or default, colours[slot], default,
            tuple(design_texts.colour_notes(coloured, slot, chosen[slot])) if slot in chosen else (), _fault(given.get(slot, "")),
        )
        for slot, default in theme.slots.items()
    ]  # fmt: skip


def _designs(row: Publication, theme: Theme | None) -> list[dict[str, Any]]:
    """The installed designs in the stored colours; one with errors has neutral colours."""
    names = theme_names(settings.EMAIL_THEMES)
    designs = ((name, page_design(name, settings.EMAIL_THEMES, row.colours_of(name))) for name in names)
    return [
        {
            "name": name, "colours": (design or NEUTRAL).light, "is_faulty": design is None,
            "is_current": theme is not None and theme.name == name,
        }
        for name, design in designs
    ]  # fmt: skip


class DesignMail(MailBytes):
    """The specimen mail in the colours of the query, which need not be stored. GET only, as MailBytes."""

    def policy(self) -> str:
        return preview_policy(pictures=True)

    def html(self, **where: Any) -> str:
        given = self.request.GET
        theme, view = _theme(given.get("theme", "")), MODES.get(given.get("mode", "light"), "")
        if theme is None or not view:
            raise Http404
        colours = {key.removeprefix(FIELD): read_colour(given[key]) for key in given if key.startswith(FIELD)}
        pictures = resolve_url("settings-design-picture", "x").removesuffix("x")
        try:
            coloured = load_theme(theme.name, settings.EMAIL_THEMES, {slot: colour for slot, colour in colours.items() if colour})
            return design_preview.specimen_html(coloured, get_language() or "en", view, pictures)
        except ComposeError:
            raise Http404 from None


def picture(request: HttpRequest, name: str) -> HttpResponse:
    """Serve a picture of the specimen. Its name contains its digest, so its content never changes."""
    tag = f'"{name}"'
    headers = {"ETag": tag, "Cache-Control": "private, max-age=86400, immutable", "Content-Security-Policy": "default-src 'none'"}
    if request.headers.get("If-None-Match") == tag:
        return HttpResponseNotModified(headers=headers)
    picture = design_preview.find_picture(name)
    if picture is None:
        raise Http404
    return HttpResponse(picture.data, content_type=picture.content_type, headers=headers)
