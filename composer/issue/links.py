"""Checks and encodes (percent-encoding, Punycode) every link of a mail, so that no engine needs to change it."""

import re
from collections.abc import Collection
from urllib.parse import quote, urlsplit, urlunsplit

import idna

from composer.errors import ContentError, nearest
from composer.issue import merge_fields
from composer.issue.inline_content import Inlines, Link, walk_inlines
from composer.messages.phrases import phrase

_SCHEME = re.compile(r"\s*([A-Za-z][A-Za-z0-9+.\-]*):")
_HIDING = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u061c\u115f\u1160\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\ufff9-\ufffb]"
)
_MAILTO = re.compile(r"mailto:[^\s@?<>\"',;:\\]+@([^\s@?<>\"',;:\\/]+)(\?[^\s<>\"\\]*)?\Z", re.IGNORECASE)
_TEL = re.compile(r"tel:\+?[0-9][0-9().\-]*\Z", re.IGNORECASE)
_STRAY_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_HOST_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)\Z")
# Without `'`: it is legal in a URL, but a quotation mark in an attribute is a risk.
_SAFE = "/:@!$&()*+,;=~-._%"
_MOST_NAMED = 6  # ids of articles in a finding about an unknown id


def normalise(href: str, anchors: Collection[str] = ()) -> str:
    """Returns the address for a mail. `anchors`: article ids that `#id` may name. Raises ContentError."""
    url = href.strip()
    if not url:
        raise ContentError("link-empty")
    if _HIDING.search(url):
        raise ContentError("link-character", url=_HIDING.sub("\N{REPLACEMENT CHARACTER}", url))
    if written := merge_fields.WRITTEN.fullmatch(url):
        if merge_fields.read_field(written[1]).name not in merge_fields.URL_FIELDS:
            raise ContentError("field-link")
        return url
    if any(merge_fields.written_in(url)):
        raise ContentError("field-link")
    if merge_fields.TAG_START.search(url):
        raise ContentError("tag-in-text", text="-mr_")
    if url.startswith("#"):
        return _anchor(url, anchors)
    scheme = _SCHEME.match(url)
    if scheme is None:
        raise ContentError("link-relative", url=url)
    match scheme[1].lower():
        case "http" | "https":
            return _web(url)
        case "mailto":
            return _mail(url)
        case "tel":
            return _phone(url)
        case other:
            raise ContentError("link-scheme", scheme=other, url=url)


def _anchor(url: str, anchors: Collection[str]) -> str:
    if url[1:] in anchors:
        return url
    raise ContentError("link-anchor", id=url[1:], **suggestions(url[1:], anchors))


def suggestions(name: str, known: Collection[str]) -> dict[str, object]:
    """Returns finding parameters for an unknown name: the `nearest` known name, and the first known names as `known`."""
    first, more = list(known)[:_MOST_NAMED], len(known) - _MOST_NAMED
    names: object = ", ".join(first)
    if more > 0:
        names = phrase("{names} and {count} more", names=names, count=more)
    return {"nearest": nearest(name, known), "known": names}


def _web(url: str) -> str:
    try:
        parts = urlsplit(url)
        port = parts.port
        host = parts.hostname or ""
    except ValueError as problem:
        raise ContentError("link-host", url=url) from problem
    if parts.username is not None or parts.password is not None:
        raise ContentError("link-login", url=url)
    netloc = _host(host, url) + (f":{port}" if port is not None else "")
    return urlunsplit((parts.scheme.lower(), netloc, _encode(parts.path), _encode(parts.query, "?"),
                       _encode(parts.fragment, "?")))  # fmt: skip


def _host(host: str, url: str) -> str:
    if ":" in host:  # urlsplit has checked that it is an IPv6 address in brackets
        return f"[{host}]"
    try:
        ascii_host = idna.encode(host, uts46=True).decode() if not host.isascii() else host.lower()
    except idna.IDNAError as problem:
        raise ContentError("link-host", url=url) from problem
    labels = ascii_host.removesuffix(".").split(".")
    if len(ascii_host) > 253 or not all(_HOST_LABEL.match(label) for label in labels):
        raise ContentError("link-host", url=url)
    return ascii_host


def _encode(part: str, more: str = "") -> str:
    return quote(_STRAY_PERCENT.sub("%25", part), safe=_SAFE + more)


def _mail(url: str) -> str:
    match = _MAILTO.match(url)
    if match is None:
        raise ContentError("link-mail", url=url)
    host = _host(match[1], url)
    local = url[len("mailto:") : match.start(1)]
    return f"mailto:{_encode(local)}{host}{_encode(match[2] or '', '?')}"


def _phone(url: str) -> str:
    if not _TEL.match(url):
        raise ContentError("link-phone", url=url)
    return "tel:" + url[4:]


def links_of(content: Inlines) -> list[Link]:
    return [node for node in walk_inlines(content) if isinstance(node, Link)]
