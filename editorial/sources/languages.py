"""The languages of an issue: adds one, adds parts and figures that one of them lacks, and removes one.

What is taken over from the first language gets a mark for editors: while it is there, the issue cannot be sent.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace

from django.db import transaction

from composer.issue import document as doc
from composer.issue.blocks.list import print_blocks
from composer.issue.editing import head_values
from composer.issue.editing.head_values import HeadValues, UnreadableHeadError
from composer.issue.editing.source_blocks import BlockGroup, blocks_of, read_groups
from composer.issue.languages import LANGUAGE, spelt
from composer.issue.parsing.issue_file import ISSUE_FILE
from composer.issue.parts import outline
from composer.issue.parts.id_writing import with_ids
from composer.issue.parts.outline import ARTICLE, SECTION
from composer.issue.parts.splitting import HEAD, HEAD_PARTS, Part, Parts, join, split
from editorial.models import IssueRecord, IssueRevision
from editorial.sources import edits, issue_state, revisions
from editorial.sources.edits import AppliedEdit, EditConflictError, SourceEditError
from editorial.sources.issue_state import IssueState
from editorial.sources.language_rows import body_of, figures_of
from publication.domain_errors import DomainError
from publication.models import Actor

_OF_HEAD = (HEAD, *HEAD_PARTS.values())
_NEVER_TAKEN = ("subject", "preheader")  # without them the issue cannot be sent, so nobody mails them untranslated


class LanguageError(DomainError):
    """A language that cannot be added or removed like this."""


@dataclass(frozen=True, slots=True)
class TakenOver:
    """How texts of the first language get into another one. `note`: the words of the mark for editors, which says what is left
    to do. With `text`, the text is copied to be overwritten; otherwise only figures without their texts, and sources."""

    note: str
    text: bool = False


def add_language(actor: Actor, issue: IssueRecord, language: str, articles: Collection[str], how: TakenOver) -> AppliedEdit:
    """Add a language with these articles of the first one; returns it with the new file.

    Raises LanguageError, SourceEditError.
    """
    if LANGUAGE.match(language) is None:
        raise LanguageError("tag", text=language[:80])
    file = f"issue.{spelt(language)}.md"

    def edit(theirs: IssueState) -> tuple[IssueState, IssueState]:
        if spelt(language) in {spelt(outline.language_of(parts)) for parts in theirs.files.values()} or file in theirs.files:
            raise LanguageError("taken", language=spelt(language))
        first = theirs.files.get(ISSUE_FILE, ())
        if not first or first[0].id != HEAD:
            raise LanguageError("unreadable", line=1)
        chosen = {part.id for part in first if outline.kind_of(part) == ARTICLE and part.id in articles}
        if not chosen and any(outline.kind_of(part) == ARTICLE for part in first):
            raise LanguageError("articles")
        parts = _new_file(first, spelt(language), chosen, how)
        named = with_ids({**theirs.sources, file: join(parts)})[file]
        return theirs, theirs.with_file(file, split(named))

    return edits.apply_edit(actor, issue, edit, verb="add_language")


def _new_file(first: Parts, language: str, articles: Collection[str], how: TakenOver) -> list[Part]:
    made: list[Part] = []
    for at, part in enumerate(first):
        kind = outline.kind_of(part)
        if part.id == HEAD:
            made.append(Part(HEAD, _head(part.text, language)))
        elif part.id == HEAD_PARTS["highlights"]:
            made += _highlights(part, articles)
        elif part.id in _OF_HEAD:
            made.append(part)
        elif kind == SECTION:
            own = [first[index].id for index in outline.block(first, at)[1:]]
            if not own or any(name in articles for name in own):
                made.append(Part(part.id, taken_over(part, how)))
        elif kind != ARTICLE or part.id in articles:
            made.append(Part(part.id, taken_over(part, how)))
    return made


def _head(text: str, language: str) -> str:
    try:
        values = head_values.values_of("head", text).texts
        changed = {**values, **dict.fromkeys(_NEVER_TAKEN, ""), "language": language}
        return head_values.text_of("head", HeadValues(changed), text)
    except UnreadableHeadError as unreadable:
        raise LanguageError("unreadable", line=unreadable.finding.line or 1) from unreadable


def _highlights(part: Part, articles: Collection[str]) -> list[Part]:
    """The highlights that the other language has; without any, all its articles are listed."""
    try:
        rows = head_values.values_of("highlights", part.text).rows
        kept = tuple(row for row in rows if row[0] in articles)
        return [Part(part.id, head_values.text_of("highlights", HeadValues(rows=kept), part.text))] if kept else []
    except UnreadableHeadError:
        return []


def taken_over(part: Part, how: TakenOver) -> str:
    """The text of a part for another language: its heading, its condition, the mark, and what `how` says."""
    groups = read_groups(body_of(part))
    only = next((group.only for group in groups if group.only), "")
    pieces = [f"Only: {only}"] if only else []
    pieces.append(print_blocks([doc.EditorMark(how.note)]))
    if how.text:
        pieces += [group.source for group in groups if not group.only]
    else:
        kept: list[doc.Block] = [*map(_bare, figures_of(part)), *_sources(groups)]
        pieces += [print_blocks([block]) for block in kept]
    heading = f"{part.text.partition(_LINE)[0]}\n\n" if outline.kind_of(part) in (SECTION, ARTICLE) else ""
    return heading + "\n\n".join(pieces) + "\n\n"


_LINE = "\n"


def _bare(figure: doc.Figure) -> doc.Figure:
    """The figure without what has to be written in the other language."""
    return replace(figure, alt="", caption=())


def _sources(groups: Iterable[BlockGroup]) -> list[doc.Sources]:
    return [block for block in blocks_of(groups) if isinstance(block, doc.Sources)]


# ------------------------------------------------------------------------------------------- parts that a language lacks
def add_missing(actor: Actor, issue: IssueRecord, file: str, part: str, how: TakenOver) -> AppliedEdit:
    """Add a part of the first language to another one, at the same place; of a section also its articles.

    An article comes with its section if that is missing, too. Raises SourceEditError.
    """

    def edit(theirs: IssueState) -> tuple[IssueState, IssueState]:
        first, second = theirs.files.get(ISSUE_FILE, ()), theirs.files.get(file, ())
        at = next((index for index, other in enumerate(first) if other.id == part), None)
        if not second or file == ISSUE_FILE:
            raise SourceEditError("file", file=file)
        if at is None or part == HEAD:
            raise SourceEditError("part", file=ISSUE_FILE, part=part)
        lacking = [first[index] for index in _with_section(first, at)]
        made = second
        for missing in lacking:
            if all(missing.id != there.id for there in made):
                made = _with_part(made, first, missing, how)
        named = with_ids({**theirs.sources, file: join(made)})[file]
        read_again = split(named)
        if [other.id for other in read_again] != [other.id for other in made]:
            raise SourceEditError("place", file=file, part=part)
        return theirs, theirs.with_file(file, read_again)

    return edits.apply_edit(actor, issue, edit, verb="add_to_language")


def _with_section(first: Parts, at: int) -> list[int]:
    """The places of a part and of what has to come with it."""
    if outline.kind_of(first[at]) != ARTICLE:
        return list(outline.block(first, at))
    section = next((index for index in range(at, -1, -1) if outline.kind_of(first[index]) == SECTION), None)
    return [at] if section is None else [section, at]


def _with_part(second: Parts, first: Parts, part: Part, how: TakenOver) -> Parts:
    """The other language with a part of the first one."""
    if part.id == HEAD_PARTS["highlights"]:
        made = _highlights(part, {other.id for other in second})
        text = made[0].text if made else "highlights: []\n"
    else:
        text = part.text if part.id in _OF_HEAD else taken_over(part, how)
    at = _place(second, first, part)
    before = tuple(_ended(other) for other in second[:at])
    return (*before, Part(part.id, text), *second[at:])


def _place(second: Parts, first: Parts, part: Part) -> int:
    """Where a part of the first language belongs in the other one: behind the nearest part before it that both have."""
    places = {other.id: index for index, other in enumerate(second)}
    order = [other.id for other in first]
    at = order.index(part.id)
    kind = outline.kind_of(part)
    if part.id in _OF_HEAD:  # the last of them has the end of the head
        later = [places[name] for name in order[at + 1 :] if name in places]
        return min(later, default=1)
    before = [name for name in order[:at] if name in places]
    if kind == SECTION:
        end = places[before[-1]]
        return (outline.end_of_section(second, end) if outline.kind_of(second[end]) in (SECTION, ARTICLE) else end) + 1
    if kind != ARTICLE:
        return next((index for index, other in enumerate(second) if outline.kind_of(other) == SECTION), len(second))
    section = next((name for name in reversed(order[:at]) if outline.kind_of(first[order.index(name)]) == SECTION), None)
    if section is not None and section in places:
        own = outline.block(second, places[section])
        return max(places[name] for name in before if places[name] in own) + 1
    return places[before[-1]] + 1


def _ended(part: Part) -> Part:
    """The part with an empty line at its end, because another one follows."""
    text = part.text if part.text.endswith("\n") else part.text + "\n"
    return Part(part.id, text if part.id in _OF_HEAD or text.endswith("\n\n") else text + "\n")


# ----------------------------------------------------------------------------------------------------------- figures
def take_over_figure(actor: Actor, issue: IssueRecord, source: str, file: str, part: str, src: str, note: str) -> AppliedEdit:
    """Copy a figure of a part into the same part of another language: picture and credit. Raises SourceEditError.

    `note`: the words of the mark above it, which asks for alternative text and caption. The figure comes behind the nearest
    figure before it that both have, else at the end, above the sources.
    """

    def edit(theirs: IssueState) -> tuple[IssueState, IssueState]:
        source_part, target_part = (_part(theirs, name, part) for name in (source, file))
        figures = figures_of(source_part)
        figure = next((other for other in figures if other.src == src), None)
        if figure is None:
            raise SourceEditError("part", file=source, part=part)
        if f"]({src})" in target_part.text or any(other.src == src for other in figures_of(target_part)):
            return theirs, theirs  # also in lines that cannot be read
        before = [other.src for other in figures[: figures.index(figure)]]
        return theirs, theirs.with_text(file, part, _with_figure(target_part, _bare(figure), before, note))

    return edits.apply_edit(actor, issue, edit, verb="take_over_picture")


def _part(state: IssueState, file: str, name: str) -> Part:
    if file not in state.files:
        raise SourceEditError("file", file=file)
    part = next((part for part in state.files[file] if part.id == name), None)
    if part is None:
        raise SourceEditError("part", file=file, part=name)
    return part


def _with_figure(part: Part, figure: doc.Figure, before: Sequence[str], note: str) -> str:
    printed = print_blocks([doc.EditorMark(note), figure])
    body = body_of(part)
    groups = read_groups(body)
    shared = [
        at
        for at, group in enumerate(groups)
        if any(isinstance(block, doc.Figure) and block.src in before for block in group.blocks)
    ]
    above = next((at for at, group in enumerate(groups) if _sources([group])), len(groups))
    at = shared[-1] + 1 if shared else above
    texts = [group.gap + group.source for group in groups]
    whole = "".join(texts[:at]) + (_GAP if at else "") + printed + (_GAP if at < len(groups) else "")
    whole += "".join(texts[at:]).lstrip("\n")
    if not body:
        return f"{part.text.rstrip(_LINE)}\n\n{whole}\n\n".lstrip(_LINE)
    heading = part.text[: len(part.text) - len(_below(part))]
    return heading + _below(part).replace(body, whole, 1)


def _below(part: Part) -> str:
    return part.text.partition(_LINE)[2] if outline.kind_of(part) in (SECTION, ARTICLE) else part.text


_GAP = "\n\n"


# ---------------------------------------------------------------------------------------------------------- removing
def remove_language(actor: Actor, issue: IssueRecord, file: str, *, head: int) -> AppliedEdit:
    """Remove a language. The source with it becomes a revision, so that it can be restored.

    `head`: the newest edit that the actor saw. Raises EditConflictError if the language changed since, LanguageError,
    SourceEditError.
    """
    if file == ISSUE_FILE:
        raise LanguageError("first")

    def edit(theirs: IssueState) -> tuple[IssueState, IssueState]:
        if head > theirs.number:  # nobody can have seen it, so it does not say what the language was like
            raise EditConflictError(issue, ())
        began = theirs if theirs.number == head else issue_state.at_edit(issue.pk, head)
        if file not in theirs.files or file not in began.files:
            raise SourceEditError("file", file=file)
        return began, replace(began, files={name: parts for name, parts in began.files.items() if name != file})

    with transaction.atomic():
        applied = edits.apply_edit(actor, issue, edit, verb="remove_language")
        if applied.changes:
            revisions.name_point(actor, issue, applied.state.number - len(applied.changes), IssueRevision.Reason.PAUSE)
    return applied
