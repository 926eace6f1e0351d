"""Converts the blocks of an article into the parts that a theme's template draws in order.

Each part is a dictionary with its `kind`: text, figure, waiting, profile, calendar, action. docs/themes.md lists their keys.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, assert_never

from markupsafe import Markup, escape

from composer.images.picture_encoder import Picture
from composer.issue import document as doc
from composer.issue.languages import direction_of
from composer.rendering import shared_values
from composer.rendering.html_fragments import FragmentWriter, is_text
from composer.rendering.theme_model import Theme

TemplatePart = dict[str, Any]


class PartsMaker:
    """Makes parts for one issue, with its pictures by `src`, and the theme's texts and sizes."""

    def __init__(self, writer: FragmentWriter, theme: Theme, pictures: Mapping[str, Picture], urls: Mapping[str, str]) -> None:
        self.writer, self.theme, self.pictures, self.urls = writer, theme, pictures, urls
        self.words = theme.words(writer.language)
        self.portrait = int(theme.settings["pictures"]["portrait"])  # CSS pixels; the width of a portrait next to a name

    def of(self, blocks: tuple[doc.Block, ...], language: str = "") -> list[TemplatePart]:
        """Returns the parts of blocks. Each run of text blocks becomes one part: fewer parts make a smaller mail."""
        found: list[TemplatePart] = []
        run: list[doc.Block] = []

        def end_run() -> None:
            if run:
                found.append({"kind": "text", "html": self.writer.blocks(tuple(run), language)})
                run.clear()

        for block in blocks:
            if is_text(block):
                run.append(block)
            elif not isinstance(block, doc.EditorMark | doc.Sources):
                end_run()
                found += self._drawn(block, language)
        end_run()
        return found

    def _drawn(self, block: doc.Block, language: str) -> list[TemplatePart]:
        match block:
            case doc.Figure():
                return [self._figure(block, language)]
            case doc.Profile():
                return [self._profile(block, language)]
            case doc.Calendar():
                return [self._calendar(block, language)]
            case doc.Action(link):
                words = self.writer.inlines(link.children, language)
                return [{"kind": "action", "label": words, "url": self.writer.href(link.href)}]
            case doc.Passage(inner, blocks):
                return self.of(blocks, inner)
            case doc.Paragraph() | doc.SubHeading() | doc.Quote() | doc.ListBlock() | doc.Table():
                raise AssertionError("text is written in runs")
            case doc.Only() | doc.Sources() | doc.EditorMark():
                raise AssertionError("in no variant, or not drawn")
            case other:
                assert_never(other)

    def _figure(self, figure: doc.Figure, language: str, widest: int = 0) -> TemplatePart:
        picture = self.pictures.get(figure.src)
        credit = self.writer.inlines(figure.credit, language)
        if credit:
            before, after = shared_values.around_credit(figure.credit, self.words)
            credit = self._fixed(before, "photo") + credit + self._fixed(after, "photo")
        if picture is None:
            # Caption and credit are shown as well, so that people who review a draft can correct them.
            caption = self.writer.inlines(figure.caption, language) if figure.alt else Markup("")
            said = [self._fixed(shared_values.waiting_text(figure, self.words), "waiting"), caption, credit]
            return {"kind": "waiting", "words": Markup("<br />").join(each for each in said if each)}
        limits = self.theme.settings["pictures"]
        width = shown_width(picture, widest or int(limits["widest"]), int(limits["tallest"]))
        return {
            "kind": "figure",
            "url": self.urls[figure.src],
            "alt": figure.alt,
            "width": width,
            "height": max(1, round(width * picture.height / picture.width)),
            "caption": self.writer.inlines(figure.caption, language),
            "credit": credit,
        }

    def _profile(self, profile: doc.Profile, language: str) -> TemplatePart:
        return {
            "kind": "profile",
            "name": self.writer.words(profile.name),
            "role": self.writer.words(profile.role),
            "portrait": self._figure(profile.portrait, language, self.portrait) if profile.portrait else None,
            "html": self.writer.blocks(profile.blocks, language),
        }

    def _calendar(self, calendar: doc.Calendar, language: str) -> TemplatePart:
        events = [
            {
                "when": self._days(event),
                "title": self.writer.inlines(event.title, language),
                "place": self.writer.inlines(event.place, language),
            }
            for event in calendar.events
        ]
        return {"kind": "calendar", "events": events}

    def _days(self, event: doc.Event) -> Markup:
        days = shared_values.days_text(event, self.words)
        return self._fixed(days, "months") if direction_of(self.writer.language) == "rtl" else shared_values.unbroken(days)

    def _fixed(self, text: str, word: str) -> Markup:
        """Writes a text that the theme's `word` begins, ends or formats."""
        if direction_of(self.writer.language) == "rtl":
            return self.writer.words(text, self.theme.language_of(word, self.writer.language))
        return escape(text)


def shown_width(picture: Picture, widest: int, tallest: int) -> int:
    """Returns the width in CSS pixels: never more than the picture's own pixels, and so that it is at most `tallest` high."""
    return max(1, min(widest, picture.width, round(tallest * picture.width / picture.height)))
