"""Blocks of an article -> HTML fragments for the mail. Figures are left to the theme, which draws them as pictures."""

from __future__ import annotations

from collections.abc import Collection

from markupsafe import Markup

from composer import links, markup, merge
from composer.document import (
    Block,
    EditorMark,
    Emphasis,
    Field,
    Figure,
    Inline,
    Inlines,
    LineBreak,
    Link,
    ListBlock,
    Paragraph,
    Quote,
    Sources,
    Strong,
    SubHeading,
    Text,
)


class FragmentWriter:
    """Writes fragments for one issue: it knows the tags of its merge fields and the ids that links may name."""

    def __init__(self, tags: merge.Tags, anchors: Collection[str]) -> None:
        self.tags, self.anchors = tags, anchors

    def inlines(self, content: Inlines) -> Markup:
        """Inline content as a sanitised fragment."""
        return markup.sanitised(self._inlines(content))

    def blocks(self, blocks: tuple[Block, ...]) -> Markup:
        """Text blocks as one sanitised fragment."""
        return markup.sanitised("".join(self._block(block) for block in blocks))

    def href(self, href: str) -> str:
        """The address of a link as it stands in the mail. Raises LinkError."""
        url = links.normalise(href, self.anchors)
        return self.tags.place(url, "url") if merge.WRITTEN.fullmatch(url) else url

    def _block(self, block: Block) -> str:
        match block:
            case Paragraph(content):
                return f"<p>{self._inlines(content)}</p>"
            case SubHeading(text):
                return f"<h4>{markup.text(text)}</h4>"
            case Quote(blocks):
                return f"<blockquote>{''.join(map(self._block, blocks))}</blockquote>"
            case ListBlock(items, ordered, start):
                tag = "ol" if ordered else "ul"
                first = f' start="{start}"' if ordered and start != 1 else ""
                return f"<{tag}{first}>{''.join(map(self._item, items))}</{tag}>"
            case Sources() | Figure() | EditorMark():
                return ""

    def _item(self, blocks: tuple[Block, ...]) -> str:
        # An item's first paragraph stands bare: a paragraph of its own would put a gap between the items.
        parts = [
            self._inlines(block.content) if number == 0 and isinstance(block, Paragraph) else self._block(block)
            for number, block in enumerate(blocks)
        ]
        return f"<li>{''.join(parts)}</li>"

    def _inlines(self, content: Inlines) -> str:
        return "".join(self._inline(node) for node in content)

    def _inline(self, node: Inline) -> str:
        match node:
            case Text(text):
                return markup.text(text)
            case Strong(children):
                return f"<strong>{self._inlines(children)}</strong>"
            case Emphasis(children):
                return f"<em>{self._inlines(children)}</em>"
            case Link(href, children):
                return f'<a href="{markup.attribute(self.href(href))}">{self._inlines(children)}</a>'
            case Field():
                return self.tags.tag(node, "html")
            case LineBreak():
                return "<br>"
