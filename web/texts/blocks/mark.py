"""The editor's texts for a mark for the editor."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

TEXTS: dict[str, str | Promise] = {
    "card-editorMark": _("To check:"),
    "mark-done": _("Done"),
}
