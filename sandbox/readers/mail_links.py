"""The links of a mail that lead to this installation. Readers follow no others, so no request ever leaves the machine."""

import html
import re
from typing import Any
from urllib.parse import urlsplit

import orjson

from sandbox.http.listener import is_loopback
from sandbox.substitutions import substitute

_HREF = re.compile(r"""<a\b[^>]*?\bhref=(["'])(https?://[^"'<>\s]+)\1""", re.IGNORECASE)


def site_of(url: str) -> tuple[str, int] | None:
    """Host and port of an address that begins with http and is on loopback; None for any other."""
    try:
        parts = urlsplit(url)
        host, port = parts.hostname or "", parts.port or 80
    except ValueError:
        return None
    return (host, port) if parts.scheme == "http" and is_loopback(host) and parts.username is None else None


class MailLinks:
    """The links of one request's HTML, before the substitutions of each recipient."""

    def __init__(self, body: bytes, nested: bool) -> None:
        mail: dict[str, Any] = orjson.loads(body)
        self._personalizations = mail["personalizations"]
        self._headers = mail.get("headers", {})
        self._nested = nested
        written = next((part["value"] for part in mail.get("content", ()) if part["type"] == "text/html"), "")
        self._hrefs = "\n".join(dict.fromkeys(html.unescape(match[2]) for match in _HREF.finditer(written)))

    def of(self, position: int, sites: frozenset[tuple[str, int]]) -> list[str]:
        """The links of the mail with this personalization that lead to `sites`, in the order of the mail.

        The one with which the reader would leave, named by List-Unsubscribe, is not among them."""
        personalization = self._personalizations[position]
        pairs = personalization.get("substitutions", {})
        leaving = str({**self._headers, **personalization.get("headers", {})}.get("List-Unsubscribe", ""))
        # All at once, because each call makes a pattern of the tags.
        urls = substitute(self._hrefs, pairs, self._nested).split("\n")
        return [url for url in dict.fromkeys(urls) if site_of(url) in sites and f"<{url}>" not in leaving]
