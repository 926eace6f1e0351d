"""Composes previews of an issue's source in the web process, and keeps the newest ones: for views of the mail and its pictures.

At most AT_ONCE previews are composed at the same time. Nobody waits longer than SECONDS for one.
"""

import hashlib
import json
import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from enum import Enum

from composer.composition import Composition
from composer.errors import Finding
from composer.images.picture_encoder import Picture
from composer.issue.parsing.issue_file import unified
from composer.issue.parts.part_texts import PartText, closed
from composer.issue.parts.splitting import texts_of
from editorial import issue_versions
from editorial.models import IssueRecord, IssueSource
from editorial.previewing import picture_folder, unfinished
from editorial.previewing.picture_folder import UnreadablePictureError
from editorial.sources import issue_state
from editorial.sources.issue_state import IssueState

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

    `key` names the content: the same texts and pictures of an issue have the same key.
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
    """The number of the newest edit; 0 if the issue has no source."""
    return IssueSource.objects.filter(issue=issue).values_list("head", flat=True).first() or 0


def of_state(issue: IssueRecord, state: IssueState, tab: str = "") -> IssuePreview:
    """The preview of a state; composes it if it is not kept. Never raises for a faulty source.

    What is missing or wrong has a placeholder in the mail where that is possible, and `faults` says what it is.
    `tab` names the page that asks: a preview that it asked for before and that has not begun is given up.
    """
    key = _key(issue, state)
    kept = find(issue, key)
    if kept is not None and kept.trouble is None and time.monotonic() - kept.made_at < FRESH:
        return replace(kept, state=state)  # the numbers of its edits may be newer
    blank = IssuePreview(issue.pk, key, state, made_at=time.monotonic())
    try:
        folder = picture_folder.folder_of(state)
    except UnreadablePictureError:
        return replace(blank, trouble=Trouble.PICTURES)
    loaded = unfinished.load(folder, state.sources, issue_versions.condition_faults)
    if loaded.issues is None:
        return _keep(replace(blank, faults=loaded.faults))

    def make() -> IssuePreview:
        made, faults = unfinished.compose(folder, loaded, issue_versions.condition_faults)
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


def _key(issue: IssueRecord, state: IssueState) -> str:
    content = json.dumps([issue.pk, state.sources, sorted(state.pictures.items())])
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
