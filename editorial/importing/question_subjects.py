"""What a question of an import is about, and so how it is answered: a picture, a table, words to correct, the whole issue."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from composer.importing.structure.issue_builder import UNNAMED_SECTION, UNTITLED
from composer.issue.blocks.list import print_blocks
from composer.issue.document import Block, Figure, Inlines, Table, Text
from composer.issue.editing.source_blocks import read_groups

_QUOTED = re.compile(r'"([^"]+)"')
_SPELLING = re.compile(r'check: "([^"]+)" here, "([^"]+)" elsewhere: which is right\?')
_JOINED = re.compile(r'check: joined from "([^"]+)-" and "([^"]+)": is "([^"]+)" right\?')
_SMALL = "check: a sentence begins with a lowercase letter: "
_STOP = "check: a full stop may be missing: "
_TWICE = "check: a word may be repeated here: "


@dataclass(frozen=True, slots=True)
class Correction:
    """What could be written instead of a passage. `name`: `usual`, or `capital` where a capital letter is another possibility.

    `changes`: (before, after) of each place. `text`: the whole passage with the changes.
    """

    name: str
    changes: tuple[tuple[str, str], ...]
    text: str


def proposed(questions: Iterable[str], passage: str) -> tuple[Correction, ...]:
    """The corrections of a passage for all its questions together. Words that are not exactly once in it are not corrected."""
    proposals: list[Correction] = []
    for name, small in (("usual", _with_comma), ("capital", _with_capital)):
        changes = [change for question in questions for change in _changes(question, small)]
        made = _applied(passage, changes)
        if made is not None and made not in [passage, *(proposal.text for proposal in proposals)]:
            proposals.append(Correction(name, tuple(dict.fromkeys(changes)), made))
    return tuple(proposals)


def _applied(passage: str, changes: Iterable[tuple[str, str]]) -> str | None:
    for before, after in changes:
        matches = list(re.finditer(rf"(?<!\w){re.escape(before)}(?!\w)", passage))
        if len(matches) != 1:
            return None
        passage = passage[: matches[0].start()] + after + passage[matches[0].end() :]
    return passage


def _changes(question: str, small: Callable[[str], str]) -> Iterator[tuple[str, str]]:
    if match := _SPELLING.fullmatch(question):
        yield match[1], match[2]
    elif match := _JOINED.fullmatch(question):
        left, right, whole = match.groups()
        yield whole, f"{left}{right}" if "-" in whole else f"{left}-{right}"
    elif question.startswith(_SMALL):
        yield from ((text, small(text)) for text in _QUOTED.findall(question.removeprefix(_SMALL)))
    elif question.startswith(_STOP):
        yield from ((text, _with_stop(text)) for text in _QUOTED.findall(question.removeprefix(_STOP)))
    elif question.startswith(_TWICE):
        yield from ((text, text.rpartition(" ")[0]) for text in _QUOTED.findall(question.removeprefix(_TWICE)))


def _with_comma(text: str) -> str:
    """`growth. and trade` -> `growth, and trade`."""
    return re.sub(r"[.!?] (?=[a-z])", ", ", text, count=1)


def _with_capital(text: str) -> str:
    return re.sub(r"([.!?] )([a-z])", lambda match: match[1] + match[2].upper(), text, count=1)


def _with_stop(text: str) -> str:
    """`in Asia She spoke` -> `in Asia. She spoke`: before the last word that begins with a capital letter."""
    return re.sub(r"^(\S+) (?=[A-Z])", r"\1. ", text, count=1)


_BEFORE_LINE = re.compile(r"[> \t]*")


def table_of(passage: str) -> Table | None:
    """The table of a passage; None if it is another text, or a table within a quotation or a list."""
    block = _block_of(passage) if passage.startswith("|") else None
    return block if isinstance(block, Table) else None


def figure_of(passage: str) -> Figure | None:
    """The figure of a passage, which may be in a quotation or in a list."""
    before = _before(passage)
    block = _block_of("\n".join(line.removeprefix(before) for line in passage.split("\n")))
    return block if isinstance(block, Figure) else None


def _block_of(text: str) -> Block | None:
    blocks = [block for group in read_groups(text) for block in group.blocks]
    return blocks[0] if len(blocks) == 1 else None


def _before(passage: str) -> str:
    """What is before each line of a passage: the sign of a quotation, or the indentation in a list."""
    match = _BEFORE_LINE.match(passage)
    return match[0] if match else ""


def with_caption(passage: str, caption: str) -> str:
    """The passage of a figure without a caption, with one below its picture."""
    picture, *further = passage.split("\n")
    _picture, line = print_blocks([Figure("x", caption=(Text(caption),))]).split("\n")
    return "\n".join((picture, f"{_before(passage)}{line}", *further))


def with_headings(table: Table, headings: Mapping[int, str]) -> str:
    """The table with texts for columns that have no heading. Existing headings stay."""
    head: tuple[Inlines, ...] = tuple(
        cell or ((Text(headings[column]),) if headings.get(column) else ()) for column, cell in enumerate(table.head)
    )
    return print_blocks([replace(table, head=head)])


def without_heading(table: Table) -> str:
    """The table whose first row is data as the others: its columns have no headings."""
    return print_blocks([replace(table, head=((),) * len(table.head), rows=(table.head, *table.rows))])


# What the import writes where a section or an article has no name (composer/importing/structure/issue_builder.py).
PLACEHOLDERS = frozenset({UNNAMED_SECTION, UNTITLED})


class Subject(StrEnum):
    WHOLE = "whole"  # no passage of the text
    PICTURE = "picture"  # what a picture shows, or which file it is
    CAPTION = "caption"  # the lines below a picture
    TABLE = "table"  # whether the first row of a table names its columns
    WORDS = "words"  # words of a passage; the question may say what they should be
    NAME = "name"  # the missing name of a section or title of an article
    ARTICLE = "article"  # an article, a section, or its sources
    PASSAGE = "passage"  # anything else about a passage


_FORMS: dict[Subject, tuple[str, ...]] = {
    Subject.WHOLE: (
        "title: ",
        "organisation: ",
        "date and number: ",
        "subject and preheader: ",
        "footer: ",
        "highlights: ",
        "a line with the number or the date also has other words",
        "no article names a source",
        r"\d{1,6} articles? names? no source: ",
        "the document marks no headings",
        "some headings of the highest level have text of their own",
        "words of the source are missing",
        "links of the source are missing",
        r"links of \d{1,6} headings? are below them now",
        "these words are not in the source",
        "letters were lost before the import",
    ),
    Subject.CAPTION: (
        "the line above the credit was taken",
        "the line below the picture was taken",
        "is all of this the ",
        "the picture was a link to ",
    ),
    Subject.TABLE: (r"is the first row of this table its heading\?",),
    Subject.ARTICLE: (
        "the article ",
        "the line says ",
        r'are "[^"]*" and "[^"]*" two sources',
        "this came after the sources",
    ),
    Subject.NAME: (
        "the document names no section",
        "the section has no name",
        "the text has no title",
        "the title is missing",
    ),
    Subject.WORDS: (
        "a sentence begins with a lowercase letter: ",
        "a full stop may be missing: ",
        "a word may be repeated here: ",
        'joined from "',
        r'"[^"]*" here, "[^"]*" elsewhere: ',
    ),
}
_PATTERNS = {subject: re.compile("|".join(forms)) for subject, forms in _FORMS.items()}


def subject_of(question: str, *, is_picture: bool) -> Subject:
    """The subject of a question; `is_picture`: its passage begins with a picture. People write questions, too: at a picture,
    theirs ask what it shows, as those of the import do."""
    bare = question.removeprefix("check: ")
    subject = next((subject for subject, pattern in _PATTERNS.items() if pattern.match(bare)), Subject.PASSAGE)
    if subject is Subject.PASSAGE:
        return Subject.PICTURE if is_picture else subject
    return Subject.PASSAGE if subject is Subject.CAPTION and not is_picture else subject
