"""The questions of an import about passages that it was not sure about: finds them in the source, and answers them one by one.

In the source a question is a comment `<!-- check: … -->`. Each answer is an ordinary edit of a part. It is made to the newest
text, so it merges with what others write in that part.
"""

from __future__ import annotations

import hashlib
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

from composer.issue.blocks.list import print_blocks
from composer.issue.document import Figure, SubHeading, Table
from composer.issue.parts.outline import split_id
from composer.issue.parts.splitting import OPENING
from editorial.importing import question_subjects
from editorial.importing.question_subjects import Correction, Subject, subject_of
from editorial.models import IssueRecord
from editorial.sources import edits, issue_state
from editorial.sources.edits import AppliedEdit
from editorial.sources.issue_state import IssueState
from publication.domain_errors import DomainError
from publication.models import Actor

_COMMENT = re.compile(r"<!-- (check: (?:[^\n<-]|-(?!->)|<(?!!--))*?) -->")
_WHOLE_COMMENT = re.compile(rf"(?<! ) *{_COMMENT.pattern}")
_HEADING = re.compile(r" {0,3}#{1,2}[ \t]")
_BLANK = " >\t"  # a quotation has > on its empty lines, too
_PICTURE = re.compile(r"!\[((?:[^\[\]\\\n]|\\.)*)\]\(([^()\s]*)\)")
LONGEST_ALT = 500
# An import leaves a few questions in a part. A part with thousands is not from one: its first ones are asked first.
MOST_IN_PART, LONGEST_PASSAGE = 300, 300  # comments, lines


class QuestionError(DomainError):
    """An answer to a question that is not possible."""


@dataclass(frozen=True, slots=True)
class Question:
    """What a person has to decide about a passage. `texts`: what the comments in the source say, each with `check: ` at its
    beginning; several if they have one answer. `passage`: the text that it is about; empty: the whole issue.

    `seen` names exactly this: an answer names it, so that nobody answers for another text than the one they saw.
    """

    file: str
    part: str
    texts: tuple[str, ...]
    passage: str
    seen: str
    line: int  # in the text of the part, from 0 on: where the passage begins
    subject: Subject

    @property
    def corrections(self) -> tuple[Correction, ...]:
        """What could be written instead, if the texts say it."""
        return question_subjects.proposed(self.texts, self.passage)

    @property
    def is_picture(self) -> bool:
        return self.subject is Subject.PICTURE

    @property
    def figure(self) -> Figure | None:
        return question_subjects.figure_of(self.passage) if self.subject in (Subject.PICTURE, Subject.CAPTION) else None

    @property
    def table(self) -> Table | None:
        """The table whose first row may be its heading, if it can be changed here."""
        return question_subjects.table_of(self.passage) if self.subject is Subject.TABLE else None

    @property
    def asks_name(self) -> bool:
        """Whether the answer is the name of a section, or the title of an article."""
        return self.subject is Subject.NAME

    @property
    def alt(self) -> str:
        match = _PICTURE.search(self.passage)
        return re.sub(r"\\([\\\[\]])", r"\1", match[1]) if match else ""

    @property
    def picture(self) -> str:
        match = _PICTURE.search(self.passage)
        return match[2] if match else ""


class _PlacedQuestion(NamedTuple):
    """A question in the text of its part: where its comments are, and where its passage is."""

    question: Question
    spans: tuple[tuple[int, int], ...]
    start: int
    end: int


def find(state: IssueState) -> tuple[Question, ...]:
    """All questions of an issue, in the order of its text; quick if there are none."""
    return tuple(
        placed.question for file, parts in state.files.items() for part in parts for placed in _placed(file, part.id, part.text)
    )


def count(state: IssueState) -> int:
    return len(find(state))


def first_of(questions: Iterable[Question], file: str, part: str) -> int:
    """Which of the questions is the first of a part, from 0 on; 0 if the part has none."""
    return next((at for at, question in enumerate(questions) if (question.file, question.part) == (file, part)), 0)


def _placed(file: str, part: str, text: str) -> Iterator[_PlacedQuestion]:
    if "<!-- check: " not in text:  # as in most parts, which are looked at with every page
        return
    group: list[re.Match[str]] = []
    lines = _Lines(text)
    times: dict[str, int] = {}
    for comment in islice(_COMMENT.finditer(text), MOST_IN_PART):
        if group and text[group[-1].end() : comment.start()].strip(f"{_BLANK}\n"):
            yield from _divided(file, part, lines, group, times)
            group = []
        group.append(comment)
    if group:
        yield from _divided(file, part, lines, group, times)


def _divided(file: str, part: str, lines: _Lines, group: list[re.Match[str]], times: dict[str, int]) -> Iterator[_PlacedQuestion]:
    """The questions of comments that follow each other. Those with the same answer are one question: corrections of one text,
    and what a picture shows."""
    text = lines.text
    start, end = lines.passage(group[0].start(), group[-1].end())
    is_picture = text[start:end].lstrip(_BLANK).startswith("![")
    groups: dict[tuple[Subject, int], list[re.Match[str]]] = {}
    for at, comment in enumerate(group):
        subject = subject_of(_text_of(comment), is_picture=is_picture)
        number = 0 if subject in (Subject.WORDS, Subject.PICTURE) else at
        groups.setdefault((subject, number), []).append(comment)
    for (subject, _number), comments in groups.items():
        texts = tuple(map(_text_of, comments))
        begin, stop = (comments[-1].end(),) * 2 if subject is Subject.WHOLE else (start, end)
        content = "\n".join((file, part, *texts, text[begin:stop]))
        times[content] = times.get(content, 0) + 1  # two alike places in a part are two questions
        seen = hashlib.sha256(f"{times[content]}\n{content}".encode()).hexdigest()[:24]
        question = Question(file, part, texts, text[begin:stop], seen, lines.number_at(begin), subject)
        yield _PlacedQuestion(question, tuple(comment.span() for comment in comments), begin, stop)


def _text_of(comment: re.Match[str]) -> str:
    return " ".join(comment[1].split())


class _Lines:
    """The lines of a text, each as where it begins and where the next one begins: a text may have thousands of questions."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._spans = [line.span() for line in re.finditer(r"[^\n]*\n|[^\n]+", text)]
        self._starts = [start for start, _ in self._spans]

    def number_at(self, position: int) -> int:
        """The number of the line with a position in the text, from 0 on; behind the text, of the line that would come."""
        return bisect_right(self._starts, position) - 1 if position < len(self.text) else self.text.count("\n")

    def passage(self, first: int, last: int) -> tuple[int, int]:
        """The lines below the comments from `first` to `last`, up to the next empty line; else those above; else nothing."""
        own = self.number_at(first)
        below = self.number_at(last) + 1
        if _COMMENT.sub("", self.text[slice(*self._spans[own])]).strip(f"{_BLANK}\n"):  # a comment in a line of text
            below = own
        run = self._run(range(below, len(self._spans)))
        if run is None:
            run = self._run(range(own - 1, -1, -1))
            run = run if run is not None and not self.text.startswith("#", run[0]) else None
        return run or (last, last)

    def _run(self, numbers: Iterable[int]) -> tuple[int, int] | None:
        """The first lines with text that follow each other, as a span without the last line end; not another comment."""
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

Rewrite = Callable[[Question, IssueState], str]  # the new passage


class QuestionKey(NamedTuple):
    """What a form sends to name a question."""

    file: str
    part: str
    seen: str


def keep(actor: Actor, issue: IssueRecord, questions: Iterable[QuestionKey]) -> AppliedEdit:
    """Remove questions whose text is right as it is. Raises QuestionError if one changed since it was shown."""
    return _decide(actor, issue, tuple(questions), lambda question, _: question.passage, "keep_doubt")


def correct(actor: Actor, issue: IssueRecord, question: QuestionKey, name: str) -> AppliedEdit:
    """Write one of the proposed corrections, and remove the question. Raises QuestionError."""

    def rewrite(current: Question, _: IssueState) -> str:
        chosen = next((correction for correction in current.corrections if correction.name == name), None)
        if chosen is None:
            raise QuestionError("correction")
        return chosen.text

    return _decide(actor, issue, (question,), rewrite, "correct_doubt")


def describe(
    actor: Actor, issue: IssueRecord, question: QuestionKey, alt: str, picture: str = "", caption: str = ""
) -> AppliedEdit:
    """Say what a picture shows, and remove the question. Raises QuestionError.

    `picture`: the path of another one for this place. `caption`: for a picture without one; where somebody wrote one meanwhile,
    theirs stays.
    """
    text, below = _plain(alt), _plain(caption)
    if max(len(text), len(below)) > LONGEST_ALT:
        raise QuestionError("long", most=LONGEST_ALT)
    written = re.sub(r"([\\\[\]])", r"\\\1", text)

    def rewrite(current: Question, state: IssueState) -> str:
        if picture and picture not in state.pictures:
            raise QuestionError("picture", picture=picture)
        made = _PICTURE.sub(lambda old: f"![{written}]({picture or old[2]})", current.passage, count=1)
        figure = question_subjects.figure_of(made)
        return question_subjects.with_caption(made, below) if below and figure is not None and not figure.caption else made

    return _decide(actor, issue, (question,), rewrite, "describe_picture")


def _plain(typed: str) -> str:
    """Typed text on one line, without beginnings and ends of comments, also those that others leave behind when they go."""
    text = " ".join(typed.split())
    while (left := text.replace("<!--", "").replace("-->", "")) != text:
        text = left
    return text


def answer_table(
    actor: Actor, issue: IssueRecord, question: QuestionKey, *, has_heading: bool, headings: Mapping[int, str] | None = None
) -> AppliedEdit:
    """Say whether the first row of a table names its columns, and remove the question. Raises QuestionError.

    `headings`: texts for columns that have none, by their number from 0 on.
    """
    typed = {column: _plain(text) for column, text in (headings or {}).items()}
    if any(len(text) > LONGEST_ALT for text in typed.values()):
        raise QuestionError("long", most=LONGEST_ALT)

    def rewrite(current: Question, _: IssueState) -> str:
        if current.table is None:
            raise QuestionError("correction")
        if not has_heading:
            return question_subjects.without_heading(current.table)
        return question_subjects.with_headings(current.table, typed) if any(typed.values()) else current.passage

    return _decide(actor, issue, (question,), rewrite, "answer_table")


def name_part(actor: Actor, issue: IssueRecord, question: QuestionKey, name: str) -> AppliedEdit:
    """Write the name of a section or the title of an article into its heading, and remove the question. Raises QuestionError."""
    typed = _plain(name).strip()
    if not typed:
        raise QuestionError("name")
    if len(typed) > LONGEST_ALT:
        raise QuestionError("long", most=LONGEST_ALT)
    heading = print_blocks([SubHeading(typed)]).removeprefix("### ")

    def retitle(text: str) -> str:
        line, end, body = text.partition("\n")
        begin = _HEADING.match(line)
        _title, name = split_id(line.rstrip())
        return f"{begin[0]}{heading}{f' {{#{name}}}' if name else ''}{end}{body}" if begin else text

    return _decide(actor, issue, (question,), lambda current, _: current.passage, "name_part", retitle)


def _decide(
    actor: Actor, issue: IssueRecord, questions: tuple[QuestionKey, ...], rewrite: Rewrite, verb: str,
    finish: Callable[[str], str] = lambda text: text,
) -> AppliedEdit:  # fmt: skip
    """Answers questions. `rewrite`: returns the new passage of each; `finish`: changes the text of the part after that."""

    def edit(theirs: IssueState) -> tuple[IssueState, IssueState]:
        state = theirs
        for question in questions:
            parts = {part.id: part.text for part in state.files.get(question.file, ())}
            # Answering one of two alike questions gives the other one its number, so they are found from the last.
            text = parts.get(question.part, "")
            current = next(
                (placed for placed in _placed(question.file, question.part, text) if placed.question.seen == question.seen), None
            )
            if current is None:
                raise QuestionError("gone")
            passage = rewrite(current.question, state)
            if current.start <= current.spans[0][0] < current.end:  # a comment in a line of text
                made = text[: current.start] + _without_own(passage, current.question.texts) + text[current.end :]
            else:
                made = _without_comments(text[: current.start] + passage + text[current.end :], text, current)
            made = finish(made)
            state = state.with_text(question.file, question.part, None if question.part == OPENING and not made.strip() else made)
        return theirs, state

    return edits.apply_edit(actor, issue, edit, verb=verb)


def _without_own(passage: str, texts: tuple[str, ...]) -> str:
    """A line of text without the comments that have one of the texts."""
    return _WHOLE_COMMENT.sub(lambda comment: "" if _text_of(comment) in texts else comment[0], passage)


def _without_comments(made: str, text: str, placed: _PlacedQuestion) -> str:
    """The text without the comments of a question. A line that had only a comment goes, with the empty line that follows it.

    `made` differs from `text` only in the passage, which is behind the comments or before them.
    """
    moved = len(made) - len(text)
    for start, end in reversed(placed.spans):
        shift = moved if placed.end <= start else 0
        made = _without(made, start + shift, end + shift)
    return made


def _without(text: str, start: int, end: int) -> str:
    begin = text.rfind("\n", 0, start) + 1
    stop = text.find("\n", end)
    if "<!-- check: " in text[begin:start] or "<!-- check: " in text[end : None if stop < 0 else stop]:
        return text[:start].rstrip(" ") + text[end:]  # another comment is on the same line
    stop = len(text) if stop < 0 else stop + 1
    following = text.find("\n", stop)
    following = len(text) if following < 0 else following + 1
    if not text[stop:following].strip(f"{_BLANK}\n"):
        stop = following
    return text[:begin] + text[stop:]


def answered(issue: IssueRecord, left: Iterable[Question]) -> int:
    """How many questions were answered on their page or in the editor. `left`: those of the newest text."""
    first = issue.revisions.order_by("number").values_list("edit", flat=True).first()
    if not first:
        return 0
    # An answer may change the passage of another question, and an article that is divided takes its questions to another part.
    asked = Counter((question.file, question.texts) for question in find(issue_state.at_edit(issue.pk, first)))
    return (asked - Counter((question.file, question.texts) for question in left)).total()
