"""The editor's texts for a quotation."""

from django.utils.translation import gettext_lazy as _

TEXTS = {
    "tool-blockquote": _("Quotation"),
}
