"""Finds the passage of the source that each question of an import is about, so that an editor can compare it with the result."""

from collections import defaultdict

from composer.importing.manuscript.document_parts import DocumentPart, Manuscript
from composer.importing.manuscript.import_log import LoggedQuestion
from composer.importing.manuscript.word_units import words_of_block

LONGEST = 2_000  # characters; more than the longest paragraph of an issue
MOST_LINES = 40


def passages_of(script: Manuscript) -> tuple[str, ...]:
    """Returns a passage for each question in the log; empty where a question is about the whole document.

    Places of plain text are lines, so a passage is quoted as it is in the file. Other readers count paragraphs or pages, whose
    text is that of their parts.
    """
    parts: dict[int, list[DocumentPart]] = defaultdict(list)
    for part in script.parts:
        parts[part.position].append(part)
    if script.wrapped and script.log.unit == "line":
        lines = script.source_text.replace("\r\n", "\n").replace("\r", "\n").replace("\f", "\n").split("\n")
        starts = sorted(parts)
        ends = dict(zip(starts, [*starts[1:], len(lines) + 1], strict=True))
        return tuple(
            _shortened(_lines(lines, question.line, ends.get(question.line, question.line + 1)))
            for question in script.log.questions
        )
    return tuple(_shortened(_text(parts.get(question.line, []), question)) for question in script.log.questions)


def _lines(lines: list[str], first: int, end: int) -> str:
    return "\n".join(lines[first - 1 : min(end - 1, first - 1 + MOST_LINES)]).strip() if first else ""


def _text(parts: list[DocumentPart], question: LoggedQuestion) -> str:
    """Returns the text of the parts that have this question; if a later step asked it, that of all parts at its place."""
    named = [part for part in parts if question.text in part.questions]
    return "\n".join(filter(None, (" ".join(words_of_block(part.block)).strip() for part in named or parts)))


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
