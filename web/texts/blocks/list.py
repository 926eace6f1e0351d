"""The editor's texts for a list."""

from django.utils.translation import gettext_lazy as _

TEXTS = {
    "tool-bulletList": _("Bulleted list"),
    "tool-orderedList": _("Numbered list"),
}
