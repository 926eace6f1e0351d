"""Converts the blocks of an article into the parts that a theme's template draws in order.

Each part is a dictionary with its `kind`, which is text for a run of text blocks. docs/themes.md lists all kinds and their keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import singledispatch
from typing import Any

from markupsafe import Markup, escape

from composer.images.picture_encoder import Picture
from composer.issue.document import Block
from composer.issue.languages import direction_of
from composer.rendering.theme_model import Theme
from composer.rendering.writers.html_fragments import FragmentWriter, is_text

TemplatePart = dict[str, Any]


@singledispatch
def block_parts(block: Block, maker: PartsMaker, language: str) -> list[TemplatePart]:
    """Returns the parts of a block that a theme draws. `language`: its language, if different from the issue's."""
    return []


class PartsMaker:
    """Makes parts for one issue, with its pictures by `src`, and the theme's texts and sizes."""

    def __init__(self, writer: FragmentWriter, theme: Theme, pictures: Mapping[str, Picture], urls: Mapping[str, str]) -> None:
        self.writer, self.theme, self.pictures, self.urls = writer, theme, pictures, urls
        self.fixed_texts = theme.fixed_texts(writer.language)
        self.portrait_width = int(theme.settings["pictures"]["portrait"])  # CSS pixels, beside the text

    def of(self, blocks: tuple[Block, ...], language: str = "") -> list[TemplatePart]:
        """Returns the parts of blocks. Each run of text blocks becomes one part: fewer parts make a smaller mail."""
        parts: list[TemplatePart] = []
        run: list[Block] = []

        def end_run() -> None:
            if run:
                parts.append({"kind": "text", "html": self.writer.blocks(tuple(run), language)})
                run.clear()

        for block in blocks:
            if is_text(block):
                run.append(block)
            elif drawn := block_parts(block, self, language):
                end_run()
                parts += ({"block": block.module_name()} | part for part in drawn)
        end_run()
        return parts

    def fixed(self, text: str, word: str) -> Markup:
        """Writes a text that the theme's `word` begins, ends or formats."""
        if direction_of(self.writer.language) == "rtl":
            return self.writer.text(text, self.theme.language_of(word, self.writer.language))
        return escape(text)
