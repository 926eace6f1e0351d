"""The editor's texts for a button."""

from django.utils.translation import gettext_lazy as _

TEXTS = {
    "card-action": _("Button"),
    "help-action": _("One thing that readers should do, as a button: register, read on, answer."),
    "action-here": _("Words on the button"),
    "action-address": _("Where it leads"),
}
