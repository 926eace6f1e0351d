"""The texts of refusals about reviews of issues in the console."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_CHARACTER = _("The text contains a control character or a mark that changes the direction of writing. Write it without them.")
_LONG = _("The text is too long. Use at most %(most)s characters.")

TEXTS: Mapping[str, Mapping[str, str | Promise]] = {
    "DecisionFault": {
        "permission": _("%(name)s may not decide about issues. Everybody decides with their own account or their own link."),
        "own": _("You made the last edit of %(issue)s, so somebody else has to approve it."),
        "old": _("Version %(version)s of %(issue)s is no longer the newest one. Version %(current)s is. Look at that one."),
        "text": _("Write what should be changed."),
        "long": _LONG,
        "character": _CHARACTER,
    },
}
