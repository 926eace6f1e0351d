"""Text blocks and inline content -> HTML fragments for the mail. Figures and the like are drawn by the theme."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import assert_never

from markupsafe import Markup

from composer.issue import document as doc
from composer.issue import languages, links, merge_fields
from composer.rendering import escaping, soft_hyphens

PHONE, COLUMN, CARD = 40, 60, 72  # letters of a table that stand beside one another, in 15 pixels and in 13
# What it writes into the HTML of a text, whether or not an issue has anything that needs it.
CLASSES = frozenset({"part", "data", "broad", "tight", "crowded", "lead", "key", "soft"})


def is_text(block: doc.Block) -> bool:
    """Whether a block stands in a run of text, as opposed to what a theme draws for itself."""
    match block:
        case doc.Paragraph() | doc.SubHeading() | doc.Quote() | doc.ListBlock() | doc.Table():
            return True
        case doc.Passage(blocks=blocks):
            return all(map(is_text, blocks))
        case doc.Figure() | doc.Profile() | doc.Calendar() | doc.Action() | doc.Only() | doc.Sources() | doc.EditorMark():
            return False
        case other:
            assert_never(other)


class FragmentWriter:
    """Writes fragments for one issue: it knows its language, the tags of its merge fields and the ids that links may name."""

    def __init__(self, tags: merge_fields.Tags, anchors: Collection[str], language: str) -> None:
        self.tags, self.anchors, self.language = tags, anchors, language
        self.parting = False  # whether long words get soft hyphens

    def words(self, text: str) -> Markup:
        """A plain text such as a title; what is in another script than the issue's says its language."""
        return escaping.sanitised(self._words(text))

    def inlines(self, content: doc.Inlines, language: str = "") -> Markup:
        """Inline content as a sanitised fragment; `language`: that of all of it, if not the issue's."""
        return escaping.sanitised(self._within(language, "span", lambda: self._inlines(content)))

    def blocks(self, blocks: tuple[doc.Block, ...], language: str = "") -> Markup:
        """Text blocks as one sanitised fragment; `language`: that of all of them, if not the issue's."""
        return escaping.sanitised(self._within(language, "div", lambda: "".join(map(self._block, blocks))))

    def href(self, href: str) -> str:
        """The address of a link as it stands in the mail. Raises FaultError."""
        url = links.normalise(href, self.anchors)
        return self.tags.place(url, "url") if merge_fields.WRITTEN.fullmatch(url) else url

    def _block(self, block: doc.Block) -> str:
        match block:
            case doc.Paragraph(content):
                return f"<p>{self._inlines(content)}</p>"
            case doc.SubHeading(text, number):
                numeral = "" if number is None else f'<span class="part">{number}.</span> '
                return f"<h4>{numeral}{self._words(text)}</h4>"
            case doc.Quote(blocks):
                return f"<blockquote>{''.join(map(self._block, blocks))}</blockquote>"
            case doc.ListBlock(items, ordered, start):
                tag = "ol" if ordered else "ul"
                first = f' start="{start}"' if ordered and start != 1 else ""
                return f"<{tag}{first}>{''.join(map(self._item, items))}</{tag}>"
            case doc.Table():
                return self._table(block)
            case doc.Passage(language, blocks):
                return self._within(language, "div", lambda: "".join(map(self._block, blocks)))
            case doc.Figure() | doc.Profile() | doc.Calendar() | doc.Action():
                return ""  # the theme draws it
            case doc.Only() | doc.Sources() | doc.EditorMark():
                return ""  # in no variant; behind the text; in no mail
            case other:
                assert_never(other)

    def _item(self, blocks: tuple[doc.Block, ...]) -> str:
        # An item's first paragraph stands bare: a paragraph of its own would put a gap between the items.
        parts = [
            self._inlines(block.content) if number == 0 and isinstance(block, doc.Paragraph) else self._block(block)
            for number, block in enumerate(blocks)
        ]
        return f"<li>{''.join(parts)}</li>"

    def _table(self, table: doc.Table) -> str:
        needed = letters_across(table)
        self.parting = needed > CARD
        try:
            return self._rows(table, _breadth(needed, letters_across(table, parted=True) if self.parting else needed))
        finally:
            self.parting = False

    def _rows(self, table: doc.Table, breadth: str) -> str:
        # Written out for every column: the heading of one is in the middle of it unless something says otherwise.
        start = "right" if languages.direction_of(self.language) == "rtl" else "left"
        aligns = [align or start for align in table.aligns or ("",) * len(table.head)]
        sides = [f' align="{align}"' for align in aligns]
        head = "".join(f'<th scope="col"{side}>{self._inlines(cell)}</th>' for cell, side in zip(table.head, sides, strict=True))
        broad = bool(breadth)
        # A theme stacks the cells of a broad table on phones; each then stands behind the heading of its column.
        keys = [f'<span class="key soft">{self._inlines(cell)} </span>' if broad else "" for cell in table.head]
        leads = [' class="lead"' if broad else "", *[""] * (len(table.head) - 1)]
        rows = "".join(
            "<tr>"
            + "".join(
                f"<td{lead}{side}>{key}{self._inlines(cell)}</td>"
                for cell, side, key, lead in zip(row, sides, ["", *keys[1:]], leads, strict=True)
            )
            + "</tr>"
            for row in table.rows
        )
        caption = f"<caption>{self._inlines(table.caption)}</caption>" if table.caption else ""
        return (
            f'<table class="data{breadth}" width="100%" cellpadding="0" cellspacing="0" border="0">{caption}'
            f"<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table>"
        )

    def _within(self, language: str, tag: str, write: Callable[[], str]) -> str:
        """What `write` writes as words of `language`, in an element that says so."""
        if not language or language == self.language:
            return write()
        outer, self.language = self.language, language
        try:
            return f'<{tag} lang="{escaping.quoted(language)}" dir="{languages.direction_of(language)}">{write()}</{tag}>'
        finally:
            self.language = outer

    def _words(self, text: str) -> str:
        """Text with its language said where its script shows that it is not that of what is around it."""
        text = soft_hyphens.softened(text) if self.parting else text
        if text.isascii():
            return escaping.escaped(text)
        return "".join(
            [
                f'<span lang="{language}">{escaping.escaped(part)}</span>' if language else escaping.escaped(part)
                for part, language in languages.parts_of(text, self.language)
            ]
        )

    def _inlines(self, content: doc.Inlines) -> str:
        return "".join([self._inline(node) for node in content])

    def _inline(self, node: doc.Inline) -> str:
        match node:
            case doc.Text(text):
                return self._words(text)
            case doc.Span(language, children):
                return self._within(language, "span", lambda: self._inlines(children))
            case doc.Strong(children):
                return f"<strong>{self._inlines(children)}</strong>"
            case doc.Emphasis(children):
                return f"<em>{self._inlines(children)}</em>"
            case doc.Link(href, children):
                return f'<a href="{escaping.quoted(self.href(href))}">{self._inlines(children)}</a>'
            case doc.Field():
                return self.tags.tag(node, "html")
            case doc.LineBreak():
                return "<br>"
            case other:
                assert_never(other)


def _breadth(letters: int, parted: int) -> str:
    """The classes of a table whose longest words have no room beside one another: on a phone, in a narrow column; and of
    one whose words have none in the card even when they are parted."""
    named = (("broad", letters > PHONE), ("tight", letters > COLUMN), ("crowded", parted > CARD))
    return "".join(f" {name}" for name, so in named if so)


def letters_across(table: doc.Table, *, parted: bool = False) -> int:
    """How many letters a table is wide at least, with the blanks between its columns."""
    rows = (table.head, *table.rows)
    longest = [max(_longest(doc.plain(row[column]), parted) for row in rows) for column in range(len(table.head))]
    return sum(longest) + 2 * len(longest)


def _longest(text: str, parted: bool) -> int:
    """Letters of the longest word, or of its longest piece. Between Han characters a line may end, but three of them should
    stand together."""
    said = soft_hyphens.softened(text).replace(soft_hyphens.SOFT, " ") if parted else text
    parts = languages.parts_of(said, "")
    return max((min(2 * len(word), 6) if language else len(word) for part, language in parts for word in part.split()), default=1)
