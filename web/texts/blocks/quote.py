"""The editor's texts for a quotation."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

TEXTS: dict[str, str | Promise] = {
    "tool-blockquote": _("Quotation"),
}
