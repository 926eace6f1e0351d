"""Finds the headings of a document that marks none, by the form of each line and by the lines before and after it."""

from dataclasses import dataclass, replace

from composer.importing.manuscript.captions import with_caption
from composer.importing.manuscript.document_parts import ARTICLE, SECTION, SUB_HEADING, TITLE, DocumentPart
from composer.importing.manuscript.import_log import ImportLog
from composer.importing.manuscript.inline_slicing import normal
from composer.importing.manuscript.line_patterns import NUMBERED, LineKind, begins_small, is_binding_end, is_closed, is_titled
from composer.importing.manuscript.title_similarity import SURE, likeness
from composer.importing.manuscript.vocabulary import BROKEN_PARAGRAPH, OPENING_WORDS, Vocabulary, words_of
from composer.importing.structure.back_matter import back_matter_begins
from composer.importing.structure.front_matter import PartRow, mark_front_matter, read_row
from composer.issue.document import Figure, Paragraph, Text

VERBS_OF_TEXT = frozenset(["is", "are", "was", "were", "has", "have", "had", "will", "said", "says"])
SURELY_TEXT = 2.0
PERHAPS_TEXT = 1.0
IS_SECTION = "the article before this section names no source: is this a section?"
IS_ARTICLE = "the article before this one names no source: does a new article begin here?"
IS_TITLE = "is this the title?"
IS_HEADING = "a sub-heading, or part of the sentence below?"
IS_CAPTION = "the line above the credit was taken as the caption: is that right?"
NO_STOP = "no full stop at the end"
NO_END = "the end of this paragraph may be missing"


def find_headings(parts: list[DocumentPart], log: ImportLog, *, wrapped: bool) -> list[DocumentPart]:
    """Returns the parts with the levels of masthead, sections, articles and sub-headings. If paragraphs were assembled from lines
    (`wrapped`), it also joins halves of a paragraph and asks about open ends."""
    rows = [read_row(replace(part, level=level_by_look(part))) for part in parts]
    rows = [row for row in rows if row.kind is not LineKind.TEXT or row.text.strip()]
    front, highlights, rest = mark_front_matter(rows)
    end = back_matter_begins([row.part for row in rest])
    vocabulary = Vocabulary(row.text for row in rows)
    finder = HeadingFinder(rest[:end], highlights, vocabulary, log, wrapped=wrapped)
    return [*front, *finder.read(), *(row.part for row in rest[end:])]


def level_by_look(part: DocumentPart) -> int | None:
    """A line that was recognised as a heading by its type is at least a sub-heading."""
    return SUB_HEADING if part.level not in (None, TITLE) and isinstance(part.block, Paragraph) else None


@dataclass(slots=True)
class OpenArticle:
    """The state of the current article. `opens`: there was no text since its last heading."""

    title: str
    has_sources: bool = False
    has_text: bool = False
    opens: bool = True


class HeadingFinder:
    """Reads rows in order; `ended` is true after an article has named its sources, and before the first article."""

    def __init__(
        self, rows: list[PartRow], highlights: list[str], vocabulary: Vocabulary, log: ImportLog, *, wrapped: bool
    ) -> None:
        self.rows, self.vocabulary, self.log, self.wrapped = rows, vocabulary, log, wrapped
        self.open_highlights = list(highlights)
        self.parts: list[DocumentPart] = []
        self.waiting: list[DocumentPart] = []  # pictures that belong to the next article
        self.article: OpenArticle | None = None
        self.ended = True
        self.in_section = self.section_is_empty = False

    def read(self) -> list[DocumentPart]:
        for index, row in enumerate(self.rows):
            if row.kind is LineKind.FIGURE:
                self.place_figure(row, index)
            elif row.kind is LineKind.SOURCES:
                self.add(row.part)
                self.article_now().has_sources = self.ended = True
            elif row.kind in (LineKind.ITEM, LineKind.OTHER):
                self.add(row.part)
            else:
                self.place_text(row, index)
        return self.parts + self.waiting

    # -- what a line is ------------------------------------------------------------------------------------------

    def place_text(self, row: PartRow, index: int) -> None:
        if self.is_section(index):
            self.begin_section(row)
        elif self.is_caption(index):
            figure = self.rows[index + 1]
            self.rows[index + 1] = read_row(with_caption(figure.part, [row.part.with_questions(IS_CAPTION)], self.log))
        elif self.is_title(index):
            self.begin_article(row)
        elif not row.heading_like or self.ended or self.is_numbered_text(index):
            self.add_text(row)
        else:
            self.place_heading(row, index)

    def place_heading(self, row: PartRow, index: int) -> None:
        """Adds a sub-heading, or text if the line is more likely the first half of a sentence."""
        doubt = self.doubt_heading(index)
        if doubt < SURELY_TEXT or NUMBERED.match(row.text):
            questions = (IS_HEADING,) if doubt >= PERHAPS_TEXT else ()
            self.add(replace(row.part, level=SUB_HEADING, questions=(*questions, *row.part.questions)))
            self.article_now().opens = True
        elif not (self.wrapped and self.join_next(row, index)):
            self.add_text(row)

    def join_next(self, row: PartRow, index: int) -> bool:
        """Joins the row with the paragraph that continues it, if there is one; figures between them come first."""
        after = next((at for at in range(index + 1, len(self.rows)) if self.rows[at].kind is not LineKind.FIGURE), index)
        follower = self.rows[after]
        if follower is row or follower.kind is not LineKind.TEXT or follower.heading_like:
            return False
        left, right = edge(row, follower)
        if not self.vocabulary.knows_pair(left, right) and right.casefold() in OPENING_WORDS:
            return False
        question = f'one paragraph, or two with a break at "{left} {right}"?'
        self.log.change(row.part.position, follower.part.position, f"{left} | {right}", f"{left} {right}", BROKEN_PARAGRAPH)
        content = normal([*row.part.content, Text(" "), *follower.part.content])
        questions = (question, *row.part.questions, *follower.part.questions)
        self.rows[after] = read_row(replace(row.part, block=Paragraph(content), questions=questions))
        return True

    def is_section(self, index: int) -> bool:
        """Whether this is a section: a short capitalised name above a title, after the end of an article or if the title is a
        highlight."""
        row, follower = self.rows[index], self.next_text(index, over_figures=False)
        if not is_titled(row.text) or self.resembles(row) >= SURE or follower is None or not follower.heading_like:
            return False
        return not self.section_is_empty if self.ended else self.resembles(follower) >= SURE

    def is_title(self, index: int) -> bool:
        row = self.rows[index]
        if self.resembles(row) >= SURE and (row.heading_like or self.ended):
            return self.article is None or likeness(self.article.title, row.text) < SURE
        if not self.ended or (self.article is not None and not self.article.has_sources):
            return False
        follower = self.next_text(index)
        if row.heading_like:
            return follower is not None or self.next_is(index, LineKind.ITEM)
        short = len(words_of(row.text)) <= 25 and len(row.text) <= 200 and ". " not in row.text
        return short and not begins_small(row.text) and follower is not None and len(follower.text) > len(row.text)

    def is_numbered_text(self, index: int) -> bool:
        """Whether numbered lines are neighbours: they are list items, although their numbers are not consecutive."""
        neighbours = self.rows[max(index - 1, 0) : index] + self.rows[index + 1 : index + 2]
        return bool(NUMBERED.match(self.rows[index].text)) and any(NUMBERED.match(row.text) for row in neighbours)

    def is_caption(self, index: int) -> bool:
        """Whether this is a caption: a line above a credit without a caption, at a place where no article can begin."""
        row = self.rows[index]
        if not row.heading_like or not self.next_is(index, LineKind.FIGURE) or self.resembles(row) >= SURE:
            return False
        figure = self.rows[index + 1]
        if figure.text.strip() or not is_missing(figure.part):
            return False
        follower = self.rows[index + 2] if index + 2 < len(self.rows) else None
        if follower is None or follower.kind in (LineKind.SOURCES, LineKind.STAFF) or begins_small(follower.text):
            return True
        if self.article is not None and not self.ended and not self.article.has_text:
            return True
        return follower.heading_like and self.doubt_heading(index + 2) < SURELY_TEXT

    def doubt_heading(self, index: int) -> float:
        """Returns how likely the line is running text: 0 or less means a sub-heading, 2 or more means text."""
        row, follower = self.rows[index], self.next_text(index)
        words = words_of(row.text)
        if follower is None or self.next_is(index, LineKind.SOURCES):
            return SURELY_TEXT
        last, first = edge(row, follower)
        folded = [word.casefold() for word in words]
        doubt = 0.0
        doubt += (1.5 if len(words) > 6 else 0.8) if folded[0] in OPENING_WORDS and folded[0] not in ("a", "an") else 0.0
        doubt += 1.0 if VERBS_OF_TEXT & set(folded) else 0.0
        doubt += 0.7 if any(word.endswith("ed") and word.islower() for word in words[1:]) else 0.0
        doubt += 1.0 if len(row.text) > 110 else 0.0
        doubt += 0.5 if len(words) > 12 else 0.0
        doubt += 1.0 if row.text.count(",") > 1 else 0.0
        doubt += 1.5 if self.vocabulary.knows_pair(last, first) else 0.0
        doubt += 1.0 if self.article is not None and self.article.opens else 0.0
        doubt += -1.0 if first.casefold() in OPENING_WORDS else 0.5
        doubt -= 2.0 if follower.heading_like and len(follower.text) < 90 else 0.0
        doubt -= 1.0 if len(words) <= 3 else 0.0
        return doubt

    # -- where it goes -------------------------------------------------------------------------------------------

    def place_figure(self, row: PartRow, index: int) -> None:
        """Assigns a picture between two articles to the next one if its caption is more similar to that title, else to the one
        before."""
        if self.article is None:
            waits = self.in_section or is_missing(row.part)  # any other picture above the first section is part of the masthead
        else:
            waits = self.ended and self.article.has_sources and self.fits_next_title(row, index, self.article.title)
        (self.waiting if waits else self.parts).append(row.part)

    def fits_next_title(self, row: PartRow, index: int, title: str) -> bool:
        follower = self.next_text(index)
        if follower is None or not follower.heading_like or is_titled(follower.text):
            return False
        return likeness(row.text, follower.text) > likeness(row.text, title)

    def begin_section(self, row: PartRow) -> None:
        questions = () if self.ended else (IS_SECTION,)
        self.parts.append(replace(row.part, level=SECTION, questions=(*questions, *row.part.questions)))
        self.article, self.ended = None, True
        self.in_section = self.section_is_empty = True

    def begin_article(self, row: PartRow) -> None:
        questions = [IS_ARTICLE] if self.article is not None and not self.article.has_sources else []
        if is_closed(row.text) and not row.text.endswith(("?", "!")):
            questions.append(IS_TITLE)
        self.parts.append(replace(row.part, level=ARTICLE, questions=(*questions, *row.part.questions)))
        self.open_article(row.text)
        best = max(self.open_highlights, key=lambda highlight: likeness(row.text, highlight), default="")
        if likeness(row.text, best) >= SURE:
            self.open_highlights.remove(best)  # a highlight names one article

    def open_article(self, title: str) -> OpenArticle:
        self.article = OpenArticle(title)
        self.ended = self.section_is_empty = False
        self.in_section = True
        self.parts += self.waiting
        self.waiting = []
        return self.article

    def article_now(self) -> OpenArticle:
        """Returns the current article, or begins one without a title."""
        return self.article or self.open_article("")

    def add(self, part: DocumentPart) -> None:
        article = self.article_now()
        article.has_text, article.opens = True, False
        self.parts.append(part)

    def add_text(self, row: PartRow) -> None:
        open_end = self.wrapped and row.part.level is None and not is_closed(row.text)
        questions = ((NO_END if is_binding_end(row.text) else NO_STOP),) if open_end else ()
        self.add(row.part.with_questions(*questions))

    # -- the lines around a line ---------------------------------------------------------------------------------

    def resembles(self, row: PartRow) -> float:
        """Returns the similarity of the row to the most similar highlight that no article has taken yet."""
        if len(row.text) > 260:
            return 0.0
        return max((likeness(row.text, highlight) for highlight in self.open_highlights), default=0.0)

    def next_text(self, index: int, *, over_figures: bool = True) -> PartRow | None:
        """Returns the next text of the same article, or None if a source line or the end comes first."""
        for row in self.rows[index + 1 : index + 6]:
            if row.kind in (LineKind.TEXT, LineKind.OTHER):
                return row
            if row.kind is not LineKind.FIGURE or not over_figures:
                return None
        return None

    def next_is(self, index: int, kind: LineKind) -> bool:
        return index + 1 < len(self.rows) and self.rows[index + 1].kind is kind


def is_missing(part: DocumentPart) -> bool:
    return isinstance(part.block, Figure) and part.block.missing


def edge(row: PartRow, following: PartRow) -> tuple[str, str]:
    last, first = words_of(row.text[-80:]), words_of(following.text[:80])
    return (last[-1] if last else ""), (first[0] if first else "")
