"""The editor's texts for a heading in an article."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

TEXTS: dict[str, str | Promise] = {
    "tool-subHeading": _("Sub-heading"),
    "heading-here": _("Sub-heading"),
}
