"""The sections of the settings: one list, which the navigation of these pages shows. A new section is a line here."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from web.console.console_page import show


@dataclass(frozen=True, slots=True)
class SettingsSection:
    """`url`: the name of its page in web/urls.py, with which the names of its other pages begin. `needs`: a permission."""

    url: str
    name: str | Promise
    needs: str


SEE_SETTINGS = "publication.see_settings"
SEE_POLICIES = "publication.view_publication"
SECTIONS = (
    SettingsSection("settings-publication", _("Publication"), SEE_SETTINGS),
    SettingsSection("settings-design", _("Design"), SEE_SETTINGS),
    SettingsSection("settings-sender", _("Senders"), "publication.view_sender"),
    SettingsSection("settings-testers", _("Tester groups"), "campaigns.change_testergroup"),
    SettingsSection("settings-provider", _("Email provider"), SEE_SETTINGS),
    SettingsSection("settings-policies", _("Policies"), SEE_POLICIES),
    SettingsSection("settings-retention", _("How long data is kept"), SEE_POLICIES),
    SettingsSection("roles", _("Who may do what"), SEE_POLICIES),
    SettingsSection("audit", _("Audit"), "publication.view_audit"),
)


def show_settings(request: HttpRequest, template: str, status: int = 200, **context: Any) -> HttpResponse:
    """A page of the settings, with the sections that the person may open."""
    here = request.resolver_match.url_name if request.resolver_match else ""
    sections = [
        {"url": section.url, "name": section.name, "current": _current(section, here or "")}
        for section in SECTIONS
        if request.user.has_perm(section.needs)
    ]
    return show(request, f"console/settings/{template}", status, sections=sections, **context)


def _current(section: SettingsSection, here: str) -> str:
    """The value of aria-current: the page itself, or one below it."""
    return "page" if here == section.url else "true" if here.startswith(f"{section.url}-") else ""
