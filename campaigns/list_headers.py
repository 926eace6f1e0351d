"""The headers by which a mail to many says so and can be left with one click: made here only, for the gate and the worker."""

from __future__ import annotations

import re

from django.conf import settings

from config import public_urls
from subscribers.models import MailingList
from transport import header_rules


def archive_address(mailing_list: MailingList) -> str:
    """The page of its public archive; empty where only some may see what was sent, or nobody."""
    is_public = mailing_list.archive == MailingList.Archive.PUBLIC
    return public_urls.archive_url(mailing_list.slug) if is_public else ""


def shared_headers(mailing_list: MailingList | None) -> dict[str, str]:
    """Those that all recipients get alike."""
    if mailing_list is None:
        return header_rules.shared_headers()
    host = re.sub(r"^\w+://(\[[^\]]*\]|[^/:]*).*$", r"\1", settings.PUBLIC_URL).strip("[]").lower()
    named = header_rules.list_id(mailing_list.name, mailing_list.slug, host)
    return header_rules.shared_headers(named, archive_address(mailing_list))


def own_headers(token: str) -> dict[str, str]:
    """Those of one recipient; `token` names who leaves what."""
    return header_rules.leaving_headers(public_urls.unsubscribe_url(token))
