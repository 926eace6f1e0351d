"""Turns the outline into the issue of the document model, with ids, and with the marks at their places."""

from __future__ import annotations

import re

from composer.importing.manuscript.captions import NO_ALT
from composer.importing.manuscript.import_log import ImportLog
from composer.importing.manuscript.line_patterns import SOURCES, is_binding_end, is_closed, read_credit
from composer.importing.manuscript.vocabulary import words_of
from composer.importing.readers.text import text_blocks as raw
from composer.importing.readers.text.ocr_fixes import find_doubts
from composer.importing.structure.outline import Chapter, Part, Piece, Story
from composer.issue import merge_fields
from composer.issue.document import (
    Article,
    Block,
    EditorMark,
    Emphasis,
    Figure,
    Inline,
    Inlines,
    ListBlock,
    Paragraph,
    Section,
    Sources,
    Strong,
    SubHeading,
    Text,
)
from composer.issue.parsing.body import slug

UNTITLED = "Untitled"
UNNAMED_SECTION = "Articles"
MARKUP = re.compile(r"\*\*(?!\s)([^*]+?)(?<!\s)\*\*|(?<![\w*])\*(?!\s)([^*]+?)(?<!\s)\*(?![\w*])")
SEMICOLON = re.compile(r"(?<!&amp)[;；]\s*")  # not the one that ends a character reference
DOMAIN_ENTRY = re.compile(r"^[\w.-]+\.[a-z]{2,}$")


class Edition:
    """Makes sections; `twins` are the words whose spelling is in doubt."""

    def __init__(self, log: ImportLog, twins: dict[str, str], known_sources: set[str]) -> None:
        self.log, self.twins, self.known_sources = log, twins, known_sources
        self.ids: set[str] = set()

    def make_sections(self, chapters: list[Chapter]) -> tuple[Section, ...]:
        sections: list[Section] = []
        for chapter in chapters:
            if not chapter.stories:
                self.log.leave_out(chapter.line, chapter.line, chapter.title, "the name of a section without articles")
                continue
            title = chapter.title
            if not title:
                title = UNNAMED_SECTION
                self.log.change(chapter.line, chapter.line, "", title, "a name for a section that has none")
                chapter.marks.append("the text names no section here: give it a name")
            articles = tuple(self.make_article(story) for story in chapter.stories)
            sections.append(Section(title, articles, self.make_marks(chapter.line, chapter.marks)))
        return tuple(sections)

    def make_article(self, story: Story) -> Article:
        title = bare(story.title)
        if not title:
            title = UNTITLED
            self.log.change(story.line, story.line, "", title, "a title for a text that has none")
            story.marks.append("the title is missing")
        made: list[Block] = [*self.make_marks(story.line, story.marks + find_doubts(title, self.twins))]
        items: list[Piece] = []
        for index, piece in enumerate(story.pieces):
            if piece.part is Part.ITEM and (not items or same_list(items[-1], piece)):
                items.append(piece)
                continue
            made += self.make_list(items)
            items = [piece] if piece.part is Part.ITEM else []
            if not items:
                last = index + 1 == len(story.pieces) or story.pieces[index + 1].part is not Part.ITEM
                made += self.make_piece(piece, may_be_open=not last)
        made += self.make_list(items)
        if not any(not isinstance(block, EditorMark) for block in made):
            made += [*self.make_marks(story.line, ["the article has no text"]), Paragraph((Text("…"),))]
        made += self.make_sources(story)
        return Article(self.new_id(title), title, tuple(made))

    def make_piece(self, piece: Piece, *, may_be_open: bool) -> list[Block]:
        text = piece.block.text
        if piece.part is Part.FIGURE:
            return self.make_figure(piece)
        marks = piece.marks + list(piece.block.doubts) + find_doubts(text, self.twins)
        if piece.part is Part.HEADING:
            return [*self.make_marks(piece.block.line_from, marks), SubHeading(bare(text))]
        if not is_closed(text):
            marks.append("the end of this paragraph may be missing" if is_binding_end(text) else "no full stop at the end")
        return [*self.make_marks(piece.block.line_from, marks), Paragraph(inlines(text))]

    def make_list(self, items: list[Piece]) -> list[Block]:
        if not items:
            return []
        ordered = raw.ORDERED_ITEM.match(items[0].block.text)
        texts = [raw.ORDERED_ITEM.sub("", item.block.text, count=1) if ordered else item.block.text for item in items]
        marks = [
            mark
            for item, text in zip(items, texts, strict=True)
            for mark in item.marks + list(item.block.doubts) + find_doubts(text, self.twins)
        ]
        start = int(ordered[0].strip(" .)")) if ordered else 1
        if ordered:
            for offset, item in enumerate(items):
                number = raw.ORDERED_ITEM.match(item.block.text)
                said = number[0].strip() if number else ""
                self.log.change(item.block.line_from, item.block.line_to, said, "", "the number of a list item")
                if said.strip(".)") != str(start + offset):
                    marks.append(f"the list item {start + offset} had the number {said}")
        entries: tuple[tuple[Block, ...], ...] = tuple((Paragraph(inlines(text)),) for text in texts)
        return [
            *self.make_marks(items[0].block.line_from, marks),
            ListBlock(entries, ordered=bool(ordered), start=start),
        ]

    def make_figure(self, piece: Piece) -> list[Block]:
        block = piece.block
        read = read_credit(block.text)
        self.log.change(block.line_from, block.line_to, read.labels, "", "a label, written as Caption or Credit")
        caption = " ".join(part for part in (block.caption, read.caption) if part)
        marks = piece.marks + find_doubts(f"{caption} {read.credit}", self.twins)
        if not caption:
            marks.append("the picture has no caption in the text: say in the brackets what is to be seen")
        else:
            marks.append(NO_ALT)
        if is_closed(caption) or len(caption) > 220:
            marks.append("is all of this the caption, or does the text begin in it?")
        if len(read.credit) > 160 or ". " in read.credit:
            marks.append("is all of this the credit, or does the text begin in it?")
        figure = Figure("missing", "", inlines(caption), inlines(read.credit.rstrip(" .")))
        return [*self.make_marks(block.line_from, marks), figure]

    def make_sources(self, story: Story) -> list[Block]:
        if not story.sources:
            return list(self.make_marks(story.line, ["the article names no source"]))
        entries: list[Inlines] = []
        marks: list[str] = []
        for block in story.sources:
            found = SOURCES.match(block.text)
            label, body = (found[0], block.text[found.end() :]) if found else ("", block.text)
            self.log.change(block.line_from, block.line_to, label.strip(" (（"), "", "a label, written as Source or Sources")
            body = strip_brackets(body, bracketed=label.startswith(("(", "（")))
            plural = bool(found) and label.casefold().rstrip(" :：").endswith("s")
            names, doubt = split_sources(body, plural=plural, known=self.known_sources)
            said, kept = len(re.findall(r"\band\b", body)), sum(len(re.findall(r"\band\b", name)) for name in names)
            for _ in range(said - kept):
                self.log.change(block.line_from, block.line_to, "and", "", "between two sources, written as a semicolon")
            marks += [doubt] if doubt else []
            marks += find_doubts(body, self.twins)
            entries += [inlines(name) for name in names if words_of(name)]
        if not entries:
            return list(self.make_marks(story.line, [*marks, "the article names no source"]))
        return [*self.make_marks(story.sources[0].line_from, marks), Sources(tuple(entries))]

    def make_marks(self, line: int, texts: list[str]) -> tuple[EditorMark, ...]:
        return self.log.marks_for(line, texts)

    def new_id(self, title: str) -> str:
        return new_id(title, self.ids)


def new_id(title: str, taken: set[str]) -> str:
    """A short id from the first words of the title, with a number when it is taken; `taken` gets it."""
    words = slug(title).split("-")
    stem = "-".join(words[:6]) or "article"
    chosen, number = stem, 1
    while chosen in taken:
        number += 1
        chosen = f"{stem}-{number}"
    taken.add(chosen)
    return chosen


def same_list(first: Piece, second: Piece) -> bool:
    return bool(raw.ORDERED_ITEM.match(first.block.text)) == bool(raw.ORDERED_ITEM.match(second.block.text))


def inlines(text: str) -> Inlines:
    """Inline content of a text; paired stars are emphasis, everything else is written as it is."""
    text = merge_fields.TAG_START.sub("- mr_", text)  # joining two words may have made one
    parts: list[Inline] = []
    end = 0
    for found in MARKUP.finditer(text):
        parts.append(Text(text[end : found.start()]))
        parts.append(Strong((Text(found[1]),)) if found[1] else Emphasis((Text(found[2]),)))
        end = found.end()
    parts.append(Text(text[end:]))
    return tuple(part for part in parts if not (isinstance(part, Text) and not part.text))


def bare(text: str) -> str:
    """The text without emphasis, as titles are; braces that would be a merge field are parted."""
    plain = MARKUP.sub(lambda found: found[1] or found[2], text)
    return merge_fields.TAG_START.sub("- mr_", plain).replace("{{", "{ {").replace("}}", "} }").strip()


def strip_brackets(body: str, *, bracketed: bool) -> str:
    body = body.strip().rstrip(".").rstrip()
    return body[:-1].strip() if bracketed and body.endswith((")", "）")) else body


def split_sources(body: str, *, plural: bool, known: set[str]) -> tuple[list[str], str]:
    """The single sources, and what is doubtful about the split. One `Source:` is one source whatever commas it has."""
    if SEMICOLON.search(body):
        return [part.strip() for part in SEMICOLON.split(body) if part.strip()], ""
    if not plural:
        return [body], ""
    parts = [part.strip() for part in re.split(r"[,，、]\s+|(?<=[a-z])\. +(?=[A-Z])", body) if part.strip()]
    if not parts:
        return [body], ""
    oxford = len(parts) > 1 and parts[-1].startswith("and ")
    parts = [part.removeprefix("and ").strip() for part in parts]
    if not oxford and " and " in parts[-1]:
        return split_last(parts, known)
    return parts, "" if len(parts) > 1 else "several sources are announced, but only one was found"


def split_last(parts: list[str], known: set[str]) -> tuple[list[str], str]:
    """`a, b and c`: the `and` parts two sources unless it is part of a name."""
    before, after = parts[-1].rsplit(" and ", 1)
    if after in known or before in known or DOMAIN_ENTRY.match(before) or DOMAIN_ENTRY.match(after) or len(parts) == 1:
        return [*parts[:-1], before, after], ""
    return [*parts[:-1], before, after], f'are "{before}" and "{after}" two sources?'
