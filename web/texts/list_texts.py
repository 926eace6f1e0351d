"""Name and description of lists for readers, in the language of the page; labels of attributes and their values."""

from django.conf import settings
from django.utils.translation import get_language

from subscribers import mailing_lists
from subscribers.models import MailingList


def reader_language() -> str:
    """The language of the page that is shown now."""
    return get_language() or settings.LANGUAGE_CODE


def list_name(mailing_list: MailingList) -> str:
    """The name of a list in the language of the page."""
    return mailing_lists.text_in(mailing_list, reader_language()).name


def list_description(mailing_list: MailingList) -> str:
    """The description of a list in the language of the page; empty if it has none."""
    return mailing_lists.text_in(mailing_list, reader_language()).description
