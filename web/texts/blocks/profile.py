"""The editor's texts for a person."""

from django.utils.translation import gettext_lazy as _

TEXTS = {
    "card-portrait": _("Portrait"),
    "card-profile": _("Profile"),
    "help-profile": _("Presents a person: portrait, name, role and a few sentences."),
    "profile-name": _("Name"),
    "profile-role": _("Role"),
    "add-portrait": _("Add a portrait"),
}
