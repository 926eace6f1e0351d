"""The list headers and one-click unsubscribe headers of bulk mail. The gate and the worker both use this module."""

from __future__ import annotations

import re

from django.conf import settings

from config import public_urls
from subscribers.models import MailingList
from transport import header_rules


def archive_address(mailing_list: MailingList) -> str:
    """The address of the list's public archive; empty if the archive is private or off."""
    is_public = mailing_list.archive == MailingList.Archive.PUBLIC
    return public_urls.archive_url(mailing_list.slug) if is_public else ""


def shared_headers(mailing_list: MailingList | None) -> dict[str, str]:
    """The headers that are the same for all recipients."""
    if mailing_list is None:
        return header_rules.shared_headers()
    host = re.sub(r"^\w+://(\[[^\]]*\]|[^/:]*).*$", r"\1", settings.PUBLIC_URL).strip("[]").lower()
    named = header_rules.list_id(mailing_list.name, mailing_list.slug, host)
    return header_rules.shared_headers(named, archive_address(mailing_list))


def own_headers(token: str) -> dict[str, str]:
    """The headers of one recipient; `token` identifies the recipient and the campaign for unsubscribing."""
    return header_rules.leaving_headers(public_urls.unsubscribe_url(token))
