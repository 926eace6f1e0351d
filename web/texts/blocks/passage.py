"""The editor's texts for a passage in another language."""

from django.utils.translation import gettext_lazy as _

TEXTS = {
    "card-passage": _("Passage in another language"),
    "help-passage": _("Tells screen readers how to pronounce these lines, and chooses the right font."),
    "passage-language": _("Language"),
}
