"""What a question of an import is about, and so how it is answered: a picture, a table, words, the whole issue."""

import re
from enum import StrEnum

from composer.importing.structure.issue_builder import UNNAMED_SECTION, UNTITLED

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
