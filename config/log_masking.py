"""Masks the tokens of personal links and addresses in log lines, and shortens the lines about requests that clients got wrong.

People who read a log could use the links to unsubscribe subscribers. Addresses are never logged on purpose; the text of an
exception may quote one, and the log would keep it after the person is erased.
"""

import logging
import re
from typing import Any

from config.public_urls import OF_STAFF, PERSONAL

# Also backslashes: browsers and servers treat them as slashes, and quoting in a log doubles them.
_NAMES = "|".join((*PERSONAL, *OF_STAFF))
_SLASH = r"(?:/|\\{1,4}|%(?:25)*(?:2F|5C))"
# The links of web/urls.py with a token; also in a full URL, in a traceback, or percent-encoded in another URL. Everything
# after them is masked to the end of the line: mail programs and people damage links, and in a decoded path any character may
# precede the token or be part of it. Only the rest of a request line and of a traceback's line is kept.
LINK = re.compile(
    rf"""({_SLASH}(?:{_NAMES})[^\w\s/]{{0,3}}{_SLASH})(?![ ]HTTP/)\s*[^\n]+?(?=[ ]HTTP/\d[.\d]*"|",[ ]line[ ]\d|$)""",
    re.IGNORECASE | re.MULTILINE,
)
MASKED = r"\1***"
# Also percent-encoded. The lengths are those of RFC 5321, so that a long line takes no longer than it must.
ADDRESS = re.compile(r"[^\s<>()\[\]\"':;,=/@]{1,64}(?:@|%40)[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}", re.IGNORECASE)


def mask(text: str) -> str:
    return without_addresses(LINK.sub(MASKED, text))


def without_addresses(text: str) -> str:
    return ADDRESS.sub("***@***", text) if "@" in text or "%40" in text else text


def mask_structured_lines() -> None:
    """Make structlog, which writes its lines itself, mask them too."""
    import structlog  # noqa: PLC0415 - 50 ms, which commands that log nothing need not wait for

    before = structlog.get_config()["processors"]
    if _mask_line not in before:
        structlog.configure(processors=[*before, _mask_line])


def _mask_line(_logger: object, _method: str, line: Any) -> Any:
    return mask(line) if isinstance(line, str) else line


class MaskingFormatter(logging.Formatter):
    """Masks the finished line, so that arguments and tracebacks of any kind are covered."""

    def format(self, record: logging.LogRecord) -> str:
        return mask(super().format(record))


class ClientFaults(logging.Filter):
    """Leaves out the traceback of what says nothing about the code: a missing right, a wrong host, a broken body."""

    def filter(self, record: logging.LogRecord) -> bool:
        from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation  # noqa: PLC0415 - the settings name this class
        from django.http.multipartparser import MultiPartParserError  # noqa: PLC0415

        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, (BadRequest, PermissionDenied, SuspiciousOperation, MultiPartParserError)):
            record.exc_info = record.exc_text = None
        return True
