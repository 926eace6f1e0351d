"""Composes previews of an issue's source in the web process, and keeps the newest ones: for views of the mail and its pictures.

At most AT_ONCE previews are composed at the same time. Nobody waits longer than SECONDS for one.
"""

import contextlib
import hashlib
import json
import os
import secrets
import shutil
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path

from django.conf import settings

from composer.composition import Composition, ThemeColours
from composer.errors import Finding
from composer.images.picture_encoder import Picture
from composer.issue.parsing.issue_file import unified
from composer.issue.parts.part_texts import PartText, closed
from composer.issue.parts.splitting import texts_of
from config import private_files
from editorial import issue_versions, measured_sizes, media_store
from editorial.media_store import StoreError
from editorial.models import IssueRecord, IssueSource, Media, Original
from editorial.previewing import unfinished
from editorial.sources import issue_state, originals
from editorial.sources.issue_state import IssueState
from publication.installation import publication

FOLDERS_KEPT = 40
_RESTING = 3600.0  # seconds after which a file that nothing uses is left over
_COPIES = "pictures"
_FOLDERS = "folders"


class UnreadablePictureError(Exception):
    """A picture of the issue cannot be read, so there is no preview; the message is its path."""


def root() -> Path:
    return Path(settings.DATA_DIR) / "previews"


def folder_of(state: IssueState) -> Path:
    """A folder with the pictures of a state under their paths, and nothing else. Raises UnreadablePictureError, OSError."""
    pictures = {path: digest for path, digest in sorted(state.pictures.items()) if issue_state.is_safe_path(path)}
    name = hashlib.sha256(json.dumps(pictures).encode()).hexdigest()[:32]
    folder = root() / _FOLDERS / name
    try:
        os.utime(folder)  # the cache keeps what was used last
    except FileNotFoundError:
        _make(folder, pictures)
        _clean()
    return folder


def _make(folder: Path, pictures: Mapping[str, str]) -> None:
    for parent in (root(), root() / _FOLDERS, root() / _COPIES):
        private_files.make_folder(parent)
    kept = set(Original.objects.filter(digest__in=pictures.values()).values_list("digest", flat=True))
    media = dict(Media.objects.filter(digest__in=pictures.values()).values_list("digest", "path"))
    draft = folder.with_name(f".{secrets.token_hex(12)}")
    try:
        private_files.make_folder(draft)
        for path, digest in pictures.items():
            target = draft / path
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                _link(originals.path_of(digest) if digest in kept else _copy(digest, media[digest]), target)
            except (OSError, KeyError, StoreError) as problem:
                raise UnreadablePictureError(path) from problem
        try:
            draft.rename(folder)
        except OSError:
            if not folder.is_dir():  # else another thread has just made the same folder
                raise
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def _copy(digest: str, name: str) -> Path:
    """A re-encoded picture of an older version, which exists only under MEDIA_URL. Raises StoreError, OSError."""
    path = root() / _COPIES / digest
    if not path.exists():
        draft = path.with_name(f".{secrets.token_hex(12)}")
        try:
            with media_store.opened(name) as source, draft.open("xb") as file:
                shutil.copyfileobj(source, file)
            draft.replace(path)
        finally:
            draft.unlink(missing_ok=True)
    return path


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except FileNotFoundError:
        raise
    except OSError:  # on another file system, or in a container that forbids hard links
        shutil.copyfile(source, target)


def _clean() -> None:
    """Remove the folders that were not used for longest, the copies that no folder links to, and what a crash left behind."""
    entries = {parent: sorted(_entries(root() / parent), reverse=True) for parent in (_FOLDERS, _COPIES)}
    resting = time.time() - _RESTING
    old = [path for _, path in [entry for entry in entries[_FOLDERS] if not entry[1].name.startswith(".")][FOLDERS_KEPT:]]
    for used_at, path in (*entries[_FOLDERS], *entries[_COPIES]):
        if path in old or (used_at < resting and path.name.startswith(".")):
            shutil.rmtree(path, ignore_errors=True)
        # A copy that was made just now is about to be linked.
        with contextlib.suppress(FileNotFoundError):
            if path.parent.name == _COPIES and used_at < resting and path.stat().st_nlink == 1:
                path.unlink()


def _entries(folder: Path) -> Iterator[tuple[float, Path]]:
    """Yields when each entry was used last. Another thread may remove entries meanwhile."""
    for path in folder.iterdir():
        with contextlib.suppress(FileNotFoundError):
            yield path.stat().st_mtime, path


AT_ONCE = 2
SECONDS = 5.0
KEPT = 12  # compositions of all issues; one has a few hundred KB and its pictures
FRESH = 60.0  # seconds for which a composition is shown again without a look at themes, attributes and lists


class Trouble(Enum):
    """Why there is no preview although the source may be good."""

    SLOW = "slow"
    REPLACED = "replaced"  # the same page asked for a newer one meanwhile
    PICTURES = "pictures"
    FAILED = "failed"  # only of a folder: a file cannot be read, or there is a bug; the log has the traceback


@dataclass(frozen=True, slots=True)
class IssuePreview:
    """The preview of one state of an issue. Without a composition, `faults` or `trouble` say why.

    `key` names the content: the same texts, pictures and colours of an issue have the same key.
    """

    issue: int
    key: str
    state: IssueState
    composition: Composition | None = None
    faults: tuple[Finding, ...] = ()
    trouble: Trouble | None = None
    made_at: float = 0.0  # by time.monotonic


@dataclass(slots=True)
class _Job:
    """A composition that is under way or waits for a thread; `asked`: how many requests want it."""

    future: Future[IssuePreview]
    asked: int = 1


@dataclass(slots=True)
class _Workshop:
    """The threads that compose, what they are doing, and the newest results. One for the process."""

    lock: threading.RLock = field(default_factory=threading.RLock)  # cancelling a job calls `_forget`
    pool: ThreadPoolExecutor | None = None
    jobs: dict[str, _Job] = field(default_factory=dict)  # by key
    newest: OrderedDict[str, str] = field(default_factory=OrderedDict)  # tab -> the key that it asked for last
    kept: OrderedDict[str, IssuePreview] = field(default_factory=OrderedDict)  # by key


_workshop = _Workshop()
_MOST_TABS = 200


def with_text(state: IssueState, file: str, part: str, edited: PartText) -> IssueState:
    """The state with a text of a part that is not stored. Unchanged if there is no such part (any more)."""
    before = texts_of(state.files.get(file, ())).get(part)
    if before is None:
        return state
    text = unified(closed(edited, before))
    return state.with_text(file, part, text if text.endswith("\n") else f"{text}\n")


def head_number(issue: IssueRecord) -> int:
    return IssueSource.objects.filter(issue=issue).values_list("head", flat=True).first() or 0


def of_state(issue: IssueRecord, state: IssueState, tab: str = "") -> IssuePreview:
    """The preview of a state; composes it if it is not kept. Never raises for a faulty source.

    What is missing or wrong has a placeholder in the mail where that is possible, and `faults` says what it is.
    `tab` names the page that asks: a preview that it asked for before and that has not begun is given up.
    """
    colours = publication().theme_colours
    key = _key(issue, state, colours)
    kept = find(issue, key)
    if kept is not None and kept.trouble is None and time.monotonic() - kept.made_at < FRESH:
        return replace(kept, state=state)  # the numbers of its edits may be newer
    blank = IssuePreview(issue.pk, key, state, made_at=time.monotonic())
    try:
        folder = folder_of(state)
    except UnreadablePictureError:
        return replace(blank, trouble=Trouble.PICTURES)
    loaded = unfinished.load(folder, state.sources, issue_versions.condition_faults)
    if loaded.issues is None:
        return _keep(replace(blank, faults=loaded.faults))

    addresses = measured_sizes.longest_addresses()

    def make() -> IssuePreview:
        made, faults = unfinished.compose(folder, loaded, issue_versions.condition_faults, addresses, colours)
        return _keep(replace(blank, composition=made, faults=faults))

    try:
        return _job(key, tab, make).future.result(SECONDS)
    except TimeoutError:  # it goes on, and the next request finds it
        return replace(blank, trouble=Trouble.SLOW)
    except CancelledError:
        return replace(blank, trouble=Trouble.REPLACED)


def find(issue: IssueRecord, key: str) -> IssuePreview | None:
    with _workshop.lock:
        kept = _workshop.kept.get(key)
        if kept is None or kept.issue != issue.pk:
            return None
        _workshop.kept.move_to_end(key)
        return kept


def last_good(issue: IssueRecord) -> IssuePreview | None:
    """The newest kept preview of an issue that has a mail."""
    with _workshop.lock:
        newest_first = reversed(_workshop.kept.values())
        return next((preview for preview in newest_first if preview.issue == issue.pk and preview.composition is not None), None)


def find_picture(issue: IssueRecord, name: str) -> Picture | None:
    """A picture of an issue as its mail shows it, by its name there."""
    with _workshop.lock:
        kept = [preview for preview in reversed(_workshop.kept.values()) if preview.issue == issue.pk]
    if not any(preview.composition for preview in kept):
        kept = [of_state(issue, issue_state.head(issue.pk))]
    pictures = (picture for preview in kept if preview.composition is not None for picture in preview.composition.pictures)
    return next((picture for picture in pictures if picture.name == name), None)


def _keep(made: IssuePreview) -> IssuePreview:
    with _workshop.lock:
        _workshop.kept[made.key] = made
        _workshop.kept.move_to_end(made.key)
        while len(_workshop.kept) > KEPT:
            _workshop.kept.popitem(last=False)
    return made


def _key(issue: IssueRecord, state: IssueState, colours: ThemeColours) -> str:
    content = json.dumps([issue.pk, state.sources, sorted(state.pictures.items()), colours], sort_keys=True)
    return hashlib.sha256(content.encode()).hexdigest()[:32]


def _job(key: str, tab: str, make: Callable[[], IssuePreview]) -> _Job:
    """The job for a key: one that others wait for already, or a new one."""
    with _workshop.lock:
        earlier = _workshop.jobs.get(_workshop.newest.get(tab, "")) if tab else None
        if tab:
            _workshop.newest[tab] = key
            _workshop.newest.move_to_end(tab)
            while len(_workshop.newest) > _MOST_TABS:
                _workshop.newest.popitem(last=False)
        job = _workshop.jobs.get(key)
        if job is not None:
            job.asked += 1
            return job
        if earlier is not None and earlier.asked == 1:
            earlier.future.cancel()  # does nothing if it has begun
        if _workshop.pool is None:
            _workshop.pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="preview")
        job = _workshop.jobs[key] = _Job(_workshop.pool.submit(make))
    job.future.add_done_callback(lambda _: _forget(key, job))
    return job


def _forget(key: str, job: _Job) -> None:
    with _workshop.lock:
        if _workshop.jobs.get(key) is job:
            del _workshop.jobs[key]
