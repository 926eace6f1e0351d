"""The headers by which a mail to many says so and can be left with one click: made here only, for the gate and the worker."""

from __future__ import annotations

import re

from django.conf import settings

from subscribers.models import MailingList


def leave_root() -> str:
    """The address at which a recipient leaves, without the token that names who."""
    return f"{settings.PUBLIC_URL}/u/"


def list_id(mailing_list: MailingList) -> str:
    """RFC 2919: one per message, stable for the list's life."""
    host = re.sub(r"^\w+://(\[[^\]]*\]|[^/:]*).*$", r"\1", settings.PUBLIC_URL).strip("[]").lower()
    return f"{mailing_list.name} <{mailing_list.slug}.{host}>"


def shared_headers(mailing_list: MailingList | None) -> dict[str, str]:
    """Those that all recipients get alike."""
    return {"Precedence": "bulk"} | ({"List-Id": list_id(mailing_list)} if mailing_list is not None else {})


def own_headers(token: str) -> dict[str, str]:
    """Those of one recipient (RFC 8058); `token` names who leaves what."""
    return {"List-Unsubscribe": f"<{leave_root()}{token}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
