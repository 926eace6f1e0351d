"""The HTML of a form to subscribe that other sites embed: plain HTML without script, style or secret."""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from cli.error_reporting import Refused
from config import public_urls
from publication.installation import publication

if TYPE_CHECKING:
    from subscribers.models import MailingList

# page language -> its labels
LABELS = {
    "en": ("Email address", "Name (optional)", "Subscribe"),
    "zh-hans": ("电子邮件地址", "姓名（选填）", "订阅"),
}


def html_of(mailing_list: MailingList, language: str) -> str:
    """The form of a list in `language`, or in that of the list or the publication. Raises Refused."""
    wanted = language or mailing_list.language or publication().language
    page = next((each for each in LABELS if each == wanted.lower() or each.partition("-")[0] == wanted.lower()), "")
    if not page and language:
        raise Refused(f"there is no form in “{language}”", "use en or zh-Hans")
    page = page or "en"
    address, name, button = (escape(each) for each in LABELS[page])
    action = escape(f"{public_urls.subscribe_url(mailing_list.slug)}?language={page}")
    ids = f"subscribe-{mailing_list.slug}"
    return f"""<form method="post" action="{action}" accept-charset="utf-8" lang="{"zh-Hans" if page == "zh-hans" else page}">
  <p><label for="{ids}-address">{address}</label>
  <input id="{ids}-address" name="address" type="email" autocomplete="email" required></p>
  <p><label for="{ids}-name">{name}</label>
  <input id="{ids}-name" name="name" type="text" autocomplete="name"></p>
  <p><button type="submit">{button}</button></p>
</form>"""
