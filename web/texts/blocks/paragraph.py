"""The editor's texts for a paragraph."""

from django.utils.translation import gettext_lazy as _

TEXTS = {
    "write-here": _("Write here, or press “Insert”."),
}
