"""Masks tokens of personal links in log lines: people who read a log could otherwise unsubscribe subscribers."""

from __future__ import annotations

import logging
import re

from config.public_urls import PERSONAL

# Backslashes, too: browsers and servers take them for slashes, and a quoted address in a log doubles them.
_SLASH = r"(?:/|\\{1,4}|%(?:25)*(?:2F|5C))"
# The links of web/urls.py that carry a token; also in a full address, in a traceback, percent-encoded in another address.
# Everything behind it goes, to the end of the line: mail programs and people mangle links, and in a decoded path any
# character may be in front of the token or within it. Only the rest of a request line and of a traceback's line is kept.
LINK = re.compile(
    rf"""({_SLASH}(?:{"|".join(PERSONAL)})[^\w\s/]{{0,3}}{_SLASH})\s*[^\n]+?(?=[ ]HTTP/\d[.\d]*"|",[ ]line[ ]\d|$)""",
    re.IGNORECASE | re.MULTILINE,
)
MASKED = r"\1***"


def mask(text: str) -> str:
    return LINK.sub(MASKED, text)


class MaskingFormatter(logging.Formatter):
    """Masks the finished line, so that arguments and tracebacks are covered whatever they are made of."""

    def format(self, record: logging.LogRecord) -> str:
        return mask(super().format(record))
