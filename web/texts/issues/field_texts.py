"""The labels and hints of the forms for the head of an issue: title and subject, footer."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class FieldText(NamedTuple):
    """The label of a field, and one or two sentences below it."""

    label: str | Promise
    hint: str | Promise


_HEAD: Mapping[str, FieldText] = {
    "subject": FieldText(
        _("Subject"), _("The first thing that readers see in the inbox. Say what is new; programs on phones show the beginning.")
    ),
    "preheader": FieldText(_("Preview text"), _("Inboxes show it after the subject. Write what the subject does not say.")),
    "number": FieldText(_("Number of the issue"), _("The number of this issue, such as 2027-01.")),
    "date": FieldText(_("Date of the issue"), _("The date of this issue, which readers see at the top.")),
    "title": FieldText(_("Name of the newsletter"), _("At the top of the mail.")),
    "organisation": FieldText(_("Publisher"), _("The organisation that publishes the newsletter.")),
    "tagline": FieldText(_("Tagline"), _("One line under the name. You may leave it out.")),
    "language": FieldText(_("Language"), _("The language of these texts. Screen readers pronounce them accordingly.")),
    "theme": FieldText(_("Design"), _("Colours, fonts and logo of the mail.")),
}
_FOOTER: Mapping[str, FieldText] = {
    "about": FieldText(_("About us"), _("Who sends the newsletter, in one or two sentences.")),
    "address": FieldText(_("Postal address"), _("Laws of many countries require it. No issue is sent without it.")),
    "website": FieldText(_("Website"), _("An address that begins with https://. You may leave it out.")),
    "email": FieldText(_("Email address"), _("Where readers can write to. You may leave it out.")),
}
# Kind of the part -> name of the field; in the order of the form.
LABELS: Mapping[str, Mapping[str, FieldText]] = {"head": _HEAD, "footer": _FOOTER}
