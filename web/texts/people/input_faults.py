"""What is wrong with what staff typed about a list or an attribute, and what to do, by the code of InputError."""

from collections.abc import Mapping

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from subscribers.errors import InputError

FAULTS: Mapping[str, str | Promise] = {
    "slug": _("Write the short name with 1 to 63 lower-case letters, digits and hyphens, with a letter or digit at both ends."),
    "slug_taken": _("There is already a list with this short name. Choose another one."),
    "name": _("Write a name in one line, without control characters."),
    "description": _("The description contains a control character. Write it without."),
    "language": _("This is not a language. Choose one from the list."),
    "sign_up": _("Choose who can subscribe."),
    "archive": _("Choose who can read the archive."),
    "too_long": _("A text is too long. Shorten it."),
    "attribute_name": _(
        "Begin the name of an attribute with a letter. Use lower-case letters, digits and underscores, and no word that segments "
        "or files of people use already, such as email or country."
    ),
    "type": _("There is already an attribute with this name and another type. Choose another name."),
    "most": _("There are already as many attributes as there can be."),
    "values_type": _("Only text and words can have allowed values."),
    "values_most": _("There can be at most 100 allowed values."),
    "value": _("An allowed value is a text without semicolons."),
    "value_twice": _("One value is there twice, as a value or as a label. Give each value once."),
    "value_labels": _("A line of labels does not belong to a value. Write value = label, with a value from the list."),
    "consent": _("Write this in lines without control characters."),
    "attribute": _("This attribute does not exist any more."),
}

# Why a confirmation was not sent again: subscribers.sign_up.pending_requests.SendingAgain
NOT_SENT: Mapping[str, str | Promise] = {
    "limit": _("Not sent: the address already got as many mails without an answer as the policies allow."),
    "not_mailable": _("Not sent: the address is suppressed, or the person was erased."),
    "gone": _("Nothing was done: this request does not wait any more."),
}
# Why somebody is not added: subscribers.consent.subscriptions.SubscriberStateError
NOT_ADDED: Mapping[str, str | Promise] = {
    "left": _("Not added: the person left this list. They can subscribe again only by themselves."),
    "left_all": _("Not added: the person left all lists. They can subscribe again only by themselves."),
    "suppressed": _("Not added: the address is suppressed."),
    "forgotten": _("Not added: the person was erased. They can subscribe again only by themselves."),
}


def text(fault: InputError) -> str:
    """The sentence for a fault; one that has none is shown with its own text."""
    return str(FAULTS.get(fault.code) or f"{fault.message[:1].upper()}{fault.message[1:]}. {fault.hint}".strip())
