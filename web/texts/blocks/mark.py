"""The editor's texts for a mark for the editor."""

from django.utils.translation import gettext_lazy as _

TEXTS = {
    "card-editorMark": _("To check:"),
    "mark-done": _("Done"),
}
