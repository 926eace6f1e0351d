"""Checks a finished article against the documented limits of WeChat official accounts.

The checks read the HTML alone and know nothing of how it was written. docs/wechat.md names the source of each limit.
"""

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple
from urllib.parse import urlsplit

from lxml import html as lxml_html

from composer.errors import Finding, Level

MOST_TITLE, SHORT_TITLE = 64, 32  # characters: of the editor, and of the interface for drafts
MOST_DIGEST = 120
MOST_AUTHOR = 8
MOST_CHARACTERS, MOST_BYTES = 20_000, 1_000_000  # of the HTML of a draft
MOST_PICTURE_BYTES, MOST_GIF_BYTES = 10_000_000, 5_000_000  # in the editor
SMALL_PICTURE_BYTES = 1_000_000  # in the interface for pictures of drafts
PICTURE_TYPES = frozenset({"image/jpeg", "image/png", "image/gif"})
LINKED_HOST = "mp.weixin.qq.com"
ELEMENTS = frozenset({
    "section", "p", "h1", "h2", "h3", "h4", "h5", "h6", "span", "strong", "em", "b", "i", "u", "sup", "sub", "br", "hr",
    "blockquote", "ul", "ol", "li", "table", "thead", "tbody", "tr", "th", "td", "img", "a",
})  # fmt: skip
ATTRIBUTES = frozenset({"style", "src", "alt", "href", "start", "colspan", "rowspan"})
_DROPPED_STYLE = re.compile(r"(?:^|;)\s*(position|transform|animation|float|z-index)\s*:", re.IGNORECASE)
_LOADED_STYLE = re.compile(r"url\(|@import|expression\(|var\(", re.IGNORECASE)


class PictureFile(NamedTuple):
    content_type: str
    byte_count: int


def check_article(
    title: str, digest: str, author: str, html: str, pictures: Mapping[str, PictureFile], file: str = ""
) -> tuple[Finding, ...]:
    """Returns the findings of an article, each once. `pictures`: src in the HTML -> the file; `file` is that of the issue."""
    gathered = [*_lengths(title, digest, author, html), *_markup(html, pictures), *_pictures(pictures)]
    unique = {(code, str(params)): Finding(code, level, params, file) for code, level, params in gathered}
    return tuple(unique.values())


_Fault = tuple[str, Level, dict[str, object]]


def _lengths(title: str, digest: str, author: str, html: str) -> Iterator[_Fault]:
    # Warnings where people type the text into a field of WeChat and can shorten it there.
    if not title.strip():
        yield "wechat-title-empty", "warning", {}
    elif len(title) > MOST_TITLE:
        yield "wechat-title", "warning", {"count": len(title), "limit": MOST_TITLE}
    elif len(title) > SHORT_TITLE:
        yield "wechat-title-draft", "warning", {"count": len(title), "limit": SHORT_TITLE}
    if len(digest) > MOST_DIGEST:
        yield "wechat-digest", "warning", {"count": len(digest), "limit": MOST_DIGEST}
    if len(author) > MOST_AUTHOR:
        yield "wechat-author", "warning", {"count": len(author), "limit": MOST_AUTHOR}
    size = len(html.encode())
    if size >= MOST_BYTES:
        yield "wechat-bytes", "error", {"size": size, "limit": MOST_BYTES}
    elif len(html) >= MOST_CHARACTERS:
        yield "wechat-characters", "warning", {"count": len(html), "limit": MOST_CHARACTERS}


def _markup(html: str, pictures: Mapping[str, PictureFile]) -> Iterator[_Fault]:
    for element in lxml_html.fragment_fromstring(html, create_parent="section").iter():
        if not isinstance(element.tag, str):
            yield "wechat-element", "error", {"name": "<!-- -->"}
            continue
        if element.tag not in ELEMENTS:
            yield "wechat-element", "error", {"name": f"<{element.tag}>"}
        for name, value in element.attrib.items():
            if name not in ATTRIBUTES:
                yield "wechat-attribute", "error", {"name": name, "element": element.tag}
            elif name == "style" and (dropped := _DROPPED_STYLE.search(value) or _LOADED_STYLE.search(value)):
                yield "wechat-style", "error", {"style": dropped[0].strip("; :")}
        if element.tag == "a" and not _is_kept(element.get("href", "")):
            yield "wechat-link", "error", {"url": element.get("href", "")}
        if element.tag == "img" and element.get("src", "") not in pictures:
            yield "wechat-picture", "error", {"src": element.get("src", "")}


def _is_kept(href: str) -> bool:
    try:
        parts = urlsplit(href)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.hostname == LINKED_HOST


def _pictures(pictures: Mapping[str, PictureFile]) -> Iterator[_Fault]:
    if not pictures:
        yield "wechat-cover", "warning", {}
    for src, picture in pictures.items():
        if picture.content_type not in PICTURE_TYPES:
            yield "wechat-picture-type", "error", {"src": src}
        limit = MOST_GIF_BYTES if picture.content_type == "image/gif" else MOST_PICTURE_BYTES
        if picture.byte_count > limit:
            yield "wechat-picture-bytes", "error", {"src": src, "size": picture.byte_count, "limit": limit}
        elif picture.byte_count >= SMALL_PICTURE_BYTES:
            yield "wechat-picture-draft", "warning", {"src": src, "size": picture.byte_count, "limit": SMALL_PICTURE_BYTES}
