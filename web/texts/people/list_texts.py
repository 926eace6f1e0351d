"""Name and description of lists for readers, in the language of the page; labels of attributes and their values."""

from collections.abc import Mapping
from typing import Any

from django.conf import settings
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from publication import reader_texts
from subscribers.attributes import Declared, Type
from subscribers.models import MailingList

TYPES: Mapping[Type, str | Promise] = {
    Type.TEXT: _("text"), Type.WORDS: _("several values"), Type.NUMBER: _("number"), Type.DATE: _("date"),
    Type.YESNO: _("yes or no"),
}  # fmt: skip


def reader_language() -> str:
    """The language of the page that is shown now."""
    return get_language() or settings.LANGUAGE_CODE


def list_name(mailing_list: MailingList) -> str:
    """The name of a list in the language of the page."""
    return reader_texts.text_in(mailing_list, reader_language()).name


def list_description(mailing_list: MailingList) -> str:
    """The description of a list in the language of the page; empty if it has none."""
    return reader_texts.text_in(mailing_list, reader_language()).description


def attribute_label(declared: Mapping[str, Declared], name: str, otherwise: str) -> str:
    """The label of an attribute in the language of the page; of one that is not declared any more, `otherwise`."""
    return declared[name].label_in(reader_language()) if name in declared else otherwise


def values_in(declared: Mapping[str, Declared], name: str, stored: Any) -> Any:
    """A stored value, or several, with their labels in the language of the page."""
    if name not in declared or not declared[name].values:
        return stored
    language = reader_language()
    if isinstance(stored, list):
        return [declared[name].value_in(language, str(value)) for value in stored]
    return declared[name].value_in(language, str(stored))


_BETWEEN = "; "  # several values in one text
YES_NO: Mapping[bool, str | Promise] = {True: _("Yes"), False: _("No")}


def value_text(declared: Mapping[str, Declared], name: str, stored: Any) -> str:
    """A stored value as a text, with the labels of the page's language."""
    shown = values_in(declared, name, stored)
    if isinstance(shown, bool):
        return str(YES_NO[shown])
    return _BETWEEN.join(map(str, shown)) if isinstance(shown, list) else str(shown)
