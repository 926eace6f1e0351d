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
    "ReviewFault": {
        "nobody": _("Choose at least one person."),
        "people": _("Not everybody whom you chose may review issues: %(names)s."),
        "past": _("%(at)s is in the past. Choose a later time, or none."),
        "far": _("%(at)s is more than a year away. The latest possible day is %(latest)s."),
        "long": _LONG,
        "character": _CHARACTER,
        "approved": _(
            "This text is approved already: %(names)s approved exactly this version (version %(version)s). "
            "Nobody was asked again."
        ),
        "over": _("This review is over. Somebody took it back, or asked for another one."),
    },
    "CommentFault": {
        "permission": _("%(name)s may not comment on issues."),
        "text": _("Write a comment first."),
        "long": _LONG,
        "character": _CHARACTER,
        "part": _("The part that you chose is no longer there. Choose another one."),
        "quotation": _("The quotation is not in the text of the part that you chose. Copy it from there, or leave it out."),
        "unknown": _("This comment does not exist."),
    },
}
