"""Issue folders as a door to the source in the database: pull writes the newest source to a folder, push merges a folder into it.

A pulled folder contains BASE_FILE: which issue it is, and what was pulled. This is the base of the next push.
"""

import hashlib
import json
import os
import re
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any

from django.db import transaction

from composer.errors import Findings
from composer.issue.parsing.head import read_head, split
from composer.issue.parsing.issue_file import ISSUE_FILE, picture_fault, unified_lines
from composer.issue.parsing.structure import read_structure
from composer.issue.parts.splitting import Part
from editorial import media_store
from editorial.issue_records import find_issue, make_slug
from editorial.models import IssueRecord, IssueRevision, Media, Original
from editorial.sources import edits, issue_state, originals
from editorial.sources.edits import LARGEST_SOURCE, AppliedEdit, SourceEditError
from editorial.sources.issue_state import Change, IssueState
from publication import audit
from publication.models import Actor
from publication.staff import accounts

BASE_FILE = ".mailroom-issue.json"
_FORMAT = 1
_MAY_EDIT = "editorial.change_issuerecord"
_SOURCE_NAME = re.compile(r"issue(\.[A-Za-z0-9-]+)?\.md\Z")


@dataclass(frozen=True, slots=True)
class Base:
    """What a folder had in common with the database when it was last pulled or pushed."""

    issue: str
    state: IssueState


@dataclass(frozen=True, slots=True)
class Pushed:
    """The result of a push. `others`: the changes in the database that the folder lacks. `named`: files that got ids."""

    issue: IssueRecord
    applied: AppliedEdit
    others: tuple[Change, ...]
    named: tuple[str, ...]


def author(name: str) -> Actor:
    """The account that edits, as an actor. Raises StaffAccountError, SourceEditError if it is disabled or may not edit issues."""
    account = accounts.find_staff(name)
    if not account.is_active or not account.has_perm(_MAY_EDIT):
        raise SourceEditError("permission", name=account.get_username())
    return audit.staff(account)


def pull(slug: str, folder: Path) -> tuple[IssueRecord, IssueState]:
    """Write the newest source of an issue to a new folder, or to one that was pulled before and has no changes of its own.

    Raises IssueError, SourceEditError.
    """
    issue = find_issue(slug)
    state = issue_state.head(issue.pk)
    if not state.files:
        raise SourceEditError("no-source", issue=slug)
    old: Mapping[str, object] = {}
    if folder.exists() and any(folder.iterdir()):
        base = read_base(folder)
        if base is None or base.issue != slug:
            raise SourceEditError("not-empty", folder=str(folder), issue=slug)
        if read_folder(folder, base.state) != base.state:
            raise SourceEditError("unpushed", folder=str(folder))
        old = {**base.state.files, **base.state.pictures}
    write_state(state, folder)
    for name in old.keys() - state.files.keys() - state.pictures.keys():
        _inside(folder, name).unlink(missing_ok=True)
    write_base(folder, Base(slug, state))
    return issue, state


def write_state(state: IssueState, folder: Path) -> None:
    """Write the files and pictures of a state. Raises SourceEditError, OriginalError, StoreError, OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in state.sources.items():
        _write(_inside(folder, name), text.encode())
    media = {medium.digest: medium for medium in Media.objects.filter(digest__in=state.pictures.values())}
    kept = set(Original.objects.filter(digest__in=state.pictures.values()).values_list("digest", flat=True))
    for path, digest in state.pictures.items():
        target = _inside(folder, path)
        opened = originals.open_original(digest) if digest in kept else media_store.opened(media[digest].path)
        with opened as source, _replacing(target) as draft, draft.open("xb") as file:
            shutil.copyfileobj(source, file)


def read_folder(folder: Path, base: IssueState) -> IssueState:
    """The state of the files in a folder, with an id at every heading. Pictures: those that a file uses, and those of `base`.

    Raises SourceEditError.
    """
    sources = _sources_in(folder)
    if ISSUE_FILE not in sources:
        raise SourceEditError("no-issue", folder=str(folder))
    return state_of(folder, sources, base)


def state_of(folder: Path, sources: Mapping[str, str], base: IssueState) -> IssueState:
    """The state of these texts with the pictures of a folder. Raises SourceEditError."""
    state = issue_state.of_sources(sources, {})
    # While a part is not finished, the database knows more about the parts of a file than its text shows.
    known = base.sources
    same = {name: base.files[name] for name, text in state.sources.items() if known.get(name) == text}
    state = replace(state, files={**state.files, **same})
    paths = dict.fromkeys(base.pictures)
    for text in state.sources.values():
        structure = read_structure(text)
        paths |= dict.fromkeys(structure.pictures if structure else ())
    usable = [path for path in paths if picture_fault(path, folder) is None and issue_state.is_safe_path(path)]
    return replace(state, pictures={path: originals.digest_of(folder / path) for path in usable})


def _sources_in(folder: Path) -> dict[str, str]:
    sources: dict[str, str] = {}
    names = sorted(path.name for path in folder.iterdir() if _SOURCE_NAME.match(path.name) and path.is_file())
    for name in sorted(names, key=lambda name: name != ISSUE_FILE):
        with (folder / name).open("rb") as file:
            data = file.read(LARGEST_SOURCE + 1)
        if len(data) > LARGEST_SOURCE:
            raise SourceEditError("large", file=name, limit=LARGEST_SOURCE)
        try:
            sources[name] = data.decode("utf-8-sig")
        except UnicodeDecodeError:
            raise SourceEditError("utf8", file=name) from None
    return sources


def push(actor: Actor, folder: Path) -> Pushed:
    """Merge the files of a folder into the source of their issue. Raises EditConflictError with both texts, SourceEditError.

    A folder that was not pulled is a new issue, if there is none with its title and number yet.
    """
    base = read_base(folder)
    mine = read_folder(folder, base.state if base else issue_state.EMPTY)
    with transaction.atomic():
        issue = find_issue(base.issue) if base else _new_issue(folder, mine)
        began = base.state if base else issue_state.EMPTY
        before = issue_state.head(issue.pk)
        if mine == began:
            applied = AppliedEdit(before, ())
        else:
            keep_pictures(actor, folder, mine, before)
            reason = IssueRevision.Reason.PUSH if base else IssueRevision.Reason.IMPORT
            applied = edits.replace_source(actor, issue, began, mine, reason=reason)
    named = tuple(name for name, text in _sources_in(folder).items() if "\n".join(unified_lines(text)) != mine.sources[name])
    for name in named:
        _write(folder / name, mine.sources[name].encode())
    write_base(folder, Base(issue.slug, mine))
    return Pushed(issue, applied, tuple(issue_state.differences(mine, applied.state)), named)


def keep_pictures(actor: Actor, folder: Path, state: IssueState, known: IssueState) -> None:
    """Store the pictures of a folder that are not stored yet. Raises OriginalError, OSError."""
    new = {digest: path for path, digest in state.pictures.items() if digest not in known.pictures.values()}
    have = set(Original.objects.filter(digest__in=new).values_list("digest", flat=True))
    for digest, path in new.items():
        if digest not in have and originals.keep_file(actor, folder / path, Original.Kind.PICTURE).digest != digest:
            raise SourceEditError("picture", picture=path)  # it changed while it was read


def _new_issue(folder: Path, state: IssueState) -> IssueRecord:
    lines = unified_lines(state.sources[ISSUE_FILE])
    texts = read_head(split(lines, Findings(""))[0], Findings("")).texts
    if not texts["title"] or not texts["number"]:
        raise SourceEditError("no-title", folder=str(folder))
    slug = make_slug(texts["title"], texts["number"])
    record, is_new = IssueRecord.objects.get_or_create(slug=slug, defaults={"title": texts["title"]})
    if not is_new:
        raise SourceEditError("not-pulled", folder=str(folder), issue=slug)
    return record


# -- the file that says what was pulled --------------------------------------------------------------------------


def read_base(folder: Path) -> Base | None:
    """What a folder was pulled from; None if it was not pulled. Raises SourceEditError if the file is damaged."""
    try:
        document = json.loads((folder / BASE_FILE).read_text(encoding="utf-8"))
        content = document["content"]
        files = {name: tuple(Part(*part) for part in parts) for name, parts in content["files"].items()}
        base = Base(content["issue"], IssueState(files, content["pictures"]))
        intact = (document["format"], document["digest"]) == (_FORMAT, _digest(content))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError, AttributeError):
        intact = False
    if not intact:
        raise SourceEditError("base", folder=str(folder), name=BASE_FILE)
    return base


def write_base(folder: Path, base: Base) -> None:
    content = {
        "issue": base.issue,
        "files": {name: [[part.id, part.text] for part in parts] for name, parts in base.state.files.items()},
        "pictures": dict(base.state.pictures),
    }
    document = {"format": _FORMAT, "digest": _digest(content), "content": content}
    _write(folder / BASE_FILE, (json.dumps(document, ensure_ascii=False, indent=1) + "\n").encode())


def _digest(content: Any) -> str:
    """So that an edit of the file by hand, such as a replacement in the whole folder, is noticed."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()


# -- writing -----------------------------------------------------------------------------------------------------


def _inside(folder: Path, name: str) -> Path:
    """The path of a file of an issue, with its folder.

    Raises SourceEditError if a part of the way is a link, which may lead out.
    """
    if not issue_state.is_safe_path(name):
        raise SourceEditError("path", path=name)
    *between, last = PurePosixPath(name).parts
    for step in between:
        folder /= step
        if folder.is_symlink():
            raise SourceEditError("linked", path=str(folder))
        folder.mkdir(exist_ok=True)
    return folder / last


def _write(path: Path, data: bytes) -> None:
    with _replacing(path) as draft:
        draft.write_bytes(data)


@contextmanager
def _replacing(path: Path) -> Iterator[Path]:
    """Yields a draft that takes the place of `path` when it is complete."""
    draft = path.with_name(f".{path.name[:50]}.{secrets.token_hex(6)}")
    try:
        yield draft
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)
