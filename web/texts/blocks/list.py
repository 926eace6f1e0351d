"""The editor's texts for a list."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

TEXTS: dict[str, str | Promise] = {
    "tool-bulletList": _("Bulleted list"),
    "tool-orderedList": _("Numbered list"),
}
