"""Renders the plain text part from the issue, not from the HTML: 76 columns wide, with numbered links."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, assert_never

from composer.issue import document as doc
from composer.issue import links, merge_fields
from composer.rendering import shared_values
from composer.rendering.template_engine import environment_for, fill_template
from composer.rendering.text_wrapping import COLUMNS, columns, hanging, wrapped
from composer.rendering.theme_model import Theme

TEMPLATE = "text.txt.j2"


class TextWriter:
    """Writes the text of articles in order; links are numbered throughout the issue."""

    def __init__(self, issue: doc.Issue, tags: merge_fields.Tags, words: Mapping[str, Any]) -> None:
        self.tags, self.words = tags, words
        self.titles = {article.id: article.title for article in issue.articles()}
        self._numbers: dict[str, int] = {}
        self._listed: list[str] = []

    def take_links(self) -> list[str]:
        """Returns the lines `[1] https://…` for the new links since the last call."""
        taken, self._listed = self._listed, []
        return taken

    def blocks(self, blocks: tuple[doc.Block, ...], width: int = COLUMNS, gap: str = "\n\n") -> str:
        return gap.join(filter(None, [self._block(block, width) for block in blocks]))

    def _block(self, block: doc.Block, width: int) -> str:
        match block:
            case doc.Paragraph(content):
                return wrapped(self.inlines(content), width=width)
            case doc.SubHeading(text, number):
                sign = "* " if number is None else f"{number}. "
                return f"\n{hanging(text, sign, width)}"
            case doc.Figure():
                return self._figure(block, width)
            case doc.Quote(blocks):
                inner = self.blocks(blocks, max(20, width - 2))
                return "\n".join(f"> {line}".rstrip() for line in inner.split("\n"))
            case doc.ListBlock():
                return self._list(block, width)
            case doc.Table():
                return self._table(block, width)
            case doc.Profile():
                return self._profile(block, width)
            case doc.Calendar(events):
                return "\n\n".join(self._event(event, width) for event in events)
            case doc.Action(link):
                return wrapped(f"→ {self.inlines((link,))}", width=width)
            case doc.Passage(blocks=blocks):
                return self.blocks(blocks, width)
            case doc.Only() | doc.Sources() | doc.EditorMark():
                return ""  # Only is not in a variant; sources follow the text; marks are not mailed
            case other:
                assert_never(other)

    def _table(self, table: doc.Table, width: int) -> str:
        """Writes a table row by row, each cell after the heading of its column, because aligned columns break on phones."""
        heads = [doc.plain(head) for head in table.head]
        rows = [
            "\n".join(
                hanging(self.inlines(cell), f"{head}: " if head else "", width)
                for head, cell in zip(heads, row, strict=True)
                if cell
            )
            for row in table.rows
        ]
        caption = [wrapped(self.inlines(table.caption), width=width)] if table.caption else []
        return "\n\n".join([*caption, *(row for row in rows if row)])

    def _profile(self, profile: doc.Profile, width: int) -> str:
        head = profile.name + (f" · {profile.role}" if profile.role else "")
        portrait = self._figure(profile.portrait, width) if profile.portrait else ""
        parts = [wrapped(head, width=width), portrait, self.blocks(profile.blocks, width)]
        return "\n\n".join(part for part in parts if part)

    def _event(self, event: doc.Event, width: int) -> str:
        place = self.inlines(event.place)
        said = self.inlines(event.title) + (f" · {place}" if place else "")
        return f"{shared_values.days_text(event, self.words)}\n{hanging(said, '  ', width)}"

    def _list(self, block: doc.ListBlock, width: int) -> str:
        items: list[str] = []
        for number, item in enumerate(block.items, start=block.start):
            sign = f"{number}. " if block.ordered else "- "
            lines = self.blocks(item, max(20, width - len(sign)), "\n").split("\n")
            items.append("\n".join([sign + lines[0], *(" " * len(sign) + line for line in lines[1:])]))
        return "\n".join(items)

    def _figure(self, figure: doc.Figure, width: int) -> str:
        """Describes a picture by its caption, or else by its alternative text."""
        if figure.missing:
            caption = self.inlines(figure.caption) if figure.alt else ""
            said = [shared_values.waiting_text(figure, self.words), caption, self.inlines(figure.credit)]
            return wrapped(f"[{' · '.join(each for each in said if each)}]", width=width)
        words = [self.inlines(figure.caption) or figure.alt, self.inlines(figure.credit)]
        told = " · ".join(word for word in words if word)
        return wrapped(f"[{told}]", width=width) if told else ""

    def inlines(self, content: doc.Inlines) -> str:
        return "".join([self._inline(node) for node in content])

    def _inline(self, node: doc.Inline) -> str:
        match node:
            case doc.Text(text):
                return text.replace("\n", " ")
            case doc.Strong(children) | doc.Emphasis(children) | doc.Span(children=children):
                return self.inlines(children)
            case doc.Link(href, children):
                return self._link(href, self.inlines(children))
            case doc.Field():
                return self.tags.tag(node, "text")
            case doc.LineBreak():
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


def render_text(issue: doc.Issue, theme: Theme, tags: merge_fields.Tags) -> str:
    """Returns the whole text part, with newlines at line ends."""
    environment = environment_for(theme, escape=False, filters=_FILTERS)
    filled = fill_template(environment, TEMPLATE, text_values(issue, theme, tags), theme)
    return "\n".join(line.rstrip() for line in filled.split("\n")).strip("\n") + "\n"


def text_values(issue: doc.Issue, theme: Theme, tags: merge_fields.Tags) -> dict[str, Any]:
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


def _article(article: doc.Article, writer: TextWriter) -> dict[str, Any]:
    text = writer.blocks(article.blocks).strip("\n")
    sources = [writer.inlines(entry) for entry in article.sources]
    return {"title": article.title, "text": text, "sources": sources, "links": writer.take_links()}
