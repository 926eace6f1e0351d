"""Masks the tokens of personal links in log lines, because people who read a log could use them to unsubscribe subscribers."""

from __future__ import annotations

import logging
import re

from config.public_urls import PERSONAL

# Also backslashes: browsers and servers treat them as slashes, and quoting in a log doubles them.
_SLASH = r"(?:/|\\{1,4}|%(?:25)*(?:2F|5C))"
# The links of web/urls.py with a token; also in a full URL, in a traceback, or percent-encoded in another URL. Everything
# after them is masked to the end of the line: mail programs and people damage links, and in a decoded path any character may
# precede the token or be part of it. Only the rest of a request line and of a traceback's line is kept.
LINK = re.compile(
    rf"""({_SLASH}(?:{"|".join(PERSONAL)})[^\w\s/]{{0,3}}{_SLASH})\s*[^\n]+?(?=[ ]HTTP/\d[.\d]*"|",[ ]line[ ]\d|$)""",
    re.IGNORECASE | re.MULTILINE,
)
MASKED = r"\1***"


def mask(text: str) -> str:
    return LINK.sub(MASKED, text)


class MaskingFormatter(logging.Formatter):
    """Masks the finished line, so that arguments and tracebacks of any kind are covered."""

    def format(self, record: logging.LogRecord) -> str:
        return mask(super().format(record))
