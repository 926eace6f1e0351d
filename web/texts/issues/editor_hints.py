"""What to do about findings in the editor of the console, where people see fields and cards and no marks of the source."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_ADDRESS = _("write the address to which it leads")
_WORDS = _("write the words that readers click")
_DESCRIBE = _("describe the picture in its field “Alternative text”")

# By the code of a finding. Other findings have the hints of composer.messages, which help there, too.
HINTS: Mapping[str, str | Promise] = {
    "link-empty": _ADDRESS,
    "link-no-text": _WORDS,
    "link-empty-text": _WORDS,
    "alt-file": _DESCRIBE,
    "alt-link": _("say in the picture's field “Alternative text” where its link leads"),
    "alt-caption": _(
        "describe the picture in its field “Alternative text”, or leave the field empty if the picture is decorative"
    ),
    "profile-name": _("write the person's name into the card"),
    "image-empty": _("choose a picture"),
    "no-articles": _("add an article below a section"),
    "section-empty": _("add an article below it, or delete the section"),
}
