"""The editor's texts for a paragraph."""

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

TEXTS: dict[str, str | Promise] = {
    "write-here": _("Write here, or press “Insert”."),
}
