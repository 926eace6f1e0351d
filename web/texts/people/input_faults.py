"""What is wrong with what somebody typed about a person, a list or an attribute, and what to do, by the code of InputError."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from subscribers.errors import InputError
from web.texts.language_names import language_name

FAULTS: Mapping[str, str | Promise] = {
    "name": _("Write the name in one line, without control characters."),
    "text": _("Write one line, without control characters."),
    "number": _("Write a number in digits, such as 12 or 3.5."),
    "date": _("Write a date as year, month and day, such as 2027-05-31."),
    "yesno": _("Choose yes or no."),
    "language": _("Choose one of the languages."),
    "zone": _("No time zone has this name. Type the beginning of a large city near you, and choose one of the suggestions."),
    "values": _("Choose one of the values."),
    "country": _("Choose one of the countries."),
    "address": _("This is not an address. Write it like this: name@example.org"),
    "consent": _("Write this in lines without control characters."),
    "comment": _("Write at most 300 characters, without control characters."),
    "reason": _("Write who asked for it, when and how."),
    "too_long": _("A text is too long. Shorten it."),
    # lists
    "slug": _("Write the short name with 1 to 63 lower-case letters, digits and hyphens, with a letter or digit at both ends."),
    "list_name_taken": _("There is already a list with this name. Choose it, or write another name."),
    "slug_taken": _("There is already a list with this short name. Choose another one."),
    "description": _("The description contains a control character. Write it without."),
    "sign_up": _("Choose who can subscribe."),
    "archive": _("Choose who can read the archive."),
    # segments
    "segment_name": _("Write a name for the segment."),
    "segment_name_long": _("Write a name with at most 100 characters."),
    "segment_changed": _(
        "Somebody else stored this segment meanwhile. Nothing was stored, and what you typed is still here. Compare it with "
        "their text. If you store now, yours replaces it; theirs stays among the versions."
    ),
    # attributes
    "attribute": _("This attribute does not exist any more. Open the page again."),
    "attribute_name": _(
        "Begin the name of an attribute with a letter. Use lower-case letters, digits and underscores, and no word that segments "
        "or files of people use already, such as email or country."
    ),
    "attribute_taken": _("There is already an attribute with this name. Choose another name."),
    "type": _("There is already an attribute with this name and another type. Choose another name."),
    "most": _("There are already as many attributes as there can be."),
    "values_type": _("Only text and words can have allowed values."),
    "values_most": _("There can be at most 100 allowed values."),
    "value": _("“%(value)s” cannot be an allowed value. Write each value as a text without semicolons."),
    "value_twice": _("“%(value)s” is there twice, as a value or as a label. Give each value once."),
    "value_labels": _(
        "Values for readers of %(language)s, line %(line)s: “%(value)s” is not in the list of values. Add it there, or write a "
        "value from the list before the equals sign."
    ),
    "value_labels_sign": _(
        "Values for readers of %(language)s, line %(line)s: “%(text)s” has no equals sign. Write a value from the list, an "
        "equals sign, and the text that readers see."
    ),
}
_QUOTING = ("value", "value_twice", "value_labels", "value_labels_sign")  # texts with what somebody typed
LONGEST = 400  # characters of a value about a person; the fields of the pages take no more

# Why a confirmation was not sent again: subscribers.sign_up.pending_requests.SendingAgain
NOT_SENT: Mapping[str, str | Promise] = {
    "limit": _("Not sent: this address got such a mail a short time ago, or has not answered several of them. Try again later."),
    "not_mailable": _("Not sent: the address is suppressed, or the person was erased."),
    "gone": _("Nothing was done: this request does not wait any more."),
}


def text(fault: InputError) -> str:
    """The sentence for a fault; one that has none is shown with its own text."""
    sentence = str(FAULTS.get(fault.code) or f"{fault.message[:1].upper()}{fault.message[1:]}. {fault.hint}".strip())
    if fault.code not in _QUOTING:
        return sentence
    values: dict[str, str | int] = dict(fault.values)
    if "language" in values:
        values["language"] = language_name(str(values["language"]))
    return sentence % values
