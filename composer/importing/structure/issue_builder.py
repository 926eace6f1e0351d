"""The parts of a document -> an issue: sections and articles by its headings, sources at their end, doubts marked."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date

from composer.importing.imported_issue import Imported, fill_head, finish
from composer.importing.manuscript.captions import settle_captions
from composer.importing.manuscript.document_parts import Manuscript, Part, Role
from composer.importing.manuscript.import_log import ImportLog
from composer.importing.manuscript.inline_slicing import clean_text, cut
from composer.importing.manuscript.line_patterns import SOURCES, is_sources
from composer.importing.manuscript.vocabulary import words_of
from composer.importing.readers.text.text_lines import MAX_CHARACTERS, MAX_LINES
from composer.importing.refusals import ImportRefusedError, TooLongError
from composer.importing.structure.back_matter import take_ending
from composer.importing.structure.front_matter import take_beginning
from composer.importing.structure.heading_levels import ARTICLE, SECTION, settle_levels
from composer.importing.structure.text_issue import UNNAMED_SECTION, UNTITLED, new_id, split_sources, strip_brackets
from composer.issue.document import (
    Article,
    Block,
    EditorMark,
    Footer,
    Inlines,
    Issue,
    ListBlock,
    Paragraph,
    Section,
    Sources,
    SubHeading,
    Text,
    plain,
)

NUMBERED = re.compile(r"(\d{1,3})[.)]\s+(?=\S)")
NOTES = "footnotes of the document; the issue file has none, so their numbers stand in the text in brackets"


def arrange(script: Manuscript, today: date | None = None) -> Imported:
    """The issue of a document. Raises ImportRefusedError for what is no issue."""
    log, name = script.log, script.name
    log.unit = script.unit
    if len(script.words) > MAX_CHARACTERS:
        raise TooLongError(name, len(script.words), MAX_CHARACTERS, "characters")
    if len(script.parts) > MAX_LINES:
        raise TooLongError(name, len(script.parts), MAX_LINES, "paragraphs")
    if not any(letter.isalpha() for letter in script.words):
        raise ImportRefusedError(f"{name} holds no text: not one letter was found.")
    parts, remarks = settle_levels(script, settle_captions(script.parts, log))
    begun, parts = take_beginning(parts, log)
    back, parts, doubts = take_ending(parts, log)
    known = {entry for part in parts for entry in single_sources(part)}
    sections = Arranger(log, known).arrange(parts)
    if not sections:
        raise ImportRefusedError(f"{name} holds no article: only a masthead, a list or a footer was found in it.")
    opening: tuple[Block, ...] = (*log.marks_for(0, [*remarks, *doubts]), *begun.opening)
    issue = Issue("", "", "", date.min, "", "", "", Footer(""), sections, opening, tagline=begun.tagline)
    issue, added = fill_head(issue, begun.front, back, begun.front.highlights, name, script.words, log, today or date.today())
    return finish(script.words, name, issue, added, log, script.pictures)


def single_sources(part: Part) -> list[str]:
    """Sources that a paragraph names alone: they help to part the lists of the others."""
    found = SOURCES.match(part.text)
    if found is None or part.level is not None or found[0].casefold().rstrip(" :：").endswith("s"):
        return []
    return split_sources(strip_brackets(part.text[found.end() :], bracketed=found[0][0] in "(（"), plural=False, known=set())[0]


@dataclass(slots=True)
class Draft:
    """An article in the making."""

    title: str
    place: int
    marks: list[str] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    notes: list[Part] = field(default_factory=list)
    sources: list[Part] = field(default_factory=list)


@dataclass(slots=True)
class SectionDraft:
    title: str
    place: int
    marks: list[str] = field(default_factory=list)
    articles: list[Draft] = field(default_factory=list)


class Arranger:
    """Makes sections of parts whose levels are settled."""

    def __init__(self, log: ImportLog, known_sources: set[str]) -> None:
        self.log, self.known_sources = log, known_sources
        self.sections: list[SectionDraft] = []
        self.article: Draft | None = None
        self.ids: set[str] = set()

    def arrange(self, parts: list[Part]) -> tuple[Section, ...]:
        for part in parts:
            title = plain_title(part.content)
            if part.level == SECTION:
                self.sections.append(SectionDraft(title, part.place, list(part.marks)))
                self.article = None
            elif part.level == ARTICLE or (part.level is not None and self.article is None):
                self.begin_article(title, part)
            elif part.level is not None:
                self.add(part, self.sub_heading(title))
            else:
                self.place(part)
        return tuple(made for draft in self.sections if (made := self.finish_section(draft)))

    def begin_article(self, title: str, part: Part) -> Draft:
        if not self.sections:
            self.log.change(part.place, part.place, "", UNNAMED_SECTION, "a name for a section that has none")
            self.sections.append(
                SectionDraft(UNNAMED_SECTION, part.place, ["the document names no section here: give it a name"])
            )
        self.article = Draft(title, part.place, list(part.marks))
        self.sections[-1].articles.append(self.article)
        return self.article

    def article_now(self, part: Part) -> Draft:
        """The open article; text directly below the name of a section is an article of that name."""
        if self.article is not None:
            return self.article
        title = self.sections[-1].title if self.sections else UNTITLED
        self.log.change(part.place, part.place, "", title, "a title for a text that has none")
        draft = self.begin_article(title, Part(Paragraph(()), part.place))
        draft.marks.append("the text has no title of its own here: give it one")
        return draft

    def add(self, part: Part, block: Block) -> None:
        self.article_now(part).blocks += [*self.log.marks_for(part.place, part.marks), block]

    def sub_heading(self, title: str) -> SubHeading:
        """With its number when it continues the count of the article."""
        found = NUMBERED.match(title)
        before = [block.number for block in (self.article.blocks if self.article else []) if isinstance(block, SubHeading)]
        counted = [number for number in before if number is not None]
        if found and int(found[1]) == (counted[-1] + 1 if counted else 1) and found[1] == str(int(found[1])):
            return SubHeading(title[found.end() :], int(found[1]))
        return SubHeading(title)

    def place(self, part: Part) -> None:
        if part.role is Role.NOTE:
            self.article_now(part).notes.append(part)
        elif isinstance(part.block, Paragraph) and is_sources(part.text):
            self.article_now(part).sources.append(part)
        elif not isinstance(part.block, Paragraph) or part.text.strip():
            late = bool(self.article and self.article.sources)
            self.add(part.marked("this stood after the sources: does it belong to this article?") if late else part, part.block)

    def finish_section(self, draft: SectionDraft) -> Section | None:
        if not draft.articles:
            self.log.leave_out(draft.place, draft.place, draft.title, "the name of a section without articles")
            return None
        title = draft.title
        if not title:
            title = UNNAMED_SECTION
            self.log.change(draft.place, draft.place, "", title, "a name for a section that has none")
            draft.marks.append("the section has no name")
        articles = tuple(self.finish_article(article) for article in draft.articles)
        return Section(title, articles, self.log.marks_for(draft.place, draft.marks))

    def finish_article(self, draft: Draft) -> Article:
        title = draft.title
        if not title:
            title = UNTITLED
            self.log.change(draft.place, draft.place, "", title, "a title for a text that has none")
            draft.marks.append("the title is missing")
        blocks = [*draft.blocks, *self.notes_of(draft), *self.sources_of(draft)]
        if not any(not isinstance(block, EditorMark) for block in blocks):
            draft.marks.append("the article has no text")
            blocks.append(Paragraph((Text("…"),)))
        return Article(new_id(title, self.ids), title, (*self.log.marks_for(draft.place, draft.marks), *blocks))

    def notes_of(self, draft: Draft) -> list[Block]:
        """The footnotes of an article as a numbered list at its end; a new list where the numbers leap."""
        runs: list[list[Part]] = []
        for note in sorted(draft.notes, key=lambda part: part.number):
            if runs and note.number == runs[-1][-1].number + 1:
                runs[-1].append(note)
            else:
                runs.append([note])
        marks = self.log.marks_for(draft.notes[0].place, [NOTES]) if draft.notes else ()
        lists = [ListBlock(tuple((note.block,) for note in run), ordered=True, start=max(run[0].number, 1)) for run in runs]
        return [*marks, *lists]

    def sources_of(self, draft: Draft) -> list[Block]:
        entries: list[Inlines] = []
        marks: list[str] = []
        for part in draft.sources:
            made, doubt = self.split(part)
            entries += made
            marks += [*part.marks, *([doubt] if doubt else [])]
        if len(draft.sources) > 1:
            marks.append("the article had more than one line of sources: does a title miss?")
        if not entries:
            return list(self.log.marks_for(draft.place, [*marks, "the article names no source"]))
        return [*self.log.marks_for(draft.sources[0].place, marks), Sources(tuple(entries))]

    def split(self, part: Part) -> tuple[list[Inlines], str]:
        """The sources of one line with their links, and what is doubtful about parting them."""
        text = part.text
        found = SOURCES.match(text)
        label = found[0] if found else ""
        self.log.change(part.place, part.place, label.strip(" (（"), "", "a label, written as Source or Sources")
        body = strip_brackets(text[len(label) :], bracketed=label.startswith(("(", "（")))
        plural = label.casefold().rstrip(" :：").endswith("s")
        names, doubt = split_sources(body, plural=plural, known=self.known_sources)
        said, kept = len(re.findall(r"\band\b", body)), sum(len(re.findall(r"\band\b", name)) for name in names)
        for _ in range(said - kept):
            self.log.change(part.place, part.place, "and", "", "between two sources, written as a semicolon")
        entries: list[Inlines] = []
        at = len(label)
        for name in names:
            at = text.index(name, at)
            if words_of(name):
                entries.append(cut(part.content, at, at + len(name)))
            at += len(name)
        return entries, doubt


def plain_title(content: Inlines) -> str:
    """The words of a heading; braces that would be a merge field are parted."""
    text = " ".join(clean_text(plain(content)).split())
    return text.replace("{{", "{ {").replace("}}", "} }")
