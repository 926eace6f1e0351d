"""The source of an issue at one edit: the parts of each of its files, and the digest of each picture."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import PurePosixPath

from composer.issue.parsing.issue_file import unified
from composer.issue.parts.id_writing import with_ids
from composer.issue.parts.merging import PartConflict, merge, merge_texts
from composer.issue.parts.splitting import Part, Parts, join, split, texts_of
from editorial.models import IssueEdit, IssueSource
from editorial.sources import edits_sql

Thing = tuple[str, str, str]  # what an edit is about: kind, file, part


@dataclass(frozen=True, slots=True)
class IssueState:
    """`files`: name -> parts. `pictures`: path in the issue folder -> SHA-256, hex. `edits`: the newest edit of each thing."""

    files: Mapping[str, Parts]
    pictures: Mapping[str, str]
    number: int = field(default=0, compare=False)
    edits: Mapping[Thing, int] = field(default_factory=dict, compare=False)

    @property
    def sources(self) -> dict[str, str]:
        """File name -> text."""
        return {name: join(parts) for name, parts in self.files.items()}

    def with_text(self, file: str, part: str, text: str | None) -> IssueState:
        """The state with another text of one part; None: without the part."""
        parts = tuple(replace(other, text=text or "") if other.id == part else other for other in self.files[file])
        kept = tuple(other for other in parts if text is not None or other.id != part)
        return self.with_file(file, kept)

    def with_file(self, file: str, parts: Parts) -> IssueState:
        return replace(self, files={**self.files, file: parts})


EMPTY = IssueState({}, {})


@dataclass(frozen=True, slots=True)
class Conflict:
    """A part of a file that was changed since its editor began. An empty `file` means a picture, whose texts are digests.

    `base` is None if the part did not exist or if the edit is not kept any more. `author` and `at`: of the text in `theirs`.
    """

    file: str
    part: str
    base: str | None
    theirs: str | None
    mine: str | None
    author: str = ""
    at: datetime | None = None


def of_sources(sources: Mapping[str, str], pictures: Mapping[str, str]) -> IssueState:
    """The state of an issue's files (name -> text), with an id at every heading."""
    files = {name: unified(text.removeprefix("\ufeff")) for name, text in sources.items()}
    return IssueState({name: split(text) for name, text in with_ids(files).items()}, dict(pictures))


def head(issue: int) -> IssueState:
    """The newest source of an issue; empty if it has none."""
    number = IssueSource.objects.filter(issue=issue).values_list("head", flat=True).first()
    return at_edit(issue, number) if number else EMPTY


def newest_text(issue: int, file: str, part: str) -> str:
    edits = IssueEdit.objects.filter(issue=issue, kind=IssueEdit.Kind.TEXT, file=file, part=part).order_by("-number")
    return edits.values_list("text", flat=True).first() or ""


def at_edit(issue: int, number: int) -> IssueState:
    """The source at an edit that a revision names, or at the head. Between revisions old edits may be pruned."""
    texts: dict[tuple[str, str], str] = {}
    outlines: dict[str, list[str]] = {}
    pictures: dict[str, str] = {}
    edits: dict[Thing, int] = {}
    for kind, file, part, edit, text, outline, picture in edits_sql.newest(issue, number):
        edits[kind, file, part] = edit
        if kind == IssueEdit.Kind.TEXT and text is not None:
            texts[file, part] = text
        elif kind == IssueEdit.Kind.OUTLINE and outline is not None:
            outlines[file] = json.loads(outline)
        elif kind == IssueEdit.Kind.PICTURE and picture is not None:
            pictures[file] = picture
    files = {file: tuple(Part(name, texts[file, name]) for name in names) for file, names in outlines.items()}
    return IssueState(files, pictures, number, edits)


def merge_states(base: IssueState, theirs: IssueState, mine: IssueState) -> tuple[IssueState, tuple[Conflict, ...]]:
    """Merges two successors of `base` by part. Where there is a conflict, the result has the text of `theirs`."""
    files: dict[str, Parts] = {}
    conflicts: list[Conflict] = []
    for name in sorted({*base.files, *theirs.files, *mine.files}, key=lambda name: (name.count("."), name)):
        merged = merge(*(state.files.get(name, ()) for state in (base, theirs, mine)))
        if merged.parts:
            files[name] = merged.parts
        conflicts += (_conflict(name, conflict) for conflict in merged.conflicts)
    pictures, of_pictures = merge_texts(base.pictures, theirs.pictures, mine.pictures)
    conflicts += (_conflict("", conflict) for conflict in of_pictures)
    return replace(theirs, files=files, pictures=pictures), tuple(conflicts)


def _conflict(file: str, conflict: PartConflict) -> Conflict:
    return Conflict(file, conflict.id, conflict.base, conflict.theirs, conflict.mine)


Change = tuple[Thing, object]  # what an edit is about, and its new text, order of parts, or picture; None: deleted


def differences(before: IssueState, after: IssueState) -> list[Change]:
    """The edits that lead from one state to another, in the order in which they are stored."""
    changes: list[Change] = []
    for file in dict.fromkeys((*after.files, *before.files)):
        old, new = (texts_of(state.files.get(file, ())) for state in (before, after))
        changes += (
            (("text", file, name), new.get(name)) for name in dict.fromkeys((*new, *old)) if old.get(name) != new.get(name)
        )
        if list(old) != list(new):
            changes.append((("outline", file, ""), list(new) or None))
    for path in sorted({*before.pictures, *after.pictures}):
        if before.pictures.get(path) != after.pictures.get(path):
            changes.append((("picture", path, ""), after.pictures.get(path)))
    return changes


def is_safe_path(name: str) -> bool:
    """Whether a path stays in the folder and hides nothing. The database may contain a path that somebody made up."""
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and "\\" not in name and not any(
        part.startswith(".") or "\0" in part for part in path.parts
    )  # fmt: skip
