"""The editor's texts for conditional blocks."""

from django.utils.translation import gettext_lazy as _

TEXTS = {
    "card-only": _("Only for some readers"),
    "help-only": _(
        "Only readers for whom the condition is true get these lines. Others do not notice that something is missing."
    ),
    "only-if": _("Only for readers: {condition}"),
    "no-condition": _("No condition is chosen yet. The issue cannot be sent without it."),
    "condition": _("Condition"),
    "change-condition": _("Change"),
}
