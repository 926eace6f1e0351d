"""What is wrong with a value that staff typed, in their language. The command line prints the domain's own English messages."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from subscribers.errors import InputError

_CHARACTERS = _("The text contains a control character or a mark that changes the direction of writing. Write it without them.")
TEXTS: Mapping[str, str | Promise] = {
    "name": _CHARACTERS, "text": _CHARACTERS, "consent": _CHARACTERS, "comment": _CHARACTERS, "description": _CHARACTERS,
    "language": _("This is not a language code. Write it as en, zh-Hans or pt-BR."),
    "country": _("This is not a country code. Use the two letters of ISO 3166, such as CN, GB or US."),
    "zone": _("This is not a time zone. Write it as Asia/Shanghai or Europe/Madrid."),
    "number": _("This is not a number. Write digits, such as 12 or 3.5."),
    "date": _("This is not a day. Write year, month and day, such as 2024-05-31."),
    "yesno": _("Write yes or no."),
    "attribute": _("This field does not exist any more."),
}  # fmt: skip


def fault(error: InputError) -> str:
    """The text of a fault; of one without a text, the domain's message."""
    text = TEXTS.get(error.code)
    return f"{error.message}. {error.hint}" if text is None else str(text)
