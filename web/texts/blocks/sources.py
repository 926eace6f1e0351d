"""The editor's texts for the sources of an article."""

from django.utils.translation import gettext_lazy as _

TEXTS = {
    "card-sources": _("Sources"),
    "help-sources": _("Where the article comes from, as its last lines. Words in a source can be a link."),
    "source-here": _("Name of the source"),
    "add-source": _("Add a source"),
}
