"""Writes text blocks and inline content as HTML fragments for the mail. Themes draw figures and other blocks."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from functools import singledispatch
from typing import assert_never

from markupsafe import Markup

from composer.issue import languages, links, merge_fields
from composer.issue.document import Block, Emphasis, Field, Inline, Inlines, LineBreak, Link, Span, Strong, Text
from composer.rendering import escaping
from composer.rendering.soft_hyphens import softened

_LONGEST_IN_TITLE = 13  # letters of a word that fits beside the picture of a story, or in a button on a phone of 320 pixels


@singledispatch
def block_html(block: Block, writer: FragmentWriter) -> str:
    """Returns the HTML of a text block. Kinds of blocks that a theme draws, or that are not mailed, register nothing."""
    return ""


@singledispatch
def is_text(block: Block) -> bool:
    """Whether a block is part of a run of text; a theme draws all other blocks itself."""
    return type(block) in block_html.registry


class FragmentWriter:
    """Writes fragments for one issue, with its language, the tags of its merge fields, and the article ids for links."""

    def __init__(self, tags: merge_fields.Tags, anchors: Collection[str], language: str) -> None:
        self.tags, self.anchors, self.language = tags, anchors, language
        self.longest_word = 0  # letters; longer words get soft hyphens, no word if it is 0

    def text(self, text: str, language: str = "") -> Markup:
        """Writes a plain text such as a title; parts in another script get a lang attribute.

        In a right-to-left issue, a text of another direction is isolated. Otherwise its full stop, its brackets, or the groups of
        a telephone number would change places. `language`: its language, if known and different from the issue's.
        """
        if languages.direction_of(self.language) == "ltr":
            return escaping.sanitised(self.within(language, "span", lambda: self.text_html(text)))
        return escaping.sanitised(_around_bare(text, lambda bare: self._isolated(bare, language)))

    def title(self, text: str) -> Markup:
        """Writes a title with soft hyphens in very long words, which would break anywhere on a phone, without a hyphen."""
        return self.text(softened(text, most=_LONGEST_IN_TITLE))

    def label(self, content: Inlines, language: str = "") -> Markup:
        """Writes a text for a narrow place, such as a button, with soft hyphens as in a title."""
        with self.soft_hyphens_beyond(_LONGEST_IN_TITLE):
            return self.inlines(content, language)

    @contextmanager
    def soft_hyphens_beyond(self, letters: int) -> Iterator[None]:
        """Puts soft hyphens into all words of more letters that are written within this context; into none if it is 0."""
        self.longest_word = letters
        try:
            yield
        finally:
            self.longest_word = 0

    def _isolated(self, text: str, language: str) -> str:
        if language in ("", self.language) and languages.runs_left_to_right(text):
            return f'<span dir="ltr">{self.text_html(text)}</span>'
        return self.within(language, "span", lambda: self.text_html(text))

    def inlines(self, content: Inlines, language: str = "") -> Markup:
        """Writes inline content as a sanitised fragment; `language`: its language, if different from the issue's."""
        return escaping.sanitised(self.within(language, "span", lambda: self.inlines_html(content)))

    def blocks(self, blocks: tuple[Block, ...], language: str = "") -> Markup:
        """Writes text blocks as one sanitised fragment; `language`: their language, if different from the issue's."""
        return escaping.sanitised(self.within(language, "div", lambda: self.blocks_html(blocks)))

    def href(self, href: str) -> str:
        url = links.normalise(href, self.anchors)
        return self.tags.replace_fields(url, "url") if merge_fields.WRITTEN.fullmatch(url) else url

    def blocks_html(self, blocks: tuple[Block, ...]) -> str:
        """Returns the HTML of text blocks that are part of a larger fragment, which is sanitised as a whole."""
        return "".join([block_html(block, self) for block in blocks])

    def within(self, language: str, tag: str, write: Callable[[], str]) -> str:
        """Wraps the output of `write` in an element with a lang attribute, unless the language is already the current one."""
        if not language or language == self.language:
            return write()
        outer, self.language = self.language, language
        try:
            return f'<{tag} lang="{escaping.quoted(language)}" dir="{languages.direction_of(language)}">{write()}</{tag}>'
        finally:
            self.language = outer

    def text_html(self, text: str) -> str:
        """Returns the HTML of a text within a fragment; parts whose script belongs to another language get a lang attribute."""
        text = softened(text, most=self.longest_word) if self.longest_word else text
        if text.isascii():
            return escaping.escaped(text)
        return "".join(
            [
                f'<span lang="{language}">{escaping.escaped(part)}</span>' if language else escaping.escaped(part)
                for part, language in languages.parts_of(text, self.language)
            ]
        )

    def inlines_html(self, content: Inlines) -> str:
        return "".join([self._inline(node) for node in content])

    def _inline(self, node: Inline) -> str:
        match node:
            case Text(text):
                return self.text_html(text)
            case Span(language, children):
                return self.within(language, "span", lambda: self.inlines_html(children))
            case Strong(children):
                return f"<strong>{self.inlines_html(children)}</strong>"
            case Emphasis(children):
                return f"<em>{self.inlines_html(children)}</em>"
            case Link(href, children):
                return f'<a href="{escaping.quoted(self.href(href))}">{self.inlines_html(children)}</a>'
            case Field():
                return self.tags.tag(node, "html")
            case LineBreak():
                return "<br>"
            case other:
                assert_never(other)


def _around_bare(text: str, write: Callable[[str], str]) -> str:
    """Writes a text without the spaces at its ends, and puts these around the result: within it they would change sides."""
    bare = text.strip()
    before, _, after = text.partition(bare) if bare else (text, "", "")
    return escaping.escaped(before) + (write(bare) if bare else "") + escaping.escaped(after)
