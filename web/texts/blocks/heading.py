"""The editor's texts for a heading in an article."""

from django.utils.translation import gettext_lazy as _

TEXTS = {
    "tool-subHeading": _("Sub-heading"),
    "heading-here": _("Sub-heading"),
}
