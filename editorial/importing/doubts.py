"""The places of an issue that an import was not sure about: finds their marks in the source, and decides about them one by one.

Each decision is an ordinary edit of a part. It is made to the newest text, so it merges with what others write in that part.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import ClassVar, NamedTuple

from composer.issue.blocks.list import print_blocks
from composer.issue.document import Figure, SubHeading, Table
from composer.issue.parts.outline import split_id
from composer.issue.parts.splitting import OPENING
from editorial.importing import corrections, doubt_blocks
from editorial.importing.corrections import Correction
from editorial.importing.mark_subjects import Subject, subject_of
from editorial.models import IssueRecord
from editorial.sources import edits
from editorial.sources.edits import AppliedEdit
from editorial.sources.issue_state import IssueState
from publication.domain_errors import DomainError
from publication.models import Actor

_MARK = re.compile(r"<!-- (check: (?:[^\n<-]|-(?!->)|<(?!!--))*?) -->")
_WHOLE_MARK = re.compile(rf"(?<! ) *{_MARK.pattern}")
_HEADING = re.compile(r" {0,3}#{1,2}[ \t]")
_BLANK = " >\t"  # a quotation has > on its empty lines, too
_PICTURE = re.compile(r"!\[((?:[^\[\]\\\n]|\\.)*)\]\(([^()\s]*)\)")
LONGEST_ALT = 500
# An import leaves a few marks in a part. A part with thousands is not from one: its first ones are asked about first.
MOST_IN_PART, LONGEST_PASSAGE = 300, 300  # doubts, lines


class DoubtError(DomainError):
    """A decision about a doubt that is not possible."""

    codes: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "gone": (),
        "correction": (),
        "long": ("most",),
        "picture": ("picture",),
        "name": (),
    }


@dataclass(frozen=True, slots=True)
class Doubt:
    """One question: a mark, or several with one answer. `passage`: the text that it is about; empty: the whole issue.

    `seen` names exactly this: a decision names it, so that nobody decides about another text than the one they saw.
    """

    file: str
    part: str
    marks: tuple[str, ...]
    passage: str
    seen: str
    line: int  # in the text of the part, from 0 on: where the passage begins
    subject: Subject

    @property
    def corrections(self) -> tuple[Correction, ...]:
        """What could be written instead, if the marks say it."""
        return corrections.proposed(self.marks, self.passage)

    @property
    def is_picture(self) -> bool:
        """Whether the answer says what a picture shows."""
        return self.subject is Subject.PICTURE

    @property
    def figure(self) -> Figure | None:
        return doubt_blocks.figure_of(self.passage) if self.subject in (Subject.PICTURE, Subject.CAPTION) else None

    @property
    def table(self) -> Table | None:
        """The table whose first row may be its heading, if it can be changed here."""
        return doubt_blocks.table_of(self.passage) if self.subject is Subject.TABLE else None

    @property
    def asks_name(self) -> bool:
        """Whether the answer is the name of a section, or the title of an article."""
        return self.subject is Subject.NAME

    @property
    def alt(self) -> str:
        found = _PICTURE.search(self.passage)
        return re.sub(r"\\([\\\[\]])", r"\1", found[1]) if found else ""

    @property
    def picture(self) -> str:
        found = _PICTURE.search(self.passage)
        return found[2] if found else ""


class _Place(NamedTuple):
    """A doubt in the text of its part: where its marks are, and where its passage is."""

    doubt: Doubt
    spans: tuple[tuple[int, int], ...]
    start: int
    end: int


def find(state: IssueState) -> tuple[Doubt, ...]:
    """All doubts of an issue, in the order of its text; quick if there are none."""
    return tuple(
        place.doubt for file, parts in state.files.items() for part in parts for place in _places(file, part.id, part.text)
    )


def count(state: IssueState) -> int:
    """How many doubts are left."""
    return len(find(state))


def first_of(found: Iterable[Doubt], file: str, part: str) -> int:
    """Which of the doubts that were found is the first of a part, from 0 on; 0 if the part has none."""
    return next((at for at, doubt in enumerate(found) if (doubt.file, doubt.part) == (file, part)), 0)


def _places(file: str, part: str, text: str) -> Iterator[_Place]:
    if "<!-- check: " not in text:  # as in most parts, which are looked at with every page
        return
    group: list[re.Match[str]] = []
    lines = _Lines(text)
    times: dict[str, int] = {}
    for found in islice(_MARK.finditer(text), MOST_IN_PART):
        if group and text[group[-1].end() : found.start()].strip(f"{_BLANK}\n"):
            yield from _divided(file, part, lines, group, times)
            group = []
        group.append(found)
    if group:
        yield from _divided(file, part, lines, group, times)


def _divided(file: str, part: str, lines: _Lines, group: list[re.Match[str]], times: dict[str, int]) -> Iterator[_Place]:
    """The questions of marks that follow each other. Marks with the same answer are one question: corrections of one text, and
    what a picture shows."""
    text = lines.text
    start, end = lines.passage(group[0].start(), group[-1].end())
    is_picture = text[start:end].lstrip(_BLANK).startswith("![")
    questions: dict[tuple[Subject, int], list[re.Match[str]]] = {}
    for at, found in enumerate(group):
        subject = subject_of(_words(found), is_picture=is_picture)
        number = 0 if subject in (Subject.WORDS, Subject.PICTURE) else at
        questions.setdefault((subject, number), []).append(found)
    for (subject, _number), found_marks in questions.items():
        marks = tuple(map(_words, found_marks))
        begin, stop = (found_marks[-1].end(),) * 2 if subject is Subject.WHOLE else (start, end)
        content = "\n".join((file, part, *marks, text[begin:stop]))
        times[content] = times.get(content, 0) + 1  # two alike places in a part are two doubts
        seen = hashlib.sha256(f"{times[content]}\n{content}".encode()).hexdigest()[:24]
        doubt = Doubt(file, part, marks, text[begin:stop], seen, lines.number_at(begin), subject)
        yield _Place(doubt, tuple(mark.span() for mark in found_marks), begin, stop)


def _words(found: re.Match[str]) -> str:
    return " ".join(found[1].split())


class _Lines:
    """The lines of a text, each as where it begins and where the next one begins: a text may have thousands of marks."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._spans = [found.span() for found in re.finditer(r"[^\n]*\n|[^\n]+", text)]
        self._starts = [start for start, _ in self._spans]

    def number_at(self, place: int) -> int:
        """The number of the line with a place, from 0 on; behind the text, of the line that would come."""
        return bisect_right(self._starts, place) - 1 if place < len(self.text) else self.text.count("\n")

    def passage(self, first: int, last: int) -> tuple[int, int]:
        """The lines below the marks from `first` to `last`, up to the next empty line; else those above; else nothing."""
        own = self.number_at(first)
        below = self.number_at(last) + 1
        if _MARK.sub("", self.text[slice(*self._spans[own])]).strip(f"{_BLANK}\n"):  # a mark in a line of text
            below = own
        run = self._run(range(below, len(self._spans)))
        if run is None:
            run = self._run(range(own - 1, -1, -1))
            run = run if run is not None and not self.text.startswith("#", run[0]) else None
        return run or (last, last)

    def _run(self, numbers: Iterable[int]) -> tuple[int, int] | None:
        """The first lines with text that follow each other, as a span without the last line end; not another mark."""
        spans: list[tuple[int, int]] = []
        for begin, end in (self._spans[number] for number in numbers):
            bare = self.text[begin:end].strip(f"{_BLANK}\n")
            if bare and not bare.startswith("<!-- check: ") and len(spans) < LONGEST_PASSAGE:
                spans.append((begin, end))
            elif spans or bare:
                break
        if not spans:
            return None
        begin, end = min(span[0] for span in spans), max(span[1] for span in spans)
        return begin, end - self.text[begin:end].endswith("\n")


# -- decisions ---------------------------------------------------------------------------------------------------------

Rewrite = Callable[[Doubt, IssueState], str]  # the new passage


class Named(NamedTuple):
    """A doubt as a form names it."""

    file: str
    part: str
    seen: str


def keep(actor: Actor, issue: IssueRecord, doubts: Iterable[Named]) -> AppliedEdit:
    """Remove the marks of doubts, whose text is right as it is. Raises DoubtError if one changed since it was shown."""
    return _decide(actor, issue, tuple(doubts), lambda doubt, _: doubt.passage, "keep_doubt")


def correct(actor: Actor, issue: IssueRecord, doubt: Named, name: str) -> AppliedEdit:
    """Write one of the proposed corrections, and remove the marks. Raises DoubtError."""

    def rewrite(found: Doubt, _: IssueState) -> str:
        wanted = next((each for each in found.corrections if each.name == name), None)
        if wanted is None:
            raise DoubtError("correction")
        return wanted.text

    return _decide(actor, issue, (doubt,), rewrite, "correct_doubt")


def describe(actor: Actor, issue: IssueRecord, doubt: Named, alt: str, picture: str = "", caption: str = "") -> AppliedEdit:
    """Say what a picture shows, and remove the marks. `picture`: the path of another one for this place. `caption`: for a picture
    without one; where somebody wrote one meanwhile, theirs stays. Raises DoubtError.
    """
    text, below = (_plain(each) for each in (alt, caption))
    if max(len(text), len(below)) > LONGEST_ALT:
        raise DoubtError("long", most=LONGEST_ALT)
    written = re.sub(r"([\\\[\]])", r"\\\1", text)

    def rewrite(found: Doubt, state: IssueState) -> str:
        if picture and picture not in state.pictures:
            raise DoubtError("picture", picture=picture)
        made = _PICTURE.sub(lambda old: f"![{written}]({picture or old[2]})", found.passage, count=1)
        figure = doubt_blocks.figure_of(made)
        return doubt_blocks.with_caption(made, below) if below and figure is not None and not figure.caption else made

    return _decide(actor, issue, (doubt,), rewrite, "describe_picture")


def _plain(typed: str) -> str:
    """Typed text on one line, without beginnings and ends of marks, also those that others leave behind when they go."""
    text = " ".join(typed.split())
    while (left := text.replace("<!--", "").replace("-->", "")) != text:
        text = left
    return text


def answer_table(
    actor: Actor, issue: IssueRecord, doubt: Named, *, has_heading: bool, headings: Mapping[int, str] | None = None
) -> AppliedEdit:
    """Say whether the first row of a table names its columns, and remove the mark. Raises DoubtError.

    `headings`: texts for columns that have none, by their number from 0 on.
    """
    typed = {column: _plain(text) for column, text in (headings or {}).items()}
    if any(len(text) > LONGEST_ALT for text in typed.values()):
        raise DoubtError("long", most=LONGEST_ALT)

    def rewrite(found: Doubt, _: IssueState) -> str:
        if found.table is None:
            raise DoubtError("correction")
        if not has_heading:
            return doubt_blocks.without_heading(found.table)
        return doubt_blocks.with_headings(found.table, typed) if any(typed.values()) else found.passage

    return _decide(actor, issue, (doubt,), rewrite, "answer_table")


def name_part(actor: Actor, issue: IssueRecord, doubt: Named, name: str) -> AppliedEdit:
    """Write the name of a section or the title of an article into its heading, and remove the mark. Raises DoubtError."""
    typed = _plain(name).strip()
    if not typed:
        raise DoubtError("name")
    if len(typed) > LONGEST_ALT:
        raise DoubtError("long", most=LONGEST_ALT)
    heading = print_blocks([SubHeading(typed)]).removeprefix("### ")

    def retitle(text: str) -> str:
        line, end, body = text.partition("\n")
        begin = _HEADING.match(line)
        _title, name = split_id(line.rstrip())
        return f"{begin[0]}{heading}{f' {{#{name}}}' if name else ''}{end}{body}" if begin else text

    return _decide(actor, issue, (doubt,), lambda found, _: found.passage, "name_part", retitle)


def _decide(
    actor: Actor, issue: IssueRecord, doubts: tuple[Named, ...], rewrite: Rewrite, verb: str,
    finish: Callable[[str], str] = lambda text: text,
) -> AppliedEdit:  # fmt: skip
    """Decides about doubts. `rewrite`: returns the new passage of each; `finish`: changes the text of the part after that."""

    def edit(theirs: IssueState) -> tuple[IssueState, IssueState]:
        state = theirs
        for doubt in doubts:
            parts = {part.id: part.text for part in state.files.get(doubt.file, ())}
            # Deciding about one of two alike places gives the other one its number, so they are found from the last.
            text = parts.get(doubt.part, "")
            found = next((place for place in _places(doubt.file, doubt.part, text) if place.doubt.seen == doubt.seen), None)
            if found is None:
                raise DoubtError("gone")
            passage = rewrite(found.doubt, state)
            if found.start <= found.spans[0][0] < found.end:  # a mark in a line of text
                made = text[: found.start] + _without_own(passage, found.doubt.marks) + text[found.end :]
            else:
                made = _without_marks(text[: found.start] + passage + text[found.end :], text, found)
            made = finish(made)
            state = state.with_text(doubt.file, doubt.part, None if doubt.part == OPENING and not made.strip() else made)
        return theirs, state

    return edits.apply_edit(actor, issue, edit, verb=verb)


def _without_own(passage: str, marks: tuple[str, ...]) -> str:
    """A line of text without some of the marks in it."""
    return _WHOLE_MARK.sub(lambda found: "" if _words(found) in marks else found[0], passage)


def _without_marks(made: str, text: str, place: _Place) -> str:
    """The text without the marks of a place. A line that had only a mark goes, with the empty line that follows it.

    `made` differs from `text` only in the passage, which is behind the marks or before them.
    """
    moved = len(made) - len(text)
    for start, end in reversed(place.spans):
        shift = moved if place.end <= start else 0
        made = _without(made, start + shift, end + shift)
    return made


def _without(text: str, start: int, end: int) -> str:
    begin = text.rfind("\n", 0, start) + 1
    stop = text.find("\n", end)
    if "<!-- check: " in text[begin:start] or "<!-- check: " in text[end : None if stop < 0 else stop]:
        return text[:start].rstrip(" ") + text[end:]  # another mark is on the same line
    stop = len(text) if stop < 0 else stop + 1
    following = text.find("\n", stop)
    following = len(text) if following < 0 else following + 1
    if not text[stop:following].strip(f"{_BLANK}\n"):
        stop = following
    return text[:begin] + text[stop:]
