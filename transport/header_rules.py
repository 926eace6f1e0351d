"""Rules for mail headers: who may set which, the allowed characters, and the headers of bulk mail.

Sources: SendGrid's mail/send reference (reserved headers, ASCII names without spaces), RFC 2369 and RFC 2919
(only list software sets List-* headers), RFC 5322 §2.2 (field names), RFC 8058 (one-click unsubscribe).
"""

import re
from collections.abc import Mapping

from transport.errors import CallerError

# The provider rejects these: it sets them itself or takes them from fields of the request.
_MADE = {"x-sg-id", "x-sg-eid", "received", "dkim-signature", "content-type", "content-transfer-encoding"}
RESERVED = frozenset(_MADE | {"to", "from", "subject", "reply-to", "cc", "bcc"})

# C0, DEL, C1, line separators, and marks that reorder displayed text: in a header line, each of them can forge a second line
# or a false name. ZWJ and ZWNJ stay allowed, because some scripts need them.
_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\u200e\u200f\u061c\ud800-\udfff]")
_NAME = re.compile(r"[!-9;-~]{1,76}\Z")


def list_id(name: str, slug: str, domain: str) -> str:
    """The List-Id header (RFC 2919): one per message, stable as long as the list exists."""
    return f"{name} <{slug}.{domain}>"


def shared_headers(id_of_list: str = "", archive: str = "") -> dict[str, str]:
    """The headers that all recipients of bulk mail share. `archive`: the public address of the list's archive (RFC 2369).
    Either argument may be empty.
    """
    of_list = {"List-Id": id_of_list, "List-Archive": archive and f"<{archive}>"}
    return {"Precedence": "bulk"} | {name: value for name, value in of_list.items() if value}


def leaving_headers(address: str) -> dict[str, str]:
    """The headers by which one recipient unsubscribes with one click (RFC 8058), at an address of their own."""
    return {"List-Unsubscribe": f"<{address}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def is_one_line(text: str) -> bool:
    """Whether `text` may be in a single header line: it has no control, separator, bidi or surrogate character."""
    # isprintable() is one pass in C; only the rare text with an unusual character needs the second check.
    return text.isprintable() or _UNFIT.search(text) is None


def check_headers(headers: Mapping[str, str]) -> None:
    """Raise CallerError for a name that the provider rejects, a name set twice, or a value of more than one line."""
    seen: set[str] = set()
    for name, value in headers.items():
        if not _NAME.match(name):
            raise CallerError(repr(name), "a header name is 1 to 76 visible ASCII characters without a colon")
        if name.lower() in RESERVED:
            raise CallerError(name, "reserved: the provider sets this header itself")
        if not isinstance(value, str):
            raise CallerError(name, f"a header value is text, not {type(value).__name__}")
        if not is_one_line(value):
            raise CallerError(name, "the value contains a line break, control character or direction mark")
        if name.lower() in seen:
            raise CallerError(name, "set twice, with different capitalisation")
        seen.add(name.lower())
