"""Gives each picture of a document the caption and the credit that stand beside it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from composer.importing.manuscript.document_parts import Part, Role
from composer.importing.manuscript.import_log import ImportLog
from composer.importing.manuscript.inline_slicing import cut
from composer.importing.manuscript.line_patterns import CREDIT, INNER_SOURCE, is_closed, is_credit
from composer.issue.document import MISSING_PICTURE, Figure, Inline, Inlines, Paragraph, Text, plain

LONGEST_CAPTION = 400
LABELS = ("caption", "credit")
MANY_WORDS = "is all of this the caption, or does the text begin in it?"
GUESSED = "the line below the picture was taken as its caption: is it?"
NO_CAPTION = "the picture has no caption in the document: say in the brackets what is to be seen"
# A caption tells what a picture means, and is read out as well: as its alternative text it would only be heard twice.
NO_ALT = "the document has no words for who does not see this picture: say in the brackets what is to be seen"


@dataclass(frozen=True, slots=True)
class Saying:
    """The words beside a picture; `labels` are those that only name the parts."""

    caption: Inlines = ()
    credit: Inlines = ()
    labels: str = ""


def settle_captions(parts: list[Part], log: ImportLog) -> list[Part]:
    """The parts, with the lines under pictures taken into them. A credit without a picture becomes a missing one."""
    settled: list[Part] = []
    index = 0
    while index < len(parts):
        if not isinstance(parts[index].block, Figure):
            if is_lone_credit(parts[index]) and not (index + 1 < len(parts) and isinstance(parts[index + 1].block, Figure)):
                settled.append(with_sayings(missing_picture(parts[index]), [parts[index]], log))
            else:
                settled.append(parts[index])
            index += 1
            continue
        stop = index
        while stop < len(parts) and isinstance(parts[stop].block, Figure):
            stop += 1
        figures, said = parts[index:stop], sayings_after(parts, stop)
        index = stop + len(said)
        if not said and settled and is_caption_above(settled[-1]):
            said = [settled.pop()]
        settled += pair(figures, said, log)
    return settled


def is_lone_credit(part: Part) -> bool:
    return part.level is None and is_credit(part.text) and len(part.text) <= LONGEST_CAPTION


def missing_picture(part: Part) -> Part:
    return replace(part, block=Figure(MISSING_PICTURE), role=Role.BODY)


def is_caption_above(part: Part) -> bool:
    return part.role is Role.CAPTION or (is_lone_credit(part) and isinstance(part.block, Paragraph))


def sayings_after(parts: list[Part], start: int) -> list[Part]:
    """The paragraphs below the pictures that speak of them."""
    said: list[Part] = []
    for part in parts[start : start + 6]:
        if part.level is not None or not isinstance(part.block, Paragraph) or len(part.text) > LONGEST_CAPTION:
            break
        labelled = label_of(part.text) != ""
        guessed = not said and part.role is Role.MAYBE_CAPTION and is_short(part.text)
        if not (part.role is Role.CAPTION or labelled or is_credit(part.text) or guessed):
            break
        said.append(part.marked(GUESSED) if guessed and not (labelled or is_credit(part.text)) else part)
    return said


def is_short(text: str) -> bool:
    """Short enough for a caption; a whole sentence may be one when it is not long."""
    return len(text) <= (160 if is_closed(text) else 220)


def pair(figures: list[Part], said: list[Part], log: ImportLog) -> list[Part]:
    """Each picture with its own line where there are as many lines as pictures; else all lines with the last."""
    if len(said) == len(figures) and len(figures) > 1:
        return [with_sayings(figure, [words], log) for figure, words in zip(figures, said, strict=True)]
    return [
        *(with_sayings(figure, [], log) for figure in figures[:-1]),
        with_sayings(figures[-1], said, log),
    ]


def with_sayings(figure: Part, said: list[Part], log: ImportLog) -> Part:
    """The figure with its words, and what is doubtful. An alternative text is asked for where the document has none."""
    block = figure.block
    assert isinstance(block, Figure)  # noqa: S101 - the callers look
    caption, credit = list(block.caption), list(block.credit)
    marks = list(figure.marks)
    for part in said:
        saying = read_saying(part.content)
        if saying.labels:
            log.change(part.place, part.place, saying.labels, "", "a label, written as Caption or Credit")
        caption = spaced(caption, saying.caption)
        credit = spaced(credit, saying.credit)
        marks += [mark for mark in part.marks if mark not in marks]
    if not block.alt:
        marks.append(NO_ALT if plain(tuple(caption)).strip() else NO_CAPTION)
    if len(plain(tuple(caption))) > 260:
        marks.append(MANY_WORDS)
    made = replace(block, caption=tuple(caption), credit=tuple(credit))
    return replace(figure, block=made, role=Role.BODY, marks=tuple(marks))


def spaced(first: list[Inline], second: Inlines) -> list[Inline]:
    """One run of words of the two."""
    return [*first, Text(" "), *second] if first and second else [*first, *second]


def label_of(text: str) -> str:
    """`caption` or `credit` where the line begins with that word and a colon."""
    word, colon, _ = text.replace("：", ":").partition(":")
    return word.strip().casefold() if colon and word.strip().casefold() in LABELS else ""


def read_saying(content: Inlines) -> Saying:
    """`Caption: X`, `Credit: X`, `caption Photo credit: X`, `Photo credit: caption Source: X`, or a bare caption."""
    text = plain(content)
    if label := label_of(text):
        start = min(text.find(sign) for sign in ":：" if sign in text) + 1
        rest = cut(content, start)
        return Saying(rest, labels=text[:start]) if label == "caption" else Saying((), rest, text[:start])
    found = CREDIT.search(text)
    if found is None:
        return Saying(content)
    before = cut(content, 0, found.start())
    inner = INNER_SOURCE.search(text, found.end())
    if inner is None:
        return Saying(before, cut(content, found.end()), found[0].strip())
    between = cut(content, found.end(), inner.start())
    caption = tuple(spaced(list(before), between))
    return Saying(caption, cut(content, inner.end()), f"{found[0].strip()} {inner[0].strip()}")
