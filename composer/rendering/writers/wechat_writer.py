"""Writes blocks for the article of a WeChat official account: HTML with inline styles only, links as numbered notes.

WeChat's editor drops style sheets, classes, ids and links to other sites (docs/wechat.md).
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import singledispatch
from typing import Any, assert_never
from urllib.parse import urlsplit

from composer.images.picture_encoder import Picture
from composer.issue import languages, links, merge_fields
from composer.issue.document import (
    Block,
    Emphasis,
    Field,
    Figure,
    Inline,
    Inlines,
    Issue,
    LineBreak,
    Link,
    Span,
    Strong,
    Text,
    plain,
)
from composer.rendering import shared_values
from composer.rendering.escaping import escaped, quoted

PICTURES = "images"  # the folder of the pictures, beside the article
OWN_HOST = "mp.weixin.qq.com"  # the only host to which WeChat keeps links
UNKNOWN = "…"  # replaces an email field without a default


@dataclass(frozen=True, slots=True)
class WechatColours:
    """Colours of text and lines on white, each as #rrggbb."""

    ink: str
    quiet: str
    accent: str
    line: str


@dataclass(frozen=True, slots=True)
class WechatPicture:
    """A picture of the article. `name`: of its file, which begins with its number in the order of appearance."""

    name: str
    alt: str
    picture: Picture


@dataclass(frozen=True, slots=True)
class WechatLink:
    """A link that the article lists at its end, because it cannot lead anywhere in the text."""

    text: str
    address: str


@singledispatch
def block_wechat(block: Block, writer: WechatWriter) -> str:
    """Returns the HTML of a block. Every kind of block registers a function, so that none is lost in silence."""
    raise NotImplementedError(type(block).__name__)


class WechatWriter:
    """Writes the blocks of one issue, and gathers the pictures and the links in the order in which they appear.

    `pictures`: src of a figure -> its picture.
    """

    def __init__(
        self, issue: Issue, fixed_texts: Mapping[str, Any], colours: WechatColours, pictures: Mapping[str, Picture]
    ) -> None:
        self.fixed_texts, self.colours = fixed_texts, colours
        self.language = issue.language
        self.placed: dict[str, WechatPicture] = {}  # by src
        self.links: list[WechatLink] = []
        self._titles = {article.id: article.title for article in issue.articles()}
        self._pictures = pictures
        self._numbers: dict[str, int] = {}  # of an address

    # -- blocks ------------------------------------------------------------------------------------------------------
    def blocks(self, blocks: tuple[Block, ...]) -> str:
        return "".join(block_wechat(block, self) for block in blocks)

    def paragraph(self, html: str, style: str = "") -> str:
        return f'<p style="{self.body_style()}{";" if style else ""}{style}">{html}</p>'

    def body_style(self) -> str:
        """Returns the style of text. Without hyphens, only texts without spaces between words can be justified on a phone."""
        side = "justify" if self.is_full_width else self.start_side()
        return f"margin:0 0 16px;font-size:16px;line-height:1.75;text-align:{side}"

    def small(self, html: str, style: str = "") -> str:
        """Writes a caption, a role or another remark in small grey type."""
        more = f";{style}" if style else ""
        return f'<p style="margin:0 0 16px;font-size:13px;line-height:1.6;color:{self.colours.quiet}{more}">{html}</p>'

    def image(self, figure: Figure) -> str:
        """Writes the picture alone; empty while it is missing."""
        picture = None if figure.missing else self._pictures.get(figure.src)
        if picture is None:
            return ""
        if figure.src not in self.placed:
            self.placed[figure.src] = WechatPicture(_file_name(len(self.placed) + 1, picture), figure.alt, picture)
        alt = quoted(" ".join(figure.alt.split()))
        style = "display:block;max-width:100%;height:auto;margin:0 auto"
        return f'<img src="{PICTURES}/{self.placed[figure.src].name}" alt="{alt}" style="{style}">'

    def credit(self, figure: Figure) -> str:
        if not figure.credit:
            return ""
        before, after = shared_values.around_credit(figure.credit, self.fixed_texts)
        return f"{escaped(before)}{self.inlines(figure.credit)}{escaped(after)}"

    @contextmanager
    def within(self, language: str) -> Iterator[str]:
        """Changes the language while a passage is written, and yields the style of its direction, if that differs."""
        outer, self.language = self.language, language
        turned = languages.direction_of(language) != languages.direction_of(outer)
        try:
            yield self.direction() if turned else ""
        finally:
            self.language = outer

    def direction(self) -> str:
        return f"direction:{languages.direction_of(self.language)}"

    @property
    def is_full_width(self) -> bool:
        """Whether the punctuation of the language is as wide as its characters."""
        return languages.is_written_with_han(self.language) and not self.language.lower().startswith("ko")

    def start_side(self) -> str:
        return "right" if languages.direction_of(self.language) == "rtl" else "left"

    # -- inline content ----------------------------------------------------------------------------------------------
    def text(self, text: str) -> str:
        return escaped(" ".join(text.split()))

    def inlines(self, content: Inlines) -> str:
        return "".join([self._inline(node) for node in content])

    def _inline(self, node: Inline) -> str:
        match node:
            case Text(text):
                return escaped(text)
            case Strong(children):
                return f'<strong style="font-weight:bold">{self.inlines(children)}</strong>'
            case Emphasis(children):
                # Chinese typefaces have no italics: WeChat would slant the characters.
                is_han = languages.is_written_with_han(self.language)
                style = "font-style:normal;font-weight:bold" if is_han else "font-style:italic"
                return f'<em style="{style}">{self.inlines(children)}</em>'
            case Span(language, children):
                with self.within(language):
                    return self.inlines(children)
            case Link():
                return self.link(node)
            case Field(name, default):
                return escaped(default or (UNKNOWN if name == "email" else ""))
            case LineBreak():
                return "<br>"
            case other:
                assert_never(other)

    def link(self, link: Link) -> str:
        """Writes a link as its text and the number of its note. Links to articles of WeChat stay links."""
        text = self.inlines(link.children)
        if merge_fields.WRITTEN.search(link.href):
            return text  # a page of this installation for one recipient
        url = links.normalise(link.href, self._titles)
        label = " ".join(plain(link.children).split())
        if url.startswith("#"):
            title = self._titles[url[1:]]
            return text if label == title else f"{text}{self.aside(f'→ {title}')}"
        if stays_link(url):
            return f'<a href="{quoted(url)}" style="color:{self.colours.accent};text-decoration:none">{text}</a>'
        return f"{text}{self.note(label, url)}"

    def note(self, text: str, url: str) -> str:
        """Returns the number of the note with this address; nothing if the text is the address already."""
        address = url.removeprefix("mailto:").removeprefix("tel:")
        if text == address:
            return ""
        if address not in self._numbers:
            self._numbers[address] = len(self._numbers) + 1
            self.links.append(WechatLink(text, address))
        return f'<sup style="font-size:12px;color:{self.colours.accent}">[{self._numbers[address]}]</sup>'

    def aside(self, text: str) -> str:
        """Writes a remark in brackets; full-width ones in Chinese and Japanese."""
        if self.is_full_width:
            return f"（{escaped(text)}）"
        return f" ({escaped(text)})"


def stays_link(url: str) -> bool:
    """Whether WeChat keeps the link: it leads to an article of WeChat."""
    parts = urlsplit(url)
    return parts.scheme in ("http", "https") and parts.hostname == OWN_HOST


def _file_name(number: int, picture: Picture) -> str:
    """Returns `01-lab.jpg` for the first picture, whose own name is `lab-0123456789ab.jpg`."""
    stem, ending = os.path.splitext(picture.name)
    return f"{number:02}-{stem.rpartition('-')[0] or stem}{ending}"
