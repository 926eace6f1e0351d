"""Builds an issue from a manuscript: sections and articles from its headings, sources at their end, questions."""

import itertools
import re
from dataclasses import dataclass, field, replace
from datetime import date

from composer.importing.manuscript.captions import settle_captions
from composer.importing.manuscript.chinese_lines import SourceLine, read_sources, split_chinese_sources, trailing_sources
from composer.importing.manuscript.document_parts import (
    ARTICLE,
    MAX_CHARACTERS,
    MAX_LINES,
    SECTION,
    DocumentPart,
    Manuscript,
    Role,
)
from composer.importing.manuscript.import_log import ImportLog
from composer.importing.manuscript.inline_slicing import cut, title_text
from composer.importing.manuscript.line_patterns import NUMBERED, SOURCES, is_sources, is_staff
from composer.importing.manuscript.list_items import unroll_spelled
from composer.importing.manuscript.vocabulary import words_of
from composer.importing.refusals import ImportRefusedError, TooLongError
from composer.importing.structure.back_matter import take_back_matter
from composer.importing.structure.bare_links import link_addresses, links_below
from composer.importing.structure.front_matter import take_front_matter
from composer.importing.structure.heading_levels import settle_levels
from composer.importing.structure.issue_head import fill_head
from composer.issue import document as doc
from composer.issue.document import Figure, Inlines, Paragraph
from composer.issue.parsing.body import slug

SEMICOLON = re.compile(r"(?<!&amp)[;；]\s*")  # not the one that ends a character reference
BRACKETS = " \u3000（(【[〔"
TAKEN_FROM = re.compile("[转摘选][载编]?自")
DOMAIN = re.compile(r"^[\w.-]+\.[a-z]{2,}$")


def named_alone(part: DocumentPart) -> list[str]:
    """Returns the source if the paragraph names only one. Such names help to split the source lists of other articles."""
    label = SOURCES.match(part.text)
    if label is None or part.level is not None or is_plural(label[0]):
        return []  # Chinese sources are separated by punctuation, so no name is needed to split them
    return split_sources(body_of(part.text, label[0]), plural=False, known=set())[0]


def split_entries(part: DocumentPart, known: set[str], log: ImportLog) -> tuple[list[Inlines], str]:
    """Returns the sources of one line with their links, and what is doubtful about the split."""
    text = part.text
    if line := read_sources(text):
        return split_chinese(part, line, log), ""
    match = SOURCES.match(text)
    label = match[0] if match else ""
    log.change(part.position, part.position, label.strip(" (（"), "", "a label, written as Source or Sources")
    body = body_of(text, label)
    names, question = split_sources(body, plural=is_plural(label), known=known)
    written, kept = len(re.findall(r"\band\b", body)), sum(len(re.findall(r"\band\b", name)) for name in names)
    for _ in range(written - kept):
        log.change(part.position, part.position, "and", "", "between two sources, written as a semicolon")
    return cut_entries(part, names, len(label)), question


def split_chinese(part: DocumentPart, line: SourceLine, log: ImportLog) -> list[Inlines]:
    """Returns the sources of a Chinese line with their links. An issue writes the label 来源 itself; a word that says more, as in
    摘自《人民日报》, stays with the source."""
    names = split_chinese_sources(line.body)
    label = line.label.lstrip(BRACKETS)
    if not TAKEN_FROM.match(label):
        written = "".join(re.findall(r"\w+", line.label + line.ending))
        log.change(part.position, part.position, written, "", "a label, written as Source or Sources")
        return cut_entries(part, names, len(line.label))
    start = len(line.label) - len(label)
    names[0] = part.text[start : part.text.index(names[0], len(line.label))] + names[0]
    return cut_entries(part, names, start)


def cut_entries(part: DocumentPart, names: list[str], start: int) -> list[Inlines]:
    entries: list[Inlines] = []
    at = start
    for name in names:
        at = part.text.index(name, at)
        if words_of(name):
            entries.append(cut(part.content, at, at + len(name)))
        at += len(name)
    return entries


def split_trailing(parts: list[DocumentPart]) -> list[DocumentPart]:
    """Makes a paragraph of the sources in brackets that end the last paragraph of an article: `……讲台。（来源：科技日报）`."""
    made: list[DocumentPart] = []
    for index, part in enumerate(parts):
        start = trailing_sources(part.text) if part.level is None and isinstance(part.block, Paragraph) else -1
        if start > 0 and ends_article(parts, index):
            length = len(part.text)
            before, line = cut(part.content, 0, start), cut(part.content, start, length)
            made += [replace(part, block=Paragraph(before)), DocumentPart(Paragraph(line), part.position)]
        else:
            made.append(part)
    return made


def ends_article(parts: list[DocumentPart], index: int) -> bool:
    """Whether only pictures are between the part and the next article, the staff, or the end."""
    following = next((part for part in parts[index + 1 :] if not isinstance(part.block, Figure)), None)
    return following is None or (following.level is not None and following.level <= ARTICLE) or is_staff(following.text)


def is_plural(label: str) -> bool:
    return label.casefold().rstrip(" :：").endswith("s")


def body_of(text: str, label: str) -> str:
    """Returns the text after the label, without the bracket that closes the label's opening bracket."""
    body = text[len(label) :].strip().rstrip(".").rstrip()
    return body[:-1].strip() if label.startswith(("(", "（")) and body.endswith((")", "）")) else body


def split_sources(body: str, *, plural: bool, known: set[str]) -> tuple[list[str], str]:
    """Returns the single sources, and what is doubtful about the split. After `Source:` there is one source, commas included."""
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
    return parts, "" if len(parts) > 1 else 'the line says "Sources", but only one source was found'


def split_last(parts: list[str], known: set[str]) -> tuple[list[str], str]:
    """Splits the last entry of `a, b and c` at `and`; doubtful if `and` may be part of a name."""
    before, after = parts[-1].rsplit(" and ", 1)
    sure = after in known or before in known or DOMAIN.match(before) or DOMAIN.match(after) or len(parts) == 1
    return [*parts[:-1], before, after], "" if sure else f'are "{before}" and "{after}" two sources?'


UNTITLED = "Untitled"
UNNAMED_SECTION = "Articles"
EMPTY_SECTION = "the name of a section without articles"
MOST_NAMED = 20  # titles in a question; the report lists the sources of every article
NOTES = "footnotes of the document: an issue has no footnotes, so their numbers are in the text in brackets"


def build_issue(script: Manuscript) -> tuple[doc.Issue, list[str]]:
    """Returns the issue, and the texts in its head that are not from the source. Raises ImportRefusedError if the manuscript has
    no text, no article, or is too long."""
    check_size(script)
    log = script.log
    parts, questions = settle_levels(settle_captions(script.parts, log), log, wrapped=script.wrapped)
    front, parts = take_front_matter(split_trailing(parts), log)
    back, parts = take_back_matter(unroll_spelled(parts), log)
    builder = SectionBuilder(log, {name for part in parts for name in named_alone(part)})
    sections = builder.build(parts)
    if not sections:
        raise ImportRefusedError(
            f"{script.name} has no article: only a masthead, a list or a footer was found. Check that it is the right file.",
            "empty",
        )
    linked = builder.linked_headings + front.linked_title
    questions += [f"links of {linked} {'heading' if linked == 1 else 'headings'} are below them now"] if linked else []
    questions += [*unsourced_question(builder.unsourced, sections), *back.questions]
    opening = (*log.ask(0, questions), *front.opening)
    issue = doc.Issue("", "", "", date.min, "", "", "", doc.Footer(""), sections, opening)
    return fill_head(link_addresses(issue), front, back, script)


def unsourced_question(titles: list[str], sections: tuple[doc.Section, ...]) -> list[str]:
    """Returns one question about all articles that name no source."""
    if not titles:
        return []
    if len(titles) == sum(len(section.articles) for section in sections):
        return ["no article names a source"]
    named = "; ".join(titles[:MOST_NAMED]) + (f"; and {len(titles) - MOST_NAMED} more" if len(titles) > MOST_NAMED else "")
    return [f"{len(titles)} {'article names' if len(titles) == 1 else 'articles name'} no source: {named}"]


def check_size(script: Manuscript) -> None:
    if len(script.source_text) > MAX_CHARACTERS:
        raise TooLongError(script.name, len(script.source_text), MAX_CHARACTERS, "characters")
    if len(script.parts) > MAX_LINES:
        raise TooLongError(script.name, len(script.parts), MAX_LINES, "paragraphs")
    if not any(letter.isalpha() for letter in script.source_text):
        raise ImportRefusedError(
            f"{script.name} contains no text: no letter was found. Check that it is the right file.", "empty"
        )


@dataclass(slots=True)
class ArticleDraft:
    title: str
    position: int
    questions: list[str] = field(default_factory=list)
    blocks: list[doc.Block] = field(default_factory=list)
    notes: list[DocumentPart] = field(default_factory=list)
    sources: list[DocumentPart] = field(default_factory=list)


@dataclass(slots=True)
class SectionDraft:
    title: str
    position: int
    questions: list[str] = field(default_factory=list)
    articles: list[ArticleDraft] = field(default_factory=list)


class SectionBuilder:
    def __init__(self, log: ImportLog, known_sources: set[str]) -> None:
        self.log, self.known_sources = log, known_sources
        self.sections: list[SectionDraft] = []
        self.article: ArticleDraft | None = None
        self.ids: set[str] = set()
        self.unsourced: list[str] = []  # titles of articles that name no source
        self.waiting: list[doc.Block] = []  # links of a section, for its first article
        self.linked_headings = 0

    def build(self, parts: list[DocumentPart]) -> tuple[doc.Section, ...]:
        for part in parts:
            title = title_text(part.text)
            linked = links_below(part, self.log)
            self.linked_headings += bool(linked)
            if part.level == SECTION:
                self.sections.append(SectionDraft(title, part.position, list(part.questions)))
                self.article = None
                self.waiting += linked
            elif part.level == ARTICLE or (part.level is not None and self.article is None):
                self.begin_article(title, part).blocks += linked
            elif part.level is not None:
                self.add(part, self.sub_heading(title))
                self.article_now(part).blocks += linked
            else:
                self.put_in_article(part)
        return tuple(made for draft in self.sections if (made := self.finish_section(draft)))

    def begin_article(self, title: str, part: DocumentPart) -> ArticleDraft:
        if not self.sections:
            self.log.change(part.position, part.position, "", UNNAMED_SECTION, "a name for a section that has none")
            self.sections.append(
                SectionDraft(UNNAMED_SECTION, part.position, ["the document names no section here: give it a name"])
            )
        self.article = ArticleDraft(title, part.position, list(part.questions), self.waiting)
        self.waiting = []
        self.sections[-1].articles.append(self.article)
        return self.article

    def article_now(self, part: DocumentPart) -> ArticleDraft:
        """Returns the current article. Text directly below a section name begins an article of the same name."""
        if self.article is not None:
            return self.article
        title = self.sections[-1].title if self.sections else UNTITLED
        self.log.change(part.position, part.position, "", title, "a title for a text that has none")
        draft = self.begin_article(title, DocumentPart(doc.Paragraph(()), part.position))
        draft.questions.append("the text has no title here: give it one")
        return draft

    def add(self, part: DocumentPart, block: doc.Block) -> None:
        self.article_now(part).blocks += [*self.log.ask(part.position, part.questions), block]

    def sub_heading(self, title: str) -> doc.SubHeading:
        """Returns a sub-heading; a number at its start becomes its part number if it continues the count of the article."""
        match = NUMBERED.match(title)
        blocks = self.article.blocks if self.article else []
        counted = [block.number for block in blocks if isinstance(block, doc.SubHeading) and block.number is not None]
        number = match[0].strip(" .)") if match else ""
        if match and number == str(counted[-1] + 1 if counted else 1):
            return doc.SubHeading(title[match.end() :], int(number))
        return doc.SubHeading(title)

    def put_in_article(self, part: DocumentPart) -> None:
        if part.role is Role.NOTE:
            self.article_now(part).notes.append(part)
        elif isinstance(part.block, doc.Paragraph) and is_sources(part.text):
            self.article_now(part).sources.append(part)
        elif not isinstance(part.block, doc.Paragraph) or part.text.strip():
            late = bool(self.article and self.article.sources)
            self.add(
                part.with_questions("this came after the sources: does it belong to this article?") if late else part, part.block
            )

    def finish_section(self, draft: SectionDraft) -> doc.Section | None:
        if not draft.articles:
            self.log.leave_out(draft.position, draft.position, draft.title, EMPTY_SECTION)
            return None
        title = draft.title
        if not title:
            title = UNNAMED_SECTION
            self.log.change(draft.position, draft.position, "", title, "a name for a section that has none")
            draft.questions.append("the section has no name")
        articles = tuple(self.finish_article(article) for article in draft.articles)
        return doc.Section(title, articles, self.log.ask(draft.position, draft.questions))

    def finish_article(self, draft: ArticleDraft) -> doc.Article:
        title = draft.title
        if not title:
            title = UNTITLED
            self.log.change(draft.position, draft.position, "", title, "a title for a text that has none")
            draft.title = title
            draft.questions.append("the title is missing")
        blocks = [*draft.blocks, *self.notes_of(draft), *self.sources_of(draft)]
        if not any(not isinstance(block, doc.EditorMark) for block in blocks):
            draft.questions.append("the article has no text")
            blocks.append(doc.Paragraph((doc.Text("…"),)))
        return doc.Article(new_id(title, self.ids), title, (*self.log.ask(draft.position, draft.questions), *blocks))

    def notes_of(self, draft: ArticleDraft) -> list[doc.Block]:
        """Returns the footnotes of an article as a numbered list for its end; a gap in the numbers begins a new list."""
        notes = enumerate(sorted(draft.notes, key=lambda note: note.number))
        runs = [[note for _, note in run] for _, run in itertools.groupby(notes, key=lambda pair: pair[1].number - pair[0])]
        questions = self.log.ask(draft.notes[0].position, [NOTES]) if draft.notes else ()
        lists = [doc.ListBlock(tuple((note.block,) for note in run), ordered=True, start=max(run[0].number, 1)) for run in runs]
        return [*questions, *lists]

    def sources_of(self, draft: ArticleDraft) -> list[doc.Block]:
        entries: list[doc.Inlines] = []
        questions: list[str] = []
        for part in draft.sources:
            made, question = split_entries(part, self.known_sources, self.log)
            entries += made
            questions += [*part.questions, *([question] if question else [])]
        if len(draft.sources) > 1:
            questions.append("the article had more than one line of sources: is a title missing?")
        if not entries:
            self.unsourced.append(draft.title)
            return list(self.log.ask(draft.position, questions))
        return [*self.log.ask(draft.sources[0].position, questions), doc.Sources(tuple(entries))]


def new_id(title: str, taken: set[str]) -> str:
    """Makes a short id from the first words of the title, with a number if it is taken, and adds it to `taken`."""
    words = slug(title).split("-")
    stem = "-".join(words[:6]) or "article"
    chosen, number = stem, 1
    while chosen in taken:
        number += 1
        chosen = f"{stem}-{number}"
    taken.add(chosen)
    return chosen
