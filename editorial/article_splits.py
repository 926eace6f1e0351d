"""Divides an article into two and joins two, in every language of the issue, with their comments; and takes either back."""

import re
from dataclasses import dataclass

from django.db import transaction

from composer.issue.editing import article_halves, head_values
from composer.issue.editing.article_halves import Halves
from composer.issue.editing.head_values import HeadValues, UnreadableHeadError
from composer.issue.parsing.body import slug
from composer.issue.parts import outline
from composer.issue.parts.splitting import HEAD_PARTS, Part, Parts, free_id, join, split, texts_of
from editorial.models import IssueRecord, IssueRevision
from editorial.review import comments
from editorial.sources import edits, issue_state, revisions
from editorial.sources.edits import AppliedEdit, SourceEditError
from editorial.sources.issue_state import IssueState
from editorial.sources.language_rows import body_of
from publication import audit
from publication.models import Actor


@dataclass(frozen=True, slots=True)
class SplitStep:
    """What can be taken back: the source was that of the edit `before` and became that of `after`. Both are revisions.

    `comments`: those that went to another part.
    """

    before: int
    after: int
    comments: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SplitResult:
    """The result of a split or a joining. `part`: the id of the new article, or of the one that has both texts now.

    `to_divide`: the languages whose text could not be divided at the same place, so that somebody has to do it.
    """

    part: str
    step: SplitStep
    to_divide: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Notes:
    """The texts of the marks for editors in the other languages: at a text that is still to be divided, in its new article, and
    at a title that is not translated."""

    divide: str
    fill: str
    title: str


def split_article(
    actor: Actor, issue: IssueRecord, file: str, part: str, base: int, title: str, halves: Halves, notes: Notes
) -> SplitResult:
    """Make two articles of one: `halves` are their texts, `title` that of the second. Raises EditConflictError, SourceEditError.

    `base`: the number of the edit that the author saw. A sub-heading or line that is the title is taken out of the text. The
    article gets both ids in every language. Where another language has the same blocks, its text is divided at the same block;
    otherwise its text stays in the first article, and both get a mark, without whose removal the issue cannot be sent.
    """
    done = _Division(file, part, " ".join(title.split()), article_halves.with_questions(halves), notes)
    with transaction.atomic():
        applied = edits.apply_edit(actor, issue, lambda theirs: done.edit(edits.with_base(issue, theirs, file, part, base, None)))
        texts = {name: texts_of(parts) for name, parts in applied.state.files.items() if done.name in texts_of(parts)}
        moved = [
            comments.to_half(issue, name, part, done.name, of_file[part], of_file[done.name]) for name, of_file in texts.items()
        ]
        step = _named(actor, issue, applied, [comment for ids in moved for comment in ids])
        audit.record(actor, "split_article", issue, issue=issue.slug, file=file, part=part, new=done.name, edit=step.after)
    return SplitResult(done.name, step, tuple(outline.language_of(applied.state.files[name]) or name for name in done.undivided))


def join_articles(actor: Actor, issue: IssueRecord, file: str, part: str, base: int) -> SplitResult:
    """Add the text of an article to the article before it, in every language. Raises EditConflictError, SourceEditError.

    Its title becomes a sub-heading. Its sources, comments, highlights and the links to it follow.
    """
    first = ""

    def edit(theirs: IssueState) -> tuple[IssueState, IssueState]:
        nonlocal first
        began = edits.with_base(issue, theirs, file, part, base, None)
        first = _before(began.files[file], part, file)
        state = began
        for name, parts in began.files.items():
            if part in texts_of(parts):
                state = state.with_file(name, _one_of_two(name, parts, first, part))
        return began, state

    with transaction.atomic():
        applied = edits.apply_edit(actor, issue, edit)
        moved = [comments.to_part(issue, name, part, first) for name in applied.state.files]
        step = _named(actor, issue, applied, [comment for ids in moved for comment in ids])
        audit.record(actor, "join_articles", issue, issue=issue.slug, file=file, part=part, into=first, edit=step.after)
    return SplitResult(first, step)


def take_back(actor: Actor, issue: IssueRecord, step: SplitStep) -> AppliedEdit:
    """Undo a split or a joining, also in the other languages, and nothing else.

    Raises EditConflictError if the articles changed since, SourceEditError if the step is not one of this issue.
    """
    known = set(issue.revisions.filter(edit__in=(step.before, step.after)).values_list("edit", flat=True))
    if step.before >= step.after or known != {step.before, step.after}:
        raise SourceEditError("step", issue=issue.slug)
    earlier, later = (issue_state.at_edit(issue.pk, number) for number in (step.before, step.after))
    with transaction.atomic():
        applied = edits.apply_edit(actor, issue, lambda theirs: (later, earlier))
        for file, parts in later.files.items():
            _comments_back(issue, file, parts, earlier.files.get(file, ()), step.comments)
        audit.record(actor, "take_back_step", issue, issue=issue.slug, before=step.before, after=step.after)
    return applied


def _comments_back(issue: IssueRecord, file: str, later: Parts, earlier: Parts, ids: tuple[int, ...]) -> None:
    """Give the comments of a file the parts that they had before a step."""
    now, then = list(texts_of(later)), list(texts_of(earlier))
    gone, back = ([name for name in some if name not in others] for some, others in ((now, then), (then, now)))
    for name in gone:
        comments.to_part(issue, file, name, back[0] if back else now[now.index(name) - 1])
    if back and not gone:
        comments.to_part(issue, file, then[then.index(back[0]) - 1], back[0], ids)


def _named(actor: Actor, issue: IssueRecord, applied: AppliedEdit, moved: list[int]) -> SplitStep:
    """The step of a change. The sources before and after it become revisions, so that they can be restored."""
    after = applied.state.number
    step = SplitStep(after - len(applied.changes), after, tuple(moved))
    for edit in (step.before, step.after):
        revisions.name_point(actor, issue, edit, IssueRevision.Reason.PAUSE)
    return step


class _Division:
    """One article becoming two, in all files. `name`: id of the new one; `undivided`: files whose text is still to be divided."""

    def __init__(self, file: str, part: str, title: str, halves: Halves, notes: Notes) -> None:
        self.file, self.part, self.title, self.notes = file, part, title, notes
        self.whole_halves = halves
        self.halves = article_halves.without_title_line(halves, title)
        self.name = ""
        self.undivided: list[str] = []

    def edit(self, began: IssueState) -> tuple[IssueState, IssueState]:
        """The state that the author saw, and that with both articles."""
        present = next((candidate for candidate in began.files[self.file] if candidate.id == self.part), None)
        if present is None or outline.kind_of(present) != outline.ARTICLE:
            raise SourceEditError("part", file=self.file, part=self.part)
        if not self.title or not self.halves.first.strip() or not self.whole_halves.second.strip():
            raise SourceEditError("halves", file=self.file, part=self.part)
        taken = {part.id for parts in began.files.values() for part in parts}
        self.name, self.undivided = free_id(slug(self.title) or self.part, taken), []
        state = began
        for file, parts in began.files.items():
            text = texts_of(parts).get(self.part)
            if text is None:
                continue
            title, halves = (self.title, self.halves) if file == self.file else self._of_other(file, body_of(present), text)
            condition = article_halves.condition_of(halves.first)
            halves = Halves(halves.first, article_halves.with_condition(halves.second, condition))
            state = state.with_file(file, self._divided(file, parts, title, halves))
        return began, state

    def _of_other(self, file: str, whole: str, text: str) -> tuple[str, Halves]:
        """Title and halves of another language."""
        body = body_of(Part(self.part, text))
        alike = article_halves.divided_alike(self.whole_halves, whole, body)
        if alike is None:
            self.undivided.append(file)
            halves = article_halves.moved_figures(self.halves, body)
            first, second = (article_halves.with_mark(half, note) for half, note in (
                (halves.first, self.notes.divide), (halves.second, self.notes.fill),
            ))  # fmt: skip
            return self.title, Halves(first, second)
        title = article_halves.title_line(alike) if self.halves != self.whole_halves else ""
        halves = article_halves.without_title_line(alike, title)
        notes = [*article_halves.leading_notes(body), *([] if title else [self.notes.title])]
        for note in reversed(notes):
            halves = Halves(halves.first, article_halves.with_mark(halves.second, note))
        return title or self.title, halves

    def _divided(self, file: str, parts: Parts, title: str, halves: Halves) -> Parts:
        """The parts of a file with both articles. Raises SourceEditError if they could not be read as such."""
        at = next(index for index, part in enumerate(parts) if part.id == self.part)
        line = parts[at].text.partition("\n")[0]
        made = (
            *_ended(parts[:at]),
            Part(self.part, f"{line}\n\n{halves.first}\n\n"),
            Part(self.name, f"{article_halves.heading(title, self.name)}\n\n{halves.second}\n\n"),
            *parts[at + 1 :],
        )
        return _readable(file, self.part, parts, made)


def _before(parts: Parts, part: str, file: str) -> str:
    """The article directly before another one. Raises SourceEditError."""
    at = next((index for index, candidate in enumerate(parts) if candidate.id == part), None)
    if at is None:
        raise SourceEditError("part", file=file, part=part)
    if not at or {outline.kind_of(candidate) for candidate in parts[at - 1 : at + 1]} != {outline.ARTICLE}:
        raise SourceEditError("first", file=file, part=part)
    return parts[at - 1].id


def _one_of_two(file: str, parts: Parts, first: str, second: str) -> Parts:
    """The parts of a file with one article instead of two; in a file without the first one, the second gets its id."""
    texts = texts_of(parts)
    body = body_of(Part(second, texts[second]))
    if first in texts:
        before = body_of(Part(first, texts[first]))
        if article_halves.condition_of(before) != article_halves.condition_of(body):
            raise SourceEditError("readers", file=file)
        text = article_halves.joined(before, outline.title_of(Part(second, texts[second])), body)
        line = texts[first].partition("\n")[0]
    else:
        text, line = body, article_halves.heading(outline.title_of(Part(second, texts[second])), first)
    whole = Part(first, f"{line}\n\n{text}\n\n")
    kept = [whole if part.id == (first if first in texts else second) else part for part in parts]
    made = tuple(_with_links(part, first, second) for part in _ended(tuple(kept)) if part.id != second)
    return _readable(file, second, parts, made)


def _with_links(part: Part, first: str, second: str) -> Part:
    """The part with the first id where links and highlights name the second."""
    if part.id != HEAD_PARTS["highlights"]:
        return Part(part.id, re.sub(rf"(\]\(<?#){re.escape(second)}(?=[>)\s])", rf"\g<1>{first}", part.text))
    try:
        rows = head_values.values_of("highlights", part.text).rows
        if (second, "") not in rows:
            return part
        kept = dict.fromkeys((first, "") if row[0] == second else row for row in rows)
        return Part(part.id, head_values.text_of("highlights", HeadValues(rows=tuple(kept)), part.text))
    except UnreadableHeadError:  # a finding says that it names an article which is not there
        return part


def _ended(parts: Parts) -> Parts:
    return tuple(Part(part.id, part.text if part.text.endswith("\n") else f"{part.text}\n") for part in parts)


def _readable(file: str, part: str, before: Parts, made: Parts) -> Parts:
    """The parts that were made, if they are read again as these parts. Raises SourceEditError.

    A file that could not be read before, because of a mistake in its head, cannot be judged.
    """
    if _ids(split(join(made))) != _ids(made) and _ids(split(join(before))) == _ids(before):
        raise SourceEditError("unreadable", file=file, part=part)
    return made


def _ids(parts: Parts) -> list[str]:
    return [part.id for part in parts]
