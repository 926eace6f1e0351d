"""The HTML of a form to subscribe that other sites embed: plain HTML without script, style or secret."""

from django.utils.html import format_html
from django.utils.safestring import SafeString

from config import public_urls
from config.env import INTERFACE_LANGUAGES
from publication.installation import publication
from subscribers.errors import InputError
from subscribers.models import MailingList

# interface language -> the labels of the form
LABELS = {
    "en": ("Email address", "Name (optional)", "Subscribe"),
    "zh-Hans": ("邮箱", "姓名（选填）", "订阅"),
}
FORM = """<form method="post" action="{action}" accept-charset="utf-8" lang="{tag}">
  <p><label for="{ids}-address">{address}</label>
  <input id="{ids}-address" name="address" type="email" autocomplete="email" required></p>
  <p><label for="{ids}-name">{name}</label>
  <input id="{ids}-name" name="name" type="text" autocomplete="name"></p>
  <p><button type="submit">{button}</button></p>
</form>"""


def html_of(mailing_list: MailingList, language: str = "") -> SafeString:
    """The form of a list in `language`, or in that of the list or the publication. Raises InputError."""
    requested = language or mailing_list.language or publication().language
    tag = next((tag for tag in INTERFACE_LANGUAGES if requested.lower() in (tag.lower(), tag.partition("-")[0])), "")
    if not tag and language:
        raise InputError("form_language", f"there is no form in “{language}”", f"use {' or '.join(INTERFACE_LANGUAGES)}")
    tag = tag or "en"
    address, name, button = LABELS[tag]
    return format_html(
        FORM, action=f"{public_urls.subscribe_url(mailing_list.slug)}?language={tag.lower()}", tag=tag, address=address,
        name=name, button=button, ids=f"subscribe-{mailing_list.slug}",
    )  # fmt: skip
