"""Which mail headers may be set, by whom, which characters may stand in a header line, and those that mail to many has.

Sources: SendGrid's mail/send reference (reserved headers, ASCII names without space), RFC 2369 and RFC 2919
(List-* headers are made by the list software alone), RFC 5322 §2.2 (field names), RFC 8058 (leaving with one click).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from transport.errors import HeaderRefused

# The provider refuses these: it makes them itself or takes them from fields of the request.
_MADE = {"x-sg-id", "x-sg-eid", "received", "dkim-signature", "content-type", "content-transfer-encoding"}
RESERVED = frozenset(_MADE | {"to", "from", "subject", "reply-to", "cc", "bcc"})

# C0, DEL, C1, the line separators, and the marks that reorder what a reader sees: any of them in one line of a mail can
# forge a second line or a false name. ZWJ and ZWNJ stay allowed: scripts need them.
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c\ud800-\udfff]")
_NAME = re.compile(r"[!-9;-~]{1,76}\Z")


def list_id(name: str, slug: str, host: str) -> str:
    """RFC 2919: one per message, stable for the list's life."""
    return f"{name} <{slug}.{host}>"


def shared_headers(id_of_list: str = "", archive: str = "") -> dict[str, str]:
    """Those that all recipients of a mail to many get alike. `archive`: the address at which anybody may read the list's
    mails (RFC 2369); either may be empty."""
    of_list = {"List-Id": id_of_list, "List-Archive": archive and f"<{archive}>"}
    return {"Precedence": "bulk"} | {name: value for name, value in of_list.items() if value}


def leaving_headers(address: str) -> dict[str, str]:
    """Those by which one recipient leaves with one click (RFC 8058) at an address of their own."""
    return {"List-Unsubscribe": f"<{address}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def is_one_line(text: str) -> bool:
    """Whether `text` may stand in a single header line: no control, separator, bidi or surrogate character."""
    # isprintable() is one pass in C; only the rare text with an unusual character pays for the second look.
    return text.isprintable() or _UNFIT.search(text) is None


def check_headers(headers: Mapping[str, str]) -> None:
    """Raise HeaderRefused for a name the provider does not take, a name that is set twice, or a value beyond one line."""
    seen: set[str] = set()
    for name, value in headers.items():
        if not _NAME.match(name):
            raise HeaderRefused(repr(name), "a header name is 1 to 76 visible ASCII characters without a colon")
        if name.lower() in RESERVED:
            raise HeaderRefused(name, "reserved: the provider sets this header itself")
        if not isinstance(value, str):
            raise HeaderRefused(name, f"a header value is text, not {type(value).__name__}")
        if not is_one_line(value):
            raise HeaderRefused(name, "the value holds a line break, control character or direction mark")
        if name.lower() in seen:
            raise HeaderRefused(name, "set twice, in different spellings")
        seen.add(name.lower())
