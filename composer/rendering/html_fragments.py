"""Writes text blocks and inline content as HTML fragments for the mail. Themes draw figures and other blocks."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import assert_never

from markupsafe import Markup

from composer.issue import document as doc
from composer.issue import languages, links, merge_fields
from composer.rendering import escaping, soft_hyphens

PHONE, COLUMN, CARD = 40, 60, 72  # letters of a table that fit side by side at 15 pixels (phone) and at 13 (column, mail width)
# All classes that this module can write, whether or not an issue needs them.
CLASSES = frozenset({"part", "data", "broad", "tight", "crowded", "lead", "key", "soft"})


def is_text(block: doc.Block) -> bool:
    """Whether a block is part of a run of text; a theme draws all other blocks itself."""
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
    """Writes fragments for one issue, with its language, the tags of its merge fields, and the article ids for links."""

    def __init__(self, tags: merge_fields.Tags, anchors: Collection[str], language: str) -> None:
        self.tags, self.anchors, self.language = tags, anchors, language
        self.parting = False  # whether long words get soft hyphens

    def words(self, text: str, language: str = "") -> Markup:
        """Writes a plain text such as a title; parts in another script get a lang attribute.

        In a right-to-left issue, a text of another direction is isolated. Otherwise its full stop, its brackets, or the groups of
        a telephone number would change places. `language`: its language, if known and different from the issue's.
        """
        if languages.direction_of(self.language) == "ltr":
            return escaping.sanitised(self._within(language, "span", lambda: self._words(text)))
        return escaping.sanitised(_around_bare(text, lambda bare: self._isolated(bare, language)))

    def _isolated(self, text: str, language: str) -> str:
        if language in ("", self.language) and languages.runs_left_to_right(text):
            return f'<span dir="ltr">{self._words(text)}</span>'
        return self._within(language, "span", lambda: self._words(text))

    def inlines(self, content: doc.Inlines, language: str = "") -> Markup:
        """Writes inline content as a sanitised fragment; `language`: its language, if different from the issue's."""
        return escaping.sanitised(self._within(language, "span", lambda: self._inlines(content)))

    def blocks(self, blocks: tuple[doc.Block, ...], language: str = "") -> Markup:
        """Writes text blocks as one sanitised fragment; `language`: their language, if different from the issue's."""
        return escaping.sanitised(self._within(language, "div", lambda: "".join(map(self._block, blocks))))

    def href(self, href: str) -> str:
        """Returns the address of a link for the mail. Raises FaultError."""
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
                return ""  # Only is not in a variant; sources follow the text; marks are not mailed
            case other:
                assert_never(other)

    def _item(self, blocks: tuple[doc.Block, ...]) -> str:
        # The first paragraph of an item has no <p>, which would put a gap between the items.
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
        # Every column gets an align attribute, because headings would be centred by default.
        start = "right" if languages.direction_of(self.language) == "rtl" else "left"
        aligns = [align or start for align in table.aligns or ("",) * len(table.head)]
        sides = [f' align="{align}"' for align in aligns]
        head = "".join(f'<th scope="col"{side}>{self._inlines(cell)}</th>' for cell, side in zip(table.head, sides, strict=True))
        broad = bool(breadth)
        # On phones, a theme stacks the cells of a broad table; each cell then begins with the heading of its column.
        keys = [f'<span class="key soft">{self._inlines(cell)} </span>' if broad and cell else "" for cell in table.head]
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
        headings = f"<thead><tr>{head}</tr></thead>" if table.has_headings else ""
        return (
            f'<table class="data{breadth}" width="100%" cellpadding="0" cellspacing="0" border="0">{caption}'
            f"{headings}<tbody>{rows}</tbody></table>"
        )

    def _within(self, language: str, tag: str, write: Callable[[], str]) -> str:
        """Wraps the output of `write` in an element with a lang attribute, unless the language is already the current one."""
        if not language or language == self.language:
            return write()
        outer, self.language = self.language, language
        try:
            return f'<{tag} lang="{escaping.quoted(language)}" dir="{languages.direction_of(language)}">{write()}</{tag}>'
        finally:
            self.language = outer

    def _words(self, text: str) -> str:
        """Writes text; parts whose script belongs to another language get a lang attribute."""
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


def _around_bare(text: str, write: Callable[[str], str]) -> str:
    """Writes a text without the spaces at its ends, and puts these around the result: within it they would change sides."""
    bare = text.strip()
    before, _, after = text.partition(bare) if bare else (text, "", "")
    return escaping.escaped(before) + (write(bare) if bare else "") + escaping.escaped(after)


def _breadth(letters: int, parted: int) -> str:
    """Returns the classes of a table whose longest words do not fit side by side: on a phone (broad), in a narrow column (tight),
    or in the full width of the mail even with soft hyphens (crowded)."""
    named = (("broad", letters > PHONE), ("tight", letters > COLUMN), ("crowded", parted > CARD))
    return "".join(f" {name}" for name, so in named if so)


def letters_across(table: doc.Table, *, parted: bool = False) -> int:
    """Returns the minimum width of a table in letters, including the gaps between its columns."""
    rows = (table.head, *table.rows)
    longest = [max(_longest(doc.plain(row[column]), parted) for row in rows) for column in range(len(table.head))]
    return sum(longest) + 2 * len(longest)


def _longest(text: str, parted: bool) -> int:
    """Returns the letters of the longest word, or of its longest piece. Lines may break between Han characters, but at least
    three of them should be on a line."""
    said = soft_hyphens.softened(text).replace(soft_hyphens.SOFT, " ") if parted else text
    parts = languages.parts_of(said, "")
    return max((min(2 * len(word), 6) if language else len(word) for part, language in parts for word in part.split()), default=1)
