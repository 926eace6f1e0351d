"""Texts of the preview of an issue: views of the mail, sample readers, headers, and why there is no preview."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from editorial.previewing.issue_preview import Trouble

# By the names of `editorial.previewing.client_views`, and `text`: (label, what it shows).
VIEWS: Mapping[str, tuple[str | Promise, str | Promise]] = {
    "designed": (_("Light"), _("As in Apple Mail and other mail programs with full support.")),
    "dark": (
        _("Dark"),
        _("As in Apple Mail, with the mail's own dark colours. Gmail and Outlook on Windows change colours in their own ways."),
    ),
    "no-pictures": (_("Pictures off"), _("Many mail programs show the mail like this until the reader allows pictures.")),
    "no-styles": (_("Styles off"), _("Without style blocks, as in Gmail when it shows an account of another provider.")),
    "outlook": (
        _("Outlook"),
        _("Roughly as in Outlook on Windows, which lays out mails with Word: without media queries and rounded corners."),
    ),
    "text": (_("Plain text"), _("The text part of the mail, for mail programs and readers without HTML.")),
}
WIDTHS: Mapping[str, str | Promise] = {"desktop": _("Desktop"), "phone": _("Phone"), "both": _("Phone and desktop")}

# By `key` of `editorial.previewing.sample_reader.SAMPLES`.
SAMPLES: Mapping[str, str | Promise] = {
    "sample-usual": _("A reader with complete details"),
    "sample-empty": _("A reader without a name"),
    "sample-long": _("A reader with a very long name"),
    "sample-chinese": _("A reader with a Chinese name"),
    "sample-arabic": _("A reader with an Arabic name"),
    "sample-odd": _("A reader with special characters in the name"),
}

# Where the value of a header comes from, by the keys of `editorial.previewing.sample_reader`.
HEADER_SOURCES: Mapping[str, str | Promise] = {
    "from-sender": _("placeholder: the campaign sets the sender"),
    "from-reader": _("placeholder: the sample reader"),
    "from-token": _("placeholder: different for each recipient"),
    "from-list": _("placeholder: the campaign sets the list"),
    "from-archive": _("only if the archive of the list is public"),
    "refused": _("The provider would reject the mail"),
}

TROUBLES: Mapping[Trouble, str | Promise] = {
    Trouble.SLOW: _(
        "The preview takes too long. It goes on in the background: load it again in a few seconds. If this happens often, "
        "make the pictures smaller, or ask the administrator."
    ),
    Trouble.REPLACED: _("A newer preview was asked for in the meantime. Load the page again."),
    Trouble.FAILED: _(
        "The mail cannot be composed: a file cannot be read, or Mailroom has a fault. The terminal in which the preview was "
        "started shows the cause."
    ),
    Trouble.PICTURES: _(
        "A picture of this issue cannot be read at the moment, so there is no preview. Your text is safe. Try again in a minute, "
        "or ask the administrator."
    ),
}
