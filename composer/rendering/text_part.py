"""Renders the plain text part from the issue, not from the HTML: 76 columns wide, with numbered links."""

from __future__ import annotations

from collections.abc import Mapping
from functools import singledispatch
from typing import Any, assert_never

from composer.issue import links, merge_fields
from composer.issue.document import Article, Block, Emphasis, Field, Inline, Inlines, Issue, LineBreak, Link, Span, Strong, Text
from composer.rendering import shared_values
from composer.rendering.template_engine import environment_for, fill_template
from composer.rendering.text_wrapping import COLUMNS, columns, hanging, wrapped
from composer.rendering.theme_model import Theme

TEMPLATE = "text.txt.j2"


@singledispatch
def block_text(block: Block, writer: TextWriter, width: int) -> str:
    """Returns the text of a block, at most `width` columns wide. Kinds of blocks that are not mailed register nothing."""
    return ""


class TextWriter:
    """Writes the text of articles in order; links are numbered throughout the issue."""

    def __init__(self, issue: Issue, tags: merge_fields.Tags, words: Mapping[str, Any]) -> None:
        self.tags, self.words = tags, words
        self.titles = {article.id: article.title for article in issue.articles()}
        self._numbers: dict[str, int] = {}
        self._listed: list[str] = []

    def take_links(self) -> list[str]:
        """Returns the lines `[1] https://…` for the new links since the last call."""
        taken, self._listed = self._listed, []
        return taken

    def blocks(self, blocks: tuple[Block, ...], width: int = COLUMNS, gap: str = "\n\n") -> str:
        return gap.join(filter(None, [block_text(block, self, width) for block in blocks]))

    def inlines(self, content: Inlines) -> str:
        return "".join([self._inline(node) for node in content])

    def _inline(self, node: Inline) -> str:
        match node:
            case Text(text):
                return text.replace("\n", " ")
            case Strong(children) | Emphasis(children) | Span(children=children):
                return self.inlines(children)
            case Link(href, children):
                return self._link(href, self.inlines(children))
            case Field():
                return self.tags.tag(node, "text")
            case LineBreak():
                return "\n"
            case other:
                assert_never(other)

    def _link(self, href: str, words: str) -> str:
        url = links.normalise(href, self.titles)
        if url.startswith("#"):
            return f"{words} (→ {self.titles[url[1:]]})" if words != self.titles[url[1:]] else words
        if merge_fields.WRITTEN.fullmatch(url):
            url = self.tags.place(url, "url")
        if words in (url, url.removeprefix("mailto:")):
            return words
        if url not in self._numbers:
            self._numbers[url] = len(self._numbers) + 1
            self._listed.append(f"[{self._numbers[url]}] {url}")
        return f"{words} [{self._numbers[url]}]"


_FILTERS = (("wrapped", wrapped), ("hanging", hanging), ("columns", columns))


def render_text(issue: Issue, theme: Theme, tags: merge_fields.Tags) -> str:
    """Returns the whole text part, with newlines at line ends."""
    environment = environment_for(theme, escape=False, filters=_FILTERS)
    filled = fill_template(environment, TEMPLATE, text_values(issue, theme, tags), theme)
    return "\n".join(line.rstrip() for line in filled.split("\n")).strip("\n") + "\n"


def text_values(issue: Issue, theme: Theme, tags: merge_fields.Tags) -> dict[str, Any]:
    """Returns the variables of text.txt.j2, which docs/themes.md lists."""
    writer = TextWriter(issue, tags, theme.words(issue.language))
    opening = writer.blocks(issue.opening)
    opening_links = writer.take_links()
    return shared_values.common_view(issue, theme, tags) | {
        "opening": "\n\n".join(part for part in (opening, "\n".join(opening_links)) if part),
        "sections": [
            {"title": section.title, "articles": [_article(article, writer) for article in section.articles]}
            for section in issue.sections
        ],
    }


def _article(article: Article, writer: TextWriter) -> dict[str, Any]:
    text = writer.blocks(article.blocks).strip("\n")
    sources = [writer.inlines(entry) for entry in article.sources]
    return {"title": article.title, "text": text, "sources": sources, "links": writer.take_links()}
