"""Changes the source of an issue: merges by part, stores the edits, and moves the head by compare-and-set.

The only writer of edits and of the head. Nothing is overwritten: who changes a part that changed meanwhile gets both texts.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from django.db import transaction

from composer.issue.parsing.body import LONGEST_ID
from composer.issue.parsing.issue_file import ISSUE_FILE, unified
from composer.issue.parts import outline
from composer.issue.parts.id_writing import with_ids
from composer.issue.parts.merging import ORDER
from composer.issue.parts.splitting import HEAD, HEAD_PARTS, WHOLE, Part, Parts, free_id, join, resplit, split, texts_of
from composer.issue.picture_names import is_device
from editorial.models import IssueEdit, IssueRecord, IssueRevision, IssueSource, Media, Original
from editorial.sources import edits_sql, issue_state, revisions
from editorial.sources.issue_state import Change, Conflict, IssueState, Thing
from publication import audit, clock
from publication.domain_errors import DomainError
from publication.models import Actor

LARGEST_SOURCE = 1_000_000  # bytes of a file; far above what can be composed
# Characters. Pages name files and parts in their addresses, and an index of the database has both.
_LONGEST_NAME: Mapping[str, int] = {IssueEdit.Kind.TEXT: 200, IssueEdit.Kind.OUTLINE: 200, IssueEdit.Kind.PICTURE: 500}
_TRIES = 50  # each failed try means that somebody else's edit was stored first


class SourceEditError(DomainError):
    """A change of an issue's source that is not possible."""


class EditConflictError(DomainError):
    """Somebody else changed the same parts meanwhile. Nothing was stored; `conflicts` has the texts of both sides."""

    def __init__(self, issue: IssueRecord, conflicts: tuple[Conflict, ...]) -> None:
        places = [" ".join(filter(None, (conflict.file, conflict.part))) for conflict in conflicts]
        super().__init__("conflict", issue=issue.slug, places=places)
        self.conflicts = tuple(_with_author(issue, conflict) for conflict in conflicts)


def _with_author(issue: IssueRecord, conflict: Conflict) -> Conflict:
    """The conflict with who changed the other side, and when."""
    file, part = (conflict.file, conflict.part) if conflict.file else (conflict.part, "")
    if part == ORDER:
        part = ""
    edit = IssueEdit.objects.filter(issue=issue, file=file, part=part).select_related("actor").order_by("-number").first()
    return replace(conflict, author=edit.actor.name, at=edit.created_at) if edit else conflict


@dataclass(frozen=True, slots=True)
class AppliedEdit:
    """The source after a change. `changes`: what was stored. `others`: whether the source has changes of others besides."""

    state: IssueState
    changes: tuple[Change, ...]
    others: bool = False
    revision: IssueRevision | None = None


Edit = Callable[[IssueState], tuple[IssueState, IssueState]]  # the head -> (what the editor began with, what it should become)


def apply_edit(actor: Actor, issue: IssueRecord, edit: Edit, *, reason: str = "", verb: str = "edit_issue") -> AppliedEdit:
    """Merge a change into the newest source and store it; with a `reason`, as a revision. Raises EditConflictError,
    SourceEditError.

    `edit` is called again with the new head if somebody else's change is stored first.
    """
    IssueSource.objects.get_or_create(issue=issue)
    for _ in range(_TRIES):
        theirs = issue_state.head(issue.pk)
        base, mine = edit(theirs)
        merged, conflicts = issue_state.merge_states(base, theirs, mine)
        if conflicts:
            raise EditConflictError(issue, conflicts)
        changes = tuple(issue_state.differences(theirs, merged))
        _require_room(theirs, merged, changes)
        others = merged != mine
        with transaction.atomic():
            if changes and not _store(actor, issue, theirs, changes, verb, bool(reason)):
                continue
            number = theirs.number + len(changes)
            revision = revisions.name_point(actor, issue, number, reason) if reason else None
        edits = {**theirs.edits, **{thing: theirs.number + at for at, (thing, _) in enumerate(changes, 1)}}
        return AppliedEdit(replace(merged, number=number, edits=edits), changes, others, revision)
    raise SourceEditError("busy", issue=issue.slug)


def _require_room(before: IssueState, after: IssueState, changes: tuple[Change, ...]) -> None:
    """Raise SourceEditError if a file becomes larger than LARGEST_SOURCE: every edit of it would be kept."""
    for file in {file for (kind, file, _), _ in changes if kind == IssueEdit.Kind.TEXT}:
        old, new = (sum(len(part.text.encode()) for part in state.files.get(file, ())) for state in (before, after))
        if new > max(old, LARGEST_SOURCE):
            raise SourceEditError("large", file=file, limit=LARGEST_SOURCE)


def _store(actor: Actor, issue: IssueRecord, before: IssueState, changes: tuple[Change, ...], verb: str, always: bool) -> bool:
    """Store the edits if the head is still where it was. In the caller's transaction."""
    now = clock.now()
    for thing, value in changes:
        if value is not None:
            _check_names(thing, is_new=thing not in before.edits)
    if not edits_sql.advance(issue.pk, before.number, len(changes), now):
        return False
    # An autosave every few seconds would fill the audit. The edits themselves name author and time.
    since = IssueSource.objects.values_list("revised", flat=True).get(issue=issue)
    if always or not IssueEdit.objects.filter(issue=issue, number__gt=since, actor=actor).exists():
        parts = sorted({f"{file} {part}".strip() for (_, file, part), _ in changes})
        audit.record(actor, verb, issue, issue=issue.slug, edit=before.number + 1, parts=parts[:20], count=len(changes))
    pictures = _pictures(changes)
    IssueEdit.objects.bulk_create(
        IssueEdit(
            issue=issue, number=before.number + at, kind=thing[0], file=thing[1], part=thing[2],
            base=before.edits.get(thing, 0), actor=actor, created_at=now, **_content(thing, value, pictures),
        )
        for at, (thing, value) in enumerate(changes, 1)
    )  # fmt: skip
    return True


def _check_names(thing: Thing, is_new: bool) -> None:
    """Raise SourceEditError if a file or a part cannot have its name. What older releases stored can still be edited."""
    kind, file, part = thing
    if not issue_state.is_safe_path(file):
        raise SourceEditError("path", path=file)
    if is_new and kind == IssueEdit.Kind.PICTURE and is_device(file):
        raise SourceEditError("device", path=file)
    for name, most in ((file, _LONGEST_NAME[kind]), (part, LONGEST_ID)):
        if is_new and len(name) > most:
            raise SourceEditError("long-name", name=f"{name[:60]}…", most=most)


def _content(thing: Thing, value: object, pictures: Mapping[str, str]) -> dict[str, object]:
    kind, file, _ = thing
    if kind == IssueEdit.Kind.TEXT:
        if isinstance(value, str) and "\0" in value:
            raise SourceEditError("character", file=file)
        return {"text": value}
    if kind == IssueEdit.Kind.OUTLINE:
        return {"outline": value}
    return {pictures[str(value)]: value} if value is not None else {}


def _pictures(changes: tuple[Change, ...]) -> dict[str, str]:
    """Digest -> the column that refers to it: originals, or pictures that exist only re-encoded. Raises SourceEditError."""
    digests = {str(value) for (kind, *_), value in changes if kind == IssueEdit.Kind.PICTURE and value is not None}
    columns = dict.fromkeys(Media.objects.filter(digest__in=digests).values_list("digest", flat=True), "media_id")
    columns |= dict.fromkeys(Original.objects.filter(digest__in=digests).values_list("digest", flat=True), "original_id")
    if missing := digests - columns.keys():
        raise SourceEditError("picture", picture=min(missing))
    return columns


def save_part(
    actor: Actor, issue: IssueRecord, file: str, part: str, text: str, base: int, *, divide: bool = True
) -> AppliedEdit:
    """Change the text of a part. `base`: the number of the edit that its author began with. Raises EditConflictError,
    SourceEditError.

    A text with further headings becomes several parts; without `divide` it stays one until it is saved with it. A page that saves
    while somebody types needs that: it would send the same headings again. An empty text deletes the part, unless the file
    needs it.
    """
    text = unified(text)

    def edit(theirs: IssueState) -> tuple[IssueState, IssueState]:
        began = with_base(issue, theirs, file, part, base, text)
        if not text.strip() and not _needed(began, file, part):
            return began, began.with_text(file, part, None)
        written = began.with_text(file, part, _ended(text, began.files[file], part))
        if not divide:
            return began, written
        parts = written.files[file]
        named = with_ids({**began.sources, file: join(parts)})[file]
        return began, began.with_file(file, resplit(parts, part, named))

    return apply_edit(actor, issue, edit)


def delete_part(actor: Actor, issue: IssueRecord, file: str, part: str, base: int) -> AppliedEdit:
    """Delete a part. Raises EditConflictError if its text changed since the edit `base`, SourceEditError.

    The source with the part becomes a revision, so that it can be restored.
    """

    def edit(theirs: IssueState) -> tuple[IssueState, IssueState]:
        began = with_base(issue, theirs, file, part, base, None)
        if _needed(began, file, part):
            raise SourceEditError("needed", file=file, part=part)
        return began, began.with_text(file, part, None)

    with transaction.atomic():
        applied = apply_edit(actor, issue, edit)
        if applied.changes:
            revisions.name_point(actor, issue, applied.state.number - len(applied.changes), IssueRevision.Reason.PAUSE)
    return applied


def text_at(issue: IssueRecord, file: str, part: str, number: int) -> str | None:
    """The text of a part at the edit `number` of it, which its editor began with; None if that edit is not kept any more."""
    seen = IssueEdit.objects.filter(issue=issue, number=number, kind=IssueEdit.Kind.TEXT, file=file, part=part).first()
    return seen.text if seen else None


def _needed(state: IssueState, file: str, part: str) -> bool:
    """Whether the rest of the file would be one unreadable part."""
    rest = state.with_text(file, part, None).files[file]
    return [other.id for other in split(join(rest))] == [WHOLE]


def add_part(actor: Actor, issue: IssueRecord, file: str, text: str, after: str) -> AppliedEdit:
    """Add a section or an article, whose text begins with its heading, after another part. Raises SourceEditError."""
    text = unified(text)

    def edit(theirs: IssueState) -> tuple[IssueState, IssueState]:
        at = _position(theirs, file, after)
        before = theirs.files[file]
        placed = (*before[: at + 1], Part(ORDER, text if text.endswith("\n") else text + "\n"), *before[at + 1 :])
        parts = tuple(replace(part, text=_ended(part.text, placed, part.id)) for part in placed)
        named = with_ids({**theirs.sources, file: join(parts)})[file]
        unreadable = [part.id for part in split(join(before))] != [part.id for part in before]
        divided = _with_one_more(before, at, text) if unreadable else resplit(parts, ORDER, named)
        if divided == parts or len(divided) == len(before):
            raise SourceEditError("place", file=file, part=after)
        return theirs, theirs.with_file(file, divided)

    return apply_edit(actor, issue, edit)


def add_head_part(actor: Actor, issue: IssueRecord, file: str, kind: str) -> AppliedEdit:
    """Add highlights or credits without any entry to a file that has none; does nothing if it has them.

    Raises SourceEditError.
    """

    def edit(theirs: IssueState) -> tuple[IssueState, IssueState]:
        if file not in theirs.files:
            raise SourceEditError("file", file=file)
        before, name, order = theirs.files[file], HEAD_PARTS[kind], list(HEAD_PARTS.values())
        if any(part.id == name for part in before):
            return theirs, theirs
        later = order[order.index(name) + 1 :]
        at = next((index for index, part in enumerate(before) if part.id in later), len(before))
        placed = (*before[:at], Part(name, f"{kind}: []\n"), *before[at:])
        if split(join(placed)) != placed:  # its keys have another order, or cannot be read
            raise SourceEditError("place", file=file, part=HEAD)
        return theirs, theirs.with_file(file, placed)

    return apply_edit(actor, issue, edit)


def _with_one_more(before: Parts, at: int, text: str) -> Parts:
    """The parts with a new one behind the place `at`, in a file whose text has other parts because one of them has an error.

    A mistake in the head would otherwise keep everybody from adding articles.
    """
    head = "---\ntitle: x\n---\n\n"
    alone = split(with_ids({ISSUE_FILE: head + text})[ISSUE_FILE])[1:]
    if len(alone) != 1 or alone[0].id.startswith("@"):
        return before
    name = free_id(alone[0].id, {part.id for part in before})
    written = alone[0].text.replace(f"{{#{alone[0].id}}}", f"{{#{name}}}", 1)
    return (*before[: at + 1], Part(name, f"{written.rstrip()}\n\n"), *before[at + 1 :])


def move_part(actor: Actor, issue: IssueRecord, file: str, part: str, after: str, base: int) -> AppliedEdit:
    """Move an article, or a section with its articles, behind another part. `base`: the edit of the outline that its author saw.

    Raises EditConflictError, SourceEditError.
    """

    def edit(theirs: IssueState) -> tuple[IssueState, IssueState]:
        began = theirs
        if theirs.edits.get(("outline", file, "")) != base:
            seen = IssueEdit.objects.filter(issue=issue, number=base, kind="outline", file=file).first()
            texts = {other.id: other for other in theirs.files.get(file, ())}
            if seen is not None and seen.outline is not None:
                began = theirs.with_file(file, tuple(texts.get(name, Part(name, "")) for name in seen.outline))
        at, behind = _position(began, file, part), _position(began, file, after)
        parts = began.files[file]
        moving = outline.block(parts, at)
        if behind in moving:
            return began, began
        rest = [*parts[: moving.start], *parts[moving.stop :]]
        to = next(index for index, other in enumerate(rest, 1) if other.id == after)
        return began, began.with_file(file, (*rest[:to], *parts[moving.start : moving.stop], *rest[to:]))

    return apply_edit(actor, issue, edit)


def with_base(issue: IssueRecord, theirs: IssueState, file: str, part: str, base: int, mine: str | None) -> IssueState:
    """The head as its editor saw this part. Raises SourceEditError, and EditConflictError if that is not known any more."""
    if file not in theirs.files:
        raise SourceEditError("file", file=file)
    newest = theirs.edits.get(("text", file, part), 0)
    present = texts_of(theirs.files[file])
    if newest == 0 or (newest == base and part not in present):
        raise SourceEditError("part", file=file, part=part)
    if newest == base:
        return theirs
    seen = IssueEdit.objects.filter(issue=issue, number=base, kind="text", file=file, part=part).first()
    if seen is None or part not in present:
        if present.get(part) == mine:
            return theirs
        raise EditConflictError(issue, (Conflict(file, part, seen.text if seen else None, present.get(part), mine),))
    return theirs.with_text(file, part, seen.text)


def _position(state: IssueState, file: str, part: str) -> int:
    if file not in state.files:
        raise SourceEditError("file", file=file)
    for at, candidate in enumerate(state.files[file]):
        if candidate.id == part:
            return at
    raise SourceEditError("part", file=file, part=part)


def _ended(text: str, parts: Parts, part: str) -> str:
    """The text with a line end, unless it is empty or of the last part."""
    return text if not text or text.endswith("\n") or parts[-1].id == part else text + "\n"


def replace_source(
    actor: Actor, issue: IssueRecord, base: IssueState | None, mine: IssueState, *, reason: str, exactly: bool = False
) -> AppliedEdit:
    """Merge whole files into the source, as a revision. `base`: what they were made of; None: the newest source.

    With `exactly`, changes of others that the files lack are a conflict, even in other parts. Raises EditConflictError.
    """

    def edit(theirs: IssueState) -> tuple[IssueState, IssueState]:
        began = theirs if base is None else base
        if exactly:
            merged, _ = issue_state.merge_states(began, theirs, mine)
            lacking = issue_state.differences(mine, merged)
            if lacking:
                raise EditConflictError(issue, tuple(_lacking(change, began, mine) for change in lacking))
        return began, mine

    return apply_edit(actor, issue, edit, reason=reason, verb=f"{reason}_issue")


def _lacking(change: Change, base: IssueState, mine: IssueState) -> Conflict:
    (kind, file, part), value = change
    if kind == "picture":
        return Conflict("", file, base.pictures.get(file), str(value) if value else None, mine.pictures.get(file))
    if kind == "outline":
        listed = ["\n".join(listed_part.id for listed_part in state.files.get(file, ())) for state in (base, mine)]
        return Conflict(file, ORDER, listed[0], "\n".join(value) if isinstance(value, list) else None, listed[1])
    old, own = (texts_of(state.files.get(file, ())) for state in (base, mine))
    return Conflict(file, part, old.get(part), str(value) if value is not None else None, own.get(part))


def restore_revision(actor: Actor, issue: IssueRecord, number: int, *, head: int) -> AppliedEdit:
    """Make the source of a revision the newest one again. `head`: the newest edit that the actor saw. Raises SourceEditError."""
    revision = issue.revisions.filter(number=number).first()
    if revision is None:
        raise SourceEditError("revision", issue=issue.slug, revision=number)
    state = issue_state.at_edit(issue.pk, revision.edit)

    def edit(theirs: IssueState) -> tuple[IssueState, IssueState]:
        if theirs.number != head:
            raise SourceEditError("moved", issue=issue.slug)
        return theirs, state

    with transaction.atomic():
        # Otherwise the texts that are replaced would be pruned after a month.
        revisions.name_point(actor, issue, head, IssueRevision.Reason.PAUSE)
        return apply_edit(actor, issue, edit, reason=IssueRevision.Reason.RESTORE, verb="restore_issue")
