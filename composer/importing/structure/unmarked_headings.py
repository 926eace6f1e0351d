"""Decides what each block is: section, article, sub-heading, paragraph, caption; by what stands before and after it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from composer.importing.manuscript.broken_words import BROKEN_PARAGRAPH
from composer.importing.manuscript.import_log import ImportLog
from composer.importing.manuscript.line_patterns import NUMBERED, begins_small, is_closed, is_heading_like, is_titled, read_credit
from composer.importing.manuscript.title_similarity import SURE, likeness
from composer.importing.manuscript.vocabulary import OPENING_WORDS, Vocabulary, words_of
from composer.importing.readers.text.text_blocks import Block, Kind, is_ordered
from composer.importing.structure.outline import Chapter, Part, Piece, Story

VERBS_OF_TEXT = frozenset(["is", "are", "was", "were", "has", "have", "had", "will", "said", "says"])
SURELY_TEXT = 2.0
PERHAPS_TEXT = 1.0


@dataclass(slots=True)
class Structure:
    """Reads blocks from first to last; `ended` is true where an article has named its sources, or none has begun."""

    blocks: list[Block]
    highlights: list[str]
    words: Vocabulary
    log: ImportLog
    chapters: list[Chapter] = field(default_factory=list)
    story: Story | None = None
    ended: bool = True
    waiting: list[Block] = field(default_factory=list)
    open_highlights: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.open_highlights = list(self.highlights)

    def read(self) -> list[Chapter]:
        for index, block in enumerate(self.blocks):
            if block.kind is Kind.FIGURE:
                self.place_figure(block, index)
            elif block.kind is Kind.SOURCES:
                self.place_sources(block)
            elif block.kind is Kind.ITEM:
                self.add(Part.ITEM, block)
            else:
                self.place_text(block, index)
        if self.waiting:
            self.story_now(self.waiting[0]).pieces += [Piece(Part.FIGURE, figure) for figure in self.waiting]
        return self.chapters

    def place_text(self, block: Block, index: int) -> None:
        if self.is_section(index):
            self.chapters.append(Chapter(block.text, block.line_from))
            if not self.ended:
                self.chapters[-1].marks.append("the article before this section names no source: is this a section?")
            self.story, self.ended = None, True
        elif self.is_caption(index):
            self.blocks[index + 1] = replace(self.blocks[index + 1], caption=block.text)
        elif self.is_title(index):
            self.begin_story(block)
        elif self.ended and self.story is not None:
            self.add(Part.PARAGRAPH, block, "this stands after the sources of the article: does a title miss above it?")
        elif self.is_list_item(index):
            self.add(Part.ITEM, block)
        elif not is_heading_like(block.text):
            self.add(Part.PARAGRAPH, block)
        else:
            self.place_heading(block, index)

    def place_heading(self, block: Block, index: int) -> None:
        """A sub-heading, or the short first half of a sentence that looks like one."""
        doubt = self.doubt_heading(index)
        if doubt >= SURELY_TEXT and not NUMBERED.match(block.text):
            follower = self.next_text(index)
            if follower is not None and not is_heading_like(follower.text) and self.flows_on(block, follower):
                self.join_next(index, block)
                return
            self.add(Part.PARAGRAPH, block)
        elif doubt >= PERHAPS_TEXT:
            self.add(Part.HEADING, block, "a sub-heading, or part of the sentence below?")
        else:
            self.add(Part.HEADING, block)

    def flows_on(self, block: Block, follower: Block) -> bool:
        """Whether the follower's first word is a name, or one that follows the block's last word elsewhere too."""
        last, first = edge(block, follower)
        return self.words.knows_pair(last, first) or first.casefold() not in OPENING_WORDS

    def join_next(self, index: int, block: Block) -> None:
        """The block goes to the head of the next text block, with a doubt; figures between them come first."""
        for later in range(index + 1, len(self.blocks)):
            following = self.blocks[later]
            if following.kind is Kind.TEXT:
                left, right = edge(block, following)
                doubts = (*block.doubts, *following.doubts, f'one paragraph, or two that part at "{left} {right}"?')
                text = f"{block.text} {following.text}"
                self.log.change(block.line_to, following.line_from, f"{left} | {right}", f"{left} {right}", BROKEN_PARAGRAPH)
                self.blocks[later] = replace(following, text=text, line_from=block.line_from, doubts=doubts)
                return

    def is_section(self, index: int) -> bool:
        """A short name in capitals with a title below it, where no article is open or the title is a highlight."""
        block, follower = self.blocks[index], self.next_text(index, over_figures=False)
        if not is_titled(block.text) or self.resembles(block) >= SURE or follower is None or not is_heading_like(follower.text):
            return False
        if self.ended:
            return self.story is not None or not self.chapters or bool(self.chapters[-1].stories)
        return self.resembles(follower) >= SURE

    def is_title(self, index: int) -> bool:
        block = self.blocks[index]
        if self.resembles(block) >= SURE and (is_heading_like(block.text) or self.ended):
            return self.story is None or likeness(self.story.title, block.text) < SURE
        if not self.ended or (self.story is not None and not self.story.sources):
            return False
        follower = self.next_text(index)
        if is_heading_like(block.text):
            return follower is not None or self.next_is(index, Kind.ITEM)
        short = len(words_of(block.text)) <= 25 and len(block.text) <= 200 and ". " not in block.text
        return short and not begins_small(block.text) and follower is not None and len(follower.text) > len(block.text)

    def is_list_item(self, index: int) -> bool:
        """A numbered line that ends a sentence, or that has another numbered line directly above or below."""
        if not is_ordered(self.blocks[index].text):
            return False
        neighbours = self.blocks[max(index - 1, 0) : index] + self.blocks[index + 1 : index + 2]
        return not is_heading_like(self.blocks[index].text) or any(is_ordered(block.text) for block in neighbours)

    def is_caption(self, index: int) -> bool:
        """A line above a bare credit, where no article could begin: nothing but headings follows the picture."""
        block = self.blocks[index]
        if not is_heading_like(block.text) or not self.next_is(index, Kind.FIGURE) or self.resembles(block) >= SURE:
            return False
        figure = self.blocks[index + 1]
        if figure.caption or read_credit(figure.text).caption:
            return False
        follower = self.blocks[index + 2] if index + 2 < len(self.blocks) else None
        if follower is None or follower.kind in (Kind.SOURCES, Kind.STAFF) or begins_small(follower.text):
            return True
        if self.story is not None and not self.ended and not self.story.has_text:
            return True
        return follower.kind is Kind.TEXT and is_heading_like(follower.text) and self.follower_is_heading(index + 2)

    def follower_is_heading(self, index: int) -> bool:
        """Whether the heading-like block there is no broken sentence."""
        return self.doubt_heading(index) < SURELY_TEXT

    def doubt_heading(self, index: int) -> float:
        """How much speaks for running text: 0 and less is a sub-heading, 2 and more is none."""
        block, follower = self.blocks[index], self.next_text(index)
        words = words_of(block.text)
        if follower is None or self.next_is(index, Kind.SOURCES):
            return SURELY_TEXT
        last, first = edge(block, follower)
        folded = [word.casefold() for word in words]
        doubt = 0.0
        doubt += (1.5 if len(words) > 6 else 0.8) if folded[0] in OPENING_WORDS and folded[0] not in ("a", "an") else 0.0
        doubt += 1.0 if VERBS_OF_TEXT & set(folded) else 0.0
        doubt += 0.7 if any(word.endswith("ed") and word.islower() for word in words[1:]) else 0.0
        doubt += 1.0 if len(block.text) > 110 else 0.0
        doubt += 0.5 if len(words) > 12 else 0.0
        doubt += 1.0 if block.text.count(",") > 1 else 0.0
        doubt += 1.5 if self.words.knows_pair(last, first) else 0.0
        doubt += 1.0 if self.story is not None and self.story.opens_with_text else 0.0
        doubt += -1.0 if first.casefold() in OPENING_WORDS else 0.5
        doubt -= 2.0 if is_heading_like(follower.text) and len(follower.text) < 90 else 0.0
        doubt -= 1.0 if len(words) <= 3 else 0.0
        return doubt

    def place_figure(self, block: Block, index: int) -> None:
        """A picture between two articles belongs to the one whose words its caption shares, else to the one before."""
        if self.story is None:
            self.waiting.append(block)
            return
        piece = Piece(Part.FIGURE, block)
        follower = self.next_text(index)
        if self.ended and self.story.sources:
            words = f"{block.caption} {block.text}"
            title_below = follower is not None and is_heading_like(follower.text) and not is_titled(follower.text)
            if title_below and follower is not None and likeness(words, follower.text) > likeness(words, self.story.title):
                self.waiting.append(block)
                return
            piece.marks.append("this picture stood after the sources: does it belong to this article?")
        if block.caption:
            piece.marks.append("the line above the credit was taken as the caption: is it?")
        self.story.pieces.append(piece)

    def place_sources(self, block: Block) -> None:
        story = self.story_now(block)
        if story.sources:
            story.marks.append("the article had more than one line of sources: does a title miss?")
        story.sources.append(block)
        self.ended = True

    def begin_story(self, block: Block) -> None:
        if not self.chapters:
            self.chapters.append(Chapter("", block.line_from))
        had_sources = self.story is None or bool(self.story.sources)
        self.story, self.ended = Story(block.text, block.line_from), False
        if not had_sources:
            self.story.marks.append("the article before this one names no source: does a new article begin here?")
        if is_closed(block.text) and not block.text.endswith(("?", "!")):
            self.story.marks.append("is this the title?")
        self.story.pieces += [Piece(Part.FIGURE, figure) for figure in self.waiting]
        self.waiting = []
        self.chapters[-1].stories.append(self.story)
        best = max(self.open_highlights, key=lambda highlight: likeness(block.text, highlight), default="")
        if likeness(block.text, best) >= SURE:
            self.open_highlights.remove(best)  # a highlight means one article

    def story_now(self, block: Block) -> Story:
        """The open article; where none is open one without a title begins, so that no text is lost."""
        if self.story is None:
            self.begin_story(replace(block, text=""))
        assert self.story is not None  # noqa: S101 - begin_story has just set it
        return self.story

    def add(self, part: Part, block: Block, *marks: str) -> None:
        self.story_now(block).pieces.append(Piece(part, block, list(marks)))

    def resembles(self, block: Block) -> float:
        """How like the block is to a highlight that no article has taken yet."""
        if len(block.text) > 260:
            return 0.0
        return max((likeness(block.text, highlight) for highlight in self.open_highlights), default=0.0)

    def next_text(self, index: int, *, over_figures: bool = True) -> Block | None:
        """The next text block of the same article, or None when a source line or the end comes first."""
        for block in self.blocks[index + 1 : index + 6]:
            if block.kind is Kind.TEXT:
                return block
            if block.kind is not Kind.FIGURE or not over_figures:
                return None
        return None

    def next_is(self, index: int, kind: Kind) -> bool:
        return index + 1 < len(self.blocks) and self.blocks[index + 1].kind is kind


def edge(block: Block, following: Block) -> tuple[str, str]:
    """The last word of the one and the first of the other."""
    last, first = words_of(block.text[-80:]), words_of(following.text[:80])
    return (last[-1] if last else ""), (first[0] if first else "")
